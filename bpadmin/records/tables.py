"""The table of sources: those that the platform lists and those that people named, searched and by campaign."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bpadmin.platforms.sources import Source
from bpadmin.records.models import NamedSource
from bpadmin.tables import Column, Table, TableQuery, natural, table_build


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as a row; `named` is what a person said of it, None for one that the platform lists."""

    source: Source
    named: NamedSource | None = None


NAME: Column[SourceRow] = Column("name", "Records of", lambda row: natural(row.source.title))
CAMPAIGN: Column[SourceRow] = Column(
    "campaign", "Campaign", lambda row: (natural(row.source.group), natural(row.source.title))
)
TOTAL: Column[SourceRow] = Column("records", "Records", lambda row: row.source.total, is_number=True)
NAMED: Column[SourceRow] = Column("named", "Named by")


@dataclass(frozen=True, slots=True)
class Shown:
    """Which columns say something of these sources."""

    groups: bool
    totals: bool
    named: bool

    @classmethod
    def of(cls, rows: Sequence[SourceRow]) -> Shown:
        """Look at all rows."""
        return cls(
            groups=any(row.source.group not in ("", row.source.title) for row in rows),
            totals=any(row.source.total is not None for row in rows),
            named=any(row.named for row in rows),
        )

    @property
    def columns(self) -> tuple[Column[SourceRow], ...]:
        """Give the columns."""
        optional = ((CAMPAIGN, self.groups), (TOTAL, self.totals), (NAMED, self.named))
        return (NAME, *(column for column, is_shown in optional if is_shown))


def source_rows(listed: Iterable[Source], named: Iterable[tuple[NamedSource, Source]]) -> list[SourceRow]:
    """Give all sources; one that is listed and named is there once, under the name it was given."""
    rows = {source.id: SourceRow(source) for source in listed}
    for each, source in named:
        known = rows.get(source.id)
        rows[source.id] = SourceRow(_both(source, known.source) if known else source, each)
    return list(rows.values())


def _both(said: Source, listed: Source) -> Source:
    return Source(
        listed.id,
        said.name,
        listed.group_id,
        listed.group,
        listed.total,
        listed.is_whole,
        listed.list_id,
        listed.instance_id,
    )


def source_query(given: Mapping[str, str], *, has_groups: bool) -> TableQuery:
    """Read what the reader asked for."""
    return TableQuery.read(
        given, sortable=("name", "campaign", "records"), default="campaign" if has_groups else "name"
    )


def source_table(rows: Sequence[SourceRow], query: TableQuery, shown: Shown) -> Table[SourceRow]:
    """Search by name, campaign and id, sort and page."""
    return table_build(
        rows,
        query,
        columns=shown.columns,
        texts=lambda row: (row.source.title, row.source.group),
        identity=lambda row: row.source.id,
    )
