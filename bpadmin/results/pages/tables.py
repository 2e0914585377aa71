"""The tables behind charts and figures, as rows of texts: shown on pages, and fetched as CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bpadmin.results.figures.comparison import AtPoint, Comparison
from bpadmin.results.models import DispositionGroup
from bpadmin.results.services import Results
from bpadmin.tabular.formula import guard

# A cell that a spreadsheet would take for a formula.
Row = tuple[str | int | float | None, ...]


@dataclass(frozen=True, slots=True)
class PlainTable:
    """A table of texts and numbers; None is what is not known, which is no zero."""

    name: str
    caption: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]

    def as_csv(self) -> str:
        """Write it as CSV; what is not known is an empty cell."""
        file = io.StringIO()
        writer = csv.writer(file)
        writer.writerow(self.heads)
        writer.writerows([[_cell(each) for each in row] for row in self.rows])
        return file.getvalue()


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}"
    return guard(value) if isinstance(value, str) else str(value)


def stock_table(results: Results) -> PlainTable:
    """Return the stock, part by part."""
    stock = results.stock
    rows: list[tuple[str | int | float | None, ...]] = [
        ("Never attempted", stock.never),
        ("Attempted, open", stock.open),
        *((f"Completed: {group.label.lower()}", n) for group, n in stock.by_group),
        ("Difference", stock.difference),
        ("Total of the dialler", stock.total),
        ("Gone since", stock.gone),
    ]
    return PlainTable("stock", "Records by where they stand", ("Part", "Records"), tuple(rows))


def hours_table(results: Results) -> PlainTable:
    """Return the calls by hour or day and group."""
    groups = [group for group in DispositionGroup if any(slot.groups[group.value] for slot in results.slots)]
    rows: tuple[Row, ...] = tuple(
        (slot.begin.isoformat(), slot.words, slot.count, *(slot.groups[group.value] for group in groups))
        for slot in results.slots
    )
    what = "hour" if results.period.is_by_hour else "day"
    heads = ("Begin (UTC)", what.capitalize(), "Calls", *(group.label for group in groups))
    return PlainTable("hours", f"Calls by {what}", heads, rows)


def dispositions_table(results: Results) -> PlainTable:
    """Return the attempts by disposition."""
    rows = tuple(
        (each.disposition.name or "No disposition", each.disposition.get_group_display(), each.calls, each.decisions)
        for each in results.events.by_disposition
    )
    return PlainTable(
        "dispositions", "Attempts by disposition", ("Disposition", "Counts as", "Calls", "Not dialled"), rows
    )


def endings_table(results: Results) -> PlainTable:
    """Return the calls by what the dialler's result codes do with a record."""
    rows = tuple((ending.label, calls, share) for ending, calls, share in results.events.by_ending)
    return PlainTable("endings", "Calls by type of result code", ("Type", "Calls", "Share %"), rows)


def lists_table(results: Results) -> PlainTable:
    """Return the lists, or the campaigns that dial a list."""
    rows = tuple(
        (
            one.source.campaign_name,
            one.source.title,
            one.stock.total,
            one.stock.left,
            one.stock.completed_percent,
            one.stock.penetration,
            one.stock.depth,
            one.events.calls if one.source.read_at else None,
            one.events.contact_rate,
            one.last_hour,
            one.source.read_at.isoformat() if one.source.read_at else None,
        )
        for one in results.sources
    )
    heads = (
        *("Campaign", "List", "Total", "Left", "Completed %", "Penetration %", "Attempts per record", "Calls"),
        *("Contact rate %", "Calls in the last hour", "Read until (UTC)"),
    )
    return PlainTable("lists", "By list", heads, rows)


def agents_table(results: Results) -> PlainTable:
    """Return the calls by agent; none where the tenant keeps no agents' logins."""
    return PlainTable("agents", "Calls by agent", ("Agent", "Calls", "Contacts"), results.agents)


def beside_table(comparisons: Sequence[Comparison]) -> PlainTable:
    """Return each list, and below it the others as they were at its penetration."""
    rows: list[Row] = []
    for comparison in comparisons:
        of = comparison.mine.source
        points = (comparison.mine, *comparison.others)
        rows.extend((of.campaign_name, of.title, comparison.percent, *_point_row(point)) for point in points)
    heads = (
        *("Campaign", "List", "Penetration %", "Compared with: campaign", "Compared with: list", "Reached (UTC)"),
        *(
            "Calls",
            "Contacts",
            "Contact rate %",
            "Successes",
            "Success rate %",
            "Calls per record",
            "Not compared because",
        ),
    )
    return PlainTable("beside", "At the same penetration", heads, tuple(rows))


def _point_row(point: AtPoint) -> Row:
    is_told = point.calls is not None
    return (
        point.source.campaign_name,
        point.source.title,
        point.until.isoformat() if point.until else None,
        point.calls,
        point.contacts if is_told else None,
        point.contact_rate,
        point.successes if is_told and point.tells_success else None,
        point.success_rate,
        point.depth,
        point.trouble or None,
    )


TABLES: dict[str, Callable[[Results], PlainTable]] = {
    "stock": stock_table,
    "hours": hours_table,
    "dispositions": dispositions_table,
    "endings": endings_table,
    "lists": lists_table,
    "agents": agents_table,
}


def table_names() -> Sequence[str]:
    """Return the names under which tables are fetched."""
    return tuple(TABLES)
