"""What a spreadsheet puts around cells of a text file is taken off, counted, and a choice: '007 and ="007"."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter
from django.urls import reverse

from tests.lists.walking import shown, to_check

pytestmark = pytest.mark.django_db(transaction=True)

FORMULAS = 'id,phone,name,zip,note\n="007","=""6505550101""",Ann,="01234","=""say """"hi"""""""\n'
APOSTROPHES = "id,phone,name,zip,note\n'007,'6505550101,Ann,'01234,'tis all\n'A17,'+1 650 555 0102,'Bob',02139,'90s\n"


def test_a_formula_of_nothing_but_a_text_is_that_text(run: Any) -> None:
    code, data, said, records = run(FORMULAS)
    assert code == 0, said
    assert [(each["id"], each["phone"], each["zip"], each["note"]) for each in records] == [
        ("007", "16505550101", "01234", 'say "hi"')
    ]
    assert data["check"]["apostrophes_taken_off"] == 4
    assert '="007"' in said


def test_an_apostrophe_before_a_number_or_a_code_is_a_mark(run: Any) -> None:
    code, data, said, records = run(APOSTROPHES)
    assert code == 0, said
    assert [(each["id"], each["phone"], each["zip"]) for each in records] == [
        ("007", "16505550101", "01234"),
        ("A17", "16505550102", "02139"),
    ]
    assert [each["note"] for each in records] == ["'tis all", "'90s"]
    assert records[1]["name"] == "'Bob'"
    assert data["check"]["apostrophes_taken_off"] == 5


def test_marks_can_be_kept(run: Any) -> None:
    _, data, _, records = run('id,phone\n\'007,6505550101\n="008",6505550102\n', "--apostrophes", "keep")
    assert [each["id"] for each in records] == ["'007", '="008"']
    assert data["check"]["apostrophes_taken_off"] == 0


def test_marks_are_off_before_a_rule_is_applied(run: Any, tmp_path: Any) -> None:
    recipe = tmp_path / "recipe.json"
    recipe.write_text(
        '{"recipe": 1, "name": "r", "columns": [{"column": "id", "field": "id"}, {"column": "phone", "field": "phone"},'
        ' {"column": "due", "field": "due", "rule": {"date": "dd.MM.yyyy"}}]}',
        encoding="utf-8",
    )
    _, _, said, records = run(
        'id,phone,due\n1,6505550101,="25.12.2026"\n2,6505550102,\'26.12.2026\n',
        "--recipe",
        str(recipe),
        "--field",
        "due:DATETIME:yyyy-MM-dd",
    )
    assert [each["due"] for each in records] == ["2026-12-25", "2026-12-26"], said


def test_the_page_says_how_many_and_offers_to_keep_them(
    tenant: Any, sandbox: Any, supervisor_client: Any, known_list: str
) -> None:
    job, answer = to_check(supervisor_client, known_list, 'Account,Phone\n\'007,6505550101\n="008",6505550102\n')
    assert "2 cells had a mark of a spreadsheet" in answer.content.decode()
    rows = reverse("lists:upload_rows", args=[tenant.slug, job.pk])
    page = supervisor_client.post(rows, shown(job, apostrophes="keep"), follow=True).content.decode()
    assert "are kept" in page


def test_codes_of_a_workbook_lose_their_marks_and_its_texts_keep_theirs(run: Any) -> None:
    book = io.BytesIO()
    with xlsxwriter.Workbook(book, {"strings_to_formulas": False}) as made:
        sheet = made.add_worksheet()
        for at, row in enumerate(
            (["id", "phone", "note"], ["'007", '="6505550101"', "'90"], ["'=K", "6505550102", "x"])
        ):
            for column, text in enumerate(row):
                sheet.write_string(at, column, text)
    _, data, said, records = run(book.getvalue(), file="file.xlsx")
    assert [(each["id"], each["phone"]) for each in records] == [("007", "16505550101"), ("'=K", "16505550102")], said
    assert records[0]["note"] == "'90"
    assert data["check"]["apostrophes_taken_off"] == 2


def test_a_formula_that_a_text_file_holds_no_result_for_needs_a_yes(run: Any) -> None:
    code, data, _, records = run("id,phone,name\n1,6505550101,=A1&B1\n")
    assert (code, data["questions"], records) == (1, ["formulas"], [])
    code, _, _, records = run("id,phone,name\n1,6505550101,=A1&B1\n", "--accept", "formulas")
    assert (code, records[0]["name"]) == (0, "=A1&B1")
