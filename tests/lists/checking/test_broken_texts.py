"""Texts that some program has broken: encoded twice, letters lost, control characters; keys of spreadsheets."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from bpadmin.double_encoding import mended
from tests.lists.walking import check_url, shown, to_check

pytestmark = pytest.mark.django_db(transaction=True)

DOUBLED = "id,phone,name,city\n1,6505550101,JÃ¼rgen MÃ¼ller,KÃ¶ln\n2,6505550102,Zoë,Köln\n"


@pytest.mark.parametrize("page", ["cp1252", "cp1250", "cp850", "cp437", "mac-roman"])
@pytest.mark.parametrize("text", ["Müller", "Łódź", "São Paulo", "naïve café", "Ångström", "Žižek"])
def test_what_was_encoded_twice_is_put_right(text: str, page: str) -> None:
    try:
        doubled = text.encode().decode(page)
    except UnicodeDecodeError:
        pytest.skip("such a program would have failed")
    assert mended(doubled) == text
    assert mended(f"{doubled} und {text}") == f"{text} und {text}"


def test_cyrillic_and_marks_of_bytes_that_were_encoded_twice() -> None:
    assert mended("Москва".encode().decode("cp1251")) == "Москва"
    assert mended("it\u00e2\u20ac\u2122s") == "it\u2019s"
    assert mended("3 \u00e2\u201a\u00ac") == "3 \u20ac"


@pytest.mark.parametrize(
    "text",
    [
        "Müller",
        "ÀÉÎÕÜ",
        "São João",
        "à\u00a0« bientôt »",
        "„Gruß“ und „Maß“",
        "Сірко і Гнат",
        "Ärzte",
        "東京",
        "ÉCOLE",
        "Łódź",
    ],
)
def test_what_is_right_stays_as_it_is(text: str) -> None:
    assert mended(text) == text


def test_texts_that_were_encoded_twice_need_a_yes_or_are_put_right(run: Any) -> None:
    code, data, said, records = run(DOUBLED)
    assert (code, records) == (1, [])
    assert set(data["questions"]) == {"double-encoding"}
    assert "--undo-double-encoding" in said
    code, _, said, records = run(DOUBLED, "--undo-double-encoding")
    assert (code, [(each["name"], each["city"]) for each in records]) == (
        0,
        [("Jürgen Müller", "Köln"), ("Zoë", "Köln")],
    )
    assert "KÃ¶ln → Köln" in said
    code, _, _, records = run(DOUBLED, "--accept", "double-encoding")
    assert (code, records[0]["city"]) == (0, "KÃ¶ln")


def test_the_page_puts_them_right_with_one_click(
    tenant: Any, sandbox: Any, supervisor_client: Any, known_list: str
) -> None:
    text = "Account,First name,Phone\nA1,MÃ¼ller,(650) 555-0100\n"
    job, answer = to_check(supervisor_client, known_list, text)
    assert "1 cell holds text that was encoded twice" in answer.content.decode()
    rows = reverse("lists:upload_rows", args=[tenant.slug, job.pk])
    page = supervisor_client.post(rows, shown(job, double_encoding="undo"), follow=True).content.decode()
    assert "are put right" in page
    supervisor_client.post(check_url(job), shown(job))
    assert [record["First name"] for record in sandbox.dump(known_list)] == ["Müller"]


def test_a_letter_that_was_lost_before_needs_a_yes_and_a_byte_that_is_none_refuses_its_row(run: Any) -> None:
    text = "id,phone,name\n1,6505550101,Ren\ufffd\n2,6505550102,Zoë\n".encode() + b"3,6505550103,Zo\xeb\n"
    code, data, said, records = run(text)
    assert (code, data["questions"], records) == (1, ["lost-letters"], [])
    code, data, said, records = run(text, "--accept", "lost-letters")
    assert (code, data["rejected"], [each["id"] for each in records]) == (3, 1, ["1", "2"])
    assert "Characters that cannot be read" in said


def test_signs_written_as_a_web_page_writes_them_need_a_yes(run: Any) -> None:
    text = b"id,phone,name\n1,6505550101,M&uuml;ller\n2,6505550102,Smith & Co; Ltd\n3,6505550103,O&#39;Neil\n"
    code, data, said, records = run(text)
    assert (code, data["questions"], records) == (1, ["html-entities"], [])
    assert "it would be Müller" in said or "would be Müller" in str(data)
    (found,) = (each for each in data["warnings"] if each["code"] == "html_entities")
    assert found["count"] == 2
    code, data, said, records = run(text, "--accept", "html-entities")
    assert (code, [each["name"] for each in records]) == (0, ["M&uuml;ller", "Smith & Co; Ltd", "O&#39;Neil"])


def test_control_characters_within_cells_are_taken_out_and_told(run: Any) -> None:
    code, _, said, records = run(b"id,phone,name,note\n\x0c1,650\x0b5550101,B\x07ob,two\x0blines\x1b\n")
    assert (code, [(each["id"], each["name"], each["note"]) for each in records]) == (0, [("1", "Bob", "two lines")])
    assert "Control characters within cells" in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        ("1 01 001", {"keys-alike"}),
        ("01 1", {"keys-alike"}),
        ("1.0 1", {"keys-alike", "decimal-codes"}),
        ("1.0 2.0", {"decimal-codes"}),
        ("001 002 003 11 12", set()),
        ("001 002 003 2", {"keys-alike"}),
        ("0 00", {"keys-alike"}),
        ("1 10 100", set()),
        ("A01 A1", set()),
        ("1.5 1.50", set()),
        ("1.23457E+11 1.23458E+11", {"scientific-notation"}),
        ("1.23E+05 7", {"scientific-notation"}),
        ("3-Jan 17", {"codes-as-dates"}),
        ("Jan-05 17", {"codes-as-dates"}),
        ("31-Dez Mrz-05 janv.-05", {"codes-as-dates"}),
        ("3-JAN JAN-05 JAN05 3-Jane Jan-2005", set()),
        ("2027-01-03 B2", {"codes-as-dates"}),
        ("2027-01-03 2027-02-04", set()),
    ],
)
def test_keys_that_differ_in_zeros_only_and_keys_of_decimals_need_a_yes(run: Any, keys: str, asked: set[str]) -> None:
    rows = "".join(f"{key},650555{at:04}\n" for at, key in enumerate(keys.split(), 101))
    code, data, _, records = run(f"id,phone\n{rows}")
    assert set(data.get("questions", [])) == asked
    assert bool(records) is not bool(asked)
    if asked:
        code, _, _, records = run(f"id,phone\n{rows}", *(f"--accept={name}" for name in asked))
        assert (code, len(records)) == (0, len(keys.split()))


def test_keys_that_differ_in_zeros_are_found_far_apart(run: Any) -> None:
    rows = "".join(f"{at:07},6505550101\n" for at in range(1, 6_000))
    _, data, _, _ = run(f"id,phone\n{rows}7,6505550102\n0000008.0,6505550103\n", "--dry-run")
    found = next(each for each in data["check"]["warnings"] if each["code"] == "keys_alike")
    assert [(each["value"], each["detail"]) for each in found["samples"]] == [
        ("7", "like the key of row 8, but for leading zeros or .0"),
        ("0000008.0", "like the key of row 9, but for leading zeros or .0"),
    ]


def test_letters_of_utf_7_are_asked_about_by_the_shell_and_read_by_a_word(run: Any) -> None:
    text = b"id,phone,name\n1,6505550101,Ren+AOk-\n2,6505550102,+AMQ-nne\n"
    code, _, said, records = run(text)
    assert (code, records) == (1, [])
    assert "“Ren+AOk-”" in said
    assert "“René”" in said
    assert "--encoding utf-7" in said
    code, _, _, records = run(text, "--encoding", "utf-7")
    assert (code, [each["name"] for each in records]) == (0, ["René", "Änne"])
