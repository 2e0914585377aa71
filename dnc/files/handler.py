"""What the job engine must know about files of keys: how they go into a list and out of it, chunk by chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from bpadmin.audit.models import Outcome
from bpadmin.counts import part_of
from bpadmin.dialler.types import Actor
from bpadmin.jobs.engine.lease import job_remember, job_reread, lease_held, lease_of
from bpadmin.jobs.engine.outage import store_patiently
from bpadmin.jobs.files.spool import Spool
from bpadmin.jobs.handlers import ChunkResult, JobRefused, Pending, Progress, ShouldStop, Verdict
from bpadmin.jobs.kinds import kind_of
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobPhase
from bpadmin.platforms.errors import PlatformError
from bpadmin.uploads.batch import Parcel
from bpadmin.uploads.first_look import look_work
from dnc.entries.batch import ADDED_SINCE, parcel_know, parcel_note, parcel_note_lost, parcel_of, parcel_post
from dnc.entries.expiry import is_expiry, not_expired
from dnc.entries.ledger import changed_since, entries_all_removed
from dnc.evidence.chain import change_record
from dnc.files.counts import Outcomes, outcomes_apart
from dnc.files.options import Way, keys_options, keys_remote
from dnc.files.replace import Difference, keys_report
from dnc.files.rows import ends_of
from dnc.files.services import dnc_prepare, dnc_upload_inspect, job_list
from dnc.files.summary import job_summary
from dnc.keys.normalisation import KEY
from dnc.kinds import DNC_ADD, DNC_DELETE, DNC_REPLACE
from dnc.models import ChangeKind, DncChange, DncList, DncSource

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

    def look(self, job: Job) -> None:
        """Find out how the file reads."""
        look_work(job=job, inspect=dnc_upload_inspect)

    def lanes(self, job: Job) -> int:
        """Return the tenant's lanes."""
        return keys_options(job).lanes or job.tenant.lanes

    def may_resend(self, job: Job) -> bool:
        """A key that is there, or gone, is not added or deleted twice."""
        return True

    def may_release(self, job: Job) -> bool:
        """Let a replacement remove what is gone only once the platform holds everything that the file holds."""
        job_reread(job)
        difference = keys_report(job).difference
        if difference is not None and difference.refused:
            return False  # a number that one of these rows means may be among what would go
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
        is_emptying = job.kind == DNC_REPLACE and keys_options(job).way is Way.EMPTYING
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
        body, ends = ends_of(spool.body(chunk)) if options.has_ends else (spool.body(chunk), {})
        parcel = parcel_of(body, chunk.count)
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
            ends=ends,
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
    """Return whether a chunk's keys go out of the list."""
    if job.kind == DNC_DELETE:
        return True
    first = keys_report(job).delete_from
    return first is not None and chunk.number >= first


def job_change_record(job: Job, sentence: str) -> None:
    """Append what became of a job to the chain, unless it says so already; later turns may append more.

    Rows of the file and entries that a replacement or a change list took out are told apart, each in a row of its own.
    """
    counts, out = map(_told, outcomes_apart(job))
    kinds = {DNC_ADD: ChangeKind.ADD, DNC_DELETE: ChangeKind.DELETE}
    kind = ChangeKind.EXPIRE if is_expiry(job) else kinds.get(kind_of(job), ChangeKind.REPLACE)
    details = {
        "not_sent": job.n_not_sent,
        "deleted_first": keys_remote(job).deleted,
        "difference": _short(keys_report(job).difference),
    }
    _append(job, kind, counts, sentence, details)
    if out["n_asked"] and any(out[name] for name in ("n_done", "n_already", "n_refused", "n_unknown")):
        whose = "that the file says to remove" if job.kind == DNC_ADD else "that are not in the file"
        count = part_of(out["n_done"], out["n_asked"], "entry")
        words = f"{count} {whose} {'was' if out['n_done'] == 1 else 'were'} taken out."
        _append(job, ChangeKind.DELETE, out, words, {"part": "taken out"})


def _append(
    job: Job, kind: ChangeKind, counts: Mapping[str, int], sentence: str, details: Mapping[str, object]
) -> None:
    changes = DncChange.objects.filter(tenant_id=job.tenant_id, job_number=job.pk, kind=kind)
    last = changes.order_by("-number").first()
    if last is not None and all(getattr(last, name) == value for name, value in counts.items()):
        return
    options = keys_options(job)
    is_done = counts["n_done"] + counts["n_already"] > 0
    change_record(
        tenant=job.tenant,
        kind=kind,
        actor=Actor(user=job.owner, name=job.owner_name),
        dnc_list=job_list(job),
        counts=counts,
        outcome=Outcome.UNKNOWN if counts["n_unknown"] else Outcome.DONE if is_done else Outcome.REFUSED,
        message=sentence,
        comment=options.comment,
        job=job,
        details={**details, "columns": [list(pair) for pair in options.columns], "rows_taken": list(options.take)},
    )


def _told(outcomes: Outcomes) -> dict[str, int]:
    """Return what was counted as the chain keeps it."""
    return {
        "n_asked": outcomes.total,
        "n_done": outcomes.done,
        "n_already": outcomes.already,
        "n_refused": outcomes.rejected,
        "n_unknown": outcomes.uncertain + outcomes.unaccounted,
    }


def _short(difference: Difference | None) -> dict[str, object] | None:
    return {name: getattr(difference, name) for name in ("known", "new", "gone")} if difference else None


def _keep_back(job: Job, dnc_list_id: int, parcel: Parcel) -> None:
    """Leave in the list what somebody has added since the keys to delete were worked out."""
    keys = [record[KEY] for record in parcel.records]
    if is_expiry(job):
        kept = not_expired(job, dnc_list_id, keys)
    elif job.kind == DNC_REPLACE:
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
