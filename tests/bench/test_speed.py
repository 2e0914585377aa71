"""The parts of `make bench` run; how fast is told by `make bench` itself."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from bench.speed import against, document
from bench.speed.cost import Comparison, Cost, Measure, spent
from bench.speed.parts import PARTS, part_opened


def test_every_part_names_a_class_that_is_there() -> None:
    for path, usual, short in PARTS.values():
        module, _, noun = path.rpartition(".")
        assert hasattr(__import__(module, fromlist=[noun]), noun)
        assert 0 < short <= usual


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["check", "check-bad", "check-quoted", "workbook", "rejects", "rejects-many"])
def test_a_part_without_a_tenant_measures_both_sides(name: str) -> None:
    with part_opened(name, 200) as part:
        ours, beside = part.ours(), part.yardstick()
    assert set(ours) == set(beside) == {measure.name for measure in part.measures}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["send", "send-far", "export", "export-far", "export-xlsx", "start"])
def test_a_part_with_a_process_of_its_own_measures_both_sides(name: str) -> None:
    with part_opened(name, 2_000) as part:
        ours, beside = part.ours(), part.yardstick()
    assert set(ours) == set(beside) == {measure.name for measure in part.measures}


def test_the_ratio_is_taken_within_a_turn_and_its_median_told() -> None:
    turns = [(Cost(1.0, 0.5), Cost(2.0, 0.5)), (Cost(10.0, 0.5), Cost(30.0, 1.0)), (Cost(1.0, 0.5), Cost(1.0, 2.0))]
    comparison = Comparison(Measure("x", "this", "that", 100, goal=2.5), turns)
    figures = comparison.figures()
    assert (figures["ratio"], figures["ratio_least"], figures["ratio_most"]) == (2.0, 1.0, 3.0)
    assert figures["ratio_cpu"] == 2.0
    assert not figures["is_good"]


def test_children_that_were_waited_for_count() -> None:
    import subprocess
    import sys

    with spent() as cost:
        subprocess.run([sys.executable, "-S", "-c", "sum(range(300000))"], check=True)
    assert cost.cpu > 0.001


def test_the_table_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text(f"before\n{document.BEGIN}\nold\n{document.END}\nafter\n")
    figures = Comparison(Measure("x", "this", "that", 100), [(Cost(1.0, 1.0), Cost(2.0, 2.0))]).figures()
    document.document_write([figures], is_short=False, path=path)
    text = path.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| this, 100 rows | that | 1 |" in text


def test_two_commits_differ_surely_only_where_the_interval_lies_on_one_side() -> None:
    middle, least, most = against.interval([1.0, 1.1, 0.9, 1.0], [2.0, 2.1, 1.9, 2.0])
    assert statistics.median([least, middle, most]) == middle == 2.0
    assert least > 1.5


@pytest.mark.slow
def test_files_of_several_sizes_go_from_their_arrival_to_their_rejects() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.speed.size", "40", "2000"],
        cwd=Path(__file__).resolve().parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=False,  # memory and speed are told, and for no test to judge
    )
    phases = [re.findall("check|send|rejects", line)[0] for line in done.stdout.splitlines()]
    assert phases == ["check", "send", "rejects"] * 2, done.stderr
