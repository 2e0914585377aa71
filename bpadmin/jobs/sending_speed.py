"""How many requests at a time, and how many rows in each: found out from the dialler's answers while a job is sent.

More is tried while rows per second grow by it, fewer where as many rows go with less. A refusal (429, 5xx, no answer in
time) halves the requests at a time at once, and one more is let in after a run of good answers, later each time that
it was too early. Where the dialler failed rather than asked for patience, requests become smaller as well.
Nothing here knows a database or a thread; callers hold their own lock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bpadmin.jobs.files.blocks import ROWS_A_BLOCK

# So many chunks in a row for each lane have to go well before one more lane takes part again.
GOOD_A_LANE = 3
MOST_PATIENCE = 64
# A smaller share of refusals halves nothing; each answer weighs so much in it. To have one more may be worth more.
BORNE, BORNE_WHILE_WIDER, WEIGHT = 0.3, 0.6, 0.15
# With more rows than these nobody begins who has not learnt that the dialler likes it.
FIRST_ROWS = 1000
# A speed is taken from at least so many answers and seconds.
LEAST_ANSWERS, LEAST_SECONDS = 6, 0.4
# More is kept where it brings so much more, fewer where it costs no more than this.
GAIN, LOSS = 1.04, 0.99
# What did not help is tried again after so many measurements, twice as many each time; fewer is tried later than more.
FIRST_REST, FIRST_REST_OF_FEWER, MOST_REST = 4, 12, 128
# A speed that is so far from what it was with the same numbers says that the dialler has changed.
CHANGED = 1.3
SLOWER = 0.3

MORE_ROWS, MORE_LANES, FEWER_LANES, FEWER_ROWS = "more_rows", "more_lanes", "fewer_lanes", "fewer_rows"
# After refusals, one more at a time.
WIDER = "wider"
MOVES = (MORE_ROWS, MORE_LANES, FEWER_LANES, FEWER_ROWS)
# What a refusal is laid to while it is tried: too many requests, or, where the dialler failed, too large ones.
_TO_BLAME = {True: (MORE_LANES, FEWER_ROWS), False: (MORE_ROWS,)}


@dataclass(slots=True)
class SendingSpeed:
    """`lanes` requests at a time, each of `rows` rows, within `most_lanes` and `most_rows`.

    Where `most_rows` is 0, requests are as the check has made the chunks.

    `latency` is how many seconds an answer takes by now, `rate` rows per second at `lanes` and `rows`; 0 while they are
    not known.
    """

    most_lanes: int
    most_rows: int = 0
    lanes: int = 0
    rows: int = 0
    clock: Callable[[], float] = time.monotonic
    latency: float = 0.0
    rate: float = 0.0
    _usual: float = 0.0
    _trial: tuple[str, int, int] | None = None
    _rests: dict[str, int] = field(default_factory=dict)
    _next_rest: dict[str, int] = field(default_factory=dict)
    _good: int = 0
    _fails_at: int = 0
    _refused: float = BORNE
    _patience: int = 1
    _widen_to: int = 0
    _has_widened: bool = False
    _is_told: bool = False
    _skipped: int = 0
    _answers: int = 0
    _rows_done: int = 0
    _since: float | None = None

    def __post_init__(self) -> None:
        self.most_lanes = max(1, self.most_lanes)
        self.lanes = min(self.most_lanes, self.lanes or self.most_lanes)
        self.rows = max(self.least_rows, min(self.most_rows, self.rows or FIRST_ROWS)) if self.most_rows else 0
        self._widen_to = max(self._widen_to, self.lanes)
        for move in MOVES:
            first = FIRST_REST_OF_FEWER if move in (FEWER_LANES, FEWER_ROWS) else 0
            self._rests.setdefault(move, first)
            self._next_rest.setdefault(move, FIRST_REST if first == 0 else FIRST_REST_OF_FEWER)

    @classmethod
    def of(cls, kept: Mapping[str, Any], learnt: Mapping[str, Any], *, most_lanes: int, most_rows: int) -> SendingSpeed:
        """Go on as a job's last turn has `kept`; a job that begins does so as its tenant's last one has `learnt`."""
        speed = cls(most_lanes, most_rows)
        before = kept or learnt
        try:
            speed.lanes = max(1, min(speed.most_lanes, int(before.get("lanes", speed.lanes))))
            if most_rows and before.get("rows"):
                speed.rows = max(speed.least_rows, min(most_rows, int(before["rows"])))
            speed._widen_to = speed.lanes
            if kept:
                speed.latency, speed.rate = float(kept.get("latency", 0.0)), float(kept.get("rate", 0.0))
                speed._usual = float(kept.get("usual", 0.0))
                speed._fails_at = int(kept.get("fails_at", 0))
                speed._patience = int(kept.get("patience", 1))
                speed._widen_to = max(speed.lanes, min(speed.most_lanes, int(kept.get("widen_to", 0))))
                speed._rests |= {move: int(rest) for move, rest in kept.get("rests", {}).items() if move in MOVES}
                further = {move: int(rest) for move, rest in kept.get("next_rests", {}).items() if move in MOVES}
                speed._next_rest |= further
        except (TypeError, ValueError, KeyError, AttributeError):
            return cls(most_lanes, most_rows)
        return speed

    def kept(self) -> dict[str, Any]:
        """Return what the next turn goes on with, as plain JSON; what is only being tried is not in it."""
        _, lanes, rows = self._trial or ("", self.lanes, self.rows)
        return {
            "lanes": lanes,
            "rows": rows,
            "latency": round(self.latency, 4),
            "rate": round(self.rate, 1),
            "usual": round(self._usual, 4),
            "patience": self._patience,
            "widen_to": self._widen_to,
            "fails_at": self._fails_at,
            "rests": dict(self._rests),
            "next_rests": dict(self._next_rest),
        }

    @property
    def has_measured(self) -> bool:
        """Return whether a speed was measured, so that the numbers were not only taken over."""
        return self.rate > 0

    @property
    def least_rows(self) -> int:
        """Return the fewest rows that a request is made of."""
        return min(self.most_rows, ROWS_A_BLOCK)

    def went_well(self, rows: int = 0, seconds: float = 0.0) -> None:
        """Note a usable answer for so many rows, and how long it took."""
        self.latency = seconds if not self.latency else self.latency + (seconds - self.latency) / 4
        self._refused *= 1 - WEIGHT
        self._good, self._is_told = self._good + 1, False
        if self._trial is None and self.lanes < self._widen_to and self._good >= self._due:
            if self.rate:
                self._trial = (WIDER, self.lanes, self.rows)
            self.lanes, self._good, self._has_widened = self.lanes + 1, 0, True
            self._measure_anew()
            return
        self._measure(rows)

    def went_badly(self, rows: int = 0, *, is_told_to_wait: bool = True) -> None:
        """Note a refusal of so many rows, or that no usable answer came.

        `is_told_to_wait` where the dialler only wants fewer requests. A refusal among good answers is borne, since who
        was refused waits anyway, and so is one of a request larger than those that are sent by now.
        """
        self._refused += (1 - self._refused) * WEIGHT
        if not is_told_to_wait and rows > self.rows > 0:
            return
        if self._trial is not None and self._trial[0] in _TO_BLAME[is_told_to_wait]:
            if not is_told_to_wait:
                self._fails_at = rows
            self._give_up()
            self._is_told = True
            return
        # With one at a time nothing is left to halve: the waits are part of the speed that is measured.
        most = BORNE_WHILE_WIDER if self._trial is not None and self._trial[0] == WIDER else BORNE
        if is_told_to_wait and (self.lanes == 1 or self._is_told or self._refused < most):
            self._good = 0
            return
        is_wider = self._trial is not None and self._trial[0] == WIDER
        self._give_up()
        if is_wider and is_told_to_wait:
            # The others that were sent with this one may be refused as well, and tell nothing new.
            self._is_told = True
            return
        self.lanes = max(1, self.lanes // 2)
        if self._has_widened:
            self._patience = min(MOST_PATIENCE, self._patience * 2)
        self._good, self._has_widened = 0, False
        if not is_told_to_wait and self.rows:
            self.rows = max(self.least_rows, self.rows // 2)
            self._put_to_rest(MORE_ROWS)
        self._put_to_rest(MORE_LANES)
        self.rate = 0.0
        self._measure_anew()

    def _give_up(self) -> None:
        if self._trial is not None:
            move, self.lanes, self.rows = self._trial
            self._trial = None
            self._rest_of(move)
            self._measure_anew()

    @property
    def _due(self) -> int:
        return GOOD_A_LANE * self.lanes * self._patience

    def _measure(self, rows: int) -> None:
        now = self.clock()
        if self._since is None:
            # What is still under way was sent by other numbers.
            self._skipped += 1
            if self._skipped >= self.lanes:
                self._since = now
            return
        self._answers += 1
        self._rows_done += rows
        seconds = now - self._since
        if self._answers < max(LEAST_ANSWERS, 2 * self.lanes) or seconds < LEAST_SECONDS:
            return
        self._measured(self._rows_done / seconds)
        self._measure_anew()

    def _measure_anew(self) -> None:
        self._since, self._skipped, self._answers, self._rows_done = None, 0, 0, 0

    def _measured(self, rate: float) -> None:
        if self._trial is not None:
            self._judge(self._trial, rate)
            return
        if self.rate and not self.rate / CHANGED < rate < self.rate * CHANGED:
            self._rests = dict.fromkeys(MOVES, 0)
        # A dialler that answers more slowly than it used to may be asked by too many.
        elif self._usual and self.latency > self._usual * (1 + SLOWER):
            self._rests[FEWER_LANES] = 0
            self._usual = self.latency
        self._usual = min(self._usual or self.latency, self.latency)
        self.rate = rate
        for move in MOVES:
            self._rests[move] = max(0, self._rests[move] - 1)
        self._try_next()

    def _try_next(self) -> None:
        for move in MOVES:
            if self._rests[move] == 0 and (tried := self._after(move)) != (self.lanes, self.rows):
                self._trial = (move, self.lanes, self.rows)
                self.lanes, self.rows = tried
                return

    def _after(self, move: str) -> tuple[int, int]:
        lanes, rows = self.lanes, self.rows
        if move == MORE_ROWS:
            more = min(self.most_rows, rows * 2)
            return lanes, rows if 0 < self._fails_at <= more else more
        if move == FEWER_ROWS:
            return lanes, max(self.least_rows, rows // 2)
        if move == MORE_LANES:
            # What refusals have taken comes back by good answers.
            return (min(self.most_lanes, lanes * 2) if lanes >= self._widen_to else lanes), rows
        return max(1, lanes - max(1, lanes // 4)), rows

    def _judge(self, trial: tuple[str, int, int], rate: float) -> None:
        (move, lanes, rows), self._trial = trial, None
        needed = LOSS if move == FEWER_LANES else GAIN
        if rate >= self.rate * needed:
            if move == WIDER:
                self.rate, self._usual, self._patience = rate, self.latency, 1
                return
            # Several steps down, each of which costs next to nothing, must not cost much together.
            self.rate = max(rate, self.rate) if move == FEWER_LANES else rate
            self._usual = self.latency
            self._next_rest[move] = FIRST_REST
            if move == MORE_ROWS:
                self._patience = 1  # fewer requests carry as much: there may be room for one more at a time
            self._put_to_rest({MORE_ROWS: FEWER_ROWS, FEWER_ROWS: MORE_ROWS}.get(move, ""))
            self._put_to_rest({MORE_LANES: FEWER_LANES, FEWER_LANES: MORE_LANES}.get(move, ""))
            self._widen_to = max(self.lanes, self._widen_to if move in (MORE_ROWS, FEWER_ROWS) else 0)
            self._try_next()
            return
        self.lanes, self.rows = lanes, rows
        self._rest_of(move)

    def _rest_of(self, move: str) -> None:
        """Note that what was tried did not help."""
        if move == WIDER:
            self._patience, self._has_widened = min(MOST_PATIENCE, self._patience * 2), False
        else:
            self._put_to_rest(move)

    def _put_to_rest(self, move: str) -> None:
        if move:
            self._rests[move] = self._next_rest[move]
            self._next_rest[move] = min(MOST_REST, self._next_rest[move] * 2)


def speed_words(kept: Mapping[str, Any]) -> str:
    """Say in one sentence how a job is sent, from what `SendingSpeed.kept` gave; "" while nothing is known."""
    if not kept.get("latency"):
        return ""
    rows = f", {kept['rows']:,} rows each" if kept.get("rows") else ""
    seconds = float(kept["latency"])
    answers = f"{seconds:.1f} s" if seconds >= 1 else f"{max(1, round(seconds * 1000))} ms"
    return f"{kept['lanes']} at a time{rows}; the dialler answers in {answers}"


def speed_told(kept: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the same for a program: requests at a time, rows of each where they are chosen, milliseconds."""
    if not kept.get("latency"):
        return None
    latency = max(1, round(float(kept["latency"]) * 1000))
    return {"at_a_time": kept["lanes"], "rows_each": kept.get("rows") or None, "answer_ms": latency}
