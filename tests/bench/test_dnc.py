"""What `make bench-dnc` tells of the Do Not Call ledger; how fast it is, it tells itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.dnc import number_of

ROOT = Path(__file__).parents[2]


def test_its_numbers_are_ones_that_there_can_be() -> None:
    made = [number_of(n) for n in range(5_000)]
    assert len(set(made)) == len(made)
    assert all(len(each) == 11 and each[0] == "1" and each[1] in "23456789" and each[4] in "23456789" for each in made)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_registry_is_loaded_looked_up_and_told_beside_bare_loops_and_the_check(tmp_path: Path) -> None:
    named = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "BPADMIN_DATA")}
    command = [sys.executable, "-m", "bench.dnc", "3000", "2000", "1000"]
    done = subprocess.run(command, cwd=ROOT, env=named, capture_output=True, text=True, timeout=500)
    assert done.stdout, done.stderr
    why, load, bare, check = json.loads(done.stdout)
    assert why["bytes_per_entry"] > 0
    assert (load["added"], load["in_the_ledger"], load["is_accounted"]) == (2000, 2000, True)
    assert load["memory_growth_mb"] < load["goal_memory_mb"] == 100
    # Every row of the upload is in the registry, and every one was found.
    assert (bare["rows"], bare["is_good"]) == (1000, True)
    assert {"load_to_bare_loop", "scrub_to_bare_loop"} <= bare.keys()
    assert (check["rows"], check["goal"]) == (1000, 0.25)
    assert {"scrub_to_check_by_cpu", "scrub_to_check_by_clock"} <= check.keys()
