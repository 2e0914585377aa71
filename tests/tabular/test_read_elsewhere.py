"""Who parses a stranger's file: readers in processes of their own, and nobody else; a new place fails here."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What parses, by module of bpadmin.tabular.
PARSERS = {
    "tables": {"look_at", "read_blocks"},
    "sources": {"packing_of", "open_text"},
    "records": {"read_records"},
    "encoding.guess": {"detect_encoding"},
    "delimiters": {"guess_delimiter"},
    "workbooks.xlsx": {"Workbook"},
    "workbooks.calamine": {"open_workbook"},
}
# It reads again the refused rows of a file that a check has been through, under its limits.
AGAIN = {"bpadmin/jobs/files/rejects.py"}


def parsed_in() -> set[str]:
    """Return the files of ours outside bpadmin.tabular that import something that parses."""
    found = set()
    for folder in ("bpadmin", "campaigns", "lists", "dnc"):
        for path in (ROOT / folder).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith("bpadmin/tabular/"):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bpadmin.tabular."):
                    module = (node.module or "").removeprefix("bpadmin.tabular.")
                    if PARSERS.get(module, set()) & {each.name for each in node.names}:
                        found.add(name)
    return found


def test_no_other_place_parses_a_file() -> None:
    assert parsed_in() == AGAIN
