"""What people may do to a job. Every move is one conditional UPDATE, so that two people cannot both make it.

Working on a job is the engine's: `job_drive` and `job_prepare_now` are given here too, for views and commands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.text import capfirst

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.counts import counted
from bpadmin.dialler.types import Actor
from bpadmin.jobs.approvals import job_waits
from bpadmin.jobs.choices import (
    NOT_AS_CHECKED,
    IllegalMove,
    StaleForm,
    choices_told,
    confirmed_of,
    is_as_checked,
    stale_confirm_words,
    stale_words,
)
from bpadmin.jobs.engine import chunks as ledger
from bpadmin.jobs.engine.chunks import chunk_answer
from bpadmin.jobs.engine.completion import conclusion, lock_release
from bpadmin.jobs.engine.dispatch import ring_check, ring_run, wait_fields
from bpadmin.jobs.engine.driver import job_drive, job_prepare_now, turn_drive
from bpadmin.jobs.engine.lease import leases_expire_dead
from bpadmin.jobs.engine.quiet_time import clock, doubt_ask, quiet_until
from bpadmin.jobs.engine.read_back import STOPPED, reading_chunks, reading_way_back
from bpadmin.jobs.files.corrections import correction_refusal
from bpadmin.jobs.files.spool import rows_in_words
from bpadmin.jobs.handlers import ChunkResult, ReadsBack, handler_of, structure_read
from bpadmin.jobs.kinds import JobKind, TargetKind, kind_of
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobPhase, JobState, Reading, Wanted
from bpadmin.jobs.options import FileOptions, JobOptions
from bpadmin.jobs.queue.next_job import line_forget
from bpadmin.jobs.reasons import MISSING, UNACCOUNTED, UNCLEAR

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.approvals.models import Approval
    from bpadmin.tenants.models import Tenant

__all__ = [
    "Decision",
    "IllegalMove",
    "StaleForm",
    "chunk_decide",
    "job_cancel",
    "job_confirm",
    "job_decide",
    "job_drive",
    "job_pause",
    "job_prepare_now",
    "job_put_first",
    "job_read_back",
    "job_reconfigure",
    "job_resume",
    "job_retry",
    "job_start",
    "job_submit",
    "move_refused",
]


class Decision(models.TextChoices):
    """A person's word on rows whose answer was lost."""

    APPLIED = "applied", "They are in the list"
    NOT_APPLIED = "not_applied", "They are not in the list: send them again"


# Before anything was sent, and while no check is running, choices may change.
_OPEN = Q(state__in=[JobState.DRAFT, JobState.READY, JobState.FAILED, JobState.ERRORED], started_at=None)


def job_reconfigure(
    *,
    job: Job,
    options: JobOptions,
    revision: int | None = None,
    kind: JobKind | None = None,
    check: bool = False,
    actor_name: str = "",
) -> Job:
    """Store what a person chose by one conditional UPDATE, and with `check` have the file checked in the same move.

    `revision` is the one that the form carries, None for that of `job` as it was read; `options` are made from those
    of `job`. Nothing else stores the choices of a job. What an earlier check found stands no longer: without `check`
    the job is a DRAFT again. Raises StaleForm or IllegalMove, and then nothing has changed but the instance, which
    shows what stands now.
    """
    seen, kind = job.revision if revision is None else revision, kind or kind_of(job)
    chosen = replace(options, chosen_by=actor_name, chosen_at=timezone.now().isoformat())
    changes: dict[str, Any] = {
        "options": chosen.as_json(),
        "kind": kind,
        "revision": F("revision") + 1,
        "state": JobState.DRAFT,
        "message": "",
        "finished_at": None,
    }
    is_same = job.revision == seen
    with transaction.atomic():
        if is_same and _try(job, _OPEN & Q(revision=seen), **changes):
            return job_submit(job=job) if check else job
    job.refresh_from_db()
    if Job.objects.filter(_OPEN, pk=job.pk).exists():
        raise StaleForm(stale_words(job, choices_told(kind, options)))
    raise move_refused(job, "checked" if check else "changed")


def job_submit(*, job: Job, ring: bool = True) -> Job:
    """Have the file checked: DRAFT → PREPARING. Also after a change of mapping, and after a check that failed.

    `ring=False` where the caller checks it itself, right away.
    """
    never_started = Q(state__in=[JobState.READY, JobState.FAILED, JobState.ERRORED], started_at=None)
    return _move(
        job,
        Q(state=JobState.DRAFT) | never_started,
        "checked",
        state=JobState.PREPARING,
        phase="",
        **dict.fromkeys(Job.COUNTERS, 0),
        work_done=0,
        message="",
        wanted="",
        finished_at=None,
        ring=ring_check if ring else None,
    )


def job_confirm(
    *,
    job: Job,
    revision: int | None = None,
    actor: User | None = None,
    actor_name: str = "",
    ring: bool = True,
    approval: Approval | None = None,
) -> Job:
    """Let a checked job be sent: READY → QUEUED. `ring=False` where the caller drives it itself, right away.

    What is confirmed is what was shown: `revision` is the one that the form carries, None for that of `job` as it was
    read. It is kept with the digest of the checked rows, and nothing else is sent. Raises StaleForm, IllegalMove;
    the latter too where what it does waits for the `approval` of another person.
    """
    if revision in (None, job.revision) and (waits := job_waits(job, Actor(actor, actor_name), approval)):
        raise IllegalMove(waits)
    with transaction.atomic():
        _refuse_second_correction(job)
        confirmed = _confirmed(job, JobState.READY, revision)
        _move(
            job,
            Q(state=JobState.READY),
            "sent",
            confirmed=confirmed,
            state=JobState.QUEUED,
            phase=JobPhase.BEGIN,
            message="",
            wanted="",
            ring=ring_run if ring else None,
        )
        options = structure_read(FileOptions, job.options, job)
        details = {
            "file": job.file_name,
            "sha256": job.file_sha256,
            "rows": job.rows_total,
            "to_send": job.n_to_send,
            **({"in_reserve": job.n_in_reserve} if job.n_in_reserve else {}),
            "mode": options.mode,
            "columns": [list(pair) for pair in options.columns],
            "reason": str(job.options.get("comment") or ""),
        }
        audit_record(
            verb=kind_of(job).confirmed_as,
            tenant=job.tenant,
            actor=actor,
            actor_name=actor_name,
            target_kind=job.target_kind,
            target_id=job.target_id,
            target_name=job.target_name,
            message=f"Job {job.pk}: {job.file_name}, {job.to_send_words}",
            details={"job": job.pk, **details},
        )
    return job


def rejects_download_record(
    *, job: Job, actor: User | None, actor_name: str = "", which: str = "", to_file: str = ""
) -> None:
    """Write into the log that somebody has taken rows with them: those that are not in the list, or as `which` says."""
    audit_record(
        verb=Verb.JOB_REJECTS,
        tenant=job.tenant,
        actor=actor,
        actor_name=actor_name,
        target_kind="job",
        target_id=str(job.pk),
        target_name=job.target_name,
        message=f"Job {job.pk}: {job.file_name}{f', {which}' if which else ''}{f' into {to_file}' if to_file else ''}",
        details={"job": job.pk, "file": job.file_name, "sha256": job.file_sha256, "rows": job.n_rejected},
    )


def _refuse_second_correction(job: Job) -> None:
    if job.parent_id is None:
        return
    parent = Job.objects.select_for_update().get(pk=job.parent_id)
    if words := correction_refusal(parent, besides=job.pk):
        raise IllegalMove(words)


def job_start(*, job: Job, revision: int | None = None, ring: bool = True) -> Job:
    """Let a job begin that has no file to check: DRAFT → QUEUED. `ring=False` where the caller drives it itself.

    `revision` as for job_confirm. Raises StaleForm, IllegalMove.
    """
    with transaction.atomic():
        return _move(
            job,
            Q(state=JobState.DRAFT),
            "started",
            confirmed=_confirmed(job, JobState.DRAFT, revision),
            state=JobState.QUEUED,
            phase=JobPhase.BEGIN,
            message="",
            ring=ring_run if ring else None,
        )


def _confirmed(job: Job, state: JobState, revision: int | None) -> dict[str, Any]:
    """Return what is confirmed, from the row as it stands and stays for this transaction."""
    now = Job.objects.select_for_update().get(pk=job.pk)
    if now.state != state:
        return {}  # the move is refused in its own words
    if now.revision != (job.revision if revision is None else revision):
        job.refresh_from_db()
        raise StaleForm(stale_confirm_words(now))
    if not is_as_checked(now):
        job.refresh_from_db()
        raise StaleForm(NOT_AS_CHECKED)
    return confirmed_of(now).as_json()


def job_pause(*, job: Job, actor: User | None = None, actor_name: str = "") -> Job:
    """Stop sending after the chunks under way, until somebody resumes: QUEUED or RUNNING → PAUSED."""
    with transaction.atomic():
        if not _try(job, Q(state=JobState.QUEUED), state=JobState.PAUSED, next_run_at=None):
            _move(job, Q(state=JobState.RUNNING, wanted=""), "paused", wanted=Wanted.PAUSE)
        _record(Verb.JOB_PAUSE, job, actor, actor_name)
    _obey_without_worker(job)
    return job


def job_resume(*, job: Job, actor: User | None = None, actor_name: str = "") -> Job:
    """Go on with a paused job: PAUSED → QUEUED; takes back a pause that has not happened yet."""
    with transaction.atomic():
        if not _try(job, Q(state=JobState.RUNNING, wanted=Wanted.PAUSE), wanted=""):
            _move(job, Q(state=JobState.PAUSED), "resumed", state=JobState.QUEUED, message="", ring=ring_run)
        _record(Verb.JOB_RESUME, job, actor, actor_name)
    return job


def job_put_first(*, job: Job, actor: User | None = None, actor_name: str = "") -> Job:
    """Let an active job go before the others of its tenant until it has ended; a job put first later goes before it."""
    with transaction.atomic():
        _move(job, Q(state__in=Job.ACTIVE, wanted=""), "put first", put_first_at=timezone.now())
        _record(Verb.JOB_PUT_FIRST, job, actor, actor_name)
    line_forget()
    return job


def _obey_without_worker(job: Job) -> None:
    """Do at once what a person wants of a job whose driver is gone: there may be no worker for a long time."""
    if not job.wanted:
        return
    leases_expire_dead()
    if turn_drive(job_id=job.pk, seconds=0.0, worker="web", ring=False):
        job.refresh_from_db()


def job_cancel(*, job: Job, actor: User | None = None, actor_name: str = "") -> Job:
    """End a job for good. What is on its way is finished and accounted for first; nothing sent is taken back.

    Of a job whose target is read back only the reading ends, and the job is where it had ended before.
    """
    is_reading = Q(phase=JobPhase.READ_BACK)
    idle = Q(state__in=[JobState.DRAFT, JobState.READY, JobState.QUEUED, JobState.PAUSED]) & ~is_reading
    unheld = Q(state=JobState.PREPARING) & (Q(lease_owner="") | Q(lease_until__lt=timezone.now()))
    with transaction.atomic():
        # Without its lease a check that is only slow can store nothing any more.
        ended: dict[str, Any] = {"next_run_at": None, "wanted": "", "lease_owner": "", "lease_until": None}
        if _try(job, idle | unheld, state=JobState.CANCELLED, finished_at=timezone.now(), **ended):
            if job.started_at:
                ledger.stranded_end(job.pk)
                doubt_ask(job)
                job.refresh_from_db()
                Job.objects.filter(pk=job.pk).update(message=conclusion(job)[1])
            lock_release(job)
        elif job.phase == JobPhase.READ_BACK and _reading_stop(job):
            lock_release(job)
        else:
            held = Q(state__in=[JobState.PREPARING, JobState.RUNNING])
            _move(job, held, "cancelled", wanted=Wanted.CANCEL, ring=ring_run if job.started_at else None)
        _record(Verb.JOB_CANCEL, job, actor, actor_name)
    _obey_without_worker(job)
    job.refresh_from_db()
    return job


def job_retry(
    *,
    job: Job,
    actor: User | None = None,
    actor_name: str = "",
    options: JobOptions | None = None,
    revision: int | None = None,
) -> Job:
    """Send the rows that an ended job has not sent: PARTIAL, FAILED, ERRORED or CANCELLED → QUEUED.

    Where sending twice does no harm, the rows in question are sent again as well. `options`, made from those of `job`
    as it was read, are stored in the same move; only members that may change after the confirmation (`LIVE`) can
    differ. `revision` is the one that the form carries. Raises IllegalMove.
    """
    may_resend = handler_of(job).may_resend(job)
    left = Q(n_not_sent__gt=0) | Q(n_uncertain__gt=0) if may_resend else Q(n_not_sent__gt=0)
    ended = Q(state__in=[state for state in Job.FINAL if state != JobState.SUCCEEDED]) & left
    chosen: dict[str, Any] = {}
    if options is not None:
        if revision is not None and revision != job.revision:
            raise StaleForm(f"Job {job.pk} has changed since your page was made. Reload it, then say it again.")
        ended &= Q(revision=job.revision)
        chosen = {"options": options.as_json(), "revision": F("revision") + 1}
    with transaction.atomic():
        _move(job, ended & ~Q(started_at=None), "sent again", **_QUEUED_AGAIN, **chosen, ring=ring_run)
        if may_resend:
            job.chunks.filter(state=ChunkState.ASK).update(state=ChunkState.UNCERTAIN, message="")
        _record(Verb.JOB_RESUME, job, actor, actor_name)
    return job


def job_read_back(*, job: Job, actor: User | None = None, actor_name: str = "", ring: bool = True) -> Job:
    """Have the target read back to find the rows in question: an ended job → QUEUED, in a phase that sends nothing.

    Without any, those are looked for that the target lacks and nobody can name. The reading begins when the quiet time
    of the rows in question is over. It ends where the job had ended before. `ring=False` where the caller drives it
    itself, right away.
    """
    if not isinstance(handler_of(job), ReadsBack):
        raise IllegalMove("What this job has sent cannot be read back.")
    with transaction.atomic():
        before = Job.objects.select_for_update().get(pk=job.pk)
        chunks = reading_chunks(before)
        if not chunks:
            raise IllegalMove(f"Job {job.pk} has no rows in question any more. Reload the page to see where they are.")
        Reading.objects.update_or_create(
            job=job,
            defaults={
                "state_before": before.state,
                "message_before": before.message,
                "kept": {},
                "tally": b"",
                "trouble": "",
            },
        )
        ended = Q(state__in=[state for state in Job.FINAL if state != JobState.SUCCEEDED]) & ~Q(started_at=None)
        is_naming = chunks[0].state == ChunkState.DONE
        until = None if is_naming else quiet_until(job, chunks)
        if until is not None and until > timezone.now():
            words = f"The dialler may still carry out what was asked. The list is read from {clock(job, until)} on."
            again = {**_QUEUED_AGAIN, "next_run_at": until, "message": words}
        else:
            again = _QUEUED_AGAIN
        changes = {**again, "phase": JobPhase.READ_BACK, "failing_since": None, "work_done": 0, "work_total": 0}
        _move(job, ended, "read back", **changes, ring=ring_run if ring else None)
        asked = (
            f"{counted(job.n_unaccounted, 'row')} unaccounted"
            if is_naming
            else f"{counted(job.n_uncertain, 'row')} in question"
        )
        _record(Verb.JOB_READ_BACK, job, actor, actor_name, asked)
    return job


def chunk_decide(*, chunk: Chunk, decision: Decision, actor: User | None = None, actor_name: str = "") -> Job:
    """Settle rows whose answer was lost by a person's word; NOT_APPLIED sends them again. Gives the job.

    In a job that was cancelled or failed they count as not sent, and wait for job_retry. NOT_APPLIED is refused while
    the platform may still carry the request out.

    Where the list had grown by less than the chunk, APPLIED counts as many as accepted and the rest as unaccounted.
    """
    decision = Decision(decision)
    with transaction.atomic():
        chunk.refresh_from_db()
        if Job.objects.filter(pk=chunk.job_id, phase=JobPhase.READ_BACK).exists():
            raise IllegalMove(
                "The list is being read back to find out about these rows. Wait until it has been, or stop the reading."
            )
        job = Job.objects.select_related("tenant").get(pk=chunk.job_id)
        if decision is Decision.NOT_APPLIED:
            _refuse_too_early(job, chunk)
        summary = conclusion(job)[1] if job.is_final else ""
        if not chunk_answer(chunk, _believed(chunk) if decision is Decision.APPLIED else None):
            raise IllegalMove("Somebody has already decided on these rows. Reload the page to see how.")
        job.refresh_from_db()
        if decision is Decision.NOT_APPLIED and job.state == JobState.PARTIAL:
            _try(job, Q(state=JobState.PARTIAL), **_QUEUED_AGAIN, ring=ring_run)
        elif job.is_final:
            _sum_up_anew(job, summary)
        words = f"{capfirst(rows_in_words(job, chunk))}: {decision.label}"
        _record(Verb.JOB_DECIDE, job, actor, actor_name, words)
    return job


def job_decide(*, job: Job, decision: Decision, actor: User | None = None, actor_name: str = "") -> Job:
    """Settle all rows in question of a job at once by a person's word; as `chunk_decide`. Raises IllegalMove.

    Chunks of which reading the list back has told something are left to `chunk_decide`.
    """
    decision = Decision(decision)
    with transaction.atomic():
        job.refresh_from_db()
        if job.phase == JobPhase.READ_BACK:
            raise IllegalMove("The list is being read back to find out about these rows. Wait until it has been.")
        if decision is Decision.NOT_APPLIED:
            for chunk in job.chunks.filter(state=ChunkState.ASK, sent_at__isnull=False).order_by("-sent_at")[:1]:
                _refuse_too_early(job, chunk)
        summary = conclusion(job)[1] if job.is_final else ""
        is_applied = decision is Decision.APPLIED
        rows = ledger.doubts_answer(job.pk, is_applied=is_applied, message=FOUND_BY_A_PERSON)
        if not rows:
            raise IllegalMove("Somebody has already decided on these rows. Reload the page to see how.")
        job.refresh_from_db()
        if decision is Decision.NOT_APPLIED and job.state == JobState.PARTIAL:
            _try(job, Q(state=JobState.PARTIAL), **_QUEUED_AGAIN, ring=ring_run)
        elif job.is_final:
            _sum_up_anew(job, summary)
        _record(Verb.JOB_DECIDE, job, actor, actor_name, f"All {counted(rows, 'row')} in question: {decision.label}")
    return job


def _refuse_too_early(job: Job, chunk: Chunk) -> None:
    until = quiet_until(job, [chunk])
    if until > timezone.now() and not handler_of(job).may_resend(job):
        raise IllegalMove(
            f"Until {clock(job, until)} the dialler may still carry out what was asked, so that nobody can know that "
            "these rows are not in the list. Look again after that."
        )


def _sum_up_anew(job: Job, summary: str) -> None:
    """Put the present sum into the words of an ended job in place of the former one; why it stopped stays."""
    state, words = conclusion(job)
    if job.state != JobState.PARTIAL and state != JobState.SUCCEEDED:
        state, words = JobState(job.state), f"{job.message.removesuffix(summary).rstrip()} {words}".strip()
    _try(job, Q(state=job.state), state=state, message=words)


def _reading_stop(job: Job) -> bool:
    """End a reading that nobody works on at this moment."""
    waiting = Q(state__in=[JobState.QUEUED, JobState.PAUSED], phase=JobPhase.READ_BACK)
    back = reading_way_back(job)
    if not _try(job, waiting, **back, finished_at=timezone.now(), next_run_at=None, wanted=""):
        return False
    Reading.objects.filter(job=job).update(kept={}, tally=b"", trouble=STOPPED)
    return True


FOUND_BY_A_PERSON = "A supervisor found these rows in the list."
_QUEUED_AGAIN: dict[str, Any] = {
    "state": JobState.QUEUED,
    "message": "",
    "wanted": "",
    "finished_at": None,
    "next_run_at": None,
    "failures": 0,
}


def _believed(chunk: Chunk) -> ChunkResult:
    there = chunk.grew_by if chunk.grew_by is not None and 0 < chunk.grew_by < chunk.count else chunk.count
    words = FOUND_BY_A_PERSON
    if (missing := chunk.outcome.get(MISSING)) and not chunk.outcome.get(UNCLEAR):
        there = chunk.count - len(missing)
        return ChunkResult(added=there, unaccounted=len(missing), outcome={UNACCOUNTED: missing}, message=words)
    return ChunkResult(added=there, unaccounted=chunk.count - there, message=words)


def _try(job: Job, allowed: Q, *, ring: Callable[[Job], None] | None = None, **changes: Any) -> bool:
    """Make the move if the job is where it is allowed, and have the instance show what is stored now."""
    if changes.get("state") in (JobState.QUEUED, JobState.PREPARING):
        changes = {**wait_fields(since=timezone.now(), is_offered=ring is not None), **changes}
    moved = Job.objects.filter(allowed, pk=job.pk).update(**changes)
    job.refresh_from_db()
    if moved and ring is not None:
        ring(job)
    return bool(moved)


def _move(job: Job, allowed: Q, word: str, *, ring: Callable[[Job], None] | None = None, **changes: Any) -> Job:
    if _try(job, allowed, ring=ring, **changes):
        return job
    raise move_refused(job, word)


def move_refused(job: Job, word: str) -> IllegalMove:
    """Say in words that a job is where it cannot be moved like this; `word` is what was wanted, such as "checked"."""
    if job.wanted:
        state = f"being {'paused' if job.wanted == Wanted.PAUSE else 'cancelled'}"
    else:
        state = f"“{job.get_state_display()}”"
    return IllegalMove(f"Job {job.pk} is {state} now, so it cannot be {word}. Reload the page to see what it does.")


def _record(verb: Verb, job: Job, actor: User | None, actor_name: str, words: str = "") -> None:
    audit_record(
        verb=verb,
        tenant=job.tenant,
        actor=actor,
        actor_name=actor_name,
        target_kind="job",
        target_id=str(job.pk),
        target_name=job.file_name or job.target_name,
        message=words,
    )


def list_jobs(*, tenant: Tenant, list_ids: Iterable[str], limit: int = 5) -> list[Job]:
    """Return the newest jobs on these lists; one query, without the jobs' large texts."""
    if not (ids := list(list_ids)):
        return []
    jobs = Job.objects.filter(tenant=tenant, target_kind=TargetKind.LIST, target_id__in=ids)
    return list(jobs.select_related("tenant").defer("options", "report", "remote")[:limit])


def list_last_jobs(*, tenant: Tenant, list_ids: Iterable[str]) -> dict[str, Job]:
    """Return the newest job of each list, by list id; one query."""
    newest = (
        Job.objects.filter(tenant=tenant, target_kind=TargetKind.LIST, target_id__in=list(list_ids))
        .order_by()
        .values("target_id")
        .annotate(last=Max("id"))
    )
    jobs = Job.objects.filter(id__in=newest.values("last")).select_related("tenant")
    jobs = jobs.defer("options", "report", "remote")
    return {job.target_id: job for job in jobs}
