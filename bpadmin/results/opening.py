"""A figure opened: its formula, numerator and denominator, until when it is known, and what it counts one by one.

Pages, the shell and the API ask with the same words: `of` names a figure of the dictionary, `campaign`, `list` or
`source` what it is of, `lists` which of those lists, `disposition` or `group` a part of it, and the names of periods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from bpadmin.counts import decimal_words, percent_words
from bpadmin.platforms.names import is_addressable
from bpadmin.results.figures.ages import Known, gap_json, known_of
from bpadmin.results.figures.figure_rows import PARTS, Part, Rows, figure_rows, mark_words
from bpadmin.results.figures.periods import HOUR, Period, period_of
from bpadmin.results.figures.words import BY_KEY, Figure
from bpadmin.results.models import Attempt, Disposition, DispositionGroup, Ending, RecordState, ResultSource
from bpadmin.results.reading.identity import settings_of
from bpadmin.results.services import Results, results_of, sources_of

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

# Which lists count: those that are bound, or of them those that are enabled; all that were ever read where not said.
BOUND, ENABLED = "bound", "enabled"
# The figures that are counted one by one by other rows than those of their own name.
ROWS_OF = {
    "contact_rate": "contacts",
    "success_rate": "successes",
    "completed_percent": "completed",
    "penetration": "attempted",
    "depth": "attempted",
    "duration": "calls",
    "last_hour": "calls",
}
# The figures of records as they stand.
STOCK = frozenset(
    {
        *("total", "never", "attempted", "open", "completed", "gone", "difference", "left", "completed_percent"),
        *("penetration", "depth", "attempts", "enabled", "runs_dry"),
    }
)
# What else is asked of a figure, beside what names its lists and its period.
NAMES = (
    *("campaign", "list", "source", "lists", "disposition", "group", "ending", "agent"),
    *("range", "from", "to", "until", "before"),
)


class FigureUnknown(Exception):
    """There is no such figure; the message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figure is meant: of what, when, and of which part."""

    figure: Figure
    part: Part | None
    period: Period
    campaign_id: str = ""
    list_id: str = ""
    source_pk: int | None = None
    lists: str = ""
    disposition: Disposition | None = None
    group: DispositionGroup | None = None
    ending: Ending | None = None
    agent: str = ""

    @property
    def narrow(self) -> dict[str, Any]:
        """Return of which part of the figure alone its rows are: fields and what they must be."""
        found: dict[str, Any] = {}
        if self.disposition is not None:
            found["disposition"] = self.disposition.pk
        if self.group is not None:
            found["disposition__group"] = self.group.value
        if self.ending is not None:
            found["disposition__ending"] = self.ending.value
        if self.agent:
            found["agent"] = self.agent
        return found

    @property
    def is_stock(self) -> bool:
        """Return whether it is of the records as they stand, for which no period counts."""
        return self.figure.key in STOCK

    @property
    def title(self) -> str:
        """Name it, with the part that is meant."""
        parts = [str(self.disposition)] if self.disposition is not None else []
        parts += [each.label.lower() for each in (self.group, self.ending) if each is not None]
        return ": ".join([self.figure.name, *parts, *([self.agent] if self.agent else [])])


@dataclass(frozen=True, slots=True)
class Term:
    """A number that a figure is made of. `role` is how ("", "of", "less", "times"); None is not known."""

    of: str
    value: float | None
    role: str = ""

    @property
    def figure(self) -> Figure:
        """Return what it is."""
        return BY_KEY[self.of]

    @property
    def words(self) -> str:
        """Write it."""
        return value_words(self.value)


@dataclass(frozen=True, slots=True)
class Opened:
    """A figure with what it is made of. `unit` is "%" or ""; `rows` are None where nothing is kept one by one.

    `known` says until when, and what is missing. `note` says more where a number does not.
    """

    asked: Asked
    value: float | None
    unit: str
    terms: tuple[Term, ...]
    known: Known
    sources: tuple[ResultSource, ...]
    rows: Rows | None
    note: str = ""
    now: datetime | None = None

    @property
    def words(self) -> str:
        """Write the value."""
        return value_words(self.value, self.unit)


def value_words(value: float | None, unit: str = "") -> str:
    """Write a number as pages do; what is not known is a dash."""
    if value is None:
        return "–"
    if unit == "%":
        return percent_words(value)
    text = decimal_words(value, 2) if isinstance(value, float) else f"{value:,}"
    return f"{text} {unit}".strip()


def figure_asked(*, tenant: Tenant, given: Mapping[str, str], now: datetime | None = None) -> Asked:
    """Read what is asked for. Raises FigureUnknown."""
    figure = BY_KEY.get(given.get("of", ""))
    if figure is None:
        raise FigureUnknown("There is no figure of that name. Open one from a page of results.")
    source = given.get("source", "")
    if source and not _is_number(source):
        raise FigureUnknown("There is no such list in this tenant.")
    campaign_id, list_id = given.get("campaign", ""), given.get("list", "")
    if not all(is_addressable(id_) for id_ in (campaign_id, list_id) if id_):
        raise FigureUnknown("There is no campaign or list with such an id.")
    group, ending = (given.get(name) for name in ("group", "ending"))
    if group not in (None, "none", *DispositionGroup.values):
        raise FigureUnknown(f"There is no group of dispositions “{group}”.")
    if ending not in (None, "none", *Ending.values):
        raise FigureUnknown(f"There is no type of result code “{ending}”.")
    lists = given.get("lists", "")
    if lists not in ("", BOUND, ENABLED):
        raise FigureUnknown("Lists are all that were read, or those that are bound, or enabled.")
    part = PARTS.get(ROWS_OF.get(figure.key, figure.key))
    agent = given.get("agent", "") if settings_of(tenant).keeps_agents else ""
    if agent and (part is None or part.unit != "attempt"):
        raise FigureUnknown("Of an agent only calls are told.")
    period = period_of(tenant, given if figure.key != "last_hour" else {"range": HOUR}, now)
    return Asked(
        figure=figure,
        part=part,
        period=period,
        campaign_id=campaign_id,
        list_id=list_id,
        source_pk=int(source) if source else None,
        lists=lists,
        disposition=_disposition(tenant, given.get("disposition", "")),
        group=None if group is None else DispositionGroup("" if group == "none" else group),
        ending=None if ending is None else Ending("" if ending == "none" else ending),
        agent=agent,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _disposition(tenant: Tenant, said: str) -> Disposition | None:
    """Find a disposition by its number, or by its name."""
    if not said:
        return None
    mine = Disposition.objects.filter(tenant=tenant)
    found = mine.filter(pk=int(said)).first() if _is_number(said) else None
    found = found or mine.filter(name__iexact=said.strip()).first()
    if found is None:
        raise FigureUnknown("This tenant has no such disposition.")
    return found


def sources_asked(*, tenant: Tenant, asked: Asked) -> list[ResultSource]:
    """Return the lists that a figure counts; to somebody who is limited, of their campaigns and lists alone."""
    found = sources_of(tenant=tenant, campaign_id=asked.campaign_id, list_id=asked.list_id)
    if asked.source_pk is not None:
        found = [each for each in found if each.pk == asked.source_pk]
    return sources_scoped(found, asked.lists)


def sources_scoped(sources: Sequence[ResultSource], lists: str) -> list[ResultSource]:
    """Return of some sources those that are bound, or enabled too; where none is enabled, all that are bound."""
    if not lists:
        return list(sources)
    bound = [each for each in sources if each.is_bound]
    enabled = [each for each in bound if each.is_enabled is not False]
    return (enabled or bound) if lists == ENABLED else bound


def figure_open(*, tenant: Tenant, asked: Asked, now: datetime | None = None) -> Opened:
    """Open a figure."""
    now = now or timezone.now()
    sources = sources_asked(tenant=tenant, asked=asked)
    counted = sources
    if asked.figure.key == "last_hour":
        counted = [each for each in sources if each.is_urgent] or sources
    rows = None
    if asked.part is not None:
        rows = figure_rows(
            asked.part,
            sources=counted,
            period=asked.period,
            narrow=asked.narrow,
        )
    own = asked.part is not None and ROWS_OF.get(asked.figure.key, asked.figure.key) == asked.figure.key
    is_rate = asked.figure.key in ("reached", "no_agent")
    known = known_of(counted, asked.period.begin, asked.period.end)
    value: float | None = None
    terms: tuple[Term, ...] = ()
    unit, note = "", ""
    if asked.narrow or (own and not is_rate) or asked.figure.key == "last_hour":
        is_known = _is_known(asked, known, now)
        value = rows.count() if rows is not None and is_known else None
        note = "" if is_known else "Nothing of this span was read."
    else:
        results = results_of(tenant=tenant, sources=sources, period=asked.period, now=now)
        value, unit, terms, note = _told(asked.figure.key, results, counted)
    return Opened(asked, value, unit, terms, known, tuple(counted), rows, note, now)


def _is_known(asked: Asked, known: Known, now: datetime) -> bool:
    if asked.is_stock:
        return known.until is not None
    if asked.figure.key == "last_hour":
        return known.until is not None and now - known.until < timedelta(hours=1)
    return known.covers(asked.period.begin)


Told = tuple[float | None, str, tuple[Term, ...], str]


def _told(key: str, results: Results, sources: Sequence[ResultSource]) -> Told:
    """Return a figure's value, its unit, what it is made of, and what to say where there is none."""
    stock, events = results.stock, results.events
    total = Term("total", stock.total)
    base = Term("total", stock.base, "of")
    completed = Term("completed", stock.completed)
    attempted = Term("attempted", stock.attempted)
    calls = Term("calls", events.calls, "of")
    enabled = sum(each.is_enabled is not False for each in sources)
    no_agent = events.of(DispositionGroup.NO_AGENT)
    less = tuple(Term(name, getattr(stock, name), "less") for name in ("never", "open", "completed"))
    stocks: dict[str, Told] = {
        "total": (stock.total, "", (), ""),
        "attempts": (stock.attempts, "", (), ""),
        "never": (stock.never, "", (), ""),
        "difference": (stock.difference, "", (total, *less), ""),
        "left": (stock.left, "", (total, Term("completed", stock.completed, "less")), ""),
        "completed_percent": (stock.completed_percent, "%", (completed, base), ""),
        "penetration": (stock.penetration, "%", (attempted, base), ""),
        "depth": (stock.depth, "", (Term("attempts", stock.attempts), Term("attempted", stock.attempted, "of")), ""),
        "enabled": (enabled, "", (), f"of {len(sources):,}"),
        "runs_dry": (
            None,
            "",
            (Term("left", stock.left), Term("depth", stock.depth, "times"), Term("last_hour", results.last_hour, "of")),
            _dry_words(results),
        ),
    }
    if key in stocks:
        return stocks[key] if results.known.until is not None else (None, "", (), "It was not read yet.")
    if not results.is_covered:
        return None, "", (), "Nothing of this span was read."
    rates: dict[str, Told] = {
        "contact_rate": (events.contact_rate, "%", (Term("contacts", events.contacts), calls), ""),
        "success_rate": (
            events.success_rate if results.tells_success else None,
            "%",
            (Term("successes", events.successes), calls),
            "" if results.tells_success else "No disposition counts as success.",
        ),
        "reached": (
            results.reached_percent,
            "%",
            (Term("reached", results.reached[1]), Term("dialled", results.reached[0], "of")),
            "",
        ),
        "no_agent": (
            events.no_agent_rate,
            "%",
            (Term("no_agent", no_agent), Term("answered", events.contacts + no_agent, "of")),
            "",
        ),
        "duration": (events.seconds, "", (), "seconds"),
    }
    return rates.get(key, (None, "", (), ""))


def _dry_words(results: Results) -> str:
    early, late = results.forecast.early, results.forecast.late
    if early is None or late is None:
        return results.forecast.basis
    zone = ZoneInfo(results.sources[0].source.tenant.time_zone)
    ends = " and ".join(f"{each.astimezone(zone):%-d %b, %H:%M}" for each in (early, late))
    return f"Between {ends}: {results.forecast.basis}."


def opened_json(opened: Opened) -> dict[str, Any]:
    """Return an opened figure under the names of the dictionary, without its rows."""
    figure, known = opened.asked.figure, opened.known
    return {
        "of": figure.key,
        "name": figure.name,
        "title": opened.asked.title,
        "sentence": figure.sentence,
        "counted": figure.numerator,
        "counted_of": figure.denominator,
        "not_told": figure.not_told,
        "value": opened.value,
        "unit": opened.unit,
        "note": opened.note,
        "terms": [{"of": each.of, "role": each.role, "value": each.value} for each in opened.terms],
        "period": {
            "words": opened.asked.period.words,
            "from": opened.asked.period.begin.isoformat(),
            "until": opened.asked.period.end.isoformat(),
        },
        "read_until": known.until.isoformat() if known.until else None,
        "lists": [
            {
                "source": each.source_id,
                "campaign": {"id": each.campaign_id, "name": each.campaign_name},
                "list": {"id": each.list_id, "name": each.title},
                "read_until": each.read_at.isoformat() if each.read_at else None,
            }
            for each in opened.sources
        ],
        "gaps": [gap_json(gap) for gap in known.gaps],
    }


def rows_json(*, tenant: Tenant, opened: Opened, first: int, most: int) -> dict[str, Any]:
    """Return some of what a figure counts, from the row `first` (0) on; agents where the tenant keeps them."""
    if opened.rows is None or opened.asked.part is None:
        return {"count": None, "unit": None, "first": 0, "rows": []}
    sources = {each.pk: each for each in opened.sources}
    keeps_agents = settings_of(tenant).keeps_agents
    found = [_row_json(each, sources, keeps_agents) for each in opened.rows[first : first + most]]
    return {"count": opened.rows.count(), "unit": opened.asked.part.unit, "first": first, "rows": found}


def _row_json(row: Any, sources: Mapping[int, ResultSource], keeps_agents: bool) -> dict[str, Any]:
    source = sources[row["source_id"] if isinstance(row, dict) else row.source_id]
    about = {"campaign": source.campaign_name, "list": source.title, "source": source.source_id}
    if isinstance(row, dict):
        return {"record": mark_words(row["record"]), **about, "attempts": row["n"], "last": row["last"].isoformat()}
    if isinstance(row, RecordState):
        stands = {"stands": row.get_place_display(), "disposition": str(row.disposition), "attempts": row.told}
        return {"record": mark_words(row.record), **about, **stands}
    attempt: Attempt = row
    told = {
        "at": attempt.at.isoformat(),
        "record": mark_words(attempt.record),
        **about,
        "disposition": attempt.disposition.name,
        "group": attempt.disposition.group or None,
        "is_call": attempt.is_call,
        "seconds": attempt.seconds,
    }
    return {**told, "agent": attempt.agent} if keeps_agents else told
