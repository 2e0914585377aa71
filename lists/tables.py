"""The table of calling lists."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet

from bpadmin.dialler.models import CatalogueList
from bpadmin.web.tables import StoredColumn, Table, TableQuery, table_stored

# With more rows, each with its button, a page would be larger than 60 kB.
PER_PAGE = 25
COLUMNS = (
    StoredColumn("name", "List", ("name_key",)),
    StoredColumn(
        "records", "Records", ("total_records",), is_number=True, present=lambda row: row.total_records is not None
    ),
    StoredColumn("format", "Format", ("format_key", "name_key"), present=lambda row: bool(row.format_name)),
    StoredColumn("created", "Created", ("created",), present=lambda row: row.created is not None),
    StoredColumn("job", "Last job"),
)


def list_query(given: Mapping[str, str]) -> TableQuery:
    """Read what the reader asked for."""
    return TableQuery.read(given, sortable=("name", "records", "format", "created"), default="name")


def list_table(lists: QuerySet[CatalogueList], query: TableQuery) -> Table[CatalogueList]:
    """Search by name, format and id, sort and page."""
    return table_stored(lists, query, columns=COLUMNS, per_page=PER_PAGE)
