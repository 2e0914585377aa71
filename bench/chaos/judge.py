"""The verdict on one upload: the file, the job's numbers, the rejected rows and what the tenant holds, row by row.

Nothing in here knows the product's code. A row of the file is known by its `id`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Rows that the product says it does not know about: they may be in the list or not.
DOUBTFUL = frozenset({"uncertain", "unclear", "found", "missing"})
_SAID = re.compile(r"(?:All ([\d,]+)|([\d,]+) of [\d,]+) rows? (?:are|is) in the list")


@dataclass
class Evidence:
    """What is held against each other after an upload.

    `file`: the rows' ids in order. `wanted`: what a record of each id must hold after it. `before` and `records`: how
    often each id was in the list, and its records after. `counts` are the job's numbers, `rejects` the downloaded rows
    (None where the download was refused in words). `false_samples`: moments at which the numbers did not add up.
    """

    file: Sequence[str]
    counts: Mapping[str, int]
    records: Sequence[Mapping[str, Any]]
    rejects: Sequence[Mapping[str, str]] | None
    wanted: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    before: Counter[str] = field(default_factory=Counter)
    state: str = "succeeded"
    page: str = ""
    false_samples: int = 0
    is_replacing: bool = False


@dataclass
class Verdict:
    """What came out, in rows; `person` and `stuck` in jobs, `stall` in seconds. `notes` say what was seen."""

    rows: int = 0
    lost: int = 0
    twice: int = 0
    miscounted: int = 0
    stuck: int = 0
    person: int = 0
    stall: float = 0.0
    notes: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Return whether nothing was lost, doubled, miscounted or left standing."""
        return not (self.lost or self.twice or self.miscounted or self.stuck)

    def worse(self, other: Verdict) -> Verdict:
        """Return the worse of two looks at the same upload."""
        names = ("rows", "lost", "twice", "miscounted", "stuck", "person", "stall")
        worst = {name: max(getattr(self, name), getattr(other, name)) for name in names}
        return Verdict(**worst, notes=[*self.notes, *(note for note in other.notes if note not in self.notes)])


def judge(evidence: Evidence) -> Verdict:
    """Compare everything. Rows in question count neither as in the list nor as not in it."""
    counts, verdict = evidence.counts, Verdict(rows=len(evidence.file))
    ours = set(evidence.file)
    held = Counter(str(record["id"]) for record in evidence.records)
    named = {row.get("id", ""): row.get("reason_code", "") for row in evidence.rejects or ()}
    doubtful = {name for name, reason in named.items() if reason in DOUBTFUL}
    refused = named.keys() - doubtful

    before = Counter[str]() if evidence.is_replacing else evidence.before
    verdict.twice = sum(max(0, held[name] - max(1, before[name])) for name in ours)
    missing = {name for name in ours if not held[name]} - named.keys()
    # A list without a key does not tell which rows it dropped; those are told as a number.
    unnamed = max(0, counts["unaccounted"] - sum(1 for name in refused if not held[name] and "unacc" in named[name]))
    verdict.lost = max(0, len(missing) - unnamed) if evidence.rejects is not None else 0
    verdict.lost += sum(1 for name in before if name not in ours and held[name] < before[name])

    claimed = counts["added"] + counts["updated"] + counts["already_there"]
    told_out = {name for name in refused if held[name] > before[name]}
    altered = _altered(evidence, held, named.keys())
    records = sum(held[name] - max(0, before[name] - 1) for name in ours - doubtful - refused)
    off = max(abs(claimed - records), len(told_out), len(altered))
    if evidence.rejects is None:
        off = len(altered)
    if said := _SAID.search(evidence.page):
        shown = int((said[1] or said[2]).replace(",", ""))
        off = max(off, abs(shown - claimed))
    verdict.miscounted = off + evidence.false_samples

    open_rows = counts["uncertain"] or (counts["not_sent"] and evidence.state != "ready")
    is_settled = evidence.state in ("succeeded", "partial", "cancelled") and not open_rows
    verdict.person = 0 if is_settled else 1
    if evidence.state == "errored":  # no fault of a scene is a bug of the product, so it may not stop for one
        verdict.stuck = 1
        verdict.notes.append("it stopped by an error of the product's own")
    verdict.notes += _notes(evidence, verdict, claimed, records, told_out, altered)
    return verdict


def _altered(evidence: Evidence, held: Counter[str], named: Any) -> set[str]:
    """Find rows that count as in the list and are there with other contents than the file's."""
    wanted = evidence.wanted
    return {
        str(record["id"])
        for record in evidence.records
        if (want := wanted.get(str(record["id"])))
        and str(record["id"]) not in named
        and held[str(record["id"])] == 1
        and any(str(record.get(name, "")) != value for name, value in want.items())
    }


def _notes(
    evidence: Evidence, verdict: Verdict, claimed: int, records: int, told_out: set[str], altered: set[str]
) -> list[str]:
    notes = []
    if verdict.lost:
        notes.append(f"{verdict.lost:,} rows are neither in the list nor named")
    if verdict.twice:
        notes.append(f"{verdict.twice:,} records are in the list that nobody sent twice")
    if claimed != records and evidence.rejects is not None:
        notes.append(f"the job says {claimed:,} in the list; the tenant holds {records:,}")
    if told_out:
        notes.append(f"{len(told_out):,} rows are said not to be in the list and are")
    if altered:
        notes.append(f"{len(altered):,} records hold something else than the file")
    if evidence.false_samples:
        notes.append(f"the numbers did not add up at {evidence.false_samples} moments")
    return notes
