"""What the job engine must know about files of keys: how they go into a list and out of it, chunk by chunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from bpadmin.acts import Actor
from bpadmin.audit.models import Outcome
from bpadmin.jobs.lease import job_remember, job_reread, lease_held, lease_of
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobKind, JobPhase
from bpadmin.jobs.outage import store_patiently
from bpadmin.jobs.registry import ChunkResult, JobRefused, Pending, Progress, ShouldStop, Verdict
from bpadmin.jobs.spool import Spool
from bpadmin.platforms.errors import PlatformError
from dnc.chain import change_record
from dnc.expiring import is_expiry, not_expired
from dnc.file_options import Way, keys_options, keys_remote
from dnc.ledger import changed_since, entries_all_removed
from dnc.models import ChangeKind, DncChange, DncList, DncSource
from dnc.normalising import KEY
from dnc.posting import ADDED_SINCE, parcel_know, parcel_note, parcel_note_lost, parcel_of, parcel_post
from dnc.replacing import Difference, keys_report
from dnc.summary import job_summary
from dnc.uploads import dnc_prepare, job_list
from lists.parcel import Parcel

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

ALL_REFUSED = (
    "The platform refused every one of the {count:,} rows that were sent first, so the rest was kept back. "
    "It says: {why}."
)


class KeysHandler:
    """The handler of all job kinds that are about Do Not Call lists; it holds nothing."""

    def prepare(self, job: Job, *, progress: Progress, should_stop: ShouldStop) -> None:
        """Check the file and write spool and chunks. Raises JobRefused with everything that is wrong."""
        dnc_prepare(job=job, progress=progress, should_stop=should_stop)

    def lanes(self, job: Job) -> int:
        """Give the tenant's lanes."""
        return keys_options(job).lanes or job.tenant.lanes

    def may_resend(self, job: Job) -> bool:
        """A key that is there, or gone, is not added or deleted twice."""
        return True

    def may_release(self, job: Job) -> bool:
        """Let a replacement remove what is gone only once the platform holds everything that the file holds."""
        job_reread(job)
        is_whole = not job.n_uncertain and not job.n_unaccounted and job.n_rejected == job.n_rejected_check
        return is_whole or keys_options(job).go_on

    def begin(self, job: Job, *, client: PlatformClient) -> Pending | None:
        """Note whose work it is; empty the list first where that way was chosen."""
        if not keys_remote(job).source:
            with lease_held(lease_of(job)):
                source = DncSource.objects.create(
                    tenant=job.tenant,
                    actor=job.owner,
                    by_name=job.owner_name or "the system",
                    text=_source_text(job),
                    job=job,
                    file_sha256=job.file_sha256,
                )
                job_remember(job, remote=replace(keys_remote(job), source=source.pk).as_json())
        is_emptying = job.kind == JobKind.DNC_REPLACE and keys_options(job).way is Way.EMPTYING
        if is_emptying and job.phase == JobPhase.BEGIN and not keys_remote(job).emptied:
            self._empty(job, client)
        return None

    def _empty(self, job: Job, client: PlatformClient) -> None:
        if not job.chunks.filter(state=ChunkState.READY).exists():
            raise JobRefused("No row of the file passed the check, so the list was left as it is.")
        dnc_list = job_list(job)
        # Asked again after a lost answer, it deletes nothing that was added since: nothing has been.
        deleted = client.delete_all_dnc_records(job.target_id)
        store_patiently(partial(_emptied, job, dnc_list, deleted))

    def send(self, job: Job, chunk: Chunk, *, client: PlatformClient, spool: Spool) -> ChunkResult:
        """Send a chunk's keys, account for each, and let the ledger be written with the chunk."""
        is_delete = deletes(job, chunk)
        options, source = keys_options(job), _source(job)
        dnc_list_id = options.dnc_list
        rows = spool.rows(chunk)
        parcel = parcel_of(spool.body(chunk), chunk.count)
        if is_delete:
            _keep_back(job, dnc_list_id, parcel)
        try:
            posting = parcel_post(client, job.target_id, parcel, is_delete=is_delete)
        except PlatformError as error:
            if error.maybe_applied:
                store_patiently(partial(_note_lost, job, parcel, is_delete=is_delete))
            raise
        parcel_know(dnc_list_id, parcel)
        stop = ""
        if posting.is_all_refused() and not _has_accepted(job):
            stop = ALL_REFUSED.format(count=chunk.count, why=posting.refusal.rstrip("."))
        result = (
            parcel.plain_result() if parcel.is_plain else parcel.result(rows, is_first=chunk.attempt == 1, stop=stop)
        )
        note = partial(
            parcel_note,
            dnc_list_id,
            parcel,
            source,
            is_delete=is_delete,
            dates=options.dates,
            comment=options.comment,
        )
        return replace(result, record=note)

    def settle(
        self, job: Job, chunks: Sequence[Chunk], *, client: PlatformClient, is_quiet: bool
    ) -> list[Verdict | None]:
        """Nothing is ever in question: chunks are sent again."""
        return [Verdict() for _ in chunks]

    def finish(self, job: Job) -> str:
        """Sum up in words, and write into the chain what has become of the job so far."""
        sentence = job_summary(job)
        job_change_record(job, sentence)
        return sentence


def _emptied(job: Job, dnc_list: DncList, deleted: int | None) -> None:
    """Note that the list was emptied: in the ledger and on the job, together and under the job's lease."""
    with lease_held(lease_of(job)):
        entries_all_removed(dnc_list, _source(job))
        DncList.objects.filter(pk=dnc_list.pk).update(is_complete=True)
        job_remember(job, remote=replace(keys_remote(job), emptied=True, deleted=deleted).as_json())


def _note_lost(job: Job, parcel: Parcel, *, is_delete: bool) -> None:
    with lease_held(lease_of(job)):
        parcel_note_lost(keys_options(job).dnc_list, parcel, _source(job), is_delete=is_delete)


def deletes(job: Job, chunk: Chunk) -> bool:
    """Tell whether a chunk's keys go out of the list."""
    if job.kind == JobKind.DNC_REPLACE:
        first = keys_report(job).delete_from
        return first is not None and chunk.number >= first
    return job.kind == JobKind.DNC_DELETE


def job_change_record(job: Job, sentence: str) -> None:
    """Append what became of a job to the chain, unless it says so already; later turns may append more."""
    counts = {
        "n_asked": job.rows_total,
        "n_done": job.n_accepted,
        "n_already": job.n_already_there,
        "n_refused": job.n_rejected,
        "n_unknown": job.n_uncertain + job.n_unaccounted,
    }
    last = DncChange.objects.filter(tenant_id=job.tenant_id, job_number=job.pk).order_by("-number").first()
    if last is not None and all(getattr(last, name) == value for name, value in counts.items()):
        return
    kinds = {JobKind.DNC_ADD: ChangeKind.ADD, JobKind.DNC_DELETE: ChangeKind.DELETE}
    kind = ChangeKind.EXPIRE if is_expiry(job) else kinds.get(JobKind(job.kind), ChangeKind.REPLACE)
    is_done = job.n_accepted + job.n_already_there > 0
    unknown = counts["n_unknown"] > 0
    change_record(
        tenant=job.tenant,
        kind=kind,
        actor=Actor(user=job.owner, name=job.owner_name),
        dnc_list=job_list(job),
        counts=counts,
        outcome=Outcome.UNKNOWN if unknown else Outcome.DONE if is_done else Outcome.REFUSED,
        message=sentence,
        comment=keys_options(job).comment,
        job=job,
        details={
            "not_sent": job.n_not_sent,
            "deleted_first": keys_remote(job).deleted,
            "difference": _short(keys_report(job).difference),
        },
    )


def _short(difference: Difference | None) -> dict[str, object] | None:
    return {name: getattr(difference, name) for name in ("known", "new", "gone")} if difference else None


def _keep_back(job: Job, dnc_list_id: int, parcel: Parcel) -> None:
    """Leave in the list what somebody has added since the keys to delete were worked out."""
    keys = [record[KEY] for record in parcel.records]
    if is_expiry(job):
        kept = not_expired(job, dnc_list_id, keys)
    elif job.kind == JobKind.DNC_REPLACE:
        kept = changed_since(dnc_list_id, keys, _compared_at(job))
    else:
        return
    parcel.settle((index for index, key in enumerate(keys) if key in kept), ADDED_SINCE)


def _compared_at(job: Job) -> datetime:
    difference = keys_report(job).difference
    if difference is None or difference.at is None:
        raise JobRefused("The file was not compared with the list. Have it checked again.")
    return difference.at


def _source(job: Job) -> DncSource:
    return DncSource(pk=keys_remote(job).source)


def _source_text(job: Job) -> str:
    if is_expiry(job):
        return f"end date reached (job {job.pk})"
    return f"file {job.file_name[-200:]} (job {job.pk})"


def _has_accepted(job: Job) -> bool:
    return Job.objects.filter(pk=job.pk).exclude(n_added=0, n_updated=0, n_already_there=0).exists()
