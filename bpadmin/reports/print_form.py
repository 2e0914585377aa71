"""The page of results as it prints: the same figures, charts and tables on paper, as PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string

from bpadmin.results.models import DispositionGroup
from bpadmin.results.pages.charts import Part, columns_of, stock_bar
from bpadmin.results.pages.tables import PlainTable
from bpadmin.results.services import Results

STYLE = Path(__file__).with_name("print.css")
# As static/css/components/results.css has them on light ground; SVG in a PDF takes them as attributes only.
COLOURS = {
    DispositionGroup.CONTACT: "#56a0d3",
    DispositionGroup.RIGHT_PARTY: "#0072b2",
    DispositionGroup.SUCCESS: "#00795a",
    DispositionGroup.REFUSED: "#c25400",
    DispositionGroup.DO_NOT_CALL: "#a8326e",
    DispositionGroup.MACHINE: "#8a6fb8",
    DispositionGroup.NO_ANSWER: "#a9a294",
    DispositionGroup.BAD_NUMBER: "#7a5a2b",
    DispositionGroup.NO_AGENT: "#d9a400",
    DispositionGroup.NONE: "#5d5a54",
}
OPEN, NEVER, DIFFERENCE = "#cdc7bb", "#e7e2d8", "#8f8a80"
MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class Coloured:
    """A part of a chart with its colour."""

    part: Part
    fill: str


def results_print(results: Results, tables: Sequence[PlainTable], about: Mapping[str, Any]) -> bytes:
    """Return the results as a PDF; nothing is fetched for it."""
    from weasyprint import CSS, HTML

    zone = ZoneInfo(str(about["time_zone"]))
    columns = columns_of(results.slots)
    context = {
        "about": about,
        "results": results,
        "tables": [_printed(table, zone) for table in tables],
        "bar": [Coloured(part, _fill(part.key)) for part in stock_bar(results.stock).parts if part.count],
        "columns": columns,
        "parts": [Coloured(part, _fill(part.key)) for column in columns.columns for part in column.parts],
        "groups": [(group.label, COLOURS[group]) for group in columns.groups],
        "begin": results.period.begin.astimezone(zone),
        "end": results.period.end.astimezone(zone),
        "read_until": results.known.until.astimezone(zone) if results.known.until else None,
    }
    html = render_to_string("reports/print.html", context)
    written: bytes = HTML(string=html, url_fetcher=_nothing).write_pdf(
        stylesheets=[CSS(string=STYLE.read_text(encoding="utf-8"), url_fetcher=_nothing)]
    )
    return written


def _printed(table: PlainTable, zone: tzinfo) -> tuple[PlainTable, list[list[tuple[str, bool]]], int]:
    """Return a table, its rows as pairs of text and whether that is a number, and how many are left out."""
    rows = [[(_text(cell, zone), isinstance(cell, int | float)) for cell in row] for row in table.rows[:MOST_ROWS]]
    return table, rows, max(0, len(table.rows) - MOST_ROWS)


def _text(value: str | float | None, zone: tzinfo) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.1f}"
    if isinstance(value, int):
        return f"{value:,}"
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment.tzinfo else value


def _fill(key: str) -> str:
    if key.startswith("done-"):
        key = key.removeprefix("done-")
    known = {"open": OPEN, "never": NEVER, "difference": DIFFERENCE}
    return known.get(key) or COLOURS[DispositionGroup("" if key == "none" else key)]


def _nothing(url: str, *arguments: Any, **options: Any) -> NoReturn:
    """Fetch nothing: what is printed holds all it needs, and a name in it must not lead anywhere."""
    raise ValueError("A report fetches nothing.")
