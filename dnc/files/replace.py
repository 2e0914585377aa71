"""Replacing a list's contents without a gap: what is new goes in first, and only then goes out what is gone.

Every key of the new file is sent, also those that the ledger takes for present: the ledger may be wrong, and a key
that is there already is not added twice. What goes out is what the ledger knows and the file does not hold.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

import orjson

from bpadmin.counts import counted, part_of, percent_words
from bpadmin.dialler.types import Actor
from bpadmin.jobs.handlers import structure_read
from bpadmin.jobs.models import ChunkState, Job, JobState
from bpadmin.jobs.options import stored
from bpadmin.jobs.reasons import DOUBLE
from bpadmin.jobs.services import IllegalMove, job_confirm, job_retry
from bpadmin.typed_names import is_typed
from bpadmin.uploads.checking.questions import questions_open
from bpadmin.uploads.checking.report import CheckReport
from bpadmin.uploads.checking.staging import Staging
from dnc.entries.ledger import gone_count, gone_keys, ledger_counts, new_count, new_keys
from dnc.files.options import Way, keys_options
from dnc.keys.normalisation import KEY
from dnc.lists.sync import DncRefused
from dnc.models import DncList, EntryState

SAMPLES = 10


EMPTYING_RISK = (
    "The list is emptied first and filled again after. Until the last number is in, every number of the list may be "
    "dialled: stop the campaigns that use it, or choose the other way."
)
NOT_KNOWN = (
    "What is in the list now was not all put there by this dashboard and cannot be read from the tenant. Numbers that "
    "are in it and that nobody here knows of stay in it, also if the file does not hold them: they stay blocked."
)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a replacement changes, as far as is known: counts and the first keys of each kind.

    `known`: keys known to be in the list; `gone` of them are not in the file. `new` are not known to be in it.
    `is_complete`: the ledger knows all that is in the list. `refused`: rows of the file that cannot be used.
    `read_at`: when the list was last read from the tenant, None where the ledger is all there is. `at`: when the
    comparison began; what somebody adds later is not removed.
    """

    known: int
    new: int
    gone: int
    kept: int
    refused: int
    new_samples: tuple[str, ...]
    gone_samples: tuple[str, ...]
    is_complete: bool
    max_shrink: int
    way: Way = Way.DIFFERENCE
    read_at: datetime | None = None
    at: datetime | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Difference:
        """Take what `as_json` gave."""
        names = ("known", "new", "gone", "kept", "refused", "is_complete", "max_shrink")
        return cls(
            **{name: data[name] for name in names},
            new_samples=tuple(data["new_samples"]),
            gone_samples=tuple(data["gone_samples"]),
            read_at=datetime.fromisoformat(data["read_at"]) if data.get("read_at") else None,
            at=datetime.fromisoformat(data["at"]) if data.get("at") else None,
        )

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage; the way is among the job's options."""
        data = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "way"}
        times = {name: data[name].isoformat() if data[name] else "" for name in ("read_at", "at")}
        return {**data, **times, "new_samples": list(self.new_samples), "gone_samples": list(self.gone_samples)}

    @property
    def shrink(self) -> float:
        """Return how many percent of what is known would go."""
        return 100.0 * self.gone / self.known if self.known else 0.0

    def shrink_question(self, max_shrink: float | None = None) -> str:
        """Ask about a file that would remove more than so many percent (None: as set for the list); "" else."""
        limit = self.max_shrink if max_shrink is None else max_shrink
        if self.gone * 100 <= limit * self.known or (self.refused and self.way == Way.DIFFERENCE):
            return ""
        return (
            f"{part_of(self.gone, self.known, 'key')} known to be in the list ({percent_words(self.shrink)}) are not "
            f"in the file and would no longer be blocked; up to {limit:g} % may go without a question."
        )

    @property
    def other_questions(self) -> tuple[str, ...]:
        """Ask about everything else that a person must confirm."""
        asked = []
        if self.refused and self.way == Way.DIFFERENCE and self.gone:
            asked.append(
                f"{counted(self.refused, 'row')} of the file cannot be read. As long as that is so nothing is removed, "
                "since a number that is meant there may be in the list now: only what is new is added. Better correct "
                "the file first."
            )
        if self.way == Way.EMPTYING:
            asked.append(EMPTYING_RISK)
        return tuple(asked)

    @property
    def refusal(self) -> str:
        """Say why it cannot be done at all; "" where it can."""
        if not (self.refused and self.way == Way.EMPTYING):
            return ""
        return (
            f"{counted(self.refused, 'row')} of the file cannot be read, and while that is so nothing is removed: the "
            "list is not emptied. Correct the rows, or replace it without a gap."
        )

    @property
    def is_removing(self) -> bool:
        """Return whether entries are taken out: never while a row of the file cannot be read."""
        return bool(self.gone) and not self.refused

    @property
    def questions(self) -> tuple[str, ...]:
        """Say why a person must type the list's name first; empty when nobody must."""
        return tuple(filter(None, (self.shrink_question(), *self.other_questions)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Say what else is to be known before."""
        return () if self.is_complete or self.way == Way.EMPTYING else (NOT_KNOWN,)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysReport(CheckReport):
    """What the check of a file of keys found; chunks from `delete_from` on hold what a replacement removes."""

    difference: Difference | None = field(default=None, metadata=stored(Difference.from_json, Difference.as_json))
    delete_from: int | None = None


def keys_report(job: Job) -> KeysReport:
    """Return what the check of a file of keys found. Raises JobRefused."""
    return structure_read(KeysReport, job.report, job)


def difference_of(job: Job) -> Difference | None:
    """Return what a checked replacement changes; None before the check."""
    difference = keys_report(job).difference
    return replace(difference, way=keys_options(job).way) if difference else None


def difference_staged(*, dnc_list: DncList, batch: int, staging: Staging, at: datetime) -> None:
    """Compare the staged keys of the file with the ledger and put the difference into the report.

    `at` is when the comparison began: what somebody adds later is not removed.
    """
    counts = ledger_counts(dnc_list)
    known = counts.get(EntryState.PRESENT, 0) + counts.get(EntryState.UNKNOWN, 0)
    gone = gone_count(dnc_list, batch)
    difference = Difference(
        known=known,
        new=new_count(dnc_list, batch),
        gone=gone,
        kept=known - gone,
        refused=staging.rows_refused - _duplicates(staging),
        new_samples=tuple(new_keys(dnc_list, batch, limit=SAMPLES)),
        gone_samples=tuple(next(gone_keys(dnc_list, batch, limit=SAMPLES), [])),
        is_complete=dnc_list.is_complete,
        read_at=dnc_list.read_at,
        max_shrink=dnc_list.max_shrink,
        at=at,
    )
    staging.more["difference"] = difference.as_json()


def difference_spool(*, dnc_list: DncList, batch: int, staging: Staging) -> None:
    """Append what is gone to the spool, in chunks held back until the whole file is in."""
    staging.finish()
    writer = staging.writer
    held_from, first = len(writer.chunks), writer.next_number
    # These are rows of no file: they are numbered on after its last.
    row = staging.rows_total + staging.rows_blank + staging.rows_skipped + 2
    for keys in gone_keys(dnc_list, batch, limit=staging.plan.chunk_size):
        writer.add(orjson.dumps([{KEY: key} for key in keys]), range(row, row + len(keys)))
        row += len(keys)
    for chunk in writer.chunks[held_from:]:
        chunk.state = ChunkState.HELD
    staging.more["delete_from"] = first


def _duplicates(staging: Staging) -> int:
    """Count the rows refused only because their key stands in the file before: nothing is lost by them."""
    return sum(found.count for found in staging.problems.findings() if found.code == DOUBLE)


def questions_settled(job: Job, accepted: Collection[str]) -> None:
    """Refuse while something that stands out in the texts of a checked file has no yes. DncRefused."""
    if left := questions_open(job, accepted):
        raise DncRefused(" ".join(each.sentence for each in left))


def dnc_replace_confirm(
    *,
    job: Job,
    actor: Actor,
    typed_name: str = "",
    max_shrink: float | None = None,
    is_sure: bool = False,
    accepted: Collection[str] = (),
    revision: int | None = None,
    ring: bool = True,
) -> Job:
    """Let a checked replacement begin. Raises DncRefused with every question that the list's name must answer.

    `max_shrink` (percent) takes the place of the list's own, `is_sure` answers all questions but that one: both are
    for scripts; `accepted` as for `dnc_file_confirm`. `revision` as for job_confirm. Raises StaleForm, IllegalMove.
    """
    if revision is not None and revision != job.revision:
        return job_confirm(job=job, revision=revision)  # refused in words, before any question about other choices
    difference = difference_of(job)
    if job.state == JobState.READY and difference is None:
        raise DncRefused("The file was not compared with the list. Have it checked again.")
    if job.n_not_sent == 0 or not job.chunks.filter(state=ChunkState.READY).exists():
        raise DncRefused("No row of the file can be sent, so the list was left as it is.")
    if difference is not None and difference.refusal:
        raise DncRefused(difference.refusal)
    questions_settled(job, accepted)
    if difference is not None and not is_typed(typed_name, job.target_name):
        asked = [difference.shrink_question(max_shrink), *(() if is_sure else difference.other_questions)]
        if any(asked):
            raise DncRefused(" ".join(filter(None, [*asked, "Type the list's name to go on."])))
    return job_confirm(job=job, revision=revision, actor=actor.user, actor_name=actor.name, ring=ring)


def dnc_replace_go_on(*, job: Job, actor: Actor, revision: int | None = None) -> Job:
    """Remove what is gone although the platform did not take every number of the file: a person's word. IllegalMove.

    The word is stored in the same move by which the job goes on: where that is refused, nothing is stored.
    """
    difference = difference_of(job)
    if difference is not None and difference.refused:
        raise IllegalMove(
            f"{counted(difference.refused, 'row')} of the file could not be read, so nothing is removed. Correct the "
            "file and replace the list with the whole file again."
        )
    options = replace(keys_options(job), go_on=True)
    return job_retry(job=job, options=options, revision=revision, actor=actor.user, actor_name=actor.name)
