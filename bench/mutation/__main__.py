"""Draw mutants, try each on its tests, and list what survives."""

from __future__ import annotations

import argparse
import importlib.util
import json
import queue
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from bench.mutation.covering import Covering, covering_find
from bench.mutation.drawing import Mutant, mutants_draw
from bench.mutation.modules import ROOT, TESTS, modules
from bench.mutation.trying import Fate, Tried, Workshop

FOLDER = ROOT / "var" / "mutation"
# A mutant is tried on so many seconds of its tests first; what survives that is tried on all of them.
FIRST_SECONDS, ALL_SECONDS = 12.0, 240.0


def main() -> None:
    """Run everything; exit code 0 whatever survives, since survivors want a person's judgement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=60.0, help="after which survivors are not tried again")
    parser.add_argument("--only", default="", help="modules whose path begins so")
    parser.add_argument("tests", nargs="*", default=TESTS, help="folders or files of tests to choose from")
    given = parser.parse_args()
    if importlib.util.find_spec("cosmic_ray") is None:
        sys.exit("cosmic-ray is not installed: run `make mutate`, or install the dependency group `mutation`.")
    until = time.monotonic() + 60 * given.minutes
    FOLDER.mkdir(parents=True, exist_ok=True)
    paths = modules(only=given.only)
    mutants = mutants_draw(ROOT, paths, count=given.mutants, seed=given.seed)
    print(f"{len(mutants)} mutants of {len(paths)} modules, seed {given.seed}", flush=True)
    covering = covering_find(ROOT, FOLDER, paths, processes=given.processes, tests=given.tests)
    bench = Bench(covering, given.processes)
    found = bench.tried(mutants, FIRST_SECONDS, until=None)
    again = [each.mutant for each in found.values() if each.fate == Fate.SURVIVED and each.tests < each.of]
    print(f"{len(again)} survivors are tried on all of their tests", flush=True)
    found |= bench.tried(again, ALL_SECONDS, until=until)
    report(list(found.values()), given.seed)


class Bench:
    """Some workshops, each with a thread that takes mutants from one queue."""

    def __init__(self, covering: Covering, processes: int) -> None:
        self.covering = covering
        self.workshops = [Workshop(ROOT, FOLDER / f"process-{number}") for number in range(processes)]
        quickest = min(covering.seconds, key=lambda test: (covering.seconds[test], test))
        # A test that needs the database makes it; a quick one of the covering ones nearly always does.
        first = next((test for test in sorted(covering.seconds) if test.startswith("tests/jobs/test_moves")), quickest)
        self.each(lambda workshop: workshop.prepare(first))

    def tried(self, mutants: Iterable[Mutant], most: float, *, until: float | None) -> dict[Mutant, Tried]:
        """Try mutants on at most so many seconds of their tests, those with few first; stops at a time."""
        waiting: queue.SimpleQueue[tuple[Mutant, list[str], int]] = queue.SimpleQueue()
        work = [(mutant, self.covering.tests_of(mutant)) for mutant in mutants]
        for mutant, tests in sorted(work, key=lambda each: len(each[1])):
            waiting.put((mutant, self.first(tests, most), len(tests)))
        found: dict[Mutant, Tried] = {}

        def work_off(workshop: Workshop) -> None:
            while until is None or time.monotonic() < until:
                try:
                    mutant, tests, of = waiting.get_nowait()
                except queue.Empty:
                    return
                found[mutant] = done = workshop.attempt(mutant, tests, of=of, within=self.seconds(tests))
                kept.write(json.dumps(_row(done)) + "\n")
                kept.flush()
                print(f"{len(found):4} {done.fate:11} {done.seconds:5.1f} s  {mutant.name}", flush=True)

        # What is known is kept as it comes: a run of an hour may be broken off.
        with (FOLDER / "tried.jsonl").open("a") as kept:
            self.each(work_off)
        return found

    def each(self, work: Callable[[Workshop], None]) -> None:
        """Let all workshops work at once, and wait for them; raises what one of them raised."""
        with ThreadPoolExecutor(len(self.workshops)) as pool:
            list(pool.map(work, self.workshops))

    def seconds(self, tests: Iterable[str]) -> float:
        """Add up how long tests took."""
        return sum(self.covering.seconds[test] for test in tests)

    def first(self, tests: list[str], most: float) -> list[str]:
        """Return the first of the tests that take no longer than so many seconds together, one at least."""
        kept, spent = tests[:1], self.seconds(tests[:1])
        for test in tests[1:]:
            if spent + self.covering.seconds[test] <= most:
                kept.append(test)
                spent += self.covering.seconds[test]
        return kept


def report(found: list[Tried], seed: int) -> None:
    """Write the results and the survivors, and print a summary."""
    found.sort(key=lambda each: (each.mutant.path, each.mutant.start))
    (FOLDER / "results.jsonl").write_text("".join(json.dumps(_row(each)) + "\n" for each in found))
    living = [each for each in found if each.lives]
    survivors = FOLDER / "survivors.txt"
    survivors.write_text("".join(_said(each) for each in living))
    fates = Counter(each.fate for each in found)
    print(", ".join(f"{count} {fate}" for fate, count in fates.most_common()), f"(seed {seed})")
    by_module = Counter(each.mutant.path for each in living)
    for path, count in Counter(each.mutant.path for each in found).items():
        print(f"  {path}: {by_module[path]} of {count} live")
    print(f"The survivors stand in {survivors.relative_to(ROOT)}")


def _row(tried: Tried) -> dict[str, object]:
    """Return what is kept of a mutant that was tried."""
    return {"mutant": tried.mutant.name, "fate": tried.fate, "tests": tried.tests, "of": tried.of, "diff": tried.diff}


def _said(tried: Tried) -> str:
    how = "no test runs it" if tried.fate == Fate.NOT_COVERED else f"tried on {tried.tests} of {tried.of} tests"
    return f"{tried.mutant.name} ({how})\n{tried.diff}\n\n"


if __name__ == "__main__":
    main()
