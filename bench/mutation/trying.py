"""Trying mutants: a copy of the tree for each process, and a fresh copy of a migrated database for each mutant."""

from __future__ import annotations

import difflib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bench.mutation.covering import PLAIN
from bench.mutation.drawing import Mutant

STARTING_SECONDS = 60.0
SLOWER = 4.0
QUIET = ["-n", "0", "-x", "-q", "--no-header", "--tb=no", "-p", "no:randomly", "-p", "no:cacheprovider"]


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"
    NOT_COVERED = "not covered"
    NO_CHANGE = "no change"


@dataclass(frozen=True, slots=True)
class Tried:
    """A mutant's fate, the tests that it was tried on (`of` how many), and the change as a diff."""

    mutant: Mutant
    fate: Fate
    tests: int
    of: int
    diff: str
    seconds: float

    @property
    def lives(self) -> bool:
        """Return whether no test failed."""
        return self.fate in (Fate.SURVIVED, Fate.NOT_COVERED)


class Workshop:
    """A copy of the tree in which one process works; nothing is ever changed in the tree itself."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.tree, self.data = folder / "tree", folder / "data"
        shutil.rmtree(folder, ignore_errors=True)
        self.data.mkdir(parents=True)
        listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=root, capture_output=True)
        for name in filter(None, listed.stdout.decode().split("\0")):
            if (root / name).is_file():
                (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, self.tree / name)
        self.database, self.template = self.data / "test.sqlite3", folder / "template.sqlite3"

    def prepare(self, test: str) -> None:
        """Make the database that each mutant gets a copy of. Raises SystemExit where an unchanged tree fails a test."""
        if self._run([test], STARTING_SECONDS * 5, "--reuse-db", "--create-db") != 0:
            raise SystemExit(f"{test} fails without any change.")
        with closing(sqlite3.connect(self.database)) as made:
            made.execute("VACUUM INTO ?", [str(self.template)])

    def attempt(self, mutant: Mutant, tests: Sequence[str], *, of: int, within: float) -> Tried:
        """Make the change, run the tests, and undo it. `within` is what they take without a change, in seconds."""
        file = self.tree / mutant.path
        source, since = file.read_text(encoding="utf-8"), time.monotonic()
        changed = mutant.code(source)
        diff = "" if changed is None else "\n".join(_diff(source, changed))
        if not diff or not tests:
            return Tried(mutant, Fate.NOT_COVERED if diff else Fate.NO_CHANGE, 0, of, diff, 0.0)
        for leftover in self.data.glob("test.sqlite3*"):
            leftover.unlink()
        shutil.copy(self.template, self.database)
        file.write_text(changed or "", encoding="utf-8")
        try:
            code = self._run(tests, STARTING_SECONDS + SLOWER * within, "--reuse-db")
        finally:
            file.write_text(source, encoding="utf-8")
        fate = Fate.SURVIVED if code == 0 else Fate.TIMED_OUT if code is None else Fate.KILLED
        return Tried(mutant, fate, len(tests), of, diff, time.monotonic() - since)

    def _run(self, tests: Sequence[str], within: float, *options: str) -> int | None:
        env = os.environ | PLAIN | {"BPADMIN_DATA": str(self.data), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "pytest", *QUIET, *options, *tests]
        running = subprocess.Popen(
            command,
            cwd=self.tree,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return running.wait(within)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, 9)
            running.wait()
            return None


def _diff(source: str, changed: str) -> list[str]:
    lines = difflib.unified_diff(source.splitlines(), changed.splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]
