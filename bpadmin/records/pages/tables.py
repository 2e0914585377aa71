"""The table of sources: those that the platform lists and those that people named, searched and by campaign."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bpadmin.dialler.models import CatalogueBinding
from bpadmin.platforms.sources import Source
from bpadmin.records.models import NamedSource
from bpadmin.records.services import sources_in
from bpadmin.tenants.models import Tenant
from bpadmin.web.tables import Column, StoredColumn, Table, TableQuery, natural, table_build, table_stored


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as a row; `named` is what a person said of it, None for one that the platform lists."""

    source: Source
    named: NamedSource | None = None


def _by_campaign(row: SourceRow) -> tuple[Any, Any] | None:
    """Sort by campaign; a source that is a whole campaign goes by its own name."""
    source = row.source
    return None if source.group in ("", source.title) else (natural(source.group), natural(source.title))


COLUMNS: tuple[Column[SourceRow], ...] = (
    Column("name", "Records of", lambda row: natural(row.source.title)),
    Column("campaign", "Campaign", _by_campaign, may_be_absent=True),
    Column("records", "Records", lambda row: row.source.total, is_number=True, may_be_absent=True),
    Column("named", "Named by", lambda row: row.named and row.named.named_at, may_be_absent=True),
)


def source_rows(listed: Iterable[Source], named: Iterable[tuple[NamedSource, Source]]) -> list[SourceRow]:
    """Return all sources; one that is listed and named is there once, under the name it was given."""
    rows = {source.id: SourceRow(source) for source in listed}
    for each, source in named:
        known = rows.get(source.id)
        rows[source.id] = SourceRow(_both(source, known.source) if known else source, each)
    return list(rows.values())


def _both(said: Source, listed: Source) -> Source:
    return replace(listed, name=said.name, part="")


def source_query(given: Mapping[str, str]) -> TableQuery:
    """Read what the reader asked for."""
    return TableQuery.read(given, sortable=("name", "campaign", "records", "named"), default="campaign")


def source_table_stored(tenant: Tenant, query: TableQuery) -> Table[CatalogueBinding]:
    """Search, sort and page the sources that the catalogue has; nobody names sources of such a tenant."""
    return table_stored(
        sources_in(tenant),
        query,
        columns=(
            StoredColumn("name", "Records of", ("name_key",)),
            StoredColumn("campaign", "Campaign", ("campaign_key", "name_key")),
            StoredColumn("records", "Records", ("total_records",), is_number=True),
        ),
        identity="campaign__remote_id",
    )


def source_table(rows: Sequence[SourceRow], query: TableQuery) -> Table[SourceRow]:
    """Search by name, campaign and id, sort and page."""
    return table_build(
        rows,
        query,
        columns=COLUMNS,
        texts=lambda row: (row.source.title, row.source.group),
        identity=lambda row: row.source.id,
    )
