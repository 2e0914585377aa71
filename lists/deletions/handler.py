"""Deleting many records of a list: by a filter or all, as a job whose work the platform does and we watch.

The platform deletes in jobs of its own, one per list at a time. A filter with many values is sent in several calls, one
after the other. To ask for the same deletion twice takes nothing that the first did not mean to take, so an answer that
was lost, or a job that the platform has forgotten, is simply asked again; how many went is then told from the list's
totals as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bpadmin.counts import percent_words
from bpadmin.dialler.catalogue import lists_forget
from bpadmin.dialler.extensions import loss_announce
from bpadmin.jobs.engine.lease import job_remember
from bpadmin.jobs.handlers import ChunkResult, JobRefused, Pending, Progress, ShouldStop, Verdict
from bpadmin.jobs.models import Chunk, Job
from bpadmin.pace import scaled
from bpadmin.platforms.errors import Conflict, NotFound, PlatformError, Reason
from bpadmin.platforms.types import DeletePolicy, RemoteJob, RemoteJobState
from lists.deletions.options import (
    DeletionRemote,
    RecordFilter,
    deletion_options,
    deletion_remote,
    total_read,
    total_told,
)
from lists.old_values.reading import old_values_read

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

POLL_SECONDS = scaled(2.0, least=0.2)
BUSY_SECONDS = scaled(5.0, least=0.2)
NEVER_LONGER = scaled(15.0, least=0.2)


class DeletionHandler:
    """The handler of LIST_DELETE. All its work is in `begin`: it has no chunks."""

    def prepare(self, job: Job, *, progress: Progress, should_stop: ShouldStop) -> None:
        """There is no file to check."""

    def lanes(self, job: Job) -> int:
        """One call at a time: the platform runs one deletion per list."""
        return 1

    def may_resend(self, job: Job) -> bool:
        """There are no chunks."""
        return True

    def begin(self, job: Job, *, client: PlatformClient) -> Pending | None:
        """Go one step: begin the next call's deletion, or look how far it is; None when all calls are done."""
        if (reading := old_values_read(job, client)) is not None:
            return reading
        criteria = deletion_options(job).filter
        calls = criteria.calls()
        if (remote := deletion_remote(job)).total_before is None:
            _remember(job, replace(remote, total_before=_total(job, client)))
        while (done := deletion_remote(job).calls_done) < len(calls):
            pending = _poll(job, client) if job.remote_job_id else _ask(job, client, criteria, calls[done])
            if pending is not None:
                return pending
        if (remote := deletion_remote(job)).total_after is None:
            _remember(job, replace(remote, total_after=_total(job, client)))
        return None

    def send(self, job: Job, chunk: Chunk, *, client: PlatformClient, spool: Any) -> ChunkResult:
        """There are no chunks."""
        raise JobRefused("A deletion has no rows to send.")

    def settle(
        self, job: Job, chunks: Sequence[Chunk], *, client: PlatformClient, is_quiet: bool
    ) -> list[Verdict | None]:
        """There are no chunks."""
        return []

    def ended(self, job: Job) -> None:
        """Have pages ask anew how many records the list holds."""
        lists_forget(tenant=job.tenant, list_id=job.target_id)

    def finish(self, job: Job) -> str:
        """Sum up in words: how many records went, and how many the list had and has."""
        return deletion_summary(job)


BOTH = "These are completed and expired ones together; it does not tell how many of them expired."


def deletion_summary(job: Job) -> str:
    """Say how many records were deleted, as the platform counts them, beside the list's totals before and after."""
    remote = deletion_remote(job)
    if not remote.asked:
        return "Nothing was deleted."
    calls, done, deleted = len(deletion_options(job).filter.calls()), remote.calls_done, remote.deleted
    words = f"The platform deleted {deleted:,} record{'' if deleted == 1 else 's'}."
    if remote.count_is_unknown:
        words = "The platform deleted the records. It does not tell how many there were."
    if deletion_options(job).filter.policy is DeletePolicy.ONLY_COMPLETED:
        words += f" {BOTH}"
    if remote.count_is_partial:
        words += " One of its answers was lost, so this count may be too low; the list's totals are certain."
    before, after = total_told(remote.total_before), total_told(remote.total_after)
    if before is not None and after is not None:
        words += f" The list had {before:,} record{'' if before == 1 else 's'} before and has {after:,} now."
    if done < calls:
        # What the platform refused is under way nowhere.
        rest = "; the last one asked for may still be under way." if remote.asking is not None else "."
        words += f" {done} of {calls} parts of the filter were done{rest}"
    return words


def _total(job: Job, client: PlatformClient) -> int:
    return total_read(client.get_list(job.target_id).total_records)


def _remember(job: Job, remote: DeletionRemote, **fields: Any) -> None:
    job_remember(job, remote=remote.as_json(), **fields)


def _ask(
    job: Job, client: PlatformClient, criteria: RecordFilter, fields: Mapping[str, Sequence[str]]
) -> Pending | None:
    # Stored before the request: if its answer is lost, the count is known to be incomplete.
    remote = deletion_remote(job)
    was_asked = remote.asking == remote.calls_done
    partial = remote.count_is_partial or was_asked
    _remember(job, replace(remote, asked=True, asking=remote.calls_done, count_is_partial=partial))
    if not remote.calls_done and not was_asked:
        loss_announce(tenant=job.tenant, list_id=job.target_id)
    try:
        if criteria.is_all:
            deletion = client.delete_all_records(job.target_id)
        else:
            deletion = client.delete_many_records(
                job.target_id,
                fields=fields or None,
                campaign_id=criteria.campaign_id,
                policy=criteria.policy if criteria.campaign_id else None,
                created_from=criteria.created_from,
                created_to=criteria.created_to,
            )
    except Conflict as conflict:
        _not_taken(job, was_asked)
        if conflict.reason is Reason.LIST_NOT_BOUND:
            raise JobRefused(f"The deletion was refused: {conflict.message}") from conflict
        words = "Another deletion is under way in this list. Ours is queued behind it and begins when it has ended."
        return Pending(BUSY_SECONDS, words)
    except PlatformError as error:
        if not error.maybe_applied:
            _not_taken(job, was_asked)
        raise
    if deletion.job_id:
        remote = replace(deletion_remote(job), estimated_seconds=deletion.estimated_seconds, percentage=0.0)
        _remember(job, remote, remote_job_id=deletion.job_id)
    return _after(job, deletion)


def _not_taken(job: Job, was_asked: bool) -> None:
    """Take the mark back: this request surely began nothing."""
    if not was_asked:
        _remember(job, replace(deletion_remote(job), asking=None))


def _poll(job: Job, client: PlatformClient) -> Pending | None:
    try:
        deletion = client.get_job_status(job.remote_job_id)
    except NotFound:
        job_remember(job, remote_job_id="")
        return Pending(POLL_SECONDS, "The platform no longer knows the deletion it began, so it is asked again.")
    return _after(job, deletion)


def _after(job: Job, deletion: RemoteJob) -> Pending | None:
    if deletion.state is RemoteJobState.FAILED:
        job_remember(job, remote_job_id="")
        why = deletion.error_message or "it gave no reason"
        raise JobRefused(f"The platform could not delete the records: {why.rstrip('.')}.")
    calls, remote = len(deletion_options(job).filter.calls()), deletion_remote(job)
    done = remote.calls_done
    if deletion.state is not RemoteJobState.COMPLETE:
        remote = replace(remote, percentage=deletion.percentage)
        _remember(job, remote, work_done=int(done * 100 + deletion.percentage), work_total=calls * 100)
        part = f"Part {done + 1} of {calls}: " if calls > 1 else ""
        return Pending(
            _interval(job), f"{part}{percent_words(deletion.percentage, 0)} deleted{_time_left(job, deletion)}."
        )
    remote = replace(
        remote,
        deleted=remote.deleted + (deletion.deleted or 0),
        count_is_unknown=remote.count_is_unknown or deletion.deleted is None,
        calls_done=done + 1,
        percentage=100.0,
        asking=None,
    )
    _remember(job, remote, remote_job_id="", work_done=(done + 1) * 100, work_total=calls * 100)
    return None


def _time_left(job: Job, deletion: RemoteJob) -> str:
    """Say how long it will still take, as the platform estimated in the beginning."""
    expected = deletion_remote(job).estimated_seconds or 0.0
    left = expected * (1 - deletion.percentage / 100)
    if left < 1:
        return ""
    return f", about {left:.0f} s of {expected:.0f} s left" if left < 120 else f", about {left / 60:.0f} min left"


def _interval(job: Job) -> float:
    """Look more seldom at a deletion that will take long."""
    expected = deletion_remote(job).estimated_seconds or 0.0
    return max(POLL_SECONDS, min(NEVER_LONGER, expected / 50))
