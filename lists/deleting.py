"""Deleting many records of a list: by a filter or all, as a job whose work the platform does and we watch.

The platform deletes in jobs of its own, one per list at a time. A filter with many values is sent in several calls, one
after the other. To ask for the same deletion twice takes nothing that the first did not mean to take, so an answer that
was lost, or a job that the platform has forgotten, is simply asked again; how many went is then told from the list's
totals as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bpadmin.jobs.lease import job_remember
from bpadmin.jobs.models import Chunk, Job
from bpadmin.jobs.options import JobOptions, JobRemote, stored
from bpadmin.jobs.registry import ChunkResult, JobRefused, Pending, Progress, ShouldStop, Verdict, structure_read
from bpadmin.pace import scaled
from bpadmin.platforms.errors import Conflict, NotFound, PlatformError, Reason
from bpadmin.platforms.types import DeletePolicy, RemoteJob, RemoteJobState
from lists.services import lists_forget

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

VALUES_PER_CALL = 1000
POLL_SECONDS = scaled(2.0, least=0.2)
BUSY_SECONDS = scaled(5.0, least=0.2)
NEVER_LONGER = scaled(15.0, least=0.2)

POLICY_WORDS = {
    DeletePolicy.ALL: "whatever came of it",
    DeletePolicy.ONLY_COMPLETED: "completed or expired",
    DeletePolicy.ONLY_NEVER_ATTEMPTED: "never attempted",
}


class FilterRefused(Exception):
    """The filter selects nothing, or contradicts itself; `problems` are sentences. Nothing was sent."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records of a list go: all of them, or those that match every criterion given. Times are UTC.

    `fields` maps the name of a key or searchable field to the values it may have.
    """

    is_all: bool = False
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    campaign_id: str = ""
    campaign_name: str = ""
    policy: DeletePolicy = DeletePolicy.ALL
    created_from: datetime | None = None
    created_to: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether no criterion is given."""
        return not (self.is_all or self.fields or self.campaign_id or self.created_from or self.created_to)

    def as_json(self) -> dict[str, Any]:
        """Give a plain dict for the job's options; `from_json` takes it back."""
        return {
            "is_all": self.is_all,
            "fields": [[name, list(values)] for name, values in self.fields],
            "campaign_id": self.campaign_id,
            "campaign_name": self.campaign_name,
            "policy": self.policy.value,
            "created_from": self.created_from.isoformat() if self.created_from else "",
            "created_to": self.created_to.isoformat() if self.created_to else "",
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RecordFilter:
        """Take a dict as `as_json` wrote it."""
        return cls(
            is_all=data["is_all"],
            fields=tuple((name, tuple(values)) for name, values in data["fields"]),
            campaign_id=data["campaign_id"],
            campaign_name=data["campaign_name"],
            policy=DeletePolicy(data["policy"]),
            created_from=datetime.fromisoformat(data["created_from"]) if data["created_from"] else None,
            created_to=datetime.fromisoformat(data["created_to"]) if data["created_to"] else None,
        )

    def checked(self) -> RecordFilter:
        """Give the filter with its values trimmed and each once. Raises FilterRefused."""
        fields = tuple((name.strip(), _values(values)) for name, values in self.fields)
        problems = [f"Give at least one value for “{name}”." for name, values in fields if not values]
        names = [name.casefold() for name, _ in fields]
        if len(set(names)) < len(names):
            problems.append("Name each field once; put all its values together.")
        if self.created_from and self.created_to and self.created_from >= self.created_to:
            problems.append("The beginning of the creation window must lie before its end.")
        if self.policy != DeletePolicy.ALL and not self.campaign_id:
            problems.append("Choose the campaign in which the records are completed or never attempted.")
        if self.is_empty:
            problems.append(
                "Say which records to delete: by a field, by their state in a campaign, or by when they were created. "
                "An empty filter deletes nothing; to delete everything, choose “all records” (in a shell: --all)."
            )
        if self.is_all and (fields or self.campaign_id or self.created_from or self.created_to):
            problems.append("Choose either all records or a filter.")
        if problems:
            raise FilterRefused(*problems)
        return RecordFilter(
            self.is_all, fields, self.campaign_id, self.campaign_name, self.policy, self.created_from, self.created_to
        )

    def calls(self) -> list[dict[str, tuple[str, ...]]]:
        """Give the field criteria of each call: the longest list of values is spread over several.

        Only one field is spread, so that a record matching all criteria is met by exactly one of the calls.
        """
        if not self.fields:
            return [{}]
        longest, values = max(self.fields, key=lambda each: len(each[1]))
        rest = {name: their for name, their in self.fields if name != longest}
        starts = range(0, len(values), VALUES_PER_CALL)
        return [{**rest, longest: values[start : start + VALUES_PER_CALL]} for start in starts]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionOptions(JobOptions):
    """What a deletion was asked for: the filter as it is sent, and the sentence that reads it back."""

    filter: RecordFilter = field(default=RecordFilter(), metadata=stored(RecordFilter.from_json, RecordFilter.as_json))
    sentence: str = ""


NOT_TOLD = -1


def _total_read(data: int | None) -> int:
    return NOT_TOLD if data is None else int(data)


def _total_write(total: int) -> int | None:
    return None if total == NOT_TOLD else total


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionRemote(JobRemote):
    """What a deletion remembers from turn to turn.

    `asked`: the platform was asked at all; `asking`: number of the call whose request may have left and whose answer
    is not stored; `calls_done`: calls that are done. `deleted` is as the platform counts, unless it does not tell
    (`count_is_unknown`) or one of its answers was lost (`count_is_partial`). The list's totals are None before they
    were read, and NOT_TOLD where the platform does not tell them.
    """

    asked: bool = False
    asking: int | None = None
    calls_done: int = 0
    deleted: int = 0
    count_is_unknown: bool = False
    count_is_partial: bool = False
    estimated_seconds: float | None = None
    percentage: float = 0.0
    total_before: int | None = field(default=None, metadata=stored(_total_read, _total_write))
    total_after: int | None = field(default=None, metadata=stored(_total_read, _total_write))


def deletion_options(job: Job) -> DeletionOptions:
    """Give what a deletion was asked for. Raises JobRefused."""
    return structure_read(DeletionOptions, job.options, job)


def deletion_remote(job: Job) -> DeletionRemote:
    """Give what a deletion remembers. Raises JobRefused."""
    return structure_read(DeletionRemote, job.remote, job)


def _values(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip() for value in values if value.strip()))


def filter_sentence(criteria: RecordFilter, *, list_name: str) -> str:
    """Read a filter back: which records go, in one sentence without its full stop."""
    if criteria.is_all:
        return f"all records of “{list_name}”, in all campaigns"
    parts = []
    for name, values in criteria.fields:
        if len(values) == 1:
            parts.append(f"whose {name} is “{values[0]}”")
        else:
            parts.append(f"whose {name} is one of {len(values):,} values (“{values[0]}” … “{values[-1]}”)")
    if criteria.campaign_id:
        state = POLICY_WORDS[criteria.policy]
        name = criteria.campaign_name or criteria.campaign_id
        if criteria.policy == DeletePolicy.ALL:
            parts.append(f"that belong to campaign “{name}”")
        else:
            parts.append(f"that are {state} in campaign “{name}”")
    if criteria.created_from:
        parts.append(f"created at or after {criteria.created_from:%d %B %Y %H:%M} UTC")
    if criteria.created_to:
        parts.append(f"created before {criteria.created_to:%d %B %Y %H:%M} UTC")
    return f"every record of “{list_name}” {', '.join(parts)}, in all campaigns"


class DeletionHandler:
    """The handler of JobKind.LIST_DELETE. All its work is in `begin`: it has no chunks."""

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


def deletion_summary(job: Job) -> str:
    """Say how many records were deleted, as the platform counts them, beside the list's totals before and after."""
    remote = deletion_remote(job)
    if not remote.asked:
        return "Nothing was deleted."
    calls, done, deleted = len(deletion_options(job).filter.calls()), remote.calls_done, remote.deleted
    words = f"The platform deleted {deleted:,} record{'' if deleted == 1 else 's'}."
    if remote.count_is_unknown:
        words = "The platform deleted the records. It does not tell how many there were."
    if remote.count_is_partial:
        words += " One of its answers was lost, so this count may be too low; the list's totals are certain."
    before, after = total_told(remote.total_before), total_told(remote.total_after)
    if before is not None and after is not None:
        words += f" The list had {before:,} record{'' if before == 1 else 's'} before and has {after:,} now."
    if done < calls:
        words += f" {done} of {calls} parts of the filter were done; the last one asked for may still be under way."
    return words


def total_told(total: int | None) -> int | None:
    """Give a total of DeletionRemote, None also where the platform does not tell it."""
    return None if total == NOT_TOLD else total


def _total(job: Job, client: PlatformClient) -> int:
    return _total_read(client.get_list(job.target_id).total_records)


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
        return Pending(_interval(job), f"{part}{deletion.percentage:.0f} % deleted{_time_left(job, deletion)}.")
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
