"""What the job engine must know about uploads into a list: how each mode begins, sends a chunk, and ends."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from bpadmin.dialler.catalogue import lists_forget
from bpadmin.jobs.engine.quiet_time import answer_note, sent_note
from bpadmin.jobs.files.spool import Spool, SpoolWriter
from bpadmin.jobs.handlers import ChunkResult, Held, Pending, Progress, ReadBack, ShouldStop, Verdict
from bpadmin.jobs.models import Chunk, Job, JobPhase
from bpadmin.platforms.errors import NotFound, Reason
from bpadmin.uploads.batch import Parcel
from bpadmin.uploads.batch_sender import Posting
from bpadmin.uploads.checking.block_check import ScrubStaging
from bpadmin.uploads.checking.preparation import upload_prepare
from bpadmin.uploads.checking.scrubbers import scrubber_of
from bpadmin.uploads.checking.staging import Plan, Staging
from bpadmin.uploads.first_look import look_work
from bpadmin.uploads.models import UploadMode
from lists.old_values.reading import old_values_read
from lists.uploads.already_there import list_compare
from lists.uploads.counting import chunks_settle, count_begin, count_end, count_renew, gone_note
from lists.uploads.modes import is_repeatable, job_keys, job_mode, job_terms
from lists.uploads.options import upload_options
from lists.uploads.read_back import ListReading
from lists.uploads.replace import list_empty
from lists.uploads.spares import spares_send
from lists.uploads.summary import upload_summary
from lists.uploads.target.look_up import chunks_look_up

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
# Of rows that go one a request so many have to be refused before the rest is kept back.
REFUSED_FIRST = 20
KEY_MISSING = (
    "The platform found no key in any of the {count:,} rows that were sent first, so the rest was kept back. The list "
    "has a key field that no column feeds: name its fields as they are there, mark the key, and send the rows again."
)


class UploadHandler:
    """The handler of LIST_UPLOAD; it holds nothing, so that all threads may share it."""

    def prepare(self, job: Job, *, progress: Progress, should_stop: ShouldStop) -> None:
        """Check the file and write spool and chunks. Raises JobRefused with everything that is wrong."""
        scrubber, options = scrubber_of(job), upload_options(job)
        watch: dict[str, Any] = {"progress": progress, "should_stop": should_stop}
        comparison = list_compare(job=job, **watch) if options.only_changed else None

        def staging_of(plan: Plan, writer: SpoolWriter) -> Staging:
            staging: Staging
            if scrubber is None:
                staging = Staging(plan, writer)
            else:
                staging = ScrubStaging(plan, writer, scrubber, leaves_out=options.leave_out_blocked)
            staging.comparison = comparison
            return staging

        def finish(staging: Staging) -> None:
            if isinstance(staging, ScrubStaging):
                staging.tell()

        upload_prepare(job=job, **watch, staging_of=staging_of, finish=finish)

    def look(self, job: Job) -> None:
        """Find out how the file reads."""
        look_work(job=job)

    def may_release(self, job: Job) -> bool:
        """Have rows that share a key with others sent in the end, where those before them were refused."""
        return True

    def lanes(self, job: Job) -> int:
        """Return the tenant's lanes; one for a list without keys, which is counted between requests."""
        may_share = is_repeatable(job) or job_terms(job).is_looked_up
        return (upload_options(job).lanes or job.tenant.lanes) if may_share else 1

    def may_resend(self, job: Job) -> bool:
        """Return whether rows sent twice are in the list once."""
        return is_repeatable(job)

    def begin(self, job: Job, *, client: PlatformClient) -> Pending | Held | None:
        """Empty the list that is to be replaced, and note how many records it holds."""
        if job.phase == JobPhase.BEGIN and (reading := old_values_read(job, client)) is not None:
            return reading
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
        if (winners := spool.winners(chunk)) is not None:
            spare = partial(_send_spare, job, client)
            return spares_send(job, chunk, spool=spool, keys=job_keys(job), winners=winners, send=spare)
        rows = spool.rows(chunk)
        parcel = Parcel(spool.body(chunk), chunk.count, job_keys(job))
        # The chunk's own time is that of its first request.
        before_more = None if is_repeatable(job) else partial(sent_note, chunk)
        posting = Posting(client, job.target_id, parcel, before_more=before_more)
        _post(job, posting)
        if parcel.is_plain:
            return parcel.plain_result()
        stop = LIMIT_REACHED if posting.is_limit_reached() else ""
        if posting.is_all_refused() and not _has_accepted(job) and (refused := _refused_first(job, chunk)):
            stop = ALL_REFUSED.format(count=refused, why=posting.refusal.rstrip("."))
        elif posting.is_key_missing_everywhere() and not _has_accepted(job):
            stop = KEY_MISSING.format(count=chunk.count)
        return parcel.result(rows, is_first=chunk.attempt == 1, stop=stop)

    def settle(
        self, job: Job, chunks: Sequence[Chunk], *, client: PlatformClient, is_quiet: bool
    ) -> list[Verdict | None]:
        """Find out what became of rows without keys: by looking each up where that can be done, else by counting."""
        if job_terms(job).is_looked_up:
            return chunks_look_up(job, chunks, client, is_quiet=is_quiet)
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


def _post(job: Job, posting: Posting) -> None:
    """Send a parcel the way of the mode."""
    mode = job_mode(job)
    try:
        if mode is UploadMode.UPDATE:
            posting.update()
        elif mode is UploadMode.UPSERT and job_terms(job).rows_a_call:
            posting.overwrite(reset=upload_options(job).reset_dialling)
        elif mode is UploadMode.UPSERT:
            posting.upsert()
        else:
            posting.add()
    except NotFound as error:
        _note_if_gone(job, error)
        raise
    finally:
        answer_note(job.tenant, posting.slowest)


def _send_spare(job: Job, client: PlatformClient, parcel: Parcel) -> str:
    posting = Posting(client, job.target_id, parcel)
    _post(job, posting)
    return LIMIT_REACHED if posting.is_limit_reached() else ""


def _note_if_gone(job: Job, error: NotFound) -> None:
    if error.reason in (Reason.LIST_NOT_FOUND, Reason.CAMPAIGN_NOT_FOUND):
        gone_note(job)


def _has_accepted(job: Job) -> bool:
    return Job.objects.filter(pk=job.pk).exclude(n_added=0, n_updated=0, n_already_there=0).exists()


def _refused_first(job: Job, chunk: Chunk) -> int:
    """Count the rows that were sent first and refused, 0 while they are too few to keep the rest back for them."""
    if chunk.count > 1 or not job_terms(job).rows_a_call:
        return chunk.count
    refused = Job.objects.filter(pk=job.pk).values_list("n_rejected", "n_rejected_check").get()
    count = refused[0] - refused[1] + chunk.count
    return count if count >= REFUSED_FIRST else 0
