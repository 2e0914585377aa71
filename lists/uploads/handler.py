"""What the job engine must know about uploads into a list: how each mode begins, sends a chunk, and ends."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from bpadmin.jobs.models import Chunk, Job, JobPhase
from bpadmin.jobs.quiet import answer_note, sent_note
from bpadmin.jobs.registry import ChunkResult, Held, Pending, Progress, ReadBack, ShouldStop, Verdict
from bpadmin.jobs.spool import Spool, SpoolWriter
from bpadmin.platforms.errors import NotFound, Reason
from lists.counting import chunks_settle, count_begin, count_end, count_renew, gone_note
from lists.emptying import list_empty
from lists.models import UploadMode
from lists.modes import is_repeatable, job_keys, job_mode
from lists.parcel import Parcel
from lists.posting import Posting
from lists.reconciling import ListReading
from lists.scrubbing import ScrubStaging, scrubber_of
from lists.services import lists_forget
from lists.staging import Plan, Staging
from lists.summary import upload_summary
from lists.upload_options import upload_options
from lists.uploads import upload_prepare

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

LIMIT_REACHED = (
    "The platform takes no more records: the limit for all lists together is reached. Delete records that are no "
    "longer needed, or ask for a higher limit, then send the rest."
)
ALL_REFUSED = (
    "The platform refused every one of the {count:,} rows that were sent first, so the rest was kept back. "
    "It says: {why}. Check the list's fields and the mapping, then send the rows again."
)
KEY_MISSING = (
    "The platform found no key in any of the {count:,} rows that were sent first, so the rest was kept back. The list "
    "has a key field that no column feeds: name its fields as they are there, mark the key, and send the rows again."
)


class UploadHandler:
    """The handler of JobKind.LIST_UPLOAD; it holds nothing, so that all threads may share it."""

    def prepare(self, job: Job, *, progress: Progress, should_stop: ShouldStop) -> None:
        """Check the file and write spool and chunks. Raises JobRefused with everything that is wrong."""
        scrubber = scrubber_of(job)
        if scrubber is None:
            upload_prepare(job=job, progress=progress, should_stop=should_stop)
            return

        def staging_of(plan: Plan, writer: SpoolWriter) -> Staging:
            return ScrubStaging(plan, writer, scrubber, leaves_out=upload_options(job).leave_out_blocked)

        def finish(staging: Staging) -> None:
            if isinstance(staging, ScrubStaging):
                staging.tell()

        upload_prepare(job=job, progress=progress, should_stop=should_stop, staging_of=staging_of, finish=finish)

    def lanes(self, job: Job) -> int:
        """Give the tenant's lanes; one for a list without keys, which is counted between requests."""
        return (upload_options(job).lanes or job.tenant.lanes) if is_repeatable(job) else 1

    def may_resend(self, job: Job) -> bool:
        """Tell whether rows sent twice are in the list once."""
        return is_repeatable(job)

    def begin(self, job: Job, *, client: PlatformClient) -> Pending | Held | None:
        """Empty the list that is to be replaced, and note how many records it holds."""
        if job.phase == JobPhase.BEGIN and job_mode(job) is UploadMode.REPLACE:
            pending = list_empty(job, client)
            if pending is not None:
                return pending
        try:
            held = count_begin(job, client)
        except NotFound as error:
            _note_if_gone(job, error)
            raise
        return Held(held) if held else None

    def send(self, job: Job, chunk: Chunk, *, client: PlatformClient, spool: Spool) -> ChunkResult:
        """Send a chunk's rows the way of the mode, and account for each."""
        # All that is needed of the spool is read before anything leaves: a spool that is damaged leaves rows unsent.
        rows = spool.rows(chunk)
        parcel = Parcel(spool.body(chunk), chunk.count, job_keys(job))
        # The chunk's own time is that of its first request.
        before_more = None if is_repeatable(job) else partial(sent_note, chunk)
        posting = Posting(client, job.target_id, parcel, before_more=before_more)
        mode = job_mode(job)
        try:
            if mode is UploadMode.UPDATE:
                posting.update()
            elif mode is UploadMode.UPSERT:
                posting.upsert()
            else:
                posting.add()
        except NotFound as error:
            _note_if_gone(job, error)
            raise
        finally:
            answer_note(job.tenant, posting.slowest)
        if parcel.is_plain:
            return parcel.plain_result()
        stop = LIMIT_REACHED if posting.is_limit_reached() else ""
        if posting.is_all_refused() and not _has_accepted(job):
            stop = ALL_REFUSED.format(count=chunk.count, why=posting.refusal.rstrip("."))
        elif posting.is_key_missing_everywhere() and not _has_accepted(job):
            stop = KEY_MISSING.format(count=chunk.count)
        return parcel.result(rows, is_first=chunk.attempt == 1, stop=stop)

    def settle(
        self, job: Job, chunks: Sequence[Chunk], *, client: PlatformClient, is_quiet: bool
    ) -> list[Verdict | None]:
        """Find out by counting what became of rows in a list without keys."""
        return chunks_settle(job, chunks, client, is_quiet=is_quiet)

    def count_end(self, job: Job, *, client: PlatformClient) -> int:
        """Compare the list's total with what was sent."""
        return count_end(job, client)

    def read_back(
        self, job: Job, chunks: Sequence[Chunk], *, client: PlatformClient, kept: dict[str, Any], tally: bytes
    ) -> ListReading:
        """Find rows in question by reading the list through a campaign that has it."""
        return ListReading(job, chunks, client=client, kept=kept, tally=tally)

    def reconciled(self, job: Job, reading: ReadBack) -> None:
        """Count on from the list's total as it is now: it holds what was found."""
        if isinstance(reading, ListReading):
            count_renew(job, reading.total_after())

    def ended(self, job: Job) -> None:
        """Have pages ask anew how many records the list holds."""
        lists_forget(tenant=job.tenant, list_id=job.target_id)

    def finish(self, job: Job) -> str:
        """Sum up in words."""
        return upload_summary(job)


def _note_if_gone(job: Job, error: NotFound) -> None:
    if error.reason is Reason.LIST_NOT_FOUND:
        gone_note(job)


def _has_accepted(job: Job) -> bool:
    return Job.objects.filter(pk=job.pk).exclude(n_added=0, n_updated=0, n_already_there=0).exists()
