"""Files as programs of the field write them: read as they are meant, or refused with the flag that settles it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.management import call_command

from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.uploads.mapping.suggestions import mapping_suggest

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [
    {"name": "id", "type": "ACCOUNT", "key": True, "required": True},
    {"name": "phone", "type": "PHONE", "phoneType": "US_CANADA"},
    {"name": "due", "type": "DATETIME", "format": "yyyy-MM-dd"},
    {"name": "zip", "type": "ZIP_CODE"},
    {"name": "amount", "type": "INTEGER"},
]
SAID = ["--key", "id", "--field", "id:ACCOUNT", "--field", "phone:PHONE:US_CANADA", "--field", "zip:ZIP_CODE"]
SAID += ["--field", "due:DATETIME:yyyy-MM-dd", "--field", "amount:INTEGER"]
ONE, TWO = "16505550101", "16505550102"


@pytest.fixture
def upload(tenant: Any, sandbox: Any, tmp_path: Path) -> Any:
    """Send a file to an empty list; returns exit code, all that was said, and the records."""
    made: list[str] = []

    def run(data: str | bytes | Path, *arguments: str) -> tuple[int, str, list[dict[str, Any]]]:
        list_id = sandbox.create_list(f"List {len(made)}", FIELDS)
        made.append(list_id)
        path = data if isinstance(data, Path) else tmp_path / "file.csv"
        if not isinstance(data, Path):
            path.write_bytes(data.encode() if isinstance(data, str) else data)
        out, err, code = io.StringIO(), io.StringIO(), 0
        try:
            call_command(
                "list_upload", "acme", f"List {len(made) - 1}", str(path), *SAID, *arguments, "--json",
                stdout=out, stderr=err,
            )  # fmt: skip
        except SystemExit as end:
            code = int(end.code or 0)
        error = json.loads(out.getvalue().splitlines()[-1]).get("error") or ""
        return code, err.getvalue() + out.getvalue() + error, sandbox.dump(list_id)

    return run


def test_letters_of_lead_forms_are_taken_off_keys_numbers_and_postal_codes(upload: Any) -> None:
    code, said, records = upload("id,phone,zip\nl:1001,p:+16505550101,z:02134\nl:1002,p:+16505550102,z:94103\n")
    assert (code, [(each["id"], each["phone"], each["zip"]) for each in records]) == (
        0,
        [("1001", ONE, "02134"), ("1002", TWO, "94103")],
    )
    assert "lead forms" in said


def test_they_can_be_kept(upload: Any) -> None:
    _, _, records = upload("id,phone,zip\nl:1001,+16505550101,\n", "--apostrophes", "keep")
    assert [each["id"] for each in records] == ["l:1001"]


@pytest.mark.parametrize(
    ("day", "calendar"),
    [("2569-11-30", "Buddhist"), ("1405-09-09", "Persian or Islamic"), ("1448-06-19", "Persian or Islamic")],
)
def test_years_of_other_calendars_are_refused(upload: Any, tmp_path: Path, day: str, calendar: str) -> None:
    rejects = tmp_path / "rejects.csv"
    text = f"id,phone,due\n1,6505550101,{day}\n2,6505550102,9999-12-31\n"
    code, _, records = upload(text, "--rejects", str(rejects))
    assert (code, [(each["id"], each["due"]) for each in records]) == (3, [("2", "9999-12-31")])
    assert f"one of the {calendar} calendar" in rejects.read_text(encoding="utf-8-sig")
    assert ("2026-11-30" in rejects.read_text(encoding="utf-8-sig")) == (calendar == "Buddhist")


def test_buddhist_years_are_refused_in_the_order_that_was_said_as_well(upload: Any) -> None:
    code, _, records = upload("id,phone,due\n1,6505550101,30/11/2569\n2,6505550102,01/12/2026\n", "--order", "dmy")
    assert (code, [(each["id"], each["due"]) for each in records]) == (3, [("2", "2026-12-01")])


@pytest.mark.parametrize(
    ("header", "rows", "flag"),
    [
        ("id,NPA,NXX,LINE", ["1,650,555,0101", "2,650,555,0102"], "NPA+NXX+LINE=phone"),
        ("id,Area Code,Exchange,Number", ["1,650,555,0101", "2,650,555,0102"], "Area Code+Exchange+Number=phone"),
        ("id,Area Code,Phone", ["1,650,5550101", "2,650,5550102"], "Area Code+Phone=phone"),
    ],
    ids=["npa", "words", "two"],
)
def test_parts_of_a_number_are_joined_when_that_is_said_and_never_silently(
    upload: Any, header: str, rows: list[str], flag: str
) -> None:
    text = "\n".join([header, *rows, ""])
    code, said, records = upload(text)
    assert (code, records) == (1, [])
    assert f'--map "{flag}"' in said or f"--map {flag}" in said
    code, said, records = upload(text, "--map", flag)
    assert (code, [each["phone"] for each in records]) == (0, [ONE, TWO]), said


def test_values_that_stand_under_no_name_are_asked_about(upload: Any) -> None:
    text = "id,phone,amount\n1,6505550101,12,50\n2,6505550102,13,00\n"
    code, said, records = upload(text)
    assert (code, records) == (1, [])
    assert "Rows have more cells than the header has names" in said
    assert "--header" in said
    assert upload(text, "--header")[0] == 0


def test_sheets_with_the_same_columns_are_asked_about(upload: Any, tmp_path: Path) -> None:
    path = tmp_path / "months.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, row in (("May", ["1", "6505550101"]), ("June", ["2", "6505550102"]), ("Summary", ["calls", "9"])):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["id", "phone"] if name != "Summary" else ["what", "count"])
            sheet.write_row(1, 0, row)
    code, said, records = upload(path)
    assert (code, records) == (1, [])
    assert "2 sheets of the workbook may be meant: “May”, “June”" in said
    assert [each["id"] for each in upload(path, "--sheet", "June")[2]] == ["2"]


def test_ids_of_salesforce_that_differ_in_case_are_different_and_those_of_15_and_18_signs_are_not(upload: Any) -> None:
    code, _, records = upload("id,phone\n0015000000Gv7qJ,6505550101\n0015000000Gv7qj,6505550102\n")
    assert (code, len(records)) == (0, 2)
    code, said, records = upload("id,phone\n0015000000Gv7qJ,6505550101\n0015000000Gv7qJAAR,6505550102\n")
    assert (code, records) == (1, [])
    assert "--accept keys-alike" in said


def test_several_columns_of_numbered_phones_are_a_question_for_one_field(upload: Any) -> None:
    for name in ("phone", "number"):
        code, said, records = upload(f"id,{name}1,{name}2,{name}3\n1,6505550101,6505550201,6505550301\n")
        assert (code, records) == (1, [])
        assert f"--map {name}1=phone" in said


def test_numbered_columns_find_the_fields_of_their_number() -> None:
    fields = [FieldSpec(f"Phone {n}", FieldType.PHONE) for n in (1, 2, 3)]
    header = ["number2", "number1", "number3"]
    rows = [["6505550102", "6505550101", "6505550103"]]
    found = mapping_suggest(header=header, fields=fields, rows=rows)
    assert [each.field for each in found] == ["Phone 2", "Phone 1", "Phone 3"]


@pytest.mark.parametrize("name", ["Phonetic First Name", "CallRecordLastAttempt-Cell", "CallRecordLastResult-Cell"])
def test_what_is_said_of_a_call_or_a_name_is_no_number(name: str) -> None:
    fields = [FieldSpec("phone", FieldType.PHONE)]
    assert [each.field for each in mapping_suggest(header=[name], fields=fields)] == [""]


def test_romanian_of_iso_8859_16_is_known_by_the_signs_that_no_other_page_has_there(upload: Any) -> None:
    rows = "".join(f"{n},6505550{n:03},„Timișoara” și „Constanța”\n" for n in range(100, 110))
    code, said, _ = upload(f"id,phone,city\n{rows}".encode("iso8859-16"))
    assert code == 0 or "--encoding iso8859-16" in said
    assert "iso8859-16" in said or "ISO 8859-16" in said


def test_letters_with_a_cedilla_are_never_read_without_a_word(upload: Any) -> None:
    names = ("Ștefan", "Ionuț", "Crenguța", "Răzvan", "Mădălina", "Sânziana")
    rows = "".join(f"{n},6505550{n:03},{names[n % 6]}\n" for n in range(100, 150))
    _, said, _ = upload(f"id,phone,city\n{rows}".encode("iso8859-16"))
    assert "ş and ţ are read with a cedilla" in said
    assert "ISO 8859-16" in said
    rows = rows.replace("ț", "c").replace("Ș", "S")
    _, said, _ = upload(f"id,phone,city\n{rows}".encode("iso8859-16"))
    assert "cedilla" not in said


def test_the_name_of_an_advertisement_is_no_name_of_a_person() -> None:
    fields = [FieldSpec("name", FieldType.FIRST_NAME)]
    header = ["ad_name", "campaign_name", "form_name", "full_name"]
    found = mapping_suggest(header=header, fields=fields, rows=[["Ad one", "May", "Form", "Ann Lee"]])
    assert [each.field for each in found] == ["", "", "", "name"]
