"""Search, sort and page rows that we hold, with all of it in the query string, so that a view can be bookmarked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import F, Model, Q, QuerySet

T = TypeVar("T")
M = TypeVar("M", bound=Model)

ID_LENGTH = 6
DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A column: `value` gives what to sort by, None where a row has none (such rows come last either way)."""

    key: str
    label: str
    value: Callable[[T], Any] | None = None
    is_number: bool = False
    may_be_absent: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """A column's head as the template shows it; `url` is "" where it cannot be sorted by."""

    label: str
    url: str = ""
    aria_sort: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class TableQuery:
    """What a reader asked of a table: words searched for, column and direction, page, and filters by name."""

    text: str = ""
    sort: str = ""
    is_descending: bool = False
    page: int = 1
    filters: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(
        cls, given: Mapping[str, str], *, sortable: Iterable[str], default: str, filters: Iterable[str] = ()
    ) -> TableQuery:
        """Read a query string; what makes no sense in it counts as not given."""
        wanted = given.get("sort", "") or default
        key = wanted.removeprefix("-")
        if key not in set(sortable):
            wanted = key = default.removeprefix("-")
        page = given.get("page", "")
        return cls(
            text=given.get("q", "").strip()[:200],
            sort=key,
            is_descending=wanted.startswith("-"),
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
            filters=tuple((name, given[name]) for name in filters if given.get(name)),
        )

    @property
    def sort_text(self) -> str:
        """Return the sorting as the query string writes it: the column, with "-" before it for descending."""
        return f"-{self.sort}" if self.is_descending else self.sort

    def filter(self, name: str) -> str:
        """Return the value chosen for a filter, "" when none is."""
        return dict(self.filters).get(name, "")

    def url(self, **changes: Any) -> str:
        """Return the query string with changes; a change of anything but the page leads to the first page."""
        values = {"q": self.text, "sort": self.sort_text, **dict(self.filters), "page": str(self.page), **changes}
        if "page" not in changes and changes:
            values["page"] = "1"
        if str(values["page"]) == "1":
            del values["page"]
        return "?" + urlencode({key: value for key, value in values.items() if value})


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """One page of rows ready to be shown; `found` rows match, `total` there are. `keys` are those of its columns."""

    query: TableQuery
    headers: tuple[Header, ...]
    page: Page[T]
    found: int
    total: int
    keys: frozenset[str] = frozenset()

    @property
    def url(self) -> str:
        """Return the query string that leads here."""
        return self.query.url()

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Return what a search form must carry along: filters and sorting, but not the page."""
        return [*self.query.filters, ("sort", self.query.sort_text)]


def table_build(
    rows: Sequence[T],
    query: TableQuery,
    *,
    columns: Sequence[Column[T]],
    texts: Callable[[T], Sequence[str]],
    identity: Callable[[T], str],
    is_wanted: Callable[[T], bool] = lambda row: True,
    per_page: int = 50,
) -> Table[T]:
    """Search (is_found), filter by `is_wanted`, sort, and cut the page; a page past the end becomes the last one.

    A column that may be absent is so when no row has a value in it, and then the first one is sorted by.
    """
    columns = [each for each in columns if not each.may_be_absent or any(_has(each, row) for row in rows)]
    kept = [row for row in rows if is_wanted(row) and is_found(query.text, texts(row), identity(row))]
    by = next((column.value for column in columns if column.key == query.sort), columns[0].value)
    if by is not None:
        valued = [(by(row), row) for row in kept]
        known = [pair for pair in valued if pair[0] is not None]
        known.sort(key=lambda pair: pair[0], reverse=query.is_descending)
        kept = [row for _, row in known] + [row for value, row in valued if value is None]
    page = Paginator(kept, per_page).get_page(query.page)
    headers = tuple(_header(column, query) for column in columns)
    keys = frozenset(column.key for column in columns)
    return Table(query=query, headers=headers, page=page, found=len(kept), total=len(rows), keys=keys)


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column of rows in the database: `by` are the fields to sort by.

    `value` returns what to sort by of the row of an identity, where that is not kept with the rows; None comes last.
    One with `present`, which tells whether a row has a value in it, is absent where no row of the page has one, unless
    it is sorted by.
    """

    key: str
    label: str
    by: tuple[str, ...] = ()
    is_number: bool = False
    present: Callable[[Any], bool] | None = None
    value: Callable[[str], Any] | None = None


def table_stored(
    rows: QuerySet[M],
    query: TableQuery,
    *,
    columns: Sequence[StoredColumn],
    identity: str = "remote_id",
    wanted: Q | None = None,
    per_page: int = 50,
) -> Table[M]:
    """Do as `table_build` does with rows of the database, which have what is searched in `search`, casefolded.

    Only the rows of the page are loaded.
    """
    kept = rows.filter(is_found_stored(query.text, identity) & (wanted if wanted is not None else Q()))
    by = next((each for each in columns if each.key == query.sort and (each.by or each.value)), columns[0])
    page: Page[Any]
    if by.value is not None:
        page = Paginator(_by_value(kept.order_by(*columns[0].by), by.value, query, identity), per_page).get_page(
            query.page
        )
        loaded = rows.in_bulk(list(page.object_list))
        shown = [loaded[pk] for pk in page.object_list if pk in loaded]
    else:
        sorting = {"nulls_last": True}
        fields = [F(name) for name in (*by.by, identity)]
        order = [each.desc(**sorting) if query.is_descending else each.asc(**sorting) for each in fields]
        page = Paginator(kept.order_by(*order), per_page).get_page(query.page)
        shown = list(page.object_list)
    found = page.paginator.count
    page.object_list = shown
    columns = [
        each
        for each in columns
        if each.present is None or each.key == query.sort or any(each.present(row) for row in shown)
    ]
    total = found if not query.text and not wanted else rows.count()
    heads = tuple(
        _header(Column(each.key, each.label, str if each.by or each.value else None, each.is_number), query)
        for each in columns
    )
    return Table(query, heads, page, found, total, frozenset(column.key for column in columns))


def _by_value(rows: QuerySet[M], value: Callable[[str], Any], query: TableQuery, identity: str) -> list[Any]:
    """Return the primary keys of all rows, sorted by what is known of them outside the database."""
    valued = [(value(name), pk) for pk, name in rows.values_list("pk", identity)]
    known = [pair for pair in valued if pair[0] is not None]
    known.sort(key=lambda pair: pair[0], reverse=query.is_descending)
    return [pk for _, pk in known] + [pk for told, pk in valued if told is None]


def is_found_stored(searched: str, identity: str) -> Q:
    """Say as a condition what `is_found` tells."""
    wanted, all_words = searched.casefold(), Q()
    for word in wanted.split():
        all_words &= Q(search__contains=word)
    is_id = len(wanted) >= ID_LENGTH
    return all_words | Q(**{f"{identity}__istartswith": searched}) if is_id else all_words


def is_found(searched: str, texts: Sequence[str], identity: str) -> bool:
    """Return whether every word searched for is in the texts, or the whole is how the id starts.

    An id is a long row of digits and letters: looked into like a text, it would answer to any short number.
    """
    wanted = searched.casefold()
    if len(wanted) >= ID_LENGTH and identity.casefold().startswith(wanted):
        return True
    text = "\n".join(texts).casefold()
    return all(word in text for word in wanted.split())


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key under which “List 9” comes before “List 10”, whatever the case."""
    parts = [part for part in DIGITS.split(name.casefold()) if part]
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def fingerprint(*parts: object) -> str:
    """Give a short text that changes when what a fragment shows changes, so that an unchanged one is not sent again."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=9).hexdigest()


def _has(column: Column[T], row: T) -> bool:
    return column.value is not None and column.value(row) is not None


def _header(column: Column[T], query: TableQuery) -> Header:
    if column.value is None:
        return Header(column.label, is_number=column.is_number)
    is_sorted = column.key == query.sort
    turned = f"-{column.key}" if is_sorted and not query.is_descending else column.key
    direction = ("descending" if query.is_descending else "ascending") if is_sorted else ""
    return Header(column.label, query.url(sort=turned), direction, column.is_number)
