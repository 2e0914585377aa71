"""How a driver's turn ends, and how a job does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from bpadmin.audit.models import Outcome
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.jobs.doorbell import ring_check, ring_run
from bpadmin.jobs.lease import Lease, lease_filter
from bpadmin.jobs.models import Job, JobPhase, JobState, Wanted, WriteLock
from bpadmin.jobs.registry import Ends, handler_of


@dataclass(frozen=True, slots=True)
class Ending:
    """Where a turn leaves the job. `wait` is seconds until the next turn; None as `message` keeps what is there.

    `fields` are further changes of the job's row.
    """

    state: JobState
    message: str | None = None
    wait: float | None = None
    fields: dict[str, Any] = field(default_factory=dict)


def conclusion(job: Job) -> tuple[JobState, str]:
    """Give the final state and sentence of a job whose every row has its outcome, as far as it can have one."""
    is_whole = job.n_in_list == job.rows_total
    return (JobState.SUCCEEDED if is_whole else JobState.PARTIAL), handler_of(job).finish(job)


def turn_end(lease: Lease, ending: Ending, *, seconds: float, ring: bool) -> bool:
    """Give the lease back and leave the job where `ending` says; False when the lease was lost before.

    `seconds` is the time worked that the heartbeat has not counted. `ring` asks for the next turn at once.
    """
    now = timezone.now()
    with transaction.atomic(durable=True):
        job = lease_filter(lease).select_for_update().first()
        if job is None:
            return False
        state, message = _as_wanted_meanwhile(job, ending)
        changes: dict[str, Any] = {
            "state": state,
            "lease_owner": "",
            "lease_until": None,
            "next_run_at": None if ending.wait is None else now + timedelta(seconds=ending.wait),
            "seconds_running": F("seconds_running") + seconds,
            **ending.fields,
        }
        if message is not None:
            changes["message"] = message
        if state in Job.FINAL:
            changes |= {"finished_at": now, "next_run_at": None, "failures": 0, "failing_since": None}
        if state in Job.FINAL or state == JobState.PAUSED:
            changes["wanted"] = ""
        lease_filter(lease).update(**changes)
        job.refresh_from_db()
        if job.is_final:
            lock_release(job)
            _record(job)
        elif ring and not ending.wait and state in (JobState.QUEUED, JobState.PREPARING):
            (ring_run if state == JobState.QUEUED else ring_check)(job)
    handler = handler_of(job)
    if (job.is_final or state == JobState.PAUSED) and isinstance(handler, Ends):
        handler.ended(job)
    return True


def _record(job: Job) -> None:
    """Log how a job ended that a person had confirmed."""
    if job.started_at is None:
        return
    refused = (JobState.FAILED, JobState.ERRORED)
    audit_record(
        verb=Verb.JOB_FINISH,
        tenant=job.tenant,
        actor=None,
        target_kind="job",
        target_id=str(job.pk),
        target_name=job.file_name or job.target_name,
        outcome=Outcome.REFUSED if job.state in refused else Outcome.DONE,
        message=job.message,
    )


def _as_wanted_meanwhile(job: Job, ending: Ending) -> tuple[JobState, str | None]:
    """Follow a person's wish that came while the turn was ending, when the job would else go on."""
    if ending.state == JobState.QUEUED and job.phase == JobPhase.READ_BACK and job.wanted == Wanted.CANCEL:
        return JobState.QUEUED, ""  # the next turn ends the reading, not the job
    if ending.state in (JobState.QUEUED, JobState.PREPARING) and job.wanted == Wanted.CANCEL:
        return JobState.CANCELLED, conclusion(job)[1] if job.started_at else "Cancelled. Nothing was sent."
    if ending.state == JobState.QUEUED and job.wanted == Wanted.PAUSE:
        return JobState.PAUSED, ""
    return ending.state, ending.message


def lock_release(job: Job) -> None:
    """Let other jobs write into the target of a job that has ended, and wake the next one."""
    if not WriteLock.objects.filter(job=job).delete()[0]:
        return
    waiting = Job.objects.filter(
        tenant_id=job.tenant_id, target_kind=job.target_kind, target_id=job.target_id, state=JobState.QUEUED
    )
    if after := waiting.exclude(pk=job.pk).order_by("pk").first():
        ring_run(after)
