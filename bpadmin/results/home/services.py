"""The first page of a tenant: what runs, how far it is, what comes of it, and what needs a person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db.models import Sum
from django.utils import timezone

from bpadmin.dialler.catalogue import campaigns_read
from bpadmin.jobs.limits import jobs_limited
from bpadmin.jobs.models import Job
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import Campaign, CampaignState
from bpadmin.results.figures.ages import Known, known_of
from bpadmin.results.figures.events import CONTACTS, Events, events_of
from bpadmin.results.figures.periods import Period, day_of, today_until
from bpadmin.results.home.extensions import Need
from bpadmin.results.home.needs import needs_glance, needs_of
from bpadmin.results.models import HourCount, ResultSource
from bpadmin.results.pages.charts import StockBar, stock_bar
from bpadmin.results.pages.shared import figures_shared
from bpadmin.results.services import CampaignFigures
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.limits import CAMPAIGNS, limit_now, limited

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from bpadmin.dialler.live import Snapshot
    from bpadmin.tenants.models import Tenant

SECONDS = 10
# Those that dial nobody come first; the others are a link away.
MOST_CAMPAIGNS = 12


@dataclass(frozen=True, slots=True)
class Running:
    """A running campaign with its figures, None where nothing of it was read yet."""

    id: str
    name: str
    figures: CampaignFigures | None
    bar: StockBar | None


@dataclass(frozen=True, slots=True)
class Home:
    """All that the page shows. `today` and `week_ago` end at the same hour of the clock; `week_ago` None: not known."""

    running: tuple[Running, ...]
    more: int
    stopped: int
    needs: tuple[Need, ...]
    today: Events
    week_ago: Events | None
    week_ago_whole: Events | None
    known: Known
    is_covered: bool
    jobs: tuple[Job, ...]
    snapshot: Snapshot[tuple[Campaign, ...]] | None
    now: datetime


def home_of(*, tenant: Tenant) -> Home:
    """Return the page of a tenant, at most some seconds old for all who look; of their campaigns to who is limited."""
    if limit_now() is not None:
        return _home(tenant)
    key = f"home:{tenant.pk}"
    found = cache.get(key)
    if isinstance(found, Home):
        return found
    made = _home(tenant)
    cache.set(key, made, timeout=SECONDS)
    return made


def _home(tenant: Tenant) -> Home:
    now = timezone.now()
    offered = capabilities_known(tenant)
    snapshot = campaigns_read(tenant) if Capability.CAMPAIGNS_READ in offered else None
    limit = limit_now()
    if snapshot is not None and snapshot.value is not None and limit is not None:
        snapshot = replace(snapshot, value=tuple(each for each in snapshot.value if limit.holds(CAMPAIGNS, each.id)))
    campaigns = (snapshot.value or ()) if snapshot else ()
    today = today_until(tenant, now)
    running, more, stopped = _running(tenant, campaigns, Capability.CAMPAIGN_STATE in offered)
    sources = list(sources_limited(tenant).select_related("tenant"))
    known = known_of([each for each in sources if each.is_running] or sources, today.begin)
    before = today_until(tenant, now, 7)
    is_old = any(each.first_read_at is not None for each in sources)
    week_ago = events_of(tenant, sources, before) if is_old else None
    return Home(
        running=running,
        more=more,
        stopped=stopped,
        needs=tuple(needs_of(tenant)),
        today=events_of(tenant, sources, today),
        week_ago=week_ago if week_ago and week_ago.attempts else None,
        week_ago_whole=events_of(tenant, sources, day_of(tenant, now, 7)) if is_old else None,
        known=known,
        is_covered=known.covers(today.begin - timedelta(minutes=1)),
        jobs=tuple(jobs_limited(Job.objects.filter(tenant=tenant, state__in=Job.ACTIVE)).defer("report", "remote")[:5]),
        snapshot=snapshot,
        now=now,
    )


def sources_limited(tenant: Tenant) -> QuerySet[ResultSource]:
    """Return what is read of a tenant; of their campaigns for somebody whose role is limited."""
    return limited(ResultSource.objects.filter(tenant=tenant), CAMPAIGNS, "campaign_id")


def _running(tenant: Tenant, campaigns: Sequence[Campaign], tells_state: bool) -> tuple[tuple[Running, ...], int, int]:
    """Return what runs, or all where the platform does not tell, by name; those that dial nobody first."""
    found = [each for each in campaigns if not tells_state or each.state == CampaignState.RUNNING]
    named: list[tuple[str, str]] = [(each.id, each.name) for each in found]
    if not campaigns:
        rows = sources_limited(tenant).filter(is_bound=True, is_running=True)
        named = list(dict.fromkeys(rows.values_list("campaign_id", "campaign_name")))
    figures = figures_shared(tenant)

    def order(each: tuple[str, str]) -> tuple[bool, str]:
        told = figures.get(each[0])
        return not (told is not None and told.is_idle), each[1].casefold()

    named.sort(key=order)
    shown = []
    for id_, name in named[:MOST_CAMPAIGNS]:
        told = figures.get(id_)
        shown.append(Running(id_, name, told, stock_bar(told.stock) if told else None))
    return tuple(shown), max(0, len(named) - MOST_CAMPAIGNS), len(campaigns) - len(found)


@dataclass(frozen=True, slots=True)
class Glance:
    """A tenant at a glance, out of what is read of it anyway: nobody is asked."""

    campaigns: int
    calls: int
    contact_rate: float | None
    needs: int
    worst: str
    is_covered: bool


def tenants_glance(tenants: Sequence[Tenant]) -> dict[int, Glance]:
    """Return several tenants at a glance, by primary key; as many queries for forty of them as for one."""
    now = timezone.now()
    days = {each.pk: today_until(each, now) for each in tenants}
    sources: dict[int, list[ResultSource]] = {each.pk: [] for each in tenants}
    for source in ResultSource.objects.filter(tenant__in=tenants):
        sources[source.tenant_id].append(source)
    calls, contacts = _calls_today(days)
    waiting = needs_glance([each.pk for each in tenants])
    homes = cache.get_many([f"home:{each.pk}" for each in tenants])
    made = {}
    for each in tenants:
        home = homes.get(f"home:{each.pk}")
        titles = [n.title for n in home.needs if n.tone != "info"] if isinstance(home, Home) else waiting[each.pk]
        live = [one for one in sources[each.pk] if one.is_running and one.is_bound]
        read = [one.read_at for one in live if one.read_at is not None]
        made[each.pk] = Glance(
            campaigns=len({one.campaign_id for one in live}),
            calls=calls[each.pk],
            contact_rate=100 * contacts[each.pk] / calls[each.pk] if calls[each.pk] else None,
            needs=len(titles),
            worst=titles[0] if titles else "",
            is_covered=bool(read) and min(read) > days[each.pk].begin,
        )
    return made


def _calls_today(days: dict[int, Period]) -> tuple[Counter[int], Counter[int]]:
    """Return the calls, and those with a person, of each tenant's own day."""
    calls: Counter[int] = Counter()
    contacts: Counter[int] = Counter()
    if not days:
        return calls, contacts
    rows = HourCount.objects.filter(
        source__tenant__in=list(days), hour__gte=min(each.begin for each in days.values()), is_call=True
    )
    grouped = rows.order_by().values_list("source__tenant", "hour", "disposition__group").annotate(n=Sum("count"))
    for tenant_id, hour, group, n in grouped:
        if days[tenant_id].begin <= hour < days[tenant_id].end:
            calls[tenant_id] += n
            if group in CONTACTS:
                contacts[tenant_id] += n
    return calls, contacts
