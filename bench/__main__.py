"""`make bench`: every part of the product beside a yardstick, in alternating turns of one run.

    python -m bench [--short] [--turns N] [--only check,send] [--write]

Prints a table with a mark for each goal; exit code 1 when one is missed. `--write` puts it into docs/performance.md. It
needs no broker and leaves nothing behind.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.speed.cost import Comparison
from bench.speed.document import document_write, machine, told
from bench.speed.parts import PARTS, own_django, part_opened

TURNS, SHORT_TURNS = 5, 3


def measured(name: str, amount: int, turns: int) -> Iterator[Comparison]:
    """Measure a part in turns; who comes first changes from turn to turn, and the first turn of all is not counted."""
    with part_opened(name, amount) as part:
        found = {measure.name: Comparison(measure) for measure in part.measures}
        for turn in range(turns + 1):
            print(f"  … {name}, turn {turn} of {turns}", file=sys.stderr)
            if turn % 2:
                ours, beside = part.ours(), part.yardstick()
            else:
                beside, ours = part.yardstick(), part.ours()
            for each in found.values() if turn else ():
                each.turns.append((ours[each.measure.name], beside[each.measure.name]))
    yield from found.values()


def line_of(each: Mapping[str, Any]) -> str:
    """Write a measure as a line for a terminal."""
    mark = "ok    " if each["is_good"] else "MISSED"
    goal = f"goal {each['goal']:.2f}" if each["goal"] else ""
    what = f"{each['what']} / {each['beside']}"
    return (
        f"  {mark} {what:74} {told(each, 'ours'):44} ratio {each['ratio']:5.2f} "
        f"({each['ratio_least']:.2f} to {each['ratio_most']:.2f}), by CPU {each['ratio_cpu']:5.2f}  {goal}"
    )


def main(arguments: Sequence[str]) -> int:
    """Measure in a data folder of its own."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--short", action="store_true", help="smaller amounts and fewer turns")
    parser.add_argument(
        "--turns", type=int, default=0, help=f"turns (default {TURNS}, or {SHORT_TURNS} in a short run)"
    )
    parser.add_argument("--only", default="", help=f"some parts, with commas: {', '.join(PARTS)}")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    options = parser.parse_args(arguments)
    turns = options.turns or (SHORT_TURNS if options.short else TURNS)
    figures = []
    with own_django():
        for name in options.only.split(",") if options.only else PARTS:
            for comparison in measured(name, PARTS[name][2 if options.short else 1], turns):
                figures.append(comparison.figures())
                print(line_of(figures[-1]), flush=True)
    print(f"  {machine()}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    if options.write:
        document_write(figures, is_short=options.short)
    return 0 if all(each["is_good"] for each in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
