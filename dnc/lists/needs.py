"""What Do Not Call lists need a person for, on the home page: campaigns without one, and registry data too old."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.urls import reverse

from bpadmin.platforms.base import Capability
from bpadmin.results.home.extensions import Need
from bpadmin.tenants.connections.capabilities import capabilities_known
from dnc.entries.expiry import tenant_today
from dnc.lists.coverage import campaigns_unprotected
from dnc.lists.freshness import freshness_of
from dnc.models import DncList

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


def dnc_needs(tenant: Tenant) -> Iterator[Need]:
    """Return running campaigns that no Do Not Call list protects, and registry lists whose data are too old."""
    if Capability.DNC_WRITE not in capabilities_known(tenant):
        return
    lists = list(DncList.objects.filter(tenant=tenant))
    today = tenant_today(tenant)
    for each in lists:
        found = freshness_of(each, today)
        if found is not None and found.tone == "bad":
            yield Need(
                "bad",
                f"The registry data of “{each.name}” are too old.",
                f"{found.words}. Bring a new file of the registry.",
                reverse("dnc:detail", kwargs={"slug": tenant.slug, "list_pk": each.pk}),
                "Open the list",
                kind="registry",
            )
    if not lists:
        return  # nobody has looked yet which there are
    for campaign in campaigns_unprotected(tenant, lists):
        yield Need(
            "warn",
            f"“{campaign.name}” is running, and no Do Not Call list protects it.",
            "Nobody on such a list is kept from being called.",
            reverse("dnc:coverage", kwargs={"slug": tenant.slug}),
            "See what protects what",
            kind="unprotected",
        )
