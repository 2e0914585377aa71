"""One reading of the ledger for all who look at the same page within some seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from bpadmin.dialler.live import Snapshot
from bpadmin.results.figures.periods import Period, today_until
from bpadmin.results.pages.charts import Columns, StockBar, columns_of, stock_bar
from bpadmin.results.services import CampaignFigures, Results, campaign_figures, results_of, sources_of
from bpadmin.tenants.limits import limit_now
from bpadmin.web.tables import fingerprint

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

SECONDS = 10


@dataclass(frozen=True, slots=True)
class Shown:
    """Results with their charts, as pages show them."""

    results: Results
    bar: StockBar
    columns: Columns

    @property
    def fingerprint(self) -> str:
        """Return a text that changes when what is shown changes."""
        results = self.results
        known = (results.known.until, results.known.percent, results.known.troubles, len(results.known.gaps))
        stocks = [(one.source.pk, one.stock, one.last_hour, one.events.calls) for one in results.sources]
        return fingerprint(known, stocks, results.period, results.recounts and results.recounts[0].pk)


def results_shared(
    tenant: Tenant, period: Period, *, campaign_id: str = "", list_id: str = "", only_bound: bool = False
) -> Shown | None:
    """Return the results of a campaign, a list or the tenant, at most some seconds old; None where none is kept."""
    # Whoever is limited is shown less: what is shared is shared with those who have the same limit.
    what = (campaign_id, list_id, only_bound, period.begin, period.end, limit_now())
    key = f"results:{tenant.pk}:{fingerprint(*what)}"
    found = cache.get(key)
    if isinstance(found, Shown):
        return found
    sources = sources_of(tenant=tenant, campaign_id=campaign_id, list_id=list_id)
    if only_bound:
        sources = [each for each in sources if each.is_bound]
    if not sources:
        return None
    results = results_of(tenant=tenant, sources=sources, period=period)
    shown = Shown(results, stock_bar(results.stock), columns_of(results.slots))
    cache.set(key, shown, timeout=SECONDS)
    return shown


def figures_shared(tenant: Tenant) -> dict[str, CampaignFigures]:
    """Return the figures of campaigns by id for tables, at most some seconds old."""
    key = f"results:figures:{tenant.pk}"
    found: dict[str, CampaignFigures] | None = cache.get(key)
    if found is None:
        period = today_until(tenant, timezone.now())
        found = campaign_figures(tenant=tenant, period=period)
        cache.set(key, found, timeout=SECONDS)
    return found


def figure_address(tenant: Tenant, **said: str) -> str:
    """Return the address of figures of what is said, for the name of a figure to be added to."""
    query = urlencode([(name, value) for name, value in said.items() if value])
    return f"{reverse('results:figure', kwargs={'slug': tenant.slug})}?{query}{'&' if query else ''}of="


def snapshot_of(shown: Any) -> Snapshot[Any]:
    """Return what the mechanism of live parts needs: results are ours, so that they are never waited for."""
    return Snapshot(shown, timezone.now(), "", float(SECONDS))
