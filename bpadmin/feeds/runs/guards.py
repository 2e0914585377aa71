"""What keeps a feed's file from being sent by itself: each finding is a sentence with the old beside the new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from django.db import models

from bpadmin.counts import counted, percent_words
from bpadmin.feeds.runs.facts import FileFacts
from bpadmin.tabular.encoding.names import encoding_label

SHOWN_COLUMNS = 12


class Guard(models.TextChoices):
    """What stood out."""

    LATE = "late", "Late"
    SAME = "same", "Same content"
    EMPTY = "empty", "Empty"
    HALF = "half", "Half-written"
    UNREADABLE = "unreadable", "Not readable"
    HEADER = "header", "Other columns"
    SIZE = "size", "Size"
    REJECTS = "rejects", "Rejects"
    OVERLAP = "overlap", "Overlap"
    LIVE = "live", "In live lists"
    ENCODING = "encoding", "Encoding"
    QUESTION = "question", "Asked by the check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on a file stands out, each in percent or percentage points; 0 turns that guard off.

    `shrink`: so many percent fewer rows than the file before; `growth`: so many more. `rejects`: so many points more
    of the rows refused than usual. `overlap`: so many points away from the usual share of keys known from the file
    before. `live`: so many points more than usual of its numbers are in lists that are being dialled already.
    """

    shrink: int = 50
    growth: int = 100
    rejects: int = 5
    overlap: int = 40
    live: int = 30

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Limits:
        """Take what `as_json` gave."""
        return cls(**{name: int(data[name]) for name in cls.__dataclass_fields__ if name in data})

    def as_json(self) -> dict[str, int]:
        """Return a plain dictionary for storage."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stood out. `choice` names the option that has to be chosen before the file can be sent."""

    guard: Guard
    sentence: str
    old: str = ""
    new: str = ""
    choice: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Finding:
        """Take what `as_json` gave."""
        return cls(**{**data, "guard": Guard(data["guard"])})

    def as_json(self) -> dict[str, str]:
        """Return a plain dictionary for storage."""
        return {**asdict(self), "guard": self.guard.value}


def compare(new: FileFacts, old: FileFacts | None, earlier: Sequence[FileFacts], limits: Limits) -> list[Finding]:
    """Hold a file against the one before it and against what was usual in `earlier` ones (the newest first)."""
    if new.rows == 0:
        had = f"{old.rows:,} rows" if old else ""
        return [Finding(Guard.EMPTY, "It holds no row below its header.", had, "no row")]
    found = []
    if old is not None:
        found += [*_half(new, old), *_encoding(new, old), *_header(new, old), *_size(new, old, limits)]
        found += _overlap(new, earlier, limits)
    return [*found, *_live(new, earlier, limits), *_rejects(new, earlier, limits)]


def _half(new: FileFacts, old: FileFacts) -> list[Finding]:
    if new.ends_whole is not False or not old.ends_whole:
        return []
    words = "Its last line has no end, and the file before had one: it may not have been written to its end."
    return [Finding(Guard.HALF, words, "ends with a whole line", "ends within a line")]


def _encoding(new: FileFacts, old: FileFacts) -> list[Finding]:
    if not new.encoding or not old.encoding or _family(new.encoding) == _family(old.encoding):
        return []
    words = "Its characters are written otherwise than those of the file before: letters may read wrongly."
    return [Finding(Guard.ENCODING, words, encoding_label(old.encoding), encoding_label(new.encoding))]


def _family(encoding: str) -> str:
    """Return what plain letters, with and without a mark at their beginning, have in common."""
    return "utf-8" if encoding in ("ascii", "utf-8-sig") else encoding


def _header(new: FileFacts, old: FileFacts) -> list[Finding]:
    if new.header == old.header:
        return []
    gone = [name for name in old.header if name not in new.header]
    came = [name for name in new.header if name not in old.header]
    told = [f"{_named(names)} {verb}" for names, verb in ((gone, "gone"), (came, "new")) if names]
    words = f"Its columns are not those of the file before: {'; '.join(told) or 'their order is another one'}."
    return [Finding(Guard.HEADER, words, _listed(old.header), _listed(new.header))]


def _size(new: FileFacts, old: FileFacts, limits: Limits) -> list[Finding]:
    if not old.rows:
        return []
    change = 100.0 * (new.rows - old.rows) / old.rows
    is_less, is_more = limits.shrink and change <= -limits.shrink, limits.growth and change >= limits.growth
    if not is_less and not is_more:
        return []
    words = f"It has {percent_words(abs(change), 0)} {'fewer' if is_less else 'more'} rows than the file before."
    return [Finding(Guard.SIZE, words, counted(old.rows, "row"), counted(new.rows, "row"))]


def _rejects(new: FileFacts, earlier: Sequence[FileFacts], limits: Limits) -> list[Finding]:
    if not limits.rejects:
        return []
    usual = median(each.rejected_share for each in earlier) if earlier else 0.0
    # Nobody knows yet what is usual: only what makes the file useless stands out.
    limit = usual + limits.rejects if earlier else max(50.0, limits.rejects)
    if new.rejected_share < limit:
        return []
    words = f"{counted(new.rejected, 'row')} of {new.rows:,} cannot be sent, more than usual."
    old = f"{percent_words(usual)} refused" if earlier else ""
    return [Finding(Guard.REJECTS, words, old, f"{percent_words(new.rejected_share)} refused")]


def _overlap(new: FileFacts, earlier: Sequence[FileFacts], limits: Limits) -> list[Finding]:
    known = [each.overlap for each in earlier if each.overlap is not None]
    if not limits.overlap or new.overlap is None or not known:
        return []
    usual = median(known)
    if abs(new.overlap - usual) < limits.overlap:
        return []
    old, now = percent_words(usual, 0), percent_words(new.overlap, 0)
    words = f"{now} of its keys were in the file before; usually that is {old}."
    return [Finding(Guard.OVERLAP, words, f"{old} known", f"{now} known")]


def _live(new: FileFacts, earlier: Sequence[FileFacts], limits: Limits) -> list[Finding]:
    if not limits.live or new.live is None:
        return []
    known = [each.live for each in earlier if each.live is not None]
    usual = median(known) if known else 0.0
    # As with rejects: of a first file only what can hardly be meant stands out.
    if new.live < (usual + limits.live if known else max(50.0, limits.live)):
        return []
    now = percent_words(new.live, 0)
    words = f"{now} of its numbers are in lists that are being dialled now: {', '.join(new.live_lists)}."
    old = f"{percent_words(usual, 0)} in live lists" if known else ""
    return [Finding(Guard.LIVE, f"{words} They may be called twice.", old, f"{now} in live lists")]


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:SHOWN_COLUMNS])
    more = len(names) - SHOWN_COLUMNS
    return f"{shown}{f' and {more} more' if more > 0 else ''} {'is' if len(names) == 1 else 'are'}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - SHOWN_COLUMNS
    return f"{len(names)}: {', '.join(names[:SHOWN_COLUMNS])}{f' and {more} more' if more > 0 else ''}"
