"""Tables: what is asked for stands in the query string."""

from __future__ import annotations

import pytest

from bpadmin.web.tables import Column, TableQuery, fingerprint, is_found, natural, table_build

Row = tuple[str, int | None]
COLUMNS: tuple[Column[Row], ...] = (
    Column("name", "Name", lambda row: natural(row[0])),
    Column("size", "Size", lambda row: row[1], is_number=True),
    Column("note", "Note"),
)
ROWS: list[Row] = [("List 10", 5), ("list 9", None), ("Other", 7), ("List 2", 1)]


def build(query: dict[str, str], per_page: int = 50) -> list[str]:
    read = TableQuery.read(query, sortable=("name", "size"), default="name")
    table = table_build(
        ROWS,
        read,
        columns=COLUMNS,
        texts=lambda row: (row[0],),
        identity=lambda row: f"id-{row[1]}-xyz",
        per_page=per_page,
    )
    return [row[0] for row in table.page]


def test_numbers_in_names_sort_as_numbers() -> None:
    assert build({}) == ["List 2", "list 9", "List 10", "Other"]


def test_rows_without_a_value_come_last_either_way() -> None:
    assert build({"sort": "size"}) == ["List 2", "List 10", "Other", "list 9"]
    assert build({"sort": "-size"}) == ["Other", "List 10", "List 2", "list 9"]


def test_every_word_must_be_found() -> None:
    assert build({"q": "10 list"}) == ["List 10"]
    assert build({"q": "other list"}) == []


def test_an_id_is_found_by_its_beginning_alone() -> None:
    assert is_found("4F3A99", ("Anything",), "4f3a99b0-6cc4")
    assert not is_found("6cc4", ("Anything",), "4f3a99b0-6cc4")


@pytest.mark.parametrize("page", ["0", "-1", "99", "abc", "²", "99999999999999"])
def test_a_page_that_is_not_there_is_the_nearest_one(page: str) -> None:
    assert build({"page": page}, per_page=3) in (["List 2", "list 9", "List 10"], ["Other"])


def test_the_address_keeps_everything_and_a_new_sorting_starts_on_the_first_page() -> None:
    given = {"q": "a b", "sort": "-size", "state": "running", "page": "3", "evil": "1"}
    query = TableQuery.read(given, sortable=("name", "size"), default="name", filters=("state",))
    assert query.url() == "?q=a+b&sort=-size&state=running&page=3"
    assert query.url(sort="name") == "?q=a+b&sort=name&state=running"
    assert query.url(page=4) == "?q=a+b&sort=-size&state=running&page=4"


def test_heads_link_to_the_sorting_and_turn_it() -> None:
    query = TableQuery.read({"sort": "name"}, sortable=("name", "size"), default="name")
    table = table_build(ROWS, query, columns=COLUMNS, texts=lambda row: (row[0],), identity=lambda row: "")
    assert [(head.url, head.aria_sort) for head in table.headers] == [
        ("?sort=-name", "ascending"),
        ("?sort=size", ""),
        ("", ""),
    ]


def test_a_fingerprint_follows_what_it_is_made_of() -> None:
    assert fingerprint(1, "a") == fingerprint(1, "a") != fingerprint(1, "b")
