"""Files of which it is not certain what is meant: asked or refused with the flag that settles it, never taken so."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from bpadmin.tenants.models import Tenant
from dnc.files.services import members_told_apart
from dnc.models import DncEntry, DncList, PhoneRule
from tests.dnc.files.filing import held, known_list
from tests.dnc.files.test_registry_files import told

pytestmark = pytest.mark.django_db(transaction=True)

ONE, TWO = "16505550101", "16505550102"
TAKES_OUT = ("--reason", "monthly", "--yes")


@pytest.fixture
def dnc_list(tenant: Any, sandbox: Any) -> DncList:
    """A list without a number in it."""
    return known_list(tenant, sandbox)


def written(path: Path, text: str | bytes) -> Path:
    """Write a file."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "6505550101A\n6505550102D\n6505550101\n",
        "6505550101 add\n6505550102 delete\n6505550101\n",
        "number\nA6505550101\nD-6505550102\n6505550101\n",
        "+16505550101\n-6505550102\n6505550103-\n",
    ],
    ids=["letters", "words", "in-front", "signs"],
)
def test_a_number_beside_what_is_done_with_it_is_refused_and_never_added(
    dnc_list: DncList, sandbox: Any, tmp_path: Path, text: str
) -> None:
    code, said, data = told("dnc_add", dnc_list, written(tmp_path / "change.txt", text))
    assert (code, data["rejected"]) == (3, 2), said
    assert "may say that it is added or removed" in said
    assert held(sandbox, dnc_list) == {ONE}


@pytest.mark.parametrize("text", ["650-555-0101 (cell)", "Tel. 650-555-0101", "Ann 650-555-0101"])
def test_other_words_beside_a_number_are_left_out(dnc_list: DncList, sandbox: Any, tmp_path: Path, text: str) -> None:
    assert told("dnc_add", dnc_list, written(tmp_path / "words.txt", f"number\n{text}\n"))[0] == 0
    assert held(sandbox, dnc_list) == {ONE}


@pytest.mark.parametrize(("zone", "likely"), [("Europe/Berlin", "DE"), ("Asia/Kolkata", "IN"), ("Europe/Madrid", "ES")])
def test_ten_digits_are_no_number_of_the_us_where_the_tenant_is_elsewhere(
    dnc_list: DncList, sandbox: Any, tmp_path: Path, zone: str, likely: str
) -> None:
    Tenant.objects.filter(pk=dnc_list.tenant_id).update(time_zone=zone)
    file = written(tmp_path / "ten.txt", "9876543210\n6505550102\n")
    code, said, _ = told("dnc_add", dnc_list, file)
    assert (code, held(sandbox, dnc_list)) == (1, set())
    assert f"(--country {likely})" in said
    assert told("dnc_add", dnc_list, file, "--country", "US")[0] == 0
    assert held(sandbox, dnc_list) == {"19876543210", TWO}


@pytest.mark.parametrize("zone", ["America/Chicago", "America/Toronto"])
def test_they_are_ones_where_it_is_there_and_it_is_said(
    dnc_list: DncList, sandbox: Any, tmp_path: Path, zone: str
) -> None:
    Tenant.objects.filter(pk=dnc_list.tenant_id).update(time_zone=zone)
    code, said, _ = told("dnc_add", dnc_list, written(tmp_path / "ten.txt", "6505550101\n+16505550102\n"))
    assert (code, held(sandbox, dnc_list)) == (0, {ONE, TWO})
    assert "1 × Numbers of ten digits that are taken for ones of the US and Canada" in said


def test_nothing_is_said_of_it_where_a_list_holds_such_numbers(tenant: Any, sandbox: Any, tmp_path: Path) -> None:
    dnc_list = known_list(tenant, sandbox)
    told("dnc_add", dnc_list, written(tmp_path / "one.txt", "+16505550103\n"))
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="Europe/Berlin")
    code, said, _ = told("dnc_add", DncList.objects.get(pk=dnc_list.pk), written(tmp_path / "ten.txt", "6505550101\n"))
    assert code == 0
    assert "taken for ones" not in said


@pytest.mark.parametrize(
    ("comment", "flag"),
    [
        ("MÃ¼ller", "--accept double-encoding (or --undo-double-encoding"),
        ("M�ller", "--accept lost-letters"),
        ("M&uuml;ller", "--accept html-entities"),
    ],
)
@pytest.mark.parametrize("column", ["comment", "source"])
def test_comments_with_letters_lost_or_encoded_twice_are_asked_about(
    dnc_list: DncList, sandbox: Any, tmp_path: Path, comment: str, flag: str, column: str
) -> None:
    file = written(tmp_path / "texts.csv", f"number,{column}\n6505550101,{comment}\n6505550102,Ann\n")
    code, said, _ = told("dnc_add", dnc_list, file)
    assert (code, held(sandbox, dnc_list)) == (1, set())
    assert flag in said
    assert "To be answered" in told("dnc_add", dnc_list, file, "--dry-run")[1]
    assert told("dnc_add", dnc_list, file, "--accept", flag.split()[1])[0] == 0
    assert DncEntry.objects.get(dnc_list=dnc_list, key=ONE).comment == comment


def test_comments_that_were_encoded_twice_can_be_put_right(dnc_list: DncList, sandbox: Any, tmp_path: Path) -> None:
    file = written(tmp_path / "texts.csv", "number,comment\n6505550101,MÃ¼ller\n")
    assert told("dnc_add", dnc_list, file, "--undo-double-encoding")[0] == 0
    assert [each["comment"] for each in sandbox.dump_dnc(dnc_list.remote_id)] == ["Müller"]


def test_a_replacement_asks_about_comments_as_well(dnc_list: DncList, sandbox: Any, tmp_path: Path) -> None:
    file = written(tmp_path / "texts.csv", "number,comment\n6505550101,MÃ¼ller\n")
    code, said, _ = told("dnc_replace", dnc_list, file, "--yes")
    assert (code, held(sandbox, dnc_list)) == (1, set())
    assert "--accept double-encoding" in said
    assert told("dnc_replace", dnc_list, file, "--yes", "--accept", "double-encoding")[0] == 0


def test_end_dates_of_another_calendar_are_refused(dnc_list: DncList, sandbox: Any, tmp_path: Path) -> None:
    file = written(tmp_path / "ends.csv", "number,expires\n6505550101,2569-11-30\n6505550102,2099-01-31\n")
    code, said, _ = told("dnc_add", dnc_list, file, "--map", "expires=expires")
    assert (code, held(sandbox, dnc_list)) == (3, {TWO})
    assert "the year 2569 is one of the Buddhist calendar" in said


def test_an_archive_of_additions_and_removals_is_not_read_as_one(tenant: Any, sandbox: Any, tmp_path: Path) -> None:
    dnc_list, packed = known_list(tenant, sandbox), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("Additions.csv", "650,5550101\n")
        archive.writestr("Deletions.csv", "650,5550102\n")
    file = written(tmp_path / "change.zip", packed.getvalue())
    code, said, _ = told("dnc_add", dnc_list, file)
    assert (code, held(sandbox, dnc_list)) == (1, set())
    assert "Say which with --member" in said
    assert told("dnc_add", dnc_list, file, "--member", "Additions.csv")[0] == 0
    assert held(sandbox, dnc_list) == {ONE}


@pytest.mark.parametrize(
    ("names", "are_told_apart"),
    [
        (["416.csv", "647.csv"], False),
        (["adds.csv", "deletes.csv"], True),
        (["2026/removed numbers.txt", "2026/new numbers.txt"], True),
        (["removed-416.csv", "removed-647.csv"], False),
    ],
)
def test_members_are_told_apart_by_their_names(names: list[str], are_told_apart: bool) -> None:
    assert bool(members_told_apart(names)) == are_told_apart


def test_a_workbook_of_several_sheets_with_numbers_is_asked_about(
    dnc_list: DncList, sandbox: Any, tmp_path: Path
) -> None:
    path = tmp_path / "numbers.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, number in (("May", ONE), ("June", TWO), ("Notes", "")):
            sheet = book.add_worksheet(name)
            sheet.write_column(0, 0, ["Number", number] if number else ["Collected by Ann."])
    code, said, _ = told("dnc_add", dnc_list, path)
    assert (code, held(sandbox, dnc_list)) == (1, set())
    assert "2 sheets of the workbook may be meant: “May”, “June”. Say which with --sheet." in said
    assert told("dnc_add", dnc_list, path, "--sheet", "June")[0] == 0
    assert held(sandbox, dnc_list) == {TWO}


@pytest.mark.parametrize(
    "text",
    [
        "NPA,NXX,LINE\n650,555,0101\n650,555,0102\n",
        "650,555,0101\n650,555,0102\n",
        "Area Code,Exchange,Number\n650,555,0101\n650,555,0102\n",
    ],
    ids=["npa", "bare", "words"],
)
def test_numbers_in_three_columns_are_joined(dnc_list: DncList, sandbox: Any, tmp_path: Path, text: str) -> None:
    code, said, _ = told("dnc_add", dnc_list, written(tmp_path / "three.csv", text))
    assert (code, held(sandbox, dnc_list)) == (0, {ONE, TWO}), said
    assert "exchange: the three digits behind the area code" in said


def test_a_line_that_lost_its_zeros_is_refused(dnc_list: DncList, sandbox: Any, tmp_path: Path) -> None:
    file = written(tmp_path / "three.csv", "NPA,NXX,LINE\n650,555,101\n650,555,1102\n650,555,1103\n650,555,1104\n")
    code, said, _ = told("dnc_add", dnc_list, file)
    assert (code, held(sandbox, dnc_list)) == (3, {"16505551102", "16505551103", "16505551104"}), said


@pytest.mark.parametrize(
    ("text", "added", "removed"),
    [
        ("A6505550101\nD6505550102\n", {ONE}, {TWO}),
        ("number\nD 650-555-0102\nA 650-555-0101\n", {ONE}, {TWO}),
        ("6505550101A\n6505550102D\n", {ONE}, {TWO}),
        ("number,name\n6505550101 add,Ann\n6505550102 delete,Ben\n", {ONE}, {TWO}),
        ("+6505550101\n-6505550102\n", {ONE}, {TWO}),
        ("6505550101+\n6505550102-\n", {ONE}, {TWO}),
        ("A+16505550101\nA(650) 555-0103\n", {ONE, "16505550103"}, set()),
    ],
    ids=["before", "words-apart", "behind", "words", "signs", "signs-behind", "only-adds"],
)
def test_numbers_with_what_is_done_beside_them_are_parted_by_a_persons_word_alone(
    tenant: Any, sandbox: Any, tmp_path: Path, text: str, added: set[str], removed: set[str]
) -> None:
    dnc_list = known_list(tenant, sandbox, [TWO])
    file = written(tmp_path / "change.txt", text)
    code, said, _ = told("dnc_add", dnc_list, file)
    assert (code, held(sandbox, dnc_list)) == (1, {TWO}), said
    assert "may say that it is added or removed" in said
    column = "number" if text.startswith("number") else "1"
    assert f"--map {column}=change" in said
    way = ["--map", f"{column}=change"]
    code, said, _ = told("dnc_add", dnc_list, file, *way, *TAKES_OUT)
    assert (code, held(sandbox, dnc_list)) == (0, added | ({TWO} - removed)), said


def test_a_number_without_what_is_done_beside_it_is_refused_in_a_column_of_such(
    tenant: Any, sandbox: Any, tmp_path: Path
) -> None:
    dnc_list = known_list(tenant, sandbox, [TWO])
    file = written(tmp_path / "change.txt", "A6505550101\nD6505550102\n6505550103\nX6505550104\n")
    code, said, data = told("dnc_add", dnc_list, file, "--map", "1=change", *TAKES_OUT)
    assert (code, data["rejected"], held(sandbox, dnc_list)) == (3, 2, {ONE}), said
    for kind in ("dnc_delete", "dnc_replace"):  # they are parted nowhere else
        assert told(kind, dnc_list, file, "--map", "1=change")[0] != 0
    assert held(sandbox, dnc_list) == {ONE}


@pytest.mark.parametrize("plus", ["+6505550101", "+65 6555 0101", "+(650) 555-0101"])
def test_ten_digits_with_a_plus_are_a_question_in_a_list_of_the_us(
    dnc_list: DncList, sandbox: Any, tmp_path: Path, plus: str
) -> None:
    file = written(tmp_path / "plus.txt", f"number\n{plus}\n+16505550102\n")
    code, said, _ = told("dnc_add", dnc_list, file)
    assert (code, held(sandbox, dnc_list)) == (1, set()), said
    assert "--accept plus-without-one" in said
    assert told("dnc_add", dnc_list, file, "--accept", "plus-without-one")[0] == 0
    digits = "".join(filter(str.isdigit, plus))
    assert held(sandbox, dnc_list) == {digits, TWO}


def test_ten_digits_with_a_plus_are_refused_where_only_the_us_is_meant(
    dnc_list: DncList, sandbox: Any, tmp_path: Path
) -> None:
    DncList.objects.filter(pk=dnc_list.pk).update(phone_rule=PhoneRule.US_CANADA)
    code, said, _ = told("dnc_add", dnc_list, written(tmp_path / "plus.txt", "+6505550101\n+16505550102\n"))
    assert (code, held(sandbox, dnc_list)) == (3, {TWO}), said
    assert "Enter +16505550101 if it is one of the US or Canada" in said
    DncList.objects.filter(pk=dnc_list.pk).update(phone_rule=PhoneRule.AUTO, country="DK")
    assert told("dnc_add", dnc_list, written(tmp_path / "dk.txt", "+4526550101\n"))[0] == 0
