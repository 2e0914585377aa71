"""Killing each part in the middle of an upload of 100,000 rows: it goes on by itself, and every row arrives once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from bpadmin.jobs.models import Job, JobState, WorkerBeat
from tests.chaos.stack import ROOT, Stack, rows_answered, wait_for_worker, wait_until
from tests.jobs.uploading import KEYED, KEYLESS, accounted, create_list, people, queued_upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(300)]

ROWS = 100_000
# Longer than Celery's soft shutdown used to wait for it.
SLOW_ANSWER = 3.5
GOES_ON_SECONDS = 10.0


@pytest.fixture
def stack() -> Iterator[Stack]:
    stack = Stack()
    try:
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def upload(sandbox: Any, tenant: Any) -> Callable[..., Job]:
    """Confirm an upload that takes some seconds to send."""

    def make(fields: Any = KEYED) -> Job:
        list_id = create_list(sandbox, fields)
        job = queued_upload(tenant, list_id, people(ROWS), fields=fields, chunk_size=1000, lanes=2)
        sandbox.latency(0.08 if fields is KEYED else 0.04)
        return job

    return make


def is_waited_for(job: Job, since: datetime) -> bool:
    """Return whether a chunk that left after `since` has been under way long enough to meet a slow platform."""
    left = timezone.now() - timedelta(seconds=0.5)
    return job.chunks.filter(sent_at__gt=since, sent_at__lt=left, state="in_flight").exists()


def half_way(job: Job) -> None:
    wait_until(lambda: rows_answered(job) >= ROWS // 4, "a quarter of the rows is sent")
    assert job.state == JobState.RUNNING


def goes_on(job: Job) -> None:
    before = rows_answered(job)
    wait_until(lambda: rows_answered(job) > before, "the job goes on", GOES_ON_SECONDS)


def all_arrived(job: Job, sandbox: Any) -> None:
    """Wait for the end, and compare the list with the file: each row once, none missing."""
    wait_until(lambda: Job.objects.get(pk=job.pk).is_final, "the job ends", 60)
    sandbox.latency(0)
    accounted(job)
    assert job.state == JobState.SUCCEEDED, job.message
    assert job.n_added + job.n_already_there == ROWS
    arrived = [record["id"] for record in sandbox.dump(job.target_id)]
    assert len(arrived) == ROWS
    assert set(arrived) == {row["id"] for row in people(ROWS)}


@pytest.mark.parametrize("fields", [KEYED, KEYLESS], ids=["keyed", "keyless"])
def test_a_killed_worker_costs_seconds(stack: Stack, upload: Any, sandbox: Any, fields: Any) -> None:
    stack.start("broker", "worker", "beat")
    job = upload(fields)
    half_way(job)
    stack.kill("worker")
    since = timezone.now()
    stack.start("worker")
    wait_for_worker(since)
    goes_on(job)
    all_arrived(job, sandbox)


@pytest.mark.parametrize("is_wiped", [False, True], ids=["kept", "wiped"])
def test_a_killed_broker_loses_no_job(stack: Stack, upload: Any, sandbox: Any, is_wiped: bool) -> None:
    stack.start("broker", "worker", "beat")
    job = upload()
    half_way(job)
    stack.kill("broker")
    goes_on(job)
    if is_wiped:
        for file in (stack.folder / "broker").rglob("*aof*"):
            if file.is_file():
                file.unlink()
    stack.start("broker")
    all_arrived(job, sandbox)


def test_a_killed_web_server_stops_nothing(stack: Stack, upload: Any, sandbox: Any) -> None:
    stack.start("broker", "worker", "beat", "web")
    job = upload()
    half_way(job)
    stack.kill("web")
    goes_on(job)
    stack.start("web")
    all_arrived(job, sandbox)


def test_a_killed_shell_that_sent_in_the_foreground_is_followed_by_a_worker(
    stack: Stack, upload: Any, sandbox: Any
) -> None:
    job = upload()
    code = f"from bpadmin.jobs.services import job_drive; job_drive(job_id={job.pk}, seconds=None, worker='shell')"
    setup = "import django; django.setup(); "
    shell = subprocess.Popen(
        [sys.executable, "-c", setup + code], cwd=ROOT, env=stack.environment(), start_new_session=True
    )
    try:
        half_way(job)
    finally:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()
    since = timezone.now()
    stack.start("broker", "worker", "beat")
    wait_for_worker(since)
    goes_on(job)
    all_arrived(job, sandbox)


def test_everything_killed_at_once_goes_on_when_it_is_back(stack: Stack, upload: Any, sandbox: Any) -> None:
    parts = ("broker", "worker", "beat", "web")
    stack.start(*parts)
    job = upload()
    half_way(job)
    stack.kill(*parts)
    since = timezone.now()
    stack.start(*parts)
    wait_for_worker(since)
    goes_on(job)
    all_arrived(job, sandbox)


def test_a_worker_asked_to_end_gives_the_job_back_at_once(stack: Stack, upload: Any, sandbox: Any) -> None:
    stack.start("broker", "worker", "beat")
    job = upload()
    half_way(job)
    sandbox.latency(SLOW_ANSWER)
    wait_until(partial(is_waited_for, job, timezone.now()), "sent")
    os.kill(stack.parts["worker"].pid, signal.SIGTERM)
    assert stack.parts["worker"].wait(timeout=20) == 0
    job.refresh_from_db()
    assert (job.state, job.lease_owner, job.n_uncertain) == (JobState.QUEUED, "", 0)
    assert not job.chunks.exclude(state__in=["ready", "done"]).exists()
    assert not WorkerBeat.objects.exclude(queues="").exists()  # beat lives on
    assert not stack.unacknowledged()
    # Nothing was left for Celery's own shutdown, which takes seconds.
    assert "Cold shutdown" not in (stack.folder / "worker.log").read_text()
    sandbox.latency(0)
    stack.start("worker")
    all_arrived(job, sandbox)
    assert job.n_added == ROWS


def test_a_worker_whose_answers_do_not_come_in_time_leaves_its_job_to_the_next(
    stack: Stack, upload: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BPADMIN_STOP_GRACE", "6")
    stack.start("broker", "worker", "beat")
    job = upload()
    half_way(job)
    sandbox.latency(20)
    wait_until(partial(is_waited_for, job, timezone.now()), "sent")
    stack.kill("beat")
    os.kill(stack.parts["worker"].pid, signal.SIGTERM)
    assert stack.parts["worker"].wait(timeout=15) == 0
    job.refresh_from_db()
    assert job.state == JobState.RUNNING
    assert job.lease_until is not None
    assert job.lease_until < timezone.now()
    assert not stack.unacknowledged()
