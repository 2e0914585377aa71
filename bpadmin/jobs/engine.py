"""The driver of jobs: one turn takes the lease, works, and leaves the job where the next turn finds everything.

Whatever happens to the process in between, the database says what may have been sent and what was not.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace

from django.utils import timezone

from bpadmin.jobs import ledger
from bpadmin.jobs.check import check_run
from bpadmin.jobs.doorbell import BULK, POLL, queue_of
from bpadmin.jobs.endings import Ending, conclusion, turn_end
from bpadmin.jobs.lanes import COOL_SECONDS, Lanes
from bpadmin.jobs.lease import Heartbeat, Lease, LeaseLost, job_remember, lease_take, lease_take_check
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobPhase, JobState, Wanted
from bpadmin.jobs.reading import reading_turn
from bpadmin.jobs.registry import Handler, JobRefused, Stages, handler_of
from bpadmin.jobs.shutdown import is_shutting_down
from bpadmin.jobs.troubles import disk_full_ending, trouble_ending
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.services import tenant_client
from bpadmin.texts import TextRefused

log = logging.getLogger(__name__)

SLICE_SECONDS = 30.0
# Small jobs share a worker with the sweep, and must not keep it waiting for a platform that hangs.
SMALL_SLICE_SECONDS = 10.0
FOREGROUND_TURN = 30.0
PATIENT_READ = 60.0
HURRIED_READ = 10.0
LOOK_AGAIN = 0.5
OUR_BUG = (
    "bpadmin itself failed here; it is no fault of the file or of the platform. The operator finds the details in the "
    "log under job {job}. What was sent so far is accounted for."
)
_UNSETTLED = (ChunkState.READY, ChunkState.IN_FLIGHT, ChunkState.UNCERTAIN)


def job_drive(*, job_id: int, seconds: float | None, worker: str, may_wait: bool = True) -> JobState:
    """Work on a job for at most about `seconds` (None: until it has ended or a person must act) and give its state.

    Does nothing when somebody else has the lease. `may_wait` lets it sleep through short waits within its time;
    a worker's turn does not and leaves the wait to the sweep. `worker` names the driver in the lease.
    """
    until = None if seconds is None else time.monotonic() + seconds
    while True:
        left = FOREGROUND_TURN if until is None else until - time.monotonic()
        turn_drive(job_id=job_id, seconds=left, worker=worker, ring=until is not None)
        job = Job.objects.only("state", "next_run_at").get(pk=job_id)
        state = JobState(job.state)
        if state not in (JobState.QUEUED, JobState.RUNNING) or not may_wait or is_shutting_down():
            return state
        wait = max(0.0, (job.next_run_at - timezone.now()).total_seconds()) if job.next_run_at else LOOK_AGAIN
        if until is not None and time.monotonic() + wait >= until:
            return state
        time.sleep(min(wait, LOOK_AGAIN))


def job_turn(*, job_id: int, worker: str) -> JobState:
    """Work on a job for one slice of a worker's time, and leave every wait to the sweep. Job.DoesNotExist."""
    seconds = SLICE_SECONDS if queue_of(Job.objects.get(pk=job_id)) == BULK else SMALL_SLICE_SECONDS
    return job_drive(job_id=job_id, seconds=seconds, worker=worker, may_wait=False)


def turn_drive(*, job_id: int, seconds: float, worker: str, ring: bool) -> bool:
    """Take the lease, work for about `seconds`, give it back; False when it could not be had.

    `ring` asks for the next turn at once when there is more to do.
    """
    lease = lease_take(job_id=job_id, worker=worker)
    if lease is None:
        return False
    ending = Ending(JobState.QUEUED)
    with Heartbeat(lease) as beat:
        try:
            ending = _work(lease, beat, seconds)
        except LeaseLost:
            log.warning("job %s: another driver has taken over", job_id)
            return True
        except Exception as error:
            full = disk_full_ending(Job.objects.select_related("tenant").get(pk=job_id), error)
            if full is None:
                log.exception("job %s stopped by an error of ours", job_id)
            ending = full or Ending(JobState.ERRORED, OUR_BUG.format(job=job_id))
        finally:
            # Also on Ctrl-C: the chunk under way has been stored as uncertain, and somebody may go on at once.
            turn_end(lease, _summed_up(job_id, ending), seconds=beat.seconds_uncounted(), ring=ring)
    return True


def _work(lease: Lease, beat: Heartbeat, seconds: float) -> Ending:
    until = time.monotonic() + seconds
    ledger.stranded_mark(lease)
    job = Job.objects.select_related("tenant").get(pk=lease.job_id)
    read_timeout = PATIENT_READ if seconds > HURRIED_READ else HURRIED_READ
    if job.phase == JobPhase.READ_BACK:
        return reading_turn(job, lease, beat, until=until, read_timeout=read_timeout)
    if ending := _as_wanted(job):
        return ending
    handler = handler_of(job)
    was_polling = queue_of(job) == POLL
    try:
        if ending := _begin(job, handler, read_timeout):
            return ending
        if was_polling:
            # The next turn belongs in another queue: sending must not keep the one for short polls busy.
            return Ending(JobState.QUEUED)
        failed_in_a_row = 0
        while True:
            if not handler.may_resend(job):
                _settle(job, lease, handler, read_timeout)
            lanes = Lanes(job, handler=handler, beat=beat, deadline=until, read_timeout=read_timeout)
            lanes.failed_in_a_row = failed_in_a_row
            lanes.run()
            if lanes.ending is not None:
                return lanes.ending
            failed_in_a_row = lanes.failed_in_a_row
            job.refresh_from_db()
            ending = _after_lanes(job, beat, until, handler)
            if ending is not None and ending.state == JobState.QUEUED and lanes.trouble is not None:
                return trouble_ending(job, lanes.trouble)
            if ending is not None:
                return ending
    except (JobRefused, TextRefused) as refused:
        return Ending(JobState.FAILED, str(refused))
    except PlatformError as error:
        return trouble_ending(job, error)


def _begin(job: Job, handler: Handler, read_timeout: float) -> Ending | None:
    client = tenant_client(job.tenant, read_timeout=read_timeout)
    try:
        pending = handler.begin(job, client=client)
    finally:
        client.close()
    if pending is not None:
        return Ending(JobState.QUEUED, pending.message, pending.seconds, {"failures": 0, "failing_since": None})
    if job.phase != JobPhase.SEND:
        job_remember(job, phase=JobPhase.SEND, message="")
    return None


def _settle(job: Job, lease: Lease, handler: Handler, read_timeout: float) -> None:
    """Find out about uncertain chunks that may not be sent again, before anything else is sent."""
    chunks = list(Chunk.objects.filter(job=job, state=ChunkState.UNCERTAIN).order_by("number"))
    if not chunks:
        return
    client = tenant_client(job.tenant, read_timeout=read_timeout)
    try:
        verdicts = handler.settle(job, chunks, client=client)
    finally:
        client.close()
    for chunk, verdict in zip(chunks, verdicts, strict=True):
        ledger.chunk_settle(lease, chunk, verdict)


def _as_wanted(job: Job) -> Ending | None:
    if job.wanted == Wanted.CANCEL:
        return Ending(JobState.CANCELLED)
    if job.wanted == Wanted.PAUSE:
        return Ending(JobState.PAUSED, "")
    return None


def _after_lanes(job: Job, beat: Heartbeat, until: float, handler: Handler) -> Ending | None:
    """Tell how the turn ends after the lanes have come to rest; None when they are to go on."""
    states = set(job.chunks.filter(state__in=_UNSETTLED).values_list("state", flat=True).distinct())
    if not states and not _release(job, beat.lease, handler):
        return Ending(*conclusion(job))
    if ending := _as_wanted(job):
        return ending
    if not beat.is_safe:
        raise LeaseLost
    if is_shutting_down() or time.monotonic() >= until:
        return Ending(JobState.QUEUED)
    if states == {ChunkState.UNCERTAIN} and handler.may_resend(job):
        time.sleep(min(COOL_SECONDS, max(0.0, until - time.monotonic())))
    return None


def _release(job: Job, lease: Lease, handler: Handler) -> bool:
    return isinstance(handler, Stages) and handler.may_release(job) and bool(ledger.held_release(lease))


def _summed_up(job_id: int, ending: Ending) -> Ending:
    """Add what became of the rows to the sentence that says why the job stopped early."""
    if ending.state not in Job.FINAL:
        return ending
    summary = conclusion(Job.objects.get(pk=job_id))[1]
    if (ending.message or "").endswith(summary):
        return ending
    return replace(ending, message=f"{ending.message or ''} {summary}".strip())


def job_prepare_now(*, job_id: int, worker: str) -> JobState:
    """Check a submitted file here and now, and give the job's state; does nothing when somebody else does it."""
    lease = lease_take_check(job_id=job_id, worker=worker)
    if lease is None:
        return JobState(Job.objects.values_list("state", flat=True).get(pk=job_id))
    return check_run(lease)
