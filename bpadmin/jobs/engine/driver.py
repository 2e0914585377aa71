"""The driver of jobs: one turn takes the lease, works, and leaves the job where the next turn finds everything.

Whatever happens to the process in between, the database says what may have been sent and what was not.
"""

from __future__ import annotations

import logging
import time

from django.utils import timezone

from bpadmin.installation.tallies import tallies_flush
from bpadmin.jobs.choices import confirmed_differs
from bpadmin.jobs.engine import chunks
from bpadmin.jobs.engine.check import check_run
from bpadmin.jobs.engine.completion import Ending, turn_end
from bpadmin.jobs.engine.dispatch import BULK, POLL, queue_of
from bpadmin.jobs.engine.lanes import COOL_SECONDS, Lanes
from bpadmin.jobs.engine.lease import (
    Heartbeat,
    Lease,
    LeaseLost,
    job_driven,
    job_remember,
    job_reread,
    lease_take,
    lease_take_check,
)
from bpadmin.jobs.engine.outage import STORE_AWAY, connection_renew
from bpadmin.jobs.engine.quiet_time import LONGEST_READ
from bpadmin.jobs.engine.read_back import reading_turn
from bpadmin.jobs.engine.retry_policy import files_ending, trouble_ending
from bpadmin.jobs.engine.shutdown import is_shutting_down
from bpadmin.jobs.engine.uncertain import MOST_IN_DOUBT, doubt_end, doubt_look, target_count
from bpadmin.jobs.handlers import Handler, Held, JobRefused, Stages, handler_of
from bpadmin.jobs.models import ChunkState, Job, JobPhase, JobState, Wanted
from bpadmin.pace import scaled
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.services import tenant_client
from bpadmin.texts import TextRefused

log = logging.getLogger(__name__)

# How long a worker works on one job before others may have their turn. A promised time is kept within as much.
SLICE_SECONDS = scaled(5.0, least=1.0)
FOREGROUND_TURN = 30.0
PATIENT_READ = LONGEST_READ
HURRIED_READ = scaled(10.0, least=1.0)
LOOK_AGAIN = 0.5
OUR_BUG = (
    "bpadmin itself failed here; it is no fault of the file or of the platform. The operator finds the details in the "
    "log under job {job}. What was sent so far is accounted for."
)
_UNSETTLED = (ChunkState.READY, ChunkState.IN_FLIGHT, ChunkState.UNCERTAIN)


def job_drive(*, job_id: int, seconds: float | None, worker: str, may_wait: bool = True) -> JobState:
    """Work on a job for at most about `seconds` (None: until it has ended or a person must act) and give its state.

    Does nothing when somebody else has the lease. A database that is away is waited for like a platform that is.
    `may_wait` lets it sleep through short waits within its time; a worker's turn does not and leaves the wait to the
    sweep. `worker` names the driver in the lease.
    """
    until = None if seconds is None else time.monotonic() + seconds
    while True:
        left = FOREGROUND_TURN if until is None else until - time.monotonic()
        turn_drive(job_id=job_id, seconds=left, worker=worker, ring=until is not None)
        tallies_flush(is_due=True)
        state, wait = _state_and_wait(job_id)
        if state not in (JobState.QUEUED, JobState.RUNNING) or not may_wait or is_shutting_down():
            return state
        if until is not None and time.monotonic() + wait >= until:
            return state
        time.sleep(min(wait, LOOK_AGAIN))


def _state_and_wait(job_id: int) -> tuple[JobState, float]:
    """Look where a job stands and how many seconds it is to wait; with the database away, somebody goes on later."""
    try:
        job = Job.objects.only("state", "next_run_at").get(pk=job_id)
    except STORE_AWAY:
        connection_renew()
        return JobState.RUNNING, LOOK_AGAIN
    wait = max(0.0, (job.next_run_at - timezone.now()).total_seconds()) if job.next_run_at else LOOK_AGAIN
    return JobState(job.state), wait


def job_turn(*, job_id: int, worker: str) -> bool:
    """Work on a job for one slice of a worker's time; False when it could not be had. Job.DoesNotExist.

    A small job shares its worker with the sweep, and must not keep it waiting for a platform that hangs.
    """
    read_timeout = PATIENT_READ if queue_of(Job.objects.get(pk=job_id)) == BULK else HURRIED_READ
    return turn_drive(job_id=job_id, seconds=SLICE_SECONDS, worker=worker, ring=True, read_timeout=read_timeout)


def turn_drive(*, job_id: int, seconds: float, worker: str, ring: bool, read_timeout: float | None = None) -> bool:
    """Take the lease, work for about `seconds`, give it back; False when it could not be had.

    `ring` asks for the next turn at once when there is more to do. `read_timeout` is how long an answer may take, in
    seconds; None chooses by the length of the turn. While the database is away nothing is final: the lease is left to
    run out, and whoever takes it next finds what may have been sent.
    """
    try:
        lease = lease_take(job_id=job_id, worker=worker)
    except STORE_AWAY as error:
        _leave(job_id, error)
        return False
    if lease is None:
        return False
    with Heartbeat(lease) as beat:
        try:
            ending = _worked(lease, beat, seconds, read_timeout)
            turn_end(lease, ending, seconds=beat.seconds_uncounted(), ring=ring)
        except LeaseLost:
            log.warning("job %s: another driver has taken over", job_id)
        except STORE_AWAY as error:
            _leave(job_id, error)
        except BaseException:
            # Also on Ctrl-C: the chunk under way has been stored as uncertain, and somebody may go on at once.
            turn_end(lease, Ending(JobState.QUEUED), seconds=beat.seconds_uncounted(), ring=ring)
            raise
    return True


def _leave(job_id: int, error: Exception) -> None:
    log.warning("job %s: the database is away, its lease is left to run out: %s", job_id, error)
    connection_renew()


def _worked(lease: Lease, beat: Heartbeat, seconds: float, read_timeout: float | None) -> Ending:
    try:
        return _work(lease, beat, seconds, read_timeout)
    except LeaseLost:
        raise
    except Exception as error:
        if ending := files_ending(Job.objects.select_related("tenant").get(pk=lease.job_id), error):
            return ending
        if isinstance(error, STORE_AWAY):
            raise
        log.exception("job %s stopped by an error of ours", lease.job_id)
        return Ending(JobState.ERRORED, OUR_BUG.format(job=lease.job_id))


def _work(lease: Lease, beat: Heartbeat, seconds: float, read_timeout: float | None) -> Ending:
    until = time.monotonic() + seconds
    chunks.stranded_mark(lease)
    job = job_driven(lease)
    read_timeout = read_timeout or (PATIENT_READ if seconds > HURRIED_READ else HURRIED_READ)
    if job.phase == JobPhase.READ_BACK:
        return reading_turn(job, lease, beat, until=until, read_timeout=read_timeout)
    if ending := _as_wanted(job):
        return ending
    handler = handler_of(job)
    was_polling = queue_of(job) == POLL
    try:
        if different := confirmed_differs(job):
            return Ending(JobState.FAILED, different)
        if ending := _begin(job, handler, read_timeout):
            return ending
        if was_polling:
            # The next turn belongs in another queue: sending must not keep the one for short polls busy.
            return Ending(JobState.QUEUED)
        failed_in_a_row = 0
        while True:
            in_doubt = 0 if handler.may_resend(job) else doubt_look(job, lease, handler, read_timeout)
            lanes = Lanes(job, handler=handler, beat=beat, deadline=until, read_timeout=read_timeout)
            lanes.failed_in_a_row = failed_in_a_row
            if in_doubt < MOST_IN_DOUBT:
                lanes.run()
            if lanes.ending is not None:
                if lanes.ending.state == JobState.PARTIAL:
                    target_count(job, lease, handler)
                return lanes.ending
            failed_in_a_row = lanes.failed_in_a_row
            job_reread(job)
            ending = _after_lanes(job, beat, until, handler, read_timeout)
            is_cut_short = ending is not None and ending.state == JobState.QUEUED and ending.wait is None
            if is_cut_short and lanes.trouble is not None:
                return trouble_ending(job, lanes.trouble)
            if ending is not None:
                return ending
            if different := confirmed_differs(job):
                return Ending(JobState.FAILED, different)
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
    if isinstance(pending, Held):
        return Ending(JobState.PAUSED, pending.message, is_untouched=pending.is_untouched)
    if pending is not None:
        return Ending(JobState.QUEUED, pending.message, pending.seconds, {"failures": 0, "failing_since": None})
    if job.phase != JobPhase.SEND:
        job_remember(job, phase=JobPhase.SEND, message="")
    return None


def _as_wanted(job: Job) -> Ending | None:
    if job.wanted == Wanted.CANCEL:
        return Ending(JobState.CANCELLED)
    if job.wanted == Wanted.PAUSE:
        return Ending(JobState.PAUSED, "")
    return None


def _after_lanes(job: Job, beat: Heartbeat, until: float, handler: Handler, read_timeout: float) -> Ending | None:
    """Return how the turn ends after the lanes have come to rest; None when they are to go on."""
    states = set(job.chunks.filter(state__in=_UNSETTLED).values_list("state", flat=True).distinct())
    if not states and not _release(job, beat.lease, handler):
        target_count(job, beat.lease, handler)
        return Ending(JobState.PARTIAL, is_whole=True)
    if ending := _as_wanted(job):
        if ending.state == JobState.CANCELLED:
            if ChunkState.UNCERTAIN in states and not handler.may_resend(job):
                doubt_look(job, beat.lease, handler, read_timeout)
            target_count(job, beat.lease, handler)
        return ending
    if not beat.is_safe:
        raise LeaseLost
    if is_shutting_down():
        return Ending(JobState.QUEUED)
    is_rest_sent = states == {ChunkState.UNCERTAIN}
    if ChunkState.UNCERTAIN in states and not handler.may_resend(job):
        in_doubt = job.chunks.filter(state=ChunkState.UNCERTAIN).count()
        if is_rest_sent or in_doubt >= MOST_IN_DOUBT:
            return doubt_end(job, beat.lease, handler, read_timeout)
    if time.monotonic() >= until:
        return Ending(JobState.QUEUED)
    if is_rest_sent:
        time.sleep(min(COOL_SECONDS, max(0.0, until - time.monotonic())))
    return None


def _release(job: Job, lease: Lease, handler: Handler) -> bool:
    return isinstance(handler, Stages) and handler.may_release(job) and bool(chunks.held_release(lease))


def job_prepare_now(*, job_id: int, worker: str) -> JobState:
    """Check a submitted file here and now, and give the job's state; does nothing when somebody else does it.

    PREPARING also where the database is away: somebody begins anew.
    """
    try:
        lease = lease_take_check(job_id=job_id, worker=worker)
        if lease is not None:
            check_run(lease)
        return JobState(Job.objects.values_list("state", flat=True).get(pk=job_id))
    except STORE_AWAY as error:
        _leave(job_id, error)
        return JobState.PREPARING
