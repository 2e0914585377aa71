"""What is said of a file in a shell counts for adding, removing and replacing alike, and the mapping is printed."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from dnc.models import DncList
from tests.dnc.files.filing import held, known_list
from tests.dnc.files.test_registry_files import told

pytestmark = pytest.mark.django_db(transaction=True)

COMMANDS = ("dnc_add", "dnc_delete", "dnc_replace")
THERE, NEW = "14155550123", "14155550124"


@pytest.fixture
def dnc_list(tenant: Any, sandbox: Any) -> DncList:
    """A list with one number in it."""
    return known_list(tenant, sandbox, [THERE])


def dry(command: str, dnc_list: DncList, path: Path, *flags: str) -> tuple[int, str, int]:
    """Run a command dry; returns its exit code, what it said, and how many rows or new keys it would send."""
    code, said, data = told(command, dnc_list, path, *flags, "--dry-run")
    return code, said, data["difference"]["new"] if "difference" in data else data.get("rows", 0)


def workbook(path: Path) -> Path:
    """Write a workbook with numbers in two of its sheets."""
    with xlsxwriter.Workbook(path) as book:
        for name, numbers in (("May", [THERE, "14155550190"]), ("June", [NEW])):
            book.add_worksheet(name).write_column(0, 0, ["Number", *numbers])
    return path


def archive(path: Path) -> Path:
    """Write an archive of two files with numbers."""
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("east.csv", f"number\n{THERE}\n14155550190\n")
        packed.writestr("west.csv", f"number\n{NEW}\n")
    return path


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a file."""
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_a_column_is_named_by_map_and_every_column_is_told(
    dnc_list: DncList, sandbox: Any, tmp_path: Path, command: str
) -> None:
    path = written(tmp_path / "two.csv", f"home,mobile\n4155550188,{NEW}\n4155550189,4155550125\n")
    code, said, _ = dry(command, dnc_list, path)
    assert (code, held(sandbox, dnc_list)) == (1, {THERE})
    assert "“home” and “mobile” hold numbers" in said
    assert "--key-column home or --key-column mobile" in said
    code, said, count = dry(command, dnc_list, path, "--map", "mobile=key")
    assert (code, count) == (0, 2), said
    assert "home → nothing: not used, left out" in said
    assert "mobile → key" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_recipe_says_it_all(dnc_list: DncList, tmp_path: Path, command: str) -> None:
    path = written(tmp_path / "uk.csv", "home,mobile\n02079460123,07700900456\n")
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps({"columns": [{"column": "mobile", "field": "key", "rule": {"country": "44"}}]}))
    code, said, count = dry(command, dnc_list, path, "--recipe", str(recipe))
    assert (code, count) == (0, 1), said
    assert "mobile → key" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_how_special_characters_and_separators_are_meant_is_said(
    dnc_list: DncList, tmp_path: Path, command: str
) -> None:
    path = written(tmp_path / "words.csv", f"number^comment\n{NEW}^Boldù\n", "cp1252")
    code, said, _ = dry(command, dnc_list, path, "--delimiter", "^", "--key-column", "number")
    assert (code, "--encoding cp1252 or --encoding" in said) == (1, True), said
    flags = ("--delimiter", "^", "--encoding", "cp1252", "--key-column", "number")
    code, said, count = dry(command, dnc_list, path, *flags)
    assert (code, count) == (0, 1), said
    assert "number → key" in said
    assert "comment → " in said  # two columns: the sign was taken for what stands between cells


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("make", "flag", "part"), [(workbook, "--sheet", "June"), (archive, "--member", "west.csv")])
def test_of_several_parts_the_one_that_is_named_is_read(
    dnc_list: DncList, tmp_path: Path, command: str, make: Any, flag: str, part: str
) -> None:
    path = make(tmp_path / ("numbers.xlsx" if flag == "--sheet" else "numbers.zip"))
    code, said, count = dry(command, dnc_list, path, flag, part)
    assert (code, count) == (0, 1), said
    code, said, count = dry(command, dnc_list, path)
    if flag == "--sheet" or command == "dnc_delete":
        assert (code, f"Say which with {flag}" in said) == (1, True), said
    else:  # the files of an archive are one list where nothing goes out by it
        assert (code, "The 2 files of the archive are read as one" in said) == (0, True), said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_dry_run_changes_nothing_and_leaves_nothing_behind(
    dnc_list: DncList, sandbox: Any, tmp_path: Path, command: str
) -> None:
    path = written(tmp_path / "plain.csv", f"number\n{THERE}\n{NEW}\n")
    code, said, data = told(command, dnc_list, path, "--dry-run", "--reason", "monthly", "--yes")
    assert (code, data["is_dry_run"], held(sandbox, dnc_list)) == (0, True, {THERE}), said
    assert "Nothing was sent." in said
    assert "number → key" in said
    assert not dnc_list.tenant.jobs.exclude(state="cancelled").exists()
