"""What campaigns need a person for, on the home page: one that runs and dials nobody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.urls import reverse

from bpadmin.dialler.catalogue import campaigns_acted, campaigns_read
from bpadmin.platforms.base import Capability
from bpadmin.results.home.extensions import Need
from bpadmin.results.pages.shared import figures_shared
from bpadmin.tenants.connections.capabilities import capabilities_known
from campaigns.idle import ALL_DONE, idle_read, is_newer

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


def idle_needs(tenant: Tenant) -> Iterable[Need]:
    """Return the running campaigns that have nothing to dial, as the results tell it, or else the dialler."""
    if Capability.CAMPAIGN_STATE not in capabilities_known(tenant):
        return []
    campaigns = campaigns_read(tenant).value or ()
    told = figures_shared(tenant)
    done = {id_: figures for id_, figures in told.items() if figures.is_idle}
    acted = campaigns_acted(tenant=tenant, campaign_ids=done)
    is_known = {id_: is_newer(figures.stock.counted_at, acted.get(id_)) for id_, figures in done.items()}
    idle = idle_read(tenant, campaigns) | {id_: ALL_DONE for id_ in done if is_known[id_]}
    return [
        Need(
            "bad",
            f"“{each.name}” is running, and dials nobody.",
            idle[each.id],
            reverse("campaigns:detail", kwargs={"slug": tenant.slug, "campaign_id": each.id}),
            "See its lists",
            kind="idle",
        )
        for each in campaigns
        if each.id in idle
    ]
