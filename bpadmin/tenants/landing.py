"""Which page of a tenant comes first: the first that its platform offers."""

from __future__ import annotations

from bpadmin.platforms.base import Capability
from bpadmin.tenants.capabilities import capabilities_known
from bpadmin.tenants.models import Tenant

FIRST = ((Capability.CAMPAIGNS_READ, "campaigns:index"), (Capability.SOURCES_READ, "records:index"))


def first_page(tenant: Tenant) -> str:
    """Name the address that a tenant opens with."""
    offered = capabilities_known(tenant)
    return next((name for capability, name in FIRST if capability in offered), "jobs:index")
