"""Sources of a tenant: as the catalogue knows them, named by hand where the platform lists none, found by name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bpadmin.dialler.catalogue import bindings_look, catalogue_again
from bpadmin.dialler.live import Snapshot, live_forget, live_read
from bpadmin.dialler.lookup import LookupRefused, find_one
from bpadmin.dialler.models import CatalogueBinding
from bpadmin.dialler.refreshing.storing import binding_of, campaign_of
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import Invalid, NotFound, Reason, Unsupported
from bpadmin.platforms.info import PlatformInfo
from bpadmin.platforms.sources import Source
from bpadmin.records.named import named_source_of, named_sources
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.services import tenant_client

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

ALL = "sources"
# Seconds. Some platforms are asked once for each campaign before all sources are known.
ALL_TTL = 300.0
ONE_TTL = 60.0


def platform_of(tenant: Tenant) -> PlatformInfo:
    """Return what the registry knows of the tenant's platform."""
    return REGISTRY[tenant.platform]


def can_name_sources(tenant: Tenant) -> bool:
    """Return whether people name sources of this tenant by hand."""
    return Capability.SOURCES_NAMED in capabilities_known(tenant)


def sources_look(tenant: Tenant) -> Snapshot[Any]:
    """Return how far the sources are read where the catalogue has them; see `sources_in`."""
    return bindings_look(tenant)


def has_sources_in_catalogue(tenant: Tenant) -> bool:
    """Return whether the tenant's sources are lists in campaigns, which the catalogue keeps."""
    return platform_of(tenant).source_of_binding is not None


def sources_in(tenant: Tenant) -> QuerySet[CatalogueBinding]:
    """Return the rows of the lists in campaigns, by campaign and name."""
    rows = CatalogueBinding.objects.filter(tenant=tenant).select_related("campaign", "tenant")
    return rows.order_by("campaign_key", "name_key", "instance_id")


def source_in(row: CatalogueBinding) -> Source:
    """Return the source that a list in a campaign is."""
    make = platform_of(row.tenant).source_of_binding
    if make is None:
        raise Unsupported("This platform's sources are no lists in campaigns.")
    return make(campaign_of(row.campaign, is_whole=False), binding_of(row))


def sources_read(tenant: Tenant) -> Snapshot[tuple[Source, ...]]:
    """Return the sources that the platform lists, none where it can list none."""
    if not has_sources_in_catalogue(tenant):
        return live_read(tenant, ALL, sources_listed, ttl=ALL_TTL)
    snapshot = sources_look(tenant)
    found = tuple(map(source_in, sources_in(tenant))) if snapshot.has_value else ()
    return replace(snapshot, value=found)


def sources_listed(client: PlatformClient) -> tuple[Source, ...]:
    """Ask the platform for its sources, none where it can list none. Raises PlatformError."""
    try:
        return client.sources()
    except Unsupported:
        return ()


def sources_of(tenant: Tenant, group_id: str) -> Snapshot[tuple[Source, ...]]:
    """Return the sources of one campaign; none, without an error, when the platform knows no such campaign."""

    def fetch(client: PlatformClient) -> tuple[Source, ...]:
        try:
            return client.sources(group_id)
        except NotFound as error:
            if error.reason == Reason.URL_NOT_FOUND:  # then it is the tenant's address that is wrong
                raise
            return ()

    return live_read(tenant, f"{ALL}:{group_id}", fetch, ttl=ONE_TTL)


def sources_forget(*, tenant: Tenant) -> None:
    """Make the next reader ask the platform for its sources again."""
    if has_sources_in_catalogue(tenant):
        catalogue_again(tenant=tenant, bindings=True)
    else:
        live_forget(tenant, ALL)


def source_read(tenant: Tenant, source_id: str) -> Snapshot[Source | None]:
    """Return one source that the platform lists; None, without an error, when it lists no such one."""

    def fetch(client: PlatformClient) -> Source | None:
        try:
            return client.get_source(source_id)
        except (NotFound, Invalid, Unsupported) as error:
            if error.reason == Reason.URL_NOT_FOUND:
                raise
            return None

    return live_read(tenant, f"source:{source_id}", fetch, ttl=ONE_TTL)


def source_find(*, tenant: Tenant, name_or_id: str) -> Source:
    """Find a source by what a person typed, asking the platform now. Raises LookupRefused and PlatformError.

    Where sources are named by one value, such as a campaign's id, that value is enough.
    """
    info = platform_of(tenant)
    named = [named_source_of(each, info) for each in named_sources(tenant)]
    with tenant_client(tenant) as client:
        known = {each.id: each for each in sources_listed(client)} | {each.id: each for each in named}
        try:
            return find_one(list(known.values()), name_or_id, noun="source", where=tenant.name)
        except LookupRefused as refused:
            found = _unlisted(client, info, name_or_id.strip(), can_name=can_name_sources(tenant))
            if found is None:
                raise refused from None
            return found


def _unlisted(client: PlatformClient, info: PlatformInfo, wanted: str, *, can_name: bool) -> Source | None:
    """Find a source that is not listed by its id, such as a list in a disabled campaign."""
    try:
        return client.get_source(wanted)
    except (NotFound, Invalid, Unsupported):
        pass
    if not can_name or info.source_named is None or len(info.source_fields) != 1:
        return None
    try:
        return info.source_named({info.source_fields[0].name: wanted})
    except ValueError:
        return None
