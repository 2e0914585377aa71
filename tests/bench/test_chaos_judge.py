"""The judge of the chaos command: it must find what it is there to find, and nothing where all is well."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from bench.chaos.judge import Evidence, Verdict, judge
from bench.chaos.operator_stack import compose_commands, image_environment
from bench.chaos.pages import page_read
from bench.chaos.report import Report
from bench.chaos.store import JobRow
from bench.chaos.watch import Sight

IDS = [f"P{number}" for number in range(10)]
NONE = dict.fromkeys(("added", "updated", "already_there", "rejected", "uncertain", "not_sent", "unaccounted"), 0)


def held(ids: list[str]) -> list[dict[str, Any]]:
    return [{"id": ident, "name": f"Person {ident}"} for ident in ids]


def evidence(ids: list[str], rejects: dict[str, str] | None = None, **more: Any) -> Evidence:
    counts = {**NONE, "added": 10, **more.pop("counts", {})}
    rows = [{"id": ident, "reason_code": code} for ident, code in (rejects or {}).items()]
    return Evidence(file=IDS, counts=counts, records=held(ids), rejects=rows, **more)


def numbers(verdict: Verdict) -> tuple[int, int, int]:
    return verdict.lost, verdict.twice, verdict.miscounted


def test_a_whole_upload_is_clean() -> None:
    verdict = judge(evidence(IDS, page="All 10 rows are in the list."))

    assert numbers(verdict) == (0, 0, 0)
    assert verdict.is_good
    assert not verdict.person


def test_a_row_that_is_nowhere_is_lost() -> None:
    assert numbers(judge(evidence(IDS[:9]))) == (1, 0, 1)


def test_a_row_that_is_named_as_rejected_is_not_lost() -> None:
    assert numbers(judge(evidence(IDS[:9], {"P9": "formatError"}, counts={"added": 9, "rejected": 1}))) == (0, 0, 0)


def test_a_row_that_came_twice_is_found_and_miscounts_the_list() -> None:
    assert numbers(judge(evidence([*IDS, "P3"]))) == (0, 1, 1)


def test_a_row_said_not_to_be_sent_that_is_there_is_miscounted() -> None:
    assert numbers(judge(evidence(IDS, {"P9": "not_sent"}, counts={"added": 9, "not_sent": 1}))) == (0, 0, 1)


@pytest.mark.parametrize("ids", [IDS, IDS[:9]], ids=["there", "not there"])
def test_a_row_in_question_may_be_there_or_not_and_needs_a_person(ids: list[str]) -> None:
    verdict = judge(evidence(ids, {"P9": "uncertain"}, counts={"added": 9, "uncertain": 1}, state="partial"))

    assert numbers(verdict) == (0, 0, 0)
    assert verdict.person == 1


def test_a_job_that_stopped_by_an_error_of_ours_is_stuck() -> None:
    assert judge(evidence(IDS, state="errored")).stuck == 1


def test_rows_told_only_as_a_number_are_not_lost() -> None:
    assert numbers(judge(evidence(IDS[:8], counts={"added": 8, "unaccounted": 2}))) == (0, 0, 0)


def test_a_record_with_other_contents_than_the_file_is_miscounted() -> None:
    wanted = {ident: {"name": f"Person {ident}"} for ident in IDS}

    assert numbers(judge(evidence(IDS, wanted={**wanted, "P4": {"name": "Somebody"}}))) == (0, 0, 1)


def test_a_page_that_says_another_number_than_the_job_is_miscounted() -> None:
    assert numbers(judge(evidence(IDS, page="9 of 10 rows are in the list."))) == (0, 0, 1)


def test_records_of_others_that_were_deleted_are_lost() -> None:
    assert numbers(judge(evidence(IDS, before=Counter(["OLD1", "OLD2"])))) == (2, 0, 0)


def test_a_sum_that_was_wrong_for_a_moment_is_seen_and_so_is_the_longest_stall() -> None:
    sight, values = Sight(), {f"n_{name}": 0 for name in NONE} | {"rows_total": 10, "work_done": 0, "phase": "send"}
    values |= {"lease_owner": "one", "n_rejected_check": 0, "state": "running"}
    for at, added, left in ((0.0, 0, 10), (4.0, 5, 4), (5.0, 5, 5)):
        sight.take(JobRow({**values, "n_added": added, "n_not_sent": left}), at)

    assert (sight.false_samples, sight.longest) == (1, 4.0)


def test_a_report_is_bad_when_one_run_was() -> None:
    report = Report({"seed": 7})
    report.add("nothing", "embedded", "keyed", Verdict(rows=10))
    assert report.is_good
    report.add("nothing", "embedded", "keyed", Verdict(rows=10, twice=1))

    assert not report.is_good
    assert "| nothing | embedded | keyed | 2 | 20 | 0 | 1 | 0 | 0 | 0 | 0.0 |" in report.markdown()


def test_a_form_is_read_as_a_browser_fills_it_in() -> None:
    page = page_read(
        "http://here/a/",
        200,
        '<form method="post" action="../b/"><input type="hidden" name="revision" value="3">'
        '<input type="checkbox" name="k">'
        '<select name="s"><option value="x">X</option><option value="y" selected>Y</option></select>'
        '<textarea name="t">\nwords</textarea><button type="submit" name="go" value="1">Send 5 rows</button></form>',
    )
    form = page.form("/b/", button="send")

    assert form is not None
    assert form.fields() == {"revision": ["3"], "s": ["y"], "t": ["words"]}


def test_the_operators_commands_are_those_of_compose_and_image() -> None:
    assert compose_commands().keys() == {"web", "worker", "worker-interactive", "beat"}
    assert image_environment()["REMAP_SIGTERM"] == "SIGQUIT"
