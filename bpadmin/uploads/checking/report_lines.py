"""What a file reads as and what its check found, for a terminal and for the JSON line of a command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bpadmin.counts import counted
from bpadmin.jobs.management.progress import problem_line, warning_line
from bpadmin.jobs.options import Finding
from bpadmin.uploads.checking.report import CheckReport
from bpadmin.uploads.inspection import Inspection

CHANGES_TOLD = 3


def reading_told(inspection: Inspection) -> dict[str, Any]:
    """Return how a file is read."""
    dialect = inspection.dialect
    names = (
        "kind",
        "encoding",
        "delimiter",
        "quote",
        "escape",
        "wraps_lines",
        "has_header",
        "header_row",
        "sheet",
        "member",
    )
    return {
        **{name: dialect.get(name) for name in names},
        "encoding_is_sure": inspection.is_encoding_sure,
        "columns": list(inspection.header),
        "notes": [
            {"code": each.code, "column": each.column, "count": each.count, "words": each.label}
            for each in inspection.warnings
        ],
    }


def check_told(report: CheckReport) -> dict[str, Any]:
    """Return everything that the page of the check shows."""
    return {
        "problems": [_finding(each) for each in report.problems],
        "warnings": [_finding(each) for each in report.warnings],
        "phones_changed": report.phones_changed.as_json(),
        "date_orders": [each.as_json() for each in report.date_orders],
        **_scrub_told(report),
        "compared": report.compared.as_json() if report.compared is not None else None,
        "rows_before_header": report.rows_before_header,
        "rows_short": report.rows_short,
        "rows_hidden": report.rows_hidden,
        "rows_hidden_left_out": report.rows_hidden_left_out,
        "cells_cleaned": report.cells_cleaned,
        "apostrophes_taken_off": report.cells_unguarded,
    }


def check_lines(report: CheckReport) -> Iterator[str]:
    """Return the same as lines of a terminal, what needs an answer first."""
    for order in report.date_orders:
        yield f"  Note: {order.sentence} Say which with --order dmy or --order mdy."
    if report.scrub is not None:
        found, left_out = report.scrub.found, report.scrub.left_out
        end = f", {left_out:,} left out" if found else ""
        if report.scrub.is_open:
            yield f"  In the campaign: {counted(found, 'row')} waiting to be called already{end}."
        else:
            yield f"  Do Not Call: {counted(found, 'row')} blocked{end}."
    if report.compared is not None:
        yield f"  {report.compared.words}"
        for each in report.compared.samples:
            before, after = (each[name] or "(blank)" for name in ("before", "after"))
            yield f"    row {each['row']:,}, {each['field']}: {before} → {after}"
    for problem in report.problems:
        yield problem_line(problem)
    for warning in report.warnings:
        yield warning_line(warning)
    changed = report.phones_changed
    if changed.count:
        shown = ", ".join(f"{each['before']} → {each['after']}" for each in changed.samples[:CHANGES_TOLD])
        yield f"  Note: {changed.count:,} × Phone numbers changed to the dialler's own form ({shown})."
    if report.rows_before_header > 1:
        above = counted(report.rows_before_header - 1, "row", "stands")
        yield f"  Note: {above} above the header, and nothing of it is sent."


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "column": finding.column,
        "count": finding.count,
        "words": finding.label,
        "fix": finding.fix,
        "needs_yes": finding.needs_yes,
        "samples": list(finding.samples),
    }


def _scrub_told(report: CheckReport) -> dict[str, dict[str, int] | None]:
    scrub = report.scrub
    told = None if scrub is None else {"found": scrub.found, "left_out": scrub.left_out}
    is_open = scrub is not None and scrub.is_open
    return {"do_not_call": None if is_open else told, **({"waiting_already": told} if is_open else {})}
