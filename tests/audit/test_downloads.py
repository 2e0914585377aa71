"""What somebody takes along is in the log: every view that sends rows, records or evidence as a file writes it down."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

# What sends a file, and what writes into the log that somebody has fetched it (some of it opens the file as well).
SENDS = {"download", "whole_file"}
LOGS = {
    "rejects_download_record",
    "log_export_record",
    "evidence_download_record",
    "export_open",
    "report_log",
    "tenant_export",
}


def names_called(node: ast.AST) -> set[str]:
    """Return the names of the functions that are called within a piece of code."""
    calls = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    return {each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in calls}


def senders() -> Iterator[tuple[str, bool]]:
    """Yield (place, whether it is logged) of every view that sends a file, by itself or by a function beside it."""
    root = Path(settings.BASE_DIR)
    for app in ("bpadmin", "campaigns", "lists", "dnc"):
        for path in sorted((root / app).glob("**/*views.py")):
            functions = {
                each.name: names_called(each)
                for each in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(each, ast.FunctionDef)
            }
            ways = {name: called for name, called in functions.items() if called & SENDS}
            for name, called in functions.items():
                by = [ways[way] for way in called & set(ways) if way != name]
                if not name.startswith("_") and (called & SENDS or by):
                    yield f"{path.relative_to(root)}::{name}", any(each & LOGS for each in (called, *by))


def test_every_view_that_sends_a_file_of_rows_logs_it() -> None:
    found = dict(senders())
    assert len(found) >= 10
    assert [place for place, is_logged in found.items() if not is_logged] == []
