"""Entries whose day has come are taken out within the hour, whatever died while it was begun."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import IllegalMove
from dnc.entries import expiry
from dnc.entries.expiry import HALF_MADE, dnc_expire_due, dnc_expiring, not_expired
from dnc.models import DncEntry, DncList, DncSource, EntryState
from tests.dnc.files.filing import finished, held, known_list, numbers

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """The process ends here: nothing after it runs."""


def expired(dnc_list: DncList, keys: list[str], state: EntryState = EntryState.PRESENT) -> None:
    source, now = DncSource.objects.create(tenant=dnc_list.tenant, by_name="x", text="typed in"), timezone.now()
    for key in keys:
        DncEntry.objects.create(
            dnc_list=dnc_list,
            key=key,
            added_at=now,
            changed_at=now,
            source=source,
            state=state,
            expires_on=date(2026, 1, 1),
        )


@pytest.fixture
def dnc_list(tenant: Any, sandbox: Any) -> DncList:
    made = known_list(tenant, sandbox, numbers(3))
    expired(made, numbers(3))
    return made


@pytest.mark.parametrize("where", ["_spool", "job_start"])
def test_one_that_was_killed_between_making_and_starting_goes_on_within_the_hour(
    dnc_list: DncList, sandbox: Any, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def killed(*_: Any, **__: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(expiry, where, killed)
        patch.setattr(expiry, "_drop", lambda job: None)  # a killed process cleans nothing up
        with pytest.raises(Killed):
            dnc_expire_due(ring=False)
    half_made = Job.objects.get()
    assert (half_made.state, half_made.chunks.count(), half_made.spool_path) == (JobState.DRAFT, 0, "")
    assert dnc_expire_due(ring=False) == []  # its maker may be at work still
    Job.objects.update(created_at=timezone.now() - HALF_MADE - timedelta(minutes=1))
    (job,) = dnc_expire_due(ring=False)
    assert finished(job).n_updated == 3
    assert not held(sandbox, dnc_list)
    assert list(Job.objects.all()) == [job]
    assert (
        not default_storage.exists(f"spools/{half_made.pk}") or not default_storage.listdir(f"spools/{half_made.pk}")[1]
    )


def test_a_maker_that_was_only_slow_does_not_start_a_second_one(
    dnc_list: DncList, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Job] = []
    spool = expiry._spool

    def slow(job: Job, entries: Any) -> Any:
        written = spool(job, entries)
        if not made:
            made.append(job)
            Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(hours=1))
            made.extend(dnc_expire_due(ring=False))
        return written

    monkeypatch.setattr(expiry, "_spool", slow)
    assert dnc_expire_due(ring=False) == []
    assert list(Job.objects.values_list("pk", "state")) == [(made[1].pk, JobState.QUEUED)]


def test_an_entry_in_doubt_whose_day_has_come_is_tried_and_told(tenant: Any, sandbox: Any) -> None:
    doubtful = known_list(tenant, sandbox, numbers(1))
    expired(doubtful, numbers(1), EntryState.UNKNOWN)
    assert [each.count for each in dnc_expiring(tenant=tenant)] == [1]
    (job,) = dnc_expire_due(ring=False)
    finished(job)
    assert not held(sandbox, doubtful)


def test_a_list_that_fails_keeps_no_other_from_being_done(
    dnc_list: DncList, tenant: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = known_list(tenant, sandbox, numbers(2, 50), name="Other")
    expired(other, numbers(2, 50))
    begin = expiry._begin

    def failing(each: DncList, **more: Any) -> Any:
        if each.pk == dnc_list.pk:
            raise IllegalMove("away")
        return begin(each, **more)

    monkeypatch.setattr(expiry, "_begin", failing)
    assert [job.target_name for job in dnc_expire_due(ring=False)] == ["Other"]


def test_of_more_entries_than_are_asked_for_at_once_none_that_got_more_time_is_taken_out(dnc_list: DncList) -> None:
    job = Job(options={"on": "2026-06-01"})
    source, now = DncSource.objects.get(by_name="x"), timezone.now()
    ends = {"16505560000": None, "16505560500": date(2026, 6, 1)}
    many = [str(16505560000 + at) for at in range(1_100)]
    DncEntry.objects.bulk_create(
        DncEntry(
            dnc_list=dnc_list, key=key, added_at=now, changed_at=now, source=source,
            expires_on=ends.get(key, date(2026, 6, 2)),
        )
        for key in many
    )  # fmt: skip
    assert not_expired(job, dnc_list.pk, many) == {*many} - {"16505560500"}
