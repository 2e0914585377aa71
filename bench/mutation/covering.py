"""Which tests run which line: the suite is run once with coverage by test."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.mutation.drawing import Mutant
from bench.mutation.modules import SOURCES, TESTS

PLAIN = {"DATABASE_URL": "", "REDIS_URL": ""}


@dataclass(frozen=True, slots=True)
class Covering:
    """`seconds` of each test, and by module and line the tests that run it."""

    seconds: dict[str, float]
    lines: dict[str, dict[int, list[str]]]

    def tests_of(self, mutant: Mutant) -> list[str]:
        """Return the tests of a mutant, those of a module with a like name first, then the quick ones.

        What stands outside of functions runs as it is imported: every test that runs the module is one of its tests.
        """
        lines = self.lines.get(mutant.path, {})
        found = {test for line in mutant.lines for test in lines.get(line, ())}
        found = found or {test for tests in lines.values() for test in tests}
        stem = Path(mutant.path).stem[:5]
        return sorted(found, key=lambda test: (stem not in test.partition("::")[0], self.seconds[test], test))


def covering_find(
    root: Path, folder: Path, paths: Sequence[Path], *, processes: int, tests: Sequence[str] = TESTS
) -> Covering:
    """Return which tests run which line; measured anew where a module or a test has changed."""
    kept, digest = folder / "covering.json", _digest(root, paths, tests)
    if kept.exists():
        data = json.loads(kept.read_text())
        if data["digest"] == digest:
            lines = {path: {int(line): tests for line, tests in by.items()} for path, by in data["lines"].items()}
            return Covering(data["seconds"], lines)
    found = _measured(root, folder, paths, processes, tests)
    kept.write_text(json.dumps({"digest": digest, "seconds": found.seconds, "lines": found.lines}))
    return found


def _measured(root: Path, folder: Path, paths: Sequence[Path], processes: int, tests: Sequence[str]) -> Covering:
    from coverage import CoverageData

    file, times = folder / "coverage.sqlite", folder / "seconds.json"
    file.unlink(missing_ok=True)
    env = os.environ | PLAIN | {"COVERAGE_FILE": str(file), "MUTATION_TIMES": str(times)}
    env["BPADMIN_DATA"] = str(folder / "data")
    command = [sys.executable, "-m", "pytest", "-n", str(processes), "--dist", "worksteal", "-m", "not slow"]
    command += ["-p", "bench.mutation.recording", "--cov-context=test", "--cov-report=", "--tb=line"]
    command += [f"--cov={source}" for source in SOURCES if (root / source).is_dir()]
    done = subprocess.run([*command, *(test for test in tests if (root / test).exists())], cwd=root, env=env)
    if done.returncode not in (0, 1):
        raise SystemExit(f"The tests could not be run (pytest ended with {done.returncode}).")
    seconds: dict[str, float] = json.loads(times.read_text())
    data = CoverageData(basename=str(file))
    data.read()
    lines: dict[str, dict[int, list[str]]] = {}
    for path in map(str, paths):
        by_line: dict[int, set[str]] = defaultdict(set)
        for line, contexts in data.contexts_by_lineno(str(root / path)).items():
            by_line[line] |= {context.rpartition("|")[0] for context in contexts} & seconds.keys()
        lines[path] = {line: sorted(tests) for line, tests in by_line.items() if tests}
    return Covering(seconds, lines)


def _digest(root: Path, paths: Sequence[Path], tests: Sequence[str]) -> str:
    digest = hashlib.sha256(repr((paths, tests)).encode())
    for folder in (*SOURCES, "tests"):
        for file in sorted((root / folder).rglob("*.py")):
            digest.update(str(file.relative_to(root)).encode() + file.read_bytes())
    return digest.hexdigest()
