"""The table of calling lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bpadmin.platforms.types import CallingList
from bpadmin.tables import Column, Table, TableQuery, natural, table_build

COLUMNS: tuple[Column[CallingList], ...] = (
    Column("name", "List", lambda each: natural(each.name)),
    Column("records", "Records", lambda each: each.total_records, is_number=True, may_be_absent=True),
    Column(
        "format", "Format", lambda each: natural(each.format_name) if each.format_name else None, may_be_absent=True
    ),
    Column("created", "Created", lambda each: each.created, may_be_absent=True),
    Column("job", "Last job"),
)


def list_query(given: Mapping[str, str]) -> TableQuery:
    """Read what the reader asked for."""
    return TableQuery.read(given, sortable=("name", "records", "format", "created"), default="name")


def list_table(lists: Sequence[CallingList], query: TableQuery) -> Table[CallingList]:
    """Search by name, format and id, sort and page."""
    return table_build(
        lists,
        query,
        columns=COLUMNS,
        texts=lambda each: (each.name, each.format_name),
        identity=lambda each: each.id,
    )
