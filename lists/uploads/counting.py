"""How many records a list holds, compared with what was sent.

In a list without keys that is how rows in doubt are found: *applied* is what the list grew by exactly, while nobody
else wrote. That it has not grown proves nothing before the quiet time is over, and after it is a question still, unless
the tenant's settings let such rows be sent again. A write lock keeps our own jobs away; what others write is seen by a
total that cannot be ours. At its end every upload compares the list's total with what it has added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import Sum

from bpadmin.counts import counted
from bpadmin.jobs.engine.lease import job_remember, job_reread
from bpadmin.jobs.files.spool import RowRanges
from bpadmin.jobs.handlers import ChunkResult, Verdict
from bpadmin.jobs.models import Chunk, ChunkState, Job
from bpadmin.jobs.pages.unresolved import found_again
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.errors import PlatformError
from bpadmin.uploads.models import UploadMode
from lists.uploads.modes import is_repeatable, job_mode

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

MEMBER = "count"
_FORMER = ("baseline", "baseline_added", "foreign", "asked")
# Which of more requests than these make up a number is not worked out.
MOST_TOLD_APART = 20
HELD = (
    "The list holds {more:,} record{s} more than this job left in it. Somebody else has written into it, or this job "
    "has sent rows that its database does not remember, as after a backup was restored. Look into the list first: "
    "resume the job if the rest may be sent, else cancel it."
)


@dataclass(frozen=True, slots=True)
class Base:
    """What a list held at one moment: its `total`, and how many rows the job had `added` by then.

    `asked` maps the number of each chunk in question then (as text) to its attempt: if its rows are in the list at
    all, they were in the total.
    """

    total: int
    added: int
    asked: Mapping[str, int]

    def expected(self, job: Job) -> int:
        """Return the total that the list must have if only this job has written into it since.

        Rows that were in question and that a person has found since count as added, and were there already. Sent
        again they count as ever.
        """
        decided = job.chunks.filter(state=ChunkState.DONE, number__in=[int(number) for number in self.asked])
        counted = sum(chunk.n_added for chunk in decided if self.asked[str(chunk.number)] == chunk.attempt)
        return self.total + job.n_added - self.added - counted


@dataclass(frozen=True, slots=True)
class ListCount:
    """What is known of a list's total while a job writes into it; kept as one member of `job.remote`.

    `start` is as the run began, `last` as it was found right last. `is_foreign`: somebody else was seen to write.
    `after` is the total at the end of the run, None while it lasts. `is_gone`: the platform knows no such list.
    """

    start: Base | None = None
    last: Base | None = None
    is_foreign: bool = False
    after: int | None = None
    is_gone: bool = False
    version: int = 1

    @classmethod
    def of(cls, job: Job) -> ListCount:
        """Read what is kept of a job, also of one that began when its members were kept one by one."""
        kept: Mapping[str, Any] | None = job.remote.get(MEMBER)
        if kept is not None:
            return cls(
                start=_base(kept.get("start")),
                last=_base(kept.get("last")),
                is_foreign=bool(kept.get("is_foreign")),
                after=kept.get("after"),
                is_gone=bool(kept.get("is_gone")),
            )
        is_foreign, total = bool(job.remote.get("foreign")), job.remote.get("baseline")
        if total is None:
            return cls(is_foreign=is_foreign)
        base = Base(int(total), int(job.remote.get("baseline_added") or 0), dict(job.remote.get("asked") or {}))
        return cls(start=base, last=base, is_foreign=is_foreign)

    def keep(self, job: Job) -> None:
        """Store it. LeaseLost."""
        others = {name: value for name, value in job.remote.items() if name not in _FORMER}
        remote = {**others, MEMBER: asdict(self)}
        if remote != job.remote:
            job_remember(job, remote=remote)


def count_begin(job: Job, client: PlatformClient) -> str:
    """Note the list's total at the start of a turn; a sentence when it shows that the job had better not go on.

    PlatformError only for a list without keys, which cannot be written into without.
    """
    if not tells_totals(job):
        return ""
    count = ListCount.of(job)
    is_new = count.start is None or count.after is not None
    if is_repeatable(job):
        is_in_doubt = job.chunks.filter(state=ChunkState.UNCERTAIN).exists()
        if is_new and not is_in_doubt and job_mode(job) is not UploadMode.UPDATE:
            total = _total_if_told(job, client)
            start = None if total is None else _now(job, total)
            replace(count, start=start, after=None, is_gone=False).keep(job)
        return ""
    total = client.get_list(job.target_id).total_records
    return "" if total is None else _compare(job, replace(count, is_gone=False), total, is_new=is_new)


def count_renew(job: Job, total: int | None) -> None:
    """Note the list's total after rows in question were found by other means than counting."""
    if total is not None:
        replace(ListCount.of(job), last=_now(job, total)).keep(job)


def count_end(job: Job, client: PlatformClient) -> int:
    """Note the list's total at the end of a run; returns how many rows that count as added the list surely lacks."""
    count = ListCount.of(job)
    if not tells_totals(job) or count.start is None:
        return 0
    total = _total_if_told(job, client)
    if total is None:
        return 0
    job_reread(job)
    count = replace(count, after=total)
    count.keep(job)
    difference = count_difference(job)
    # With nobody else seen to write, fewer records than that are ours to explain: reading the list back names them.
    is_sure = not count.is_foreign and not job.n_uncertain
    lacking = min(-difference, job.n_added) if is_sure and difference < 0 else 0
    before = 0 if count.start is None else count.start.total
    told = {"before": before, "after": total, "difference": difference, "lacking": lacking}
    job_remember(job, report={**job.report, "list_count": told})
    return lacking


def count_difference(job: Job) -> int:
    """Return by how much more (less, below 0) a list has changed in the last run than was sent; 0 if not known, too.

    What was found there after a lost answer may have been added by it or not.
    """
    count = ListCount.of(job)
    if count.start is None or count.after is None or job_mode(job) is UploadMode.UPDATE:
        return 0
    least = count.start.expected(job)
    most = least + job.n_uncertain + found_again(job)
    if job_mode(job) is UploadMode.UPSERT:
        again = job.chunks.filter(attempt__gt=1).aggregate(rows=Sum("n_updated"))["rows"]
        most += again or 0
    return min(0, count.after - least) or max(0, count.after - most)


def gone_note(job: Job) -> None:
    """Note that the platform knows no such list any more. LeaseLost."""
    replace(ListCount.of(job), is_gone=True).keep(job)


def tells_totals(job: Job) -> bool:
    """Return whether the platform says how many records a list holds."""
    info = REGISTRY.get(job.tenant.platform)
    return info is not None and info.counts_records


def chunks_settle(job: Job, chunks: Sequence[Chunk], client: PlatformClient, *, is_quiet: bool) -> list[Verdict | None]:
    """Say what the list's total tells of chunks whose answers were lost; None where it tells nothing yet."""
    job_reread(job)
    count = ListCount.of(job)
    total = client.get_list(job.target_id).total_records if tells_totals(job) else None
    verdicts = _verdicts(job, chunks, count, total, is_quiet=is_quiet)
    if all(verdicts) and total is not None:
        added = sum(verdict.result.added for verdict in verdicts if verdict and verdict.result)
        asking = [chunk for chunk, verdict in zip(chunks, verdicts, strict=True) if verdict and verdict.ask]
        base = _now(job, total, asking)
        replace(count, last=replace(base, added=base.added + added)).keep(job)
    return verdicts


def _verdicts(
    job: Job, chunks: Sequence[Chunk], count: ListCount, total: int | None, *, is_quiet: bool
) -> list[Verdict | None]:
    open_still: list[Verdict | None] = [None for _ in chunks]
    ask = partial(_ask, RowRanges(job))
    if total is None or count.last is None:
        why = "and the list's total cannot be relied on"
        return [ask(chunk, why) for chunk in chunks] if is_quiet else open_still
    if count.is_foreign:
        why = "and somebody else is changing this list, so that counting tells nothing"
        return [ask(chunk, why) for chunk in chunks] if is_quiet else open_still
    if any(count.last.asked.get(str(chunk.number)) == chunk.attempt for chunk in chunks):
        # A driver died between noting the total and putting the questions: their growth is in that total.
        why = "and what the list grew by was not kept"
        return [ask(chunk, why) for chunk in chunks] if is_quiet else open_still
    grew_by = total - count.last.expected(job)
    if grew_by == sum(chunk.count for chunk in chunks):
        return [_applied(chunk) for chunk in chunks]
    if not is_quiet:
        return open_still
    if grew_by == 0 and job.tenant.resends_after_quiet:
        # Sent again on silence once; lost again, its rows are a question.
        return [
            ask(chunk, "twice, and nothing was seen of them", 0) if chunk.grew_by == 0 else Verdict(grew_by=0)
            for chunk in chunks
        ]
    if len(chunks) == 1:
        return [ask(chunks[0], _why_one(chunks[0], grew_by), grew_by)]
    applied = _told_apart([chunk.count for chunk in chunks], grew_by)
    why = "and so were those for other rows" + (
        ", and the list has not grown since" if not grew_by else ", which counting cannot tell apart"
    )
    if applied:
        why = "and the list grew by exactly other rows whose answers were lost as well"
    return [_applied(chunk) if at in applied else ask(chunk, why) for at, chunk in enumerate(chunks)]


def _told_apart(counts: Sequence[int], grew_by: int) -> frozenset[int]:
    """Return the places of the counts that make up the growth, if only one choice of them does; else none."""
    if not 0 < grew_by < sum(counts) or len(counts) > MOST_TOLD_APART:
        return frozenset()
    ways: dict[int, list[frozenset[int]]] = {0: [frozenset()]}
    for at, count in enumerate(counts):
        more = {total + count: [way | {at} for way in found] for total, found in ways.items()}
        for total, found in more.items():
            ways[total] = (ways.get(total, []) + found)[:2]
    found = ways.get(grew_by, [])
    return found[0] if len(found) == 1 else frozenset()


def _compare(job: Job, count: ListCount, total: int, *, is_new: bool) -> str:
    in_doubt = job.chunks.filter(state=ChunkState.UNCERTAIN).aggregate(rows=Sum("count"))["rows"] or 0
    now = _now(job, total)
    if is_new or count.last is None:
        if not in_doubt:
            replace(count, start=now, last=now, after=None).keep(job)
        return ""
    more = total - count.last.expected(job) - in_doubt
    last = count.last if in_doubt else now
    # Fewer than expected is no danger: nothing is sent twice for it, and the end of the job says how many.
    replace(count, last=last, is_foreign=count.is_foreign or more > 0).keep(job)
    return HELD.format(more=more, s="" if more == 1 else "s") if more > 0 and not count.is_foreign else ""


def _now(job: Job, total: int, asking: Sequence[Chunk] = ()) -> Base:
    in_question = [*job.chunks.filter(state=ChunkState.ASK), *asking]
    return Base(total, job.n_added, {str(chunk.number): chunk.attempt for chunk in in_question})


def _base(kept: Mapping[str, Any] | None) -> Base | None:
    return None if kept is None else Base(int(kept["total"]), int(kept["added"]), dict(kept["asked"]))


def _total_if_told(job: Job, client: PlatformClient) -> int | None:
    try:
        return client.get_list(job.target_id).total_records
    except PlatformError:
        return None  # what is sent does not depend on it, and whatever is wrong shows up there


def _applied(chunk: Chunk) -> Verdict:
    words = f"The answer was lost; the list grew by exactly {counted(chunk.count, 'record')}."
    return Verdict(result=ChunkResult(added=chunk.count, message=words), grew_by=chunk.count)


def _why_one(chunk: Chunk, grew_by: int) -> str:
    if grew_by == 0:
        return "and the list has not grown since"
    change = f"grew by {grew_by:,}" if grew_by > 0 else f"shrank by {-grew_by:,}"
    return f"and the list {change} records meanwhile, where these are {chunk.count:,}"


def _ask(ranges: RowRanges, chunk: Chunk, why: str, grew_by: int | None = None) -> Verdict:
    return Verdict(
        ask=(
            f"The platform's answer for {ranges.of(chunk)} was lost, {why}. Look for some "
            "of these rows in the list, then say whether they are in it. They are not sent again before you do."
        ),
        grew_by=grew_by,
    )
