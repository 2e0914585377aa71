"""A database that is away for a moment, or for longer: a wait, and nothing final."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from bpadmin.jobs.engine import chunks, completion, driver, outage
from bpadmin.jobs.engine.lease import Heartbeat, job_remember, lease_take
from bpadmin.jobs.handlers import ChunkResult
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState
from bpadmin.jobs.services import job_drive, job_prepare_now, job_submit
from lists.uploads.handler import UploadHandler
from tests.jobs.uploading import (
    KEYED,
    KEYLESS,
    accounted,
    counts,
    create_list,
    driven,
    ids,
    people,
    queued_upload,
    ready_upload,
)

pytestmark = pytest.mark.django_db(transaction=True)
TROUBLE = [OperationalError("server closed the connection unexpectedly"), InterfaceError("connection already closed")]


class Away:
    """Stand before a function of the store: from its `first` call on it raises, `times` times."""

    def __init__(
        self, real: Callable[..., Any], *, first: int = 1, times: int = 1, error: Exception = TROUBLE[0]
    ) -> None:
        self.real, self.first, self.last, self.error = real, first, first + times, error
        self.calls = 0

    def __call__(self, *args: Any, **options: Any) -> Any:
        self.calls += 1
        if self.first <= self.calls < self.last:
            raise self.error
        return self.real(*args, **options)


def run_out(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "PATIENCE_SECONDS", 0.0)


@pytest.mark.parametrize(
    ("name", "fields", "error"),
    [
        ("chunk_done", KEYLESS, TROUBLE[0]),
        ("chunk_done", KEYED, TROUBLE[1]),
        ("chunk_claim", KEYLESS, TROUBLE[1]),
        ("stranded_mark", KEYED, TROUBLE[0]),
    ],
    ids=["answer", "answer-interface", "claim", "begin"],
)
def test_a_moment_without_the_database_is_nothing(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch, fields: Any, name: str, error: Exception
) -> None:
    list_id = create_list(sandbox, fields)
    job = queued_upload(tenant, list_id, people(50), fields=fields, lanes=1)
    first = 2 if name == "chunk_done" else 1
    monkeypatch.setattr(chunks, name, Away(getattr(chunks, name), first=first, times=2, error=error))
    if name == "stranded_mark":  # before anything is sent: another turn does it
        job_drive(job_id=job.pk, seconds=5.0, worker="one", may_wait=False)
        run_out(job)
        job_drive(job_id=job.pk, seconds=5.0, worker="one", may_wait=False)
        run_out(job)
    assert counts(driven(job)) == {"added": 50}
    assert ids(sandbox.dump(list_id)) == ids(people(50))


@pytest.mark.parametrize("fields", [KEYED, KEYLESS], ids=["keyed", "keyless"])
def test_longer_without_the_database_leaves_the_job_to_whoever_comes_next(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch, impatient: None, fields: Any
) -> None:
    list_id = create_list(sandbox, fields)
    job = queued_upload(tenant, list_id, people(50), fields=fields, lanes=1)
    with monkeypatch.context() as patched:
        patched.setattr(chunks, "chunk_done", Away(chunks.chunk_done, first=2, times=9))
        assert job_drive(job_id=job.pk, seconds=5.0, worker="one", may_wait=False) == JobState.RUNNING
    assert counts(accounted(job)) == {"added": 10, "not_sent": 40}
    assert (job.message, job.finished_at, bool(job.lease_owner)) == ("", None, True)
    run_out(job)
    assert driven(job).n_in_list == 50
    assert ids(sandbox.dump(list_id)) == ids(people(50))


def test_a_job_whose_end_cannot_be_stored_is_ended_by_the_next(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch, impatient: None
) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20))
    with monkeypatch.context() as patched:
        patched.setattr(completion, "lock_release", Away(completion.lock_release, times=9))
        assert job_drive(job_id=job.pk, seconds=5.0, worker="one", may_wait=False) == JobState.RUNNING
    run_out(job)
    assert driven(job).state == JobState.SUCCEEDED
    assert counts(job) == {"added": 20}


@pytest.mark.parametrize("name", ["lease_take", "turn_end", "job_driven"])
def test_a_command_waits_for_the_database_and_goes_on(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch, short_lease: None, name: str
) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20))
    monkeypatch.setattr(driver, name, Away(getattr(driver, name)))
    assert driven(job).state == JobState.SUCCEEDED


def test_the_database_away_while_a_command_looks_is_a_wait(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(20))
    monkeypatch.setattr(Job.objects, "only", Away(Job.objects.only, first=2, times=2))
    assert driven(job).state == JobState.SUCCEEDED


@pytest.mark.parametrize("error", TROUBLE, ids=["operational", "interface"])
def test_a_check_goes_on_after_a_moment_without_the_database(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    job = ready_upload(tenant, create_list(sandbox), people(20))
    job_submit(job=job)
    monkeypatch.setattr("bpadmin.uploads.checking.preparation.job_remember", Away(job_remember, times=3, error=error))
    monkeypatch.setattr("bpadmin.jobs.engine.check.job_remember", Away(job_remember, times=3, error=error))
    assert job_prepare_now(job_id=job.pk, worker="one") == JobState.READY
    assert counts(accounted(job)) == {"not_sent": 20}
    assert job.chunks.count() == 2


def test_a_check_that_cannot_be_stored_begins_anew(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch, impatient: None
) -> None:
    job = ready_upload(tenant, create_list(sandbox), people(20))
    job_submit(job=job)
    with monkeypatch.context() as patched:
        patched.setattr("bpadmin.uploads.checking.preparation.job_remember", Away(job_remember, first=2, times=9))
        assert job_prepare_now(job_id=job.pk, worker="one") == JobState.PREPARING
    assert (accounted(job).rows_total, job.message) == (0, "")
    run_out(job)
    assert job_prepare_now(job_id=job.pk, worker="two") == JobState.READY


@pytest.mark.parametrize("error", TROUBLE, ids=["operational", "interface"])
def test_a_heartbeat_outlives_the_database(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(10))
    lease = lease_take(job_id=job.pk, worker="one")
    assert lease is not None
    beat = Heartbeat(lease)
    with monkeypatch.context() as patched:
        patched.setattr("bpadmin.jobs.engine.lease.lease_filter", Away(lambda lease: None, error=error))
        beat._beat()
    assert not beat.is_lost
    beat._beat()
    assert beat.is_safe


@pytest.fixture
def short_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("lease", "chunks", "chunk_sql"):
        monkeypatch.setattr(f"bpadmin.jobs.engine.{module}.LEASE", timedelta(seconds=0.6))
    monkeypatch.setattr("bpadmin.jobs.engine.lease.BEAT_SECONDS", 0.2)


class AfterChunk:
    """Do something when a chunk's answer has come and is not stored yet."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[], None]) -> None:
        send = UploadHandler.send

        def sent(handler: UploadHandler, job: Job, chunk: Chunk, **given: Any) -> ChunkResult:
            result = send(handler, job, chunk, **given)
            if chunk.number == number and chunk.attempt == 1:
                act()
            return result

        monkeypatch.setattr(UploadHandler, "send", sent)


@pytest.mark.skipif("connection.vendor != 'sqlite'")
@pytest.mark.parametrize("fields", [KEYED, KEYLESS], ids=["keyed", "keyless"])
def test_a_lock_that_another_process_holds_is_waited_for(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch, fields: Any
) -> None:
    list_id = create_list(sandbox, fields)
    job = queued_upload(tenant, list_id, people(30), fields=fields, lanes=1)

    def hold() -> None:
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.4, other.close).start()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 20")

    AfterChunk(monkeypatch, 2, hold)
    try:
        assert counts(driven(job)) == {"added": 30}
    finally:
        connection.close()
    assert ids(sandbox.dump(list_id)) == ids(people(30))


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.parametrize("fields", [KEYED, KEYLESS], ids=["keyed", "keyless"])
@pytest.mark.parametrize("is_patient", [True, False])
def test_every_connection_cut_at_once_is_a_wait(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch, fields: Any, is_patient: bool
) -> None:
    import psycopg

    list_id = create_list(sandbox, fields)
    job = queued_upload(tenant, list_id, people(50), fields=fields)
    known = connection.settings_dict

    def cut() -> None:
        where = {"host": known["HOST"], "port": known["PORT"], "user": known["USER"], "dbname": "postgres"}
        with psycopg.connect(**where, password=known["PASSWORD"], autocommit=True) as killer:
            killer.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [known["NAME"]])

    AfterChunk(monkeypatch, 2, cut)
    if not is_patient:
        monkeypatch.setattr(outage, "PATIENCE_SECONDS", 0.0)
        job_drive(job_id=job.pk, seconds=5.0, worker="one", may_wait=False)
        connection.close()
        assert accounted(job).state == JobState.RUNNING
        run_out(job)
    assert driven(job).n_in_list == 50
    assert not job.chunks.exclude(state=ChunkState.DONE).exists()
    assert ids(sandbox.dump(list_id)) == ids(people(50))


@pytest.mark.slow
def test_the_shell_uploads_although_the_database_was_away(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch, short_lease: None, tmp_path: Any
) -> None:
    for name in ("lease_take_check", "lease_take", "turn_end"):
        monkeypatch.setattr(driver, name, Away(getattr(driver, name)))
    list_id = create_list(sandbox)
    path = tmp_path / "people.csv"
    path.write_text("id,phone,name\n" + "".join(f"{p['id']},{p['phone']},{p['name']}\n" for p in people(20)))
    fields = ("--field", "id:ACCOUNT", "--field", "phone:PHONE", "--field", "name:OTHER", "--key", "id")
    call_command("list_upload", tenant.slug, list_id, str(path), "--mode", "add", "--yes", *fields)
    assert ids(sandbox.dump(list_id)) == ids(people(20))


@pytest.mark.parametrize("fields", [KEYED, KEYLESS], ids=["keyed", "keyless"])
def test_a_commit_whose_answer_is_lost_counts_once(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch, fields: Any
) -> None:
    list_id = create_list(sandbox, fields)
    job = queued_upload(tenant, list_id, people(10), fields=fields, lanes=1)
    done, calls = chunks.chunk_done, []

    def stored(*args: Any, **options: Any) -> Chunk | None:
        following = done(*args, **options)
        calls.append(1)
        if len(calls) == 1:
            raise TROUBLE[0]
        return following

    with monkeypatch.context() as patched:
        patched.setattr(chunks, "chunk_done", stored)
        job_drive(job_id=job.pk, seconds=5.0, worker="one", may_wait=False)
    assert counts(accounted(job)) == {"added": 10}
    run_out(job)
    assert driven(job).state == JobState.SUCCEEDED
    assert ids(sandbox.dump(list_id)) == ids(people(10))
