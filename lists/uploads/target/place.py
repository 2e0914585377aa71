"""What a file goes into: found by name or id, and the page that shows it. Not every platform has lists for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from bpadmin.dialler.catalogue import list_find
from bpadmin.dialler.models import CatalogueBinding
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CallingList
from bpadmin.records.named import named_sources
from bpadmin.tenants.connections.capabilities import capabilities_known

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


def target_url(tenant: Tenant, target_id: str) -> str:
    """Return the page of what a file goes into: a list, or else a campaign, or else a source of records."""
    offered = capabilities_known(tenant)
    if Capability.LISTS_READ in offered:
        return reverse("lists:detail", args=[tenant.slug, target_id])
    if Capability.CAMPAIGNS_READ in offered:
        return reverse("campaigns:detail", args=[tenant.slug, target_id])
    return reverse("records:browse", args=[tenant.slug, target_id])


def target_title(tenant: Tenant, target_id: str, name: str) -> str:
    """Return the name that people here gave to what a file goes into, `name` where they gave none."""
    if not REGISTRY[tenant.platform].uploads.finds_by_id:
        return name
    named = named_sources(tenant).filter(source_id=target_id).first()
    return named.name if named else name


def list_names_known(tenant: Tenant) -> list[str]:
    """Return the names of the lists that campaigns dial, as they were read last; asks nobody."""
    known = CatalogueBinding.objects.filter(tenant=tenant).order_by("list_name")
    return list(known.values_list("list_name", flat=True).distinct())


def target_find(*, tenant: Tenant, name_or_id: str) -> CallingList:
    """Find what a file goes into by what a person typed. Raises LookupRefused and PlatformError."""
    terms = REGISTRY[tenant.platform].uploads
    if terms.finds_by_id:
        wanted = name_or_id.strip().casefold()
        named = [each for each in named_sources(tenant) if wanted == each.name.casefold()]
        name_or_id = named[0].source_id if len(named) == 1 else name_or_id
    return list_find(tenant=tenant, name_or_id=name_or_id)
