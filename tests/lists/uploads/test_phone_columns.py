"""Several columns of telephone numbers: certain by their names, or a question on the page and in the shell."""

from __future__ import annotations

from typing import Any

import pytest

from bpadmin.jobs.models import Job
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.uploads.mapping.phone_columns import PhoneColumns, phone_columns
from bpadmin.uploads.mapping.suggestions import mapping_suggest
from tests.lists.walking import map_url, post_file

ROWS = [["1", "6505550101", "6505550111", "6505550121"], ["2", "6505550102", "6505550112", "6505550122"]]


def looked(columns: str, phones: str = "phone", saved: Any = None) -> PhoneColumns | None:
    header = ["id", *columns.split(",")]
    fields = [FieldSpec("id", key=True), *(FieldSpec(name, FieldType.PHONE) for name in phones.split(","))]
    suggestions = mapping_suggest(header=header, fields=fields, rows=ROWS, saved=saved)
    return phone_columns(fields=fields, suggestions=suggestions, rows=ROWS)


@pytest.mark.parametrize(
    ("columns", "phones"),
    [
        ("Mobile,Home Phone,Work Phone", "phone"),
        ("Handy,Telefon privat,Telefon geschäftlich", "phone"),
        ("Mobile,Home,Work Phone", "phone1,phone2"),
        ("Phone,Phone,Fax", "phone"),
    ],
)
def test_which_of_several_is_meant_is_asked_where_names_do_not_settle_it(columns: str, phones: str) -> None:
    found = looked(columns, phones)
    assert found is not None
    assert found.is_open
    assert "--map" in found.for_shell


@pytest.mark.parametrize(
    ("columns", "phones", "left"),
    [
        ("phone,Mobile,Work Phone", "phone", ["Mobile", "Work Phone"]),
        ("Phone 1,Phone 2,Phone 3", "phone1,phone2,phone3", []),
        ("Phone,Mobile,Home Phone", "phone,mobile", ["Home Phone"]),
    ],
)
def test_what_is_certain_by_name_is_not_asked_but_told(columns: str, phones: str, left: list[str]) -> None:
    found = looked(columns, phones)
    assert found is not None
    assert not found.is_open
    assert [each.column for each in found.left] == left
    assert bool(found.left_words) is bool(left)


def test_one_column_of_numbers_or_what_was_said_before_asks_nothing() -> None:
    assert looked("Mobile,Fax,Phone opt in") is None
    assert looked("Mobile,Home Phone,Work Phone", saved={"2": "phone"}) is None


@pytest.mark.django_db(transaction=True)
def test_the_page_and_the_shell_ask(
    tenant: Any, sandbox: Any, supervisor_client: Any, known_list: str, tmp_path: Any, capsys: Any
) -> None:
    from django.core.management import call_command

    text = "Account,Mobile,Home Phone,Work Phone\nA1,6505550101,6505550111,6505550121\n"
    post_file(supervisor_client, known_list, text)
    page = supervisor_client.get(map_url(Job.objects.get())).content.decode()
    assert "“Mobile”, “Home Phone” and “Work Phone” hold telephone numbers" in page
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        call_command("list_upload", "acme", known_list, str(path))
    assert end.value.code == 1
    assert "--map Mobile=Phone or --map" in capsys.readouterr().err
    call_command("list_upload", "acme", known_list, str(path), "--map", "Home Phone=Phone")
    assert [record["Phone"] for record in sandbox.dump(known_list)] == ["16505550111"]
