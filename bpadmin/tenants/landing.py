"""Which page of a tenant comes first: the first that its platform offers."""

from __future__ import annotations

from bpadmin.platforms.base import Capability
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.models import Tenant

FIRST = ((Capability.SOURCES_READ, "results:home"), (Capability.CAMPAIGNS_READ, "campaigns:index"))


def first_page(tenant: Tenant) -> str:
    """Name the address that a tenant opens with."""
    offered = capabilities_known(tenant)
    return next((name for capability, name in FIRST if capability in offered), "jobs:index")
