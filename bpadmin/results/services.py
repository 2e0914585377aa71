"""Results of campaigns and lists as pages, files and commands tell them: one reading of the ledger for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings as installation
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.results.figures.ages import Known, gap_json, known_of
from bpadmin.results.figures.events import (
    Events,
    Slot,
    agents_of,
    events_by_source,
    events_of,
    last_hour,
    records_reached,
    slots_of,
)
from bpadmin.results.figures.forecast import Forecast, forecast_join, forecast_of
from bpadmin.results.figures.periods import Period
from bpadmin.results.figures.stock import Stock, stock_sum, stocks_of
from bpadmin.results.models import (
    Attempt,
    Disposition,
    DispositionGroup,
    Recount,
    ResultSource,
    ResultsSettings,
)
from bpadmin.results.reading.identity import settings_of
from bpadmin.tenants.limits import CAMPAIGNS, LISTS, limit_now

if TYPE_CHECKING:
    from bpadmin.dialler.types import Actor
    from bpadmin.tenants.models import Tenant


class ResultsRefused(Exception):
    """Something cannot be done with results like this; the message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class SourceResults:
    """One list in one campaign: its stock, what happened in the period, the last hour, and when it runs dry.

    `last_hour` is None where nothing so recent was read.
    """

    source: ResultSource
    stock: Stock
    events: Events
    last_hour: int | None
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class Results:
    """The results of a campaign, a list or a whole tenant in a period."""

    period: Period
    now: datetime
    sources: tuple[SourceResults, ...]
    stock: Stock
    known: Known
    events: Events
    before: Events
    slots: tuple[Slot, ...]
    forecast: Forecast
    recounts: tuple[Recount, ...] = ()
    reached: tuple[int, int] = (0, 0)
    agents: tuple[tuple[str, int, int], ...] = ()
    tells_success: bool = True

    @property
    def last_hour(self) -> int | None:
        """Return the calls of the last hour, None where nothing so recent was read of one of the lists dialled."""
        told = [each.last_hour for each in self.sources if each.source.is_urgent]
        return None if any(each is None for each in told) or not told else sum(each or 0 for each in told)

    @property
    def is_covered(self) -> bool:
        """Return whether anything of the period is known."""
        return self.known.covers(self.period.begin)

    @property
    def reached_percent(self) -> float | None:
        """Return the records reached of 100 dialled ones."""
        return 100 * self.reached[1] / self.reached[0] if self.reached[0] else None


def sources_of(*, tenant: Tenant, campaign_id: str = "", list_id: str = "") -> list[ResultSource]:
    """Return the sources of a campaign, of a list, or of the whole tenant; those no longer bound are among them.

    To somebody who is limited, of their campaigns and lists alone.
    """
    found = ResultSource.objects.filter(tenant=tenant).select_related("tenant")
    if campaign_id:
        found = found.filter(campaign_id=campaign_id)
    if list_id:
        found = found.filter(list_id=list_id)
    if (limit := limit_now()) is not None:
        mine = Q(campaign_id__in=limit.get(CAMPAIGNS, [])) | Q(list_id__in=limit.get(LISTS, []))
        found = found.filter(mine)
    return list(found)


def results_of(
    *, tenant: Tenant, sources: Sequence[ResultSource], period: Period, now: datetime | None = None
) -> Results:
    """Return what came of some sources in a period, and how they stand."""
    now = now or timezone.now()
    stocks = stocks_of(sources)
    by_source = events_by_source(tenant, sources, period)
    each = _each(sources, stocks, by_source, now)
    live = [one for one in each if one.source.is_bound]
    return Results(
        period=period,
        now=now,
        sources=each,
        stock=stock_sum([one.stock for one in live]),
        known=known_of(sources, period.begin, period.end),
        events=events_of(tenant, sources, period),
        before=events_of(tenant, sources, period.before()),
        slots=tuple(slots_of(tenant, sources, period)),
        forecast=forecast_join([one.forecast for one in live if one.source.is_urgent]),
        recounts=tuple(Recount.objects.filter(source__in=[one.pk for one in sources]).select_related("source")[:5]),
        reached=records_reached(sources, period),
        agents=tuple(agents_of(sources, period)) if settings_of(tenant).keeps_agents else (),
        tells_success=Disposition.objects.filter(tenant=tenant, group=DispositionGroup.SUCCESS).exists(),
    )


def _each(
    sources: Sequence[ResultSource], stocks: dict[int, Stock], events: dict[int, Events], now: datetime
) -> tuple[SourceResults, ...]:
    recent = last_hour(sources, now)
    made = []
    for source in sources:
        is_recent = source.read_at is not None and now - source.read_at < timedelta(hours=1)
        calls = recent.get(source.pk, 0) if is_recent else None
        forecast = forecast_of(source, stocks[source.pk], calls or 0, now)
        made.append(SourceResults(source, stocks[source.pk], events[source.pk], calls, forecast))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class CampaignFigures:
    """What the table of campaigns shows of one: `contact_rate` is of the present day."""

    lists: int
    enabled: int
    stock: Stock
    known: Known
    last_hour: int | None
    contact_rate: float | None
    forecast: Forecast
    is_running: bool

    @property
    def is_idle(self) -> bool:
        """Return whether it runs and has nothing left to dial, as far as the results tell."""
        return self.is_running and self.stock.is_counted and self.stock.left == 0


def campaign_figures(
    *, tenant: Tenant, period: Period, campaign_ids: Iterable[str] | None = None, now: datetime | None = None
) -> dict[str, CampaignFigures]:
    """Return the figures of campaigns by their ids, of all where none are given; of the others nothing is read."""
    now = now or timezone.now()
    found = ResultSource.objects.filter(tenant=tenant, is_bound=True).select_related("tenant")
    sources = list(found if campaign_ids is None else found.filter(campaign_id__in=list(campaign_ids)))
    if not sources:
        return {}
    each = _each(sources, stocks_of(sources), events_by_source(tenant, sources, period), now)
    made = {}
    for campaign_id in {source.campaign_id for source in sources}:
        mine = [one for one in each if one.source.campaign_id == campaign_id]
        dialled = [one for one in mine if one.source.is_urgent]
        calls = sum(one.events.calls for one in mine if one.source.read_at is not None)
        contacts = sum(one.events.contacts for one in mine if one.source.read_at is not None)
        enabled = [one for one in mine if one.source.is_enabled is not False]
        recent = [one.last_hour for one in dialled or mine]
        made[campaign_id] = CampaignFigures(
            lists=len(mine),
            enabled=len(enabled),
            stock=stock_sum([one.stock for one in enabled or mine]),
            known=known_of([one.source for one in dialled or mine], period.begin),
            last_hour=None if None in recent else sum(one or 0 for one in recent),
            contact_rate=100 * contacts / calls if calls else None,
            forecast=forecast_join([one.forecast for one in dialled]),
            is_running=any(one.source.is_running for one in mine),
        )
    return made


def recount_ask(*, tenant: Tenant, sources: Sequence[ResultSource], actor: Actor) -> int:
    """Have sources read anew as a whole, as soon as the budget allows; return how many."""
    live = [each.pk for each in sources if each.is_bound]
    if not live:
        raise ResultsRefused("There is nothing to read anew: the list is no longer bound to a campaign.")
    with transaction.atomic():
        ResultSource.objects.filter(pk__in=live, walk_began_at__isnull=True).update(
            walk_wanted=f"asked by {actor.called}"[:80], due_at=None
        )
        audit_record(
            verb=Verb.RESULTS_RECOUNT,
            tenant=tenant,
            actor=actor.user,
            actor_name=actor.name,
            target_kind="results",
            target_name=", ".join(sorted({each.title for each in sources}))[:300],
        )
    return len(live)


def settings_change(
    *,
    tenant: Tenant,
    actor: Actor,
    is_reading: bool | None = None,
    calls_a_minute: int | None = None,
    whole_every_minutes: int | None = None,
    keeps_agents: bool | None = None,
) -> ResultsSettings:
    """Change how results are read; None leaves a setting as it is. Raises ResultsRefused.

    Where agents are no longer kept, their logins are removed from what was read.
    """
    if calls_a_minute is not None and not 1 <= calls_a_minute <= 600:
        raise ResultsRefused("Between 1 and 600 calls a minute can be given to the reading of results.")
    if whole_every_minutes is not None and not 5 <= whole_every_minutes <= 1440:
        raise ResultsRefused("Between 5 and 1,440 minutes can lie between two whole readings.")
    settings = settings_of(tenant)
    wanted = {
        "is_reading": is_reading,
        "calls_a_minute": calls_a_minute,
        "whole_every_minutes": whole_every_minutes,
        "keeps_agents": keeps_agents,
    }
    changed = {name: said for name, said in wanted.items() if said is not None and getattr(settings, name) != said}
    if not changed:
        return settings
    with transaction.atomic():
        for name, said in changed.items():
            setattr(settings, name, said)
        settings.save(update_fields=list(changed))
        if changed.get("keeps_agents") is False:
            Attempt.objects.filter(source__tenant=tenant).exclude(agent="").update(agent="")
        audit_record(
            verb=Verb.RESULTS_SETTINGS,
            tenant=tenant,
            actor=actor.user,
            actor_name=actor.name,
            target_kind="results",
            target_name=tenant.name,
            details=dict(changed),
        )
    return settings


def results_json(results: Results) -> dict[str, Any]:
    """Return results under the names of the dictionary, for files and commands."""
    return {
        "period": {
            "words": results.period.words,
            "from": results.period.begin.isoformat(),
            "until": results.period.end.isoformat(),
        },
        "age": {
            "read_until": results.known.until.isoformat() if results.known.until else None,
            "sources": results.known.sources,
            "never_read": results.known.unread,
            "gaps": [gap_json(gap) for gap in results.known.gaps],
        },
        "stock": stock_json(results.stock),
        "events": _events_told(results) if results.is_covered else None,
        "reached": {"dialled": results.reached[0], "reached": results.reached[1]} if results.is_covered else None,
        "last_hour": results.last_hour,
        "runs_dry": forecast_json(results.forecast),
        "lists": [
            {
                "campaign": {"id": one.source.campaign_id, "name": one.source.campaign_name},
                "list": {"id": one.source.list_id, "name": one.source.list_name},
                "instance": one.source.instance_id,
                "is_bound": one.source.is_bound,
                "enabled": one.source.is_enabled,
                "read_until": one.source.read_at.isoformat() if one.source.read_at else None,
                "stock": stock_json(one.stock),
                "calls": one.events.calls,
                "contact_rate": one.events.contact_rate,
                "last_hour": one.last_hour,
                "runs_dry": forecast_json(one.forecast),
            }
            for one in results.sources
        ],
    }


def _events_told(results: Results) -> dict[str, Any]:
    """Return what happened; no rate of success where nothing counts as one."""
    told = events_json(results.events)
    return told if results.tells_success else told | {"success_rate": None}


def stock_json(stock: Stock) -> dict[str, Any]:
    """Return a stock under the names of the dictionary."""
    return {
        "total": stock.total,
        "never": stock.never,
        "open": stock.open,
        "completed": stock.completed,
        "completed_by_group": {group.value or "none": n for group, n in stock.by_group},
        "gone": stock.gone,
        "difference": stock.difference,
        "left": stock.left,
        "completed_percent": stock.completed_percent,
        "penetration": stock.penetration,
        "depth": stock.depth,
        "is_counted": stock.is_counted,
        "counted_at": stock.counted_at.isoformat() if stock.counted_at else None,
    }


def events_json(events: Events) -> dict[str, Any]:
    """Return what happened under the names of the dictionary."""
    return {
        "calls": events.calls,
        "decisions": events.decisions,
        "contacts": events.contacts,
        "contact_rate": events.contact_rate,
        "successes": events.successes,
        "success_rate": events.success_rate,
        "no_agent": events.no_agent_rate,
        "duration": events.seconds,
        "by_group": {group.value or "none": n for group, n, _ in events.by_group},
        "by_ending": {ending.value or "none": n for ending, n, _ in events.by_ending},
        "by_disposition": [
            {
                "disposition": each.disposition.name,
                "group": each.disposition.group or None,
                "ending": each.disposition.ending or None,
                "calls": each.calls,
                "decisions": each.decisions,
            }
            for each in events.by_disposition
        ],
    }


def forecast_json(forecast: Forecast) -> dict[str, Any]:
    """Return a forecast with its basis."""
    return {
        "early": forecast.early.isoformat() if forecast.early else None,
        "late": forecast.late.isoformat() if forecast.late else None,
        "basis": forecast.basis,
    }


def keep_days() -> int:
    """Return for how many days attempts are kept, 0 for ever."""
    return int(installation.RESULTS_KEEP_DAYS)
