"""How a driver's turn ends, and how a job does."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from bpadmin.audit.models import Outcome
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.jobs.engine import chunks
from bpadmin.jobs.engine.dispatch import ring_check, ring_run, wait_fields
from bpadmin.jobs.engine.lease import Lease, lease_filter
from bpadmin.jobs.engine.outage import STORE_AWAY, store_patiently
from bpadmin.jobs.engine.quiet_time import doubt_ask
from bpadmin.jobs.handlers import Ends, handler_of
from bpadmin.jobs.models import Job, JobPhase, JobState, Wanted, WriteLock

log = logging.getLogger(__name__)

NOT_SUMMED_UP = (
    "bpadmin itself failed while it noted how this job has ended. What was sent is accounted for. The operator finds "
    "the details in the log under job {job}."
)


@dataclass(frozen=True, slots=True)
class Ending:
    """Where a turn leaves the job. `wait` is seconds until the next turn; None as `message` keeps what is there.

    `fields` are further changes of the job's row. `is_whole`: every row has its outcome, so that state and sentence
    follow from the numbers. `question` is put to a person about rows whose answer was lost, when the job ends.
    `is_untouched`: it has done nothing to its target yet, so that others may write there while it is paused.
    """

    state: JobState
    message: str | None = None
    wait: float | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    is_whole: bool = False
    question: str = ""
    is_untouched: bool = False


def conclusion(job: Job) -> tuple[JobState, str]:
    """Return the final state and sentence of a job whose every row has its outcome, as far as it can have one."""
    return _state_of(job), handler_of(job).finish(job)


def _state_of(job: Job) -> JobState:
    if job.is_all_refused:
        return JobState.FAILED  # nothing of it is done, so that it is not partly done either
    return JobState.SUCCEEDED if job.n_in_list == job.rows_total else JobState.PARTIAL


def turn_end(lease: Lease, ending: Ending, *, seconds: float, ring: bool) -> bool:
    """Give the lease back and leave the job where `ending` says; False when the lease was lost before.

    `seconds` is the time worked that the heartbeat has not counted. `ring` asks for the next turn at once. What became
    of the rows is summed up in the same transaction. Raises one of STORE_AWAY when nothing could be stored.
    """
    job = store_patiently(partial(_turn_end, lease, ending, seconds, ring))
    if job is None:
        return False
    handler = handler_of(job)
    if (job.is_final or job.state == JobState.PAUSED) and isinstance(handler, Ends):
        handler.ended(job)
    return True


def _turn_end(lease: Lease, ending: Ending, seconds: float, ring: bool) -> Job | None:
    now = timezone.now()
    with transaction.atomic(durable=True):
        job: Job | None = lease_filter(lease).select_for_update().first()
        if job is None:
            return None
        if chunks.stranded_end(job.pk):
            job.refresh_from_db()
        state, message = _as_wanted_meanwhile(job, ending)
        if state in Job.FINAL and job.started_at is not None:
            if ending.question:
                chunks.doubts_ask(job.pk, ending.question)
            doubt_ask(job)
            state, message = _summed_up(job, state, message, is_whole=ending.is_whole)
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
        if state in (JobState.QUEUED, JobState.PREPARING):
            changes |= wait_fields(since=now + timedelta(seconds=ending.wait or 0.0), is_offered=ring)
        lease_filter(lease).update(**changes)
        job.refresh_from_db()
        if job.is_final:
            lock_release(job)
            _record(job)
        elif ending.is_untouched and state == JobState.PAUSED:
            lock_release(job)
        elif ring and not ending.wait and state in (JobState.QUEUED, JobState.PREPARING):
            (ring_run if state == JobState.QUEUED else ring_check)(job)
    return job


def _summed_up(job: Job, state: JobState, message: str | None, *, is_whole: bool) -> tuple[JobState, str | None]:
    """Add what became of the rows to the sentence that says why the job stopped early, or let it be the sentence."""
    try:
        with transaction.atomic():
            summary = handler_of(job).finish(job)
    except STORE_AWAY:
        raise
    except Exception:
        log.exception("job %s: how it ended could not be noted", job.pk)
        state, summary, is_whole = JobState.ERRORED, NOT_SUMMED_UP.format(job=job.pk), False
    if is_whole:
        return _state_of(job), summary
    before = message or ""
    return state, before if before.endswith(summary) else f"{before} {summary}".strip()


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
    may_end = ending.state in (JobState.QUEUED, JobState.PREPARING, JobState.PAUSED)
    if may_end and job.phase != JobPhase.READ_BACK and job.wanted == Wanted.CANCEL:
        return JobState.CANCELLED, "" if job.started_at else "Cancelled. Nothing was sent."
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
