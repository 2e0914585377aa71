"""The rows of a job that asks something of many records: their keys, what became of each, and what was ordered."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from bpadmin.dialler.models import Action, ActionState
from bpadmin.jobs.handlers import structure_read
from bpadmin.jobs.models import Job
from bpadmin.jobs.options import JobOptions, JobRemote, pairs_read, pairs_write, stored
from bpadmin.platforms.sources import Condition
from bpadmin.records.models import ManyRows

MOST = 100_000
# Sentences of refused rows that a job keeps; the log has each act.
TOLD = 2_000
READING, ASKED, SENDING = "reading", "asked", "sending"
USER_DATA, ID = "user_data", "id"


class ManyRefused(Exception):
    """Such a job cannot be ordered; the message says why. Nothing was asked of the dialler."""


class Fate(Enum):
    """What became of a row: its letter, and the word of it."""

    WAITING = ("w", "not asked")
    DONE = ("d", "done")
    REFUSED = ("r", "not done")
    UNKNOWN = ("u", "in doubt")

    def __init__(self, letter: str, words: str) -> None:
        self.byte = ord(letter)
        self.words = words


class Row(NamedTuple):
    """A row with what became of it."""

    number: int
    key: str
    fate: Fate
    sentence: str
    act: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyOptions(JobOptions):
    """What is asked: of contacts by `by` (id or user data), of requests on `terms`; `conditions` find the rows."""

    by: str = ID
    terms: Mapping[str, Any] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = field(
        default=(),
        metadata=stored(
            lambda data: tuple(Condition.from_json(each) for each in data),
            lambda conditions: [each.as_json() for each in conditions],
        ),
    )
    facts: tuple[tuple[str, str], ...] = field(default=(), metadata=stored(pairs_read, pairs_write))


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyRemote(JobRemote):
    """How far it is: `phase`, the `cursor` of the reading, `at` the row that is next, and the last act looked at."""

    phase: str = READING
    cursor: str = ""
    at: int = 0


def many_options(job: Job) -> ManyOptions:
    """Return what was ordered. Raises JobRefused."""
    return structure_read(ManyOptions, job.options, job)


def many_remote(job: Job) -> ManyRemote:
    """Return how far it is. Raises JobRefused."""
    return structure_read(ManyRemote, job.remote, job)


def keys_pack(keys: Sequence[str]) -> bytes:
    """Return keys as they are stored."""
    return zlib.compress("\n".join(keys).encode())


def keys_of(rows: ManyRows) -> list[str]:
    """Return the keys of a job, in their order."""
    text = zlib.decompress(bytes(rows.keys)).decode() if rows.keys else ""
    return text.split("\n") if text else []


def keys_read(lines: Iterable[str]) -> list[str]:
    """Return the keys in a text, one a line; blank lines, quotation marks around and doubles are passed over."""
    found = (line.strip().strip('"').strip() for line in lines)
    return list(dict.fromkeys(each for each in found if each))


def mark_of(job: Job, place: int) -> str:
    """Return the mark under which a row is asked for once."""
    return f"job:{job.pk}:{place}"


def fates_counted(states: bytes) -> dict[Fate, int]:
    """Count the rows by what became of them."""
    counts = Counter(states)
    return {fate: counts[fate.byte] for fate in Fate}


def fates_now(rows: ManyRows) -> tuple[bytes, dict[str, str]]:
    """Return what became of each row by now, with what acts in doubt have come to since, and their sentences."""
    states, told = bytearray(rows.states), dict(rows.told)
    if rows.acts:
        settled = Action.objects.in_bulk(list(rows.acts.values()))
        for place, number in rows.acts.items():
            act = settled.get(number)
            if act is None:
                continue
            told[place] = act.sentence
            if act.state == ActionState.DONE:
                states[int(place)] = Fate.DONE.byte
            elif act.state == ActionState.REFUSED:
                states[int(place)] = Fate.REFUSED.byte
    return bytes(states), told


def rows_told(rows: ManyRows) -> Iterator[Row]:
    """Give every row with what became of it, in their order."""
    states, told = fates_now(rows)
    by_byte = {fate.byte: fate for fate in Fate}
    for place, key in enumerate(keys_of(rows)):
        yield Row(place + 1, key, by_byte[states[place]], told.get(str(place), ""), rows.acts.get(str(place)))
