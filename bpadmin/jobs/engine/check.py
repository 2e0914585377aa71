"""Running a job's check: the handler reads the whole file under a lease, and the job waits for a person after it."""

from __future__ import annotations

import logging
import time

from bpadmin.jobs.choices import checked_report
from bpadmin.jobs.engine.completion import Ending, turn_end
from bpadmin.jobs.engine.lease import Heartbeat, Lease, LeaseLost, job_driven, job_remember
from bpadmin.jobs.engine.outage import STORE_AWAY, connection_renew
from bpadmin.jobs.engine.retry_policy import files_ending
from bpadmin.jobs.engine.shutdown import is_shutting_down
from bpadmin.jobs.handlers import JobRefused, handler_of
from bpadmin.jobs.models import Job, JobState, Wanted

log = logging.getLogger(__name__)

SAVE_SECONDS = 0.5
OUR_BUG = (
    "bpadmin itself failed while it checked the file; nothing was sent. "
    "The operator finds the details in the log under job {job}."
)


class _Watch:
    """What the handler is given to tell its progress and to ask whether it should stop."""

    def __init__(self, job: Job, beat: Heartbeat) -> None:
        self.job = job
        self.beat = beat
        self.was_stopped = False
        self._saved = 0.0

    def progress(self, done: int, total: int) -> None:
        """Store how far the check is, twice a second at most."""
        now = time.monotonic()
        if now - self._saved < SAVE_SECONDS and done < total:
            return
        self._saved = now
        try:
            job_remember(self.job, work_done=done, work_total=total)
        except STORE_AWAY:
            # Only what a page shows is missing; a check is not begun anew for that.
            log.warning("job %s: the check's progress could not be stored", self.job.pk, exc_info=True)
            connection_renew()

    def should_stop(self) -> bool:
        """Return whether somebody wants the job cancelled, the worker is to end, or the lease is gone."""
        beat = self.beat
        self.was_stopped = beat.wanted == Wanted.CANCEL or is_shutting_down() or not beat.is_safe
        return self.was_stopped


def check_run(lease: Lease) -> JobState:
    """Check the job's file: READY when it can be sent, FAILED in words when not, PREPARING when it must start over.

    Raises one of STORE_AWAY when the database is away: the lease is left to run out, and the check begins anew.
    """
    with Heartbeat(lease, is_sending=False) as beat:
        try:
            ending = _checked(lease, beat)
            turn_end(lease, ending, seconds=0.0, ring=True)
        except LeaseLost:
            log.warning("job %s: another worker checks the file by now", lease.job_id)
        except STORE_AWAY:
            raise
        except BaseException:
            turn_end(lease, Ending(JobState.PREPARING), seconds=0.0, ring=True)
            raise
    return JobState(Job.objects.values_list("state", flat=True).get(pk=lease.job_id))


def _checked(lease: Lease, beat: Heartbeat) -> Ending:
    job = job_driven(lease)
    watch = _Watch(job, beat)
    try:
        handler_of(job).prepare(job, progress=watch.progress, should_stop=watch.should_stop)
    except JobRefused as refused:
        return Ending(JobState.FAILED, str(refused))
    except LeaseLost:
        raise
    except Exception as error:
        if ending := files_ending(job, error):
            return ending
        if isinstance(error, STORE_AWAY):
            raise
        log.exception("job %s: the check stopped by an error of ours", job.pk)
        return Ending(JobState.ERRORED, OUR_BUG.format(job=job.pk))
    if beat.wanted == Wanted.CANCEL:
        return Ending(JobState.CANCELLED, "Cancelled while the file was checked. Nothing was sent.")
    if watch.was_stopped:
        return Ending(JobState.PREPARING)
    return Ending(JobState.READY, "", fields={"failures": 0, "report": checked_report(job)})
