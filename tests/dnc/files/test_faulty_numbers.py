"""Numbers that registries' files have wrong: refused each with its reason, the right ones taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.dnc.files.filing import held, known_list
from tests.dnc.files.test_registry_files import told

pytestmark = pytest.mark.django_db(transaction=True)

# File, arguments, what is held afterwards, what is said.
CASES: list[tuple[str, tuple[str, ...], list[str], str]] = [
    ("212,0550101\n650,5550101\n", (), ["16505550101"], "behind the area code 212 begins with 0"),
    ("number\n(650) 155-0101\n6505550101\n", (), ["16505550101"], "behind the area code 650 begins with 1"),
    ("650,550101\n650,5550101\n", (), ["16505550101"], "it has 9 digits"),
    ("650,550101\n", (), [], "it has 9 digits"),
    ("65,5550101\n650,5550101\n650,5550102\n650,5550103\n", (), [f"1650555010{n}" for n in "123"], "it has 9 digits"),
    ("650.0,5550101.0\n650.0,5550102.0\n", (), ["16505550101", "16505550102"], ""),
    ("number\n6505550101.0\n", (), [], "row 2: 6505550101.0: the number was written with decimals. 6505550101"),
    ("6505550101.0,x\n6505550102,y\n", ("--map", "2="), ["16505550102"], "with decimals. 6505550101"),
    ("number\n1632960001\n07700900123\n", ("--country", "GB"), ["447700900123"], "Enter 441632960001 if"),
    (
        "number,comment\n=\"6505550101\",'=x\n'6505550102,ok\n",
        (),
        ["16505550101", "16505550102"],
        "Marks of a spreadsheet",
    ),
]


@pytest.mark.parametrize(("text", "arguments", "wanted", "words"), CASES, ids=range(len(CASES)))
def test_a_number_that_cannot_be_one_is_refused_with_its_reason(
    tenant: Any, sandbox: Any, tmp_path: Path, text: str, arguments: tuple[str, ...], wanted: list[str], words: str
) -> None:
    dnc_list, path = known_list(tenant, sandbox), tmp_path / "numbers.csv"
    path.write_text(text, encoding="utf-8")
    _, said, _ = told("dnc_add", dnc_list, path, *arguments)
    assert held(sandbox, dnc_list) == set(wanted), said
    assert words in said


def test_ten_digits_are_no_number_of_the_us_where_the_list_holds_those_of_another_country(
    tenant: Any, sandbox: Any, tmp_path: Path
) -> None:
    dnc_list, path = known_list(tenant, sandbox), tmp_path / "numbers.csv"
    path.write_text("number\n442079460000\n441632960000\n", encoding="utf-8")
    told("dnc_add", dnc_list, path)
    path.write_text("number\n2079460958\n+12125550101\n", encoding="utf-8")
    _, said, _ = told("dnc_add", dnc_list, path)
    assert held(sandbox, dnc_list) == {"442079460000", "441632960000", "12125550101"}
    assert "Enter 442079460958 if it is a number of that country, else +12079460958" in said
