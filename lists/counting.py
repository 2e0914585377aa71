"""Lists without keys: whether a request whose answer was lost was carried out is found out by counting the list.

That works only while nobody else writes into the list. A write lock keeps our own jobs away; the list's total is
compared with what it must be at every turn, and once somebody else was seen to change it, a person decides.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bpadmin.jobs.lease import job_remember
from bpadmin.jobs.models import Chunk, ChunkState, Job
from bpadmin.jobs.registry import ChunkResult, Verdict
from bpadmin.pace import scaled

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

# A request cut off may still be worked on: the total must stay the same for as long as this.
LOOKS = 3
LOOK_SECONDS = scaled(1.0, least=0.1)
MOST_LOOKS = 15


def baseline_keep(job: Job, client: PlatformClient) -> None:
    """Store the list's total, at the start of a turn with nothing uncertain, to compare with later."""
    if job.chunks.filter(state=ChunkState.UNCERTAIN).exists():
        return
    total = client.get_list(job.target_id).total_records
    expected = _expected(job)
    is_foreign = bool(job.remote.get("foreign")) or (expected is not None and total != expected)
    _baseline_store(job, total, is_foreign=is_foreign)


def baseline_renew(job: Job, total: int | None) -> None:
    """Store the list's total after rows in question were found by other means than counting."""
    _baseline_store(job, total, is_foreign=bool(job.remote.get("foreign")))


def chunks_settle(job: Job, chunks: Sequence[Chunk], client: PlatformClient) -> list[Verdict]:
    """Give a verdict on each chunk whose answer was lost; more than one cannot be told apart by counting."""
    total = _stable_total(job, client)
    expected = _expected(job)
    if len(chunks) != 1:
        verdicts = [
            _ask(chunk, "and so were those for other rows, which counting cannot tell apart") for chunk in chunks
        ]
    elif total is None or expected is None:
        verdicts = [_ask(chunks[0], "and the list's total cannot be relied on")]
    elif job.remote.get("foreign"):
        verdicts = [_ask(chunks[0], "and somebody else is changing this list, so that counting tells nothing")]
    else:
        verdicts = [_verdict(chunks[0], total - expected)]
    if any(verdict.ask for verdict in verdicts):
        asking = [chunk for chunk, verdict in zip(chunks, verdicts, strict=True) if verdict.ask]
        _baseline_store(job, total, is_foreign=bool(job.remote.get("foreign")), asking=asking)
    return verdicts


def _verdict(chunk: Chunk, grew_by: int) -> Verdict:
    if grew_by == 0:
        return Verdict(grew_by=0)
    if grew_by == chunk.count:
        words = f"The answer was lost; the list grew by exactly these {chunk.count:,} records."
        return Verdict(result=ChunkResult(added=chunk.count, message=words), grew_by=grew_by)
    change = f"grew by {grew_by:,}" if grew_by > 0 else f"shrank by {-grew_by:,}"
    return _ask(chunk, f"and the list {change} records meanwhile, where these are {chunk.count:,}", grew_by)


def _ask(chunk: Chunk, why: str, grew_by: int | None = None) -> Verdict:
    return Verdict(
        ask=(
            f"The platform's answer for rows {chunk.first_row:,} to {chunk.last_row:,} was lost, {why}. Look for some "
            "of these rows in the list, then say whether they are in it. They are not sent again before you do."
        ),
        grew_by=grew_by,
    )


def _expected(job: Job) -> int | None:
    """Give the total that the list must have if only this job wrote into it since the baseline.

    Rows in question at the baseline were in its total already, if they are in the list at all. Once a person has said
    that they are, they are counted as added, and must not be expected a second time. Sent again they count as ever.
    """
    baseline = job.remote.get("baseline")
    if baseline is None:
        return None
    asked = job.remote.get("asked") or {}
    decided = job.chunks.filter(state=ChunkState.DONE, number__in=[int(number) for number in asked])
    counted = sum(chunk.n_added for chunk in decided if asked[str(chunk.number)] == chunk.attempt)
    return int(baseline) + job.n_added - int(job.remote["baseline_added"]) - counted


def _baseline_store(job: Job, total: int | None, *, is_foreign: bool, asking: Sequence[Chunk] = ()) -> None:
    in_question = [*job.chunks.filter(state=ChunkState.ASK), *asking]
    asked = {str(chunk.number): chunk.attempt for chunk in in_question}
    remote = {
        **job.remote,
        "baseline": total,
        "baseline_added": job.n_added,
        "foreign": is_foreign,
        "asked": asked,
    }
    if remote != job.remote:
        job_remember(job, remote=remote)


def _stable_total(job: Job, client: PlatformClient) -> int | None:
    """Read the list's total until it has stayed the same for some seconds; None when it never does or is not told."""
    seen: list[int | None] = []
    for _ in range(MOST_LOOKS):
        seen.append(client.get_list(job.target_id).total_records)
        if seen[-1] is None:
            return None
        if len(seen) >= LOOKS and len(set(seen[-LOOKS:])) == 1:
            return seen[-1]
        time.sleep(LOOK_SECONDS)
    return None
