"""Sources of a tenant: read through the shared cache, named by hand where the platform lists none, found by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpadmin.live import Snapshot, live_forget, live_read
from bpadmin.lookup import LookupRefused, find_one
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import Invalid, NotFound, Reason, Unsupported
from bpadmin.platforms.info import PlatformInfo
from bpadmin.platforms.sources import Source
from bpadmin.records.named import named_source_of, named_sources
from bpadmin.tenants.capabilities import capabilities_known
from bpadmin.tenants.services import tenant_client

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

ALL = "sources"
# Seconds. Some platforms are asked once for each campaign before all sources are known.
ALL_TTL = 300.0
ONE_TTL = 60.0


def platform_of(tenant: Tenant) -> PlatformInfo:
    """Give what the registry knows of the tenant's platform."""
    return REGISTRY[tenant.platform]


def can_name_sources(tenant: Tenant) -> bool:
    """Tell whether people name sources of this tenant by hand."""
    return Capability.SOURCES_NAMED in capabilities_known(tenant)


def sources_read(tenant: Tenant) -> Snapshot[tuple[Source, ...]]:
    """Give the sources that the platform lists, none where it can list none; one walk each five minutes for all."""
    return live_read(tenant, ALL, sources_listed, ttl=ALL_TTL)


def sources_listed(client: PlatformClient) -> tuple[Source, ...]:
    """Ask the platform for its sources, none where it can list none. Raises PlatformError."""
    try:
        return client.sources()
    except Unsupported:
        return ()


def sources_of(tenant: Tenant, group_id: str) -> Snapshot[tuple[Source, ...]]:
    """Give the sources of one campaign; none, without an error, when the platform knows no such campaign."""

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
    live_forget(tenant, ALL)


def source_read(tenant: Tenant, source_id: str) -> Snapshot[Source | None]:
    """Give one source that the platform lists; None, without an error, when it lists no such one."""

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
