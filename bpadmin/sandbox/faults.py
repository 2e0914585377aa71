"""Faults to order: what goes wrong, how often, and for which requests."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bpadmin.sandbox.errors import bad_request


class Kind(StrEnum):
    """What can go wrong with a request."""

    HTTP_500 = "http_500"
    HTTP_502 = "http_502"
    HTTP_503 = "http_503"
    RATE_LIMIT = "rate_limit"
    CUT_BEFORE = "cut_before"
    CUT_AFTER = "cut_after"
    HANG = "hang"
    SLOW = "slow"
    CUT_BODY = "cut_body"
    HTML = "html"
    REVOKE_TOKEN = "revoke_token"  # noqa: S105
    DROP_ROW = "drop_row"
    DROP_ROW_COUNTED = "drop_row_counted"
    TWO_BUCKETS = "two_buckets"
    NO_COUNTS = "no_counts"
    REPEAT_PAGE = "repeat_page"
    HOOK_REPEATED = "hook_repeated"
    HOOK_HELD = "hook_held"
    HOOK_CUT = "hook_cut"


# Kinds that let the request take effect unless told otherwise; the others refuse it before anything happens.
# A row of an addAll is dropped without a word, dropped and counted as added, or named in two buckets of the answer.
ROW_KINDS = {Kind.DROP_ROW, Kind.DROP_ROW_COUNTED, Kind.TWO_BUCKETS}
# A page that is repeated is the first one, whatever the cursor of the request says.
APPLIED_KINDS = {Kind.CUT_AFTER, Kind.SLOW, Kind.CUT_BODY, Kind.NO_COUNTS, Kind.REPEAT_PAGE, *ROW_KINDS}
# What goes wrong with events that the server sends: they come three times, after the next one, or half.
HOOK_KINDS = {Kind.HOOK_REPEATED, Kind.HOOK_HELD, Kind.HOOK_CUT}
DEFAULT_SECONDS = {Kind.RATE_LIMIT: 1.0, Kind.HANG: 3600.0, Kind.SLOW: 1.0}
# What drops a row: an addAll, into a list or a Do Not Call list, of whatever API.
_ADDING = {"add_many_records", "add_many_dnc_records"}
_MEMBERS = {"kind", "probability", "times", "after", "methods", "paths", "seconds", "applied", "status"}


@dataclass(slots=True)
class Fault:
    """One ordered fault.

    `methods` are HTTP verbs or methods' names, `paths` parts of a path (empty: all). It strikes with `probability`,
    at most `times` times (None: for ever), not before `after` matching requests went by. `seconds` is how long it
    hangs or slows, or the Retry-After. `applied` tells whether the request takes effect.
    """

    kind: Kind
    probability: float = 1.0
    times: int | None = None
    after: int = 0
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    seconds: float = 1.0
    applied: bool = False
    status: int = 200
    struck: int = 0

    def matches(self, verb: str, name: str, path: str) -> bool:
        """Return whether the fault is meant for this request; only an addAll of whatever API has rows to drop.

        What is sent by the server itself has faults of its own.
        """
        if self.kind in ROW_KINDS and name.rpartition(".")[2] not in _ADDING:
            return False
        if (self.kind in HOOK_KINDS) != name.endswith(".hook"):
            return False
        return (not self.methods or verb in self.methods or name in self.methods) and (
            not self.paths or any(part in path for part in self.paths)
        )

    def as_json(self) -> dict[str, Any]:
        """Return the fault as it was ordered, with how often it struck."""
        shown = {"kind": self.kind.value, "probability": self.probability, "times": self.times, "struck": self.struck}
        return {**shown, "methods": self.methods, "paths": self.paths, "seconds": self.seconds, "applied": self.applied}


class Faults:
    """The faults on order. At most one strikes a request: the first that matches, in the order given."""

    def __init__(self, seed: int = 7) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)  # noqa: S311
        self.ordered: list[Fault] = []

    def draw(self, verb: str, name: str, path: str) -> Fault | None:
        """Decide what goes wrong with a request, if anything."""
        if not self.ordered:
            return None
        with self._lock:
            for fault in self.ordered:
                if not fault.matches(verb, name, path) or fault.times == 0:
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.probability < 1 and self._random.random() >= fault.probability:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                fault.struck += 1
                return fault
        return None

    def pick(self, count: int) -> int:
        """Pick one of `count` places."""
        with self._lock:
            return self._random.randrange(count)

    def order(self, items: Any) -> None:
        """Put faults on order, given as objects; refuses what it does not know."""
        if not isinstance(items, list):
            raise bad_request("a list of faults is expected")
        fresh = [_parse(item) for item in items]
        with self._lock:
            self.ordered = [*self.ordered, *fresh]

    def clear(self) -> None:
        """Take all faults off."""
        with self._lock:
            self.ordered = []


def _parse(item: Any) -> Fault:
    if not isinstance(item, Mapping) or item.get("kind") not in set(Kind):
        raise bad_request(f"a fault needs a 'kind' out of {', '.join(Kind)}")
    if unknown := set(item) - _MEMBERS:
        raise bad_request(f"a fault has no {sorted(unknown)[0]!r}")
    kind = Kind(item["kind"])
    return Fault(
        kind=kind,
        probability=float(item.get("probability", 1.0)),
        times=None if item.get("times") is None else int(item["times"]),
        after=int(item.get("after", 0)),
        methods=tuple(item.get("methods") or ()),
        paths=tuple(item.get("paths") or ()),
        seconds=float(item.get("seconds", DEFAULT_SECONDS.get(kind, 0.0))),
        applied=bool(item.get("applied", kind in APPLIED_KINDS)),
        status=int(item.get("status", 200)),
    )
