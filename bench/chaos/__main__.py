"""`python -m bench.chaos`: play the scenes and print the table; exit code 1 when a row was lost, doubled or stuck."""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from bench.chaos.report import Report
from bench.chaos.runner import Runner
from bench.chaos.scene import BOTH, SCENES, Scene
from bench.chaos.waiting import HALT

NOUNS = ("processes", "tenant", "people", "stores", "dnc", "records", "turns")


def options_read(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--list", action="store_true", help="name the scenes and end")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="play this scene (may be repeated)")
    parser.add_argument("--stack", choices=[*BOTH, "all"], default="all")
    parser.add_argument("--short", action="store_true", help="fewer scenes, smaller files")
    parser.add_argument("--rows", type=int, default=0, help="rows of a usual file (4,000; short: 2,000)")
    parser.add_argument("--runs", type=int, default=1, help="how often each scene is played")
    parser.add_argument("--scale", type=float, default=0.05, help="what the product's time-outs are multiplied with")
    parser.add_argument("--seed", type=int, default=7, help="decides everything that is random")
    parser.add_argument("--out", type=Path, help="write the table there (.md) and beside it as .json")
    return parser.parse_args(arguments)


def scenes_chosen(options: argparse.Namespace) -> list[Scene]:
    """Return the scenes to play. Ends the command with a sentence when a name is unknown."""
    for noun in NOUNS:
        importlib.import_module(f"bench.chaos.scenes.{noun}")
    if unknown := [name for name in options.only if name not in SCENES]:
        sys.exit(f"There is no scene {', '.join(unknown)}. --list names them.")
    if options.only:
        return [SCENES[name] for name in options.only]
    return [scene for scene in SCENES.values() if scene.is_short or not options.short]


def halt(_signum: int, _frame: FrameType | None) -> None:
    """Stop what is played and take everything away again; a second signal changes nothing about that."""
    if not HALT.is_set():
        print("Stopping …", flush=True)
        HALT.set()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = options_read(arguments)
    scenes = scenes_chosen(options)
    if options.list:
        for each in scenes:
            words = (each.play.__doc__ or "").splitlines()[0]
            print(f"{each.name:40} {'short' if each.is_short else '':6} {','.join(each.stacks):18} {words}")
        return 0
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, halt)
    rows = options.rows or (2000 if options.short else 4000)
    report = Report({"seed": options.seed, "scale": options.scale, "rows": rows})
    runner = Runner(report, scale=options.scale, rows=rows, seed=options.seed, runs=options.runs)
    began = time.monotonic()
    runner.play(scenes, BOTH if options.stack == "all" else [options.stack])
    report.settings["minutes"] = round((time.monotonic() - began) / 60, 1)
    print(f"\n{report.markdown()}")
    if options.out:
        report.write(options.out)
    return 130 if HALT.is_set() else 0 if report.is_good and report.lines else 1


if __name__ == "__main__":
    sys.exit(main())
