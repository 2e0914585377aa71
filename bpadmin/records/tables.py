"""The table of sources: those that the platform lists and those that people named, searched and by campaign."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bpadmin.platforms.sources import Source
from bpadmin.records.models import NamedSource
from bpadmin.tables import Column, Table, TableQuery, natural, table_build


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
    """Give all sources; one that is listed and named is there once, under the name it was given."""
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


def source_table(rows: Sequence[SourceRow], query: TableQuery) -> Table[SourceRow]:
    """Search by name, campaign and id, sort and page."""
    return table_build(
        rows,
        query,
        columns=COLUMNS,
        texts=lambda row: (row.source.title, row.source.group),
        identity=lambda row: row.source.id,
    )
