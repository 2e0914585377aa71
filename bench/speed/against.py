"""`make bench-against REF`: what this working copy costs beside another commit, in alternating turns on this machine.

    python -m bench.speed.against REF [--turns N] [--short] [--only check,send]

The other commit stands in a worktree in a temporary folder and is measured by the benchmarks of this one. Each side is
one process that does a turn when told to. Printed is the ratio of the medians with the interval in which it lies (95 %,
turns drawn anew); above 1 this copy is faster. Exit code 1 where it is surely slower by more than a twentieth.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from bench.speed.cost import Cost
from bench.speed.parts import PARTS, own_django, part_opened

ROOT = Path(__file__).resolve().parents[2]
DRAWS, TURNS = 2000, 7
SLOWER = 0.95


class Side:
    """One of the two commits, in a process that does a turn when told to."""

    def __init__(self, folder: Path, part: str, amount: int) -> None:
        self.costs: dict[str, list[Cost]] = {}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.speed.against", "--serve", part, str(amount)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def turn(self, *, is_counted: bool = True) -> bool:
        """Do a turn; False when this commit cannot."""
        sink, source = cast(IO[str], self.process.stdin), cast(IO[str], self.process.stdout)
        try:
            sink.write("turn\n")
            sink.flush()
        except BrokenPipeError:
            return False
        answer = source.readline()
        if not answer:
            return False
        for name, (seconds, cpu) in json.loads(answer).items() if is_counted else ():
            self.costs.setdefault(name, []).append(Cost(seconds, cpu))
        return True

    def close(self) -> None:
        """End the process; what it made it takes away."""
        cast(IO[str], self.process.stdin).close()
        self.process.wait()


def serve(part: str, amount: int) -> None:
    """Do a turn of one part for every line that comes in, and print what it cost."""
    sink = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else prints shall not stand among the answers
    with own_django(), part_opened(part, amount) as opened:
        for _ in sys.stdin:
            costs = {name: (cost.seconds, cost.cpu) for name, cost in opened.ours().items()}
            print(json.dumps(costs), file=sink, flush=True)


def interval(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float]:
    """Return the ratio of the medians (theirs over ours) and the interval of 95 % in which it lies."""
    dice = random.Random(1)  # noqa: S311
    drawn = sorted(
        statistics.median(dice.choices(theirs, k=len(theirs))) / statistics.median(dice.choices(ours, k=len(ours)))
        for _ in range(DRAWS)
    )
    middle = statistics.median(theirs) / statistics.median(ours)
    return middle, drawn[DRAWS // 40], drawn[-DRAWS // 40 - 1]


@contextmanager
def worktree(ref: str) -> Iterator[Path]:
    """Check a commit out into a temporary folder, with the benchmarks of this one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "other"
        subprocess.run(["git", "worktree", "add", "-q", "--detach", str(path), ref], cwd=ROOT, check=True)
        try:
            shutil.rmtree(path / "bench", ignore_errors=True)
            shutil.copytree(ROOT / "bench", path / "bench")
            yield path
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(path)], cwd=ROOT, check=True)


def compare(part: str, amount: int, other: Path, turns: int) -> list[dict[str, Any]]:
    """Measure one part on both sides in alternating turns; nothing where one of the commits cannot."""
    ours, theirs = Side(ROOT, part, amount), Side(other, part, amount)
    try:
        is_able = ours.turn(is_counted=False) and theirs.turn(is_counted=False)
        for turn in range(turns if is_able else 0):
            for side in (ours, theirs) if turn % 2 else (theirs, ours):
                is_able = side.turn() and is_able
    finally:
        ours.close()
        theirs.close()
    if not is_able:
        return []
    return [
        {
            "name": name,
            "clock": interval([cost.seconds for cost in costs], [cost.seconds for cost in theirs.costs[name]]),
            "cpu": interval([cost.cpu for cost in costs], [cost.cpu for cost in theirs.costs[name]]),
        }
        for name, costs in ours.costs.items()
    ]


def main(arguments: Sequence[str]) -> int:
    """Compare, and print a line for each measure."""
    if arguments[:1] == ["--serve"]:
        serve(arguments[1], int(arguments[2]))
        return 0
    parser = argparse.ArgumentParser(prog="python -m bench.speed.against", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("ref", help="the commit to compare with, as git names it")
    parser.add_argument("--turns", type=int, default=TURNS, help=f"turns of each side (default {TURNS})")
    parser.add_argument("--short", action="store_true", help="smaller amounts")
    parser.add_argument("--only", default="", help=f"some parts, with commas: {', '.join(PARTS)}")
    options = parser.parse_args(arguments)
    is_slower = False
    print(f"  {'above 1: faster than ' + options.ref:34} {'by CPU':>24} {'by the clock':>24}")
    with worktree(options.ref) as other:
        for part in options.only.split(",") if options.only else PARTS:
            lines = compare(part, PARTS[part][2 if options.short else 1], other, options.turns)
            for line in lines:
                told = " ".join(f"{'{:.2f} ({:.2f} to {:.2f})'.format(*line[by]):>24}" for by in ("cpu", "clock"))
                print(f"  {line['name']:34} {told}", flush=True)
                is_slower = is_slower or line["cpu"][2] < SLOWER
            if not lines:
                print(f"  {part:34} cannot be measured on both sides; see above", flush=True)
    return int(is_slower)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
