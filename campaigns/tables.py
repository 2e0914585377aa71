"""The table of campaigns: its columns, the tabs that filter it by state, and the ranges that filter it by figures.

Which columns are shown and how dense stands in the address, so that all who see the same share one rendering.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from bpadmin.dialler.models import CatalogueCampaign
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CampaignState
from bpadmin.records.models import Density
from bpadmin.records.tables import TableChoice
from bpadmin.results.services import CampaignFigures
from bpadmin.web.tables import StoredColumn, Table, TableQuery, is_found_stored, table_stored

STATES = {"running": CampaignState.RUNNING, "stopped": CampaignState.STOPPED, "unknown": CampaignState.UNKNOWN}
STATE_LABELS = (("", "All"), ("running", "Running"), ("stopped", "Stopped"), ("unknown", "Unknown"))

TABLE = "campaigns"
ACT_LABEL = "Last start or stop from here"
# A row has a button, a box and figures that open; with more of them a page would be larger than 60 kB.
PER_PAGE = 15
# With the capability that a column is about.
COLUMNS: tuple[tuple[Capability, StoredColumn], ...] = (
    (Capability.CAMPAIGNS_READ, StoredColumn("name", "Campaign", ("name_key",))),
    (Capability.CAMPAIGN_STATE, StoredColumn("state", "State", ("state", "name_key"))),
    (Capability.CAMPAIGN_START_STOP, StoredColumn("act", ACT_LABEL)),
)


Figure = Callable[[CampaignFigures], float | None]
# What results tell of a campaign: (key, head, what it is sorted by). They are left out while nothing is known of any.
FIGURES: tuple[tuple[str, str, Figure], ...] = (
    ("enabled", "Lists", lambda told: float(told.enabled)),
    ("left", "Left", lambda told: None if told.stock.left is None else float(told.stock.left)),
    ("completed", "Completed", lambda told: told.stock.completed_percent),
    ("last_hour", "Last hour", lambda told: None if told.last_hour is None else float(told.last_hour)),
    ("contact_rate", "Contacts", lambda told: told.contact_rate),
    ("runs_dry", "Runs dry", lambda told: told.forecast.early.timestamp() if told.forecast.early else None),
)
FIGURE_KEYS = tuple(key for key, _, _ in FIGURES)
# What a range may be of: (key, label, unit). Times are told in hours from now, or ago.
RANGES: tuple[tuple[str, str, str], ...] = (
    ("enabled", "Lists enabled", ""),
    ("left", "Left", ""),
    ("completed", "Completed", "%"),
    ("last_hour", "Calls in the last hour", ""),
    ("contact_rate", "Contacts today", "%"),
    ("runs_dry", "Runs dry", "hours from now"),
    ("act", ACT_LABEL, "hours ago"),
)
LEAST, MOST = "_least", "_most"
RANGE_NAMES = tuple(f"{key}{end}" for key, _, _ in RANGES for end in (LEAST, MOST))
COLUMN_KEYS = ("state", *FIGURE_KEYS, "act")
CHOICE = ("columns", "density")
LARGEST = 1e9
ActTimes = Callable[[], Mapping[str, datetime]]


@dataclass(frozen=True, slots=True)
class Tab:
    """One state to filter by, with the number of campaigns in it (of those that match the search)."""

    label: str
    url: str
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class Range:
    """A range to filter by, as the form has it; `words` tell the one that is set, and `url` leads on without it."""

    key: str
    label: str
    unit: str
    least: str
    most: str
    words: str
    url: str


def campaign_query(given: Mapping[str, str], choice: TableChoice | None = None) -> TableQuery:
    """Read what the reader asked for; of columns and density the address says nothing of, `choice` counts."""
    kept = {name: given[name] for name in ("q", "sort", "page", "state") if given.get(name)}
    kept |= {name: given[name].strip() for name in RANGE_NAMES if _number(given.get(name, "")) is not None}
    columns = [key for key in given.get("columns", "").split(".") if key in COLUMN_KEYS]
    density = given.get("density", "")
    if choice is not None and not any(name in given for name in CHOICE):
        columns, density = list(choice.columns), choice.density.value
    if columns:
        kept["columns"] = ".".join(dict.fromkeys(columns))
    if density == Density.COMPACT:
        kept["density"] = density
    names = ("state", *RANGE_NAMES, *CHOICE)
    return TableQuery.read(kept, sortable=("name", "state", *FIGURE_KEYS, "act"), default="name", filters=names)


def _number(text: str) -> float | None:
    """Return a number that a person typed, None for what is none."""
    try:
        number = float(text.strip())
    except ValueError:
        return None
    return number if abs(number) <= LARGEST else None


def campaign_columns(*, offered: Set[Capability], has_figures: bool) -> list[tuple[str, str]]:
    """Return the columns there are to choose from, key and label; the name is always shown."""
    usual = [(each.key, each.label) for needed, each in COLUMNS if needed in offered and each.key != "name"]
    # Without lists a campaign is its own source of records, so that there is nothing to count.
    has_lists = Capability.LISTS_READ in offered
    figures = [(key, label) for key, label, _ in FIGURES if key != "enabled" or has_lists] if has_figures else []
    return [*(each for each in usual if each[0] != "act"), *figures, *(each for each in usual if each[0] == "act")]


def columns_shown(query: TableQuery, *, offered: Set[Capability], has_figures: bool) -> list[str]:
    """Return the keys of the columns to show: those in the address as far as there are such, else the usual ones."""
    known = [key for key, _ in campaign_columns(offered=offered, has_figures=has_figures)]
    wanted = query.filter("columns").split(".")
    # With figures the table is wide enough: the last act stands below the state.
    usual = [key for key in known if key != "act" or not has_figures]
    return [key for key in known if key in wanted] or usual


def campaign_table(
    campaigns: QuerySet[CatalogueCampaign],
    query: TableQuery,
    *,
    offered: Set[Capability],
    figures: Mapping[str, CampaignFigures] | None = None,
    acts: ActTimes = dict,
) -> Table[CatalogueCampaign]:
    """Search by name and id, filter by state and ranges, sort and page; with the columns that are wanted.

    `acts` are asked for when each campaign was last started or stopped from here, where that is needed.
    """
    told = figures or {}
    acts = cache(acts)
    shown = columns_shown(query, offered=offered, has_figures=bool(told))
    columns = {each.key: each for _, each in COLUMNS}
    columns |= {key: _figure_column(key, label, figure, told) for key, label, figure in FIGURES}
    columns["act"] = StoredColumn("act", ACT_LABEL, value=lambda campaign_id: acts().get(campaign_id))
    return table_stored(
        campaigns,
        query,
        columns=[columns[key] for key in ("name", *shown)],
        wanted=_wanted(query, told, acts),
        per_page=PER_PAGE,
    )


def _figure_column(key: str, label: str, figure: Figure, told: Mapping[str, CampaignFigures]) -> StoredColumn:
    def value(campaign_id: str) -> float | None:
        return figure(told[campaign_id]) if campaign_id in told else None

    return StoredColumn(key, label, is_number=True, value=value)


def _wanted(query: TableQuery, told: Mapping[str, CampaignFigures], acts: ActTimes) -> Q | None:
    """Return the condition of state and ranges, None where neither is set."""
    state, found = _in_state(query.filter("state"), told), _in_ranges(query, told, acts)
    if found is None:
        return state
    within = Q(remote_id__in=found)
    return within if state is None else state & within


def _in_state(state: str, told: Mapping[str, CampaignFigures]) -> Q | None:
    if state == "idle":
        return Q(remote_id__in=[key for key, each in told.items() if each.is_idle])
    return Q(state=STATES[state].value) if state in STATES else None


def _in_ranges(query: TableQuery, told: Mapping[str, CampaignFigures], acts: ActTimes) -> list[str] | None:
    """Return the ids of the campaigns within every range; None where none is set.

    One whose figure is not known is in no range.
    """
    found: set[str] | None = None
    for key, _, _ in RANGES:
        least, most = _number(query.filter(f"{key}{LEAST}")), _number(query.filter(f"{key}{MOST}"))
        if least is None and most is None:
            continue
        values = _values(key, told, acts)
        within = {each for each, value in values.items() if _is_within(value, least, most)}
        found = within if found is None else found & within
    return None if found is None else sorted(found)


def _is_within(value: float | None, least: float | None, most: float | None) -> bool:
    return value is not None and (least is None or value >= least) and (most is None or value <= most)


def _values(key: str, told: Mapping[str, CampaignFigures], acts: ActTimes) -> dict[str, float | None]:
    now = timezone.now().timestamp()
    if key == "act":
        return {campaign_id: (now - at.timestamp()) / 3600 for campaign_id, at in acts().items()}
    figure = next(figure for each, _, figure in FIGURES if each == key)
    values = {campaign_id: figure(each) for campaign_id, each in told.items()}
    if key != "runs_dry":
        return values
    return {each: None if value is None else (value - now) / 3600 for each, value in values.items()}


def campaign_ranges(query: TableQuery, columns: Sequence[tuple[str, str]]) -> list[Range]:
    """Return the ranges of the columns that there are, with what is set of each."""
    known = {key for key, _ in columns}
    made = []
    for key, label, unit in RANGES:
        least, most = query.filter(f"{key}{LEAST}"), query.filter(f"{key}{MOST}")
        if key not in known and not least and not most:
            continue
        words = ""
        if least or most:
            span = f"{least} to {most}" if least and most else f"at least {least}" if least else f"at most {most}"
            words = f"{label}: {span} {unit}".strip()
        nothing: dict[str, Any] = {f"{key}{LEAST}": "", f"{key}{MOST}": ""}
        made.append(Range(key, label, unit, least, most, words, query.url(**nothing)))
    return made


def campaign_tabs(
    campaigns: QuerySet[CatalogueCampaign], query: TableQuery, figures: Mapping[str, CampaignFigures] | None = None
) -> list[Tab]:
    """Return the tabs; a state that nobody ever sees (unknown) gets one only while something is in it."""
    found = campaigns.filter(is_found_stored(query.text, "remote_id")).order_by()
    counts = dict(found.values_list("state").annotate(count=Count("pk")))
    tabs = []
    for key, label in STATE_LABELS:
        count = counts.get(STATES[key].value, 0) if key else sum(counts.values())
        is_current = query.filter("state") == key
        if key != "unknown" or count or is_current:
            tabs.append(Tab(label, query.url(state=key), count, is_current))
    idle = _in_state("idle", figures or {})
    count = found.filter(idle).count() if figures and idle is not None else 0
    if count or query.filter("state") == "idle":
        tabs.append(Tab("Nothing to dial", query.url(state="idle"), count, query.filter("state") == "idle"))
    return tabs
