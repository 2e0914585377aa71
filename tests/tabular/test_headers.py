"""Headers: found, missed and told apart from data."""

from __future__ import annotations

from bpadmin.tabular.headers import looks_like_header
from tests.tabular.reading import read


def test_numbers_in_the_first_row_mean_that_there_is_no_header() -> None:
    table = read(b"K1,6505550100,Ann\nK2,6505550101,Bo\n")
    assert not table.look.dialect.has_header
    assert table.look.header == ("Column 1", "Column 2", "Column 3")
    assert list(table.rows) == [1, 2]


def test_titles_above_the_table_are_skipped() -> None:
    table = read(b"Report of today,,\n,,\nid,phone,name\n1,650,Ann\n")
    assert table.look.header == ("id", "phone", "name")
    assert table.look.dialect.header_row == 3
    assert table.rows == {4: ["1", "650", "Ann"]}


def test_a_person_may_say_otherwise() -> None:
    assert list(read(b"one,two\nthree,four\n", has_header=False).rows) == [1, 2]
    assert list(read(b"x,y\none,two\nthree,four\n", has_header=True, header_row=2).rows) == [3]


def test_empty_and_repeated_blanks_in_names_are_tidied() -> None:
    table = read("\ufeffid , phone\n number,,\n1,650,a,\n".replace("\n number", "  number").encode())
    assert table.look.header == ("id", "phone number", "Column 3")


def test_columns_that_are_always_empty_are_none() -> None:
    assert read(b"id,name,,\n1,Ann,,\n2,Bo,,\n").look.header == ("id", "name")


def test_a_header_with_a_year_is_a_header() -> None:
    assert read(b"id,name,phone,2024\n1,Ann,650,5\n").look.dialect.has_header


def test_a_row_of_words_for_columns_looks_like_a_header() -> None:
    assert looks_like_header(["First name", "Phone", "Callback date"])
    assert not looks_like_header(["Anna", "6505550100", "2025-01-01"])
    assert not looks_like_header(["Anna", "Berlin", "Gold"])


def test_our_own_rejects_file_is_known_and_its_columns_are_left_out() -> None:
    table = read(b"id,phone,row,reason_code,reason,suggested_fix\n1,'+1650,17,phone_invalid,why,do\n''x,'=1,18,a,b,c\n")
    assert table.look.dialect.is_rejects
    assert table.look.header == ("id", "phone")
    assert table.rows == {2: ["1", "+1650"], 3: ["''x", "=1"]}


def test_what_cannot_be_decoded_in_a_name_is_shown_and_can_be_stored() -> None:
    table = read("id,Größe,phone\n1,ä,6505550100\n".encode().replace("öß".encode(), b"\xf6\xc3\x9f"))
    assert table.look.dialect.encoding == "utf-8"
    assert table.look.header == ("id", "Gr\ufffdße", "phone")


def test_years_and_months_are_names_of_columns_beside_others() -> None:
    table = read(b"id,phone,2024,2025\n1,6505550101,5,6\n")
    assert table.look.header == ("id", "phone", "2024", "2025")
    assert read(b"name,number,2024-01,2024-Q2\nAnn,6505550101,1,2\n").look.dialect.has_header
    assert not read(b"1,Ann,2024\n2,Bob,2023\n").look.dialect.has_header


def test_a_header_below_a_cover_block_is_found() -> None:
    cover = b"Report: Leads,,\nCreated by,Ann,\nDate,2026-01-01,\n\nid,phone,name\n1,6505550101,A\n2,6505550102,B\n"
    assert read(cover).look.dialect.header_row == 5
    assert read(b"Lead report\nCreated by: Ann\n\nid,phone,name\n1,6505550101,A\n").look.dialect.header_row == 4
    german = "Vertriebsbericht;;;\nStand:;01.02.2026;;\nKundennr.;Telefon;Vorname;Ort\n7;0301234567;Ann;Bonn\n"
    assert read(german.encode()).look.header == ("Kundennr.", "Telefon", "Vorname", "Ort")


def test_names_lose_signs_that_nobody_sees() -> None:
    table = read("\ufeffid,\u200bphone\u200e,First\u00a0name,ＺＩＰ\n1,6505550101,A,1\n".encode())
    assert table.look.header == ("id", "phone", "First name", "ZIP")


def test_a_first_row_of_numbers_is_no_title_however_short() -> None:
    table = read(b"4165550101\n905,5550103\n905,5550104\n")
    assert not table.look.dialect.has_header
    assert table.look.dialect.header_row == 1
