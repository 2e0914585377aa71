"""A tenant of Bright Pattern's older API on the sandbox, where lists, campaigns and Do Not Call lists have names."""

from __future__ import annotations

from typing import Any

from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_create


def older_tenant(sandbox: Any, **connection: str) -> Tenant:
    """Connect the sandbox by v2, or as `connection` says."""
    return tenant_create(
        slug="acme",
        name="Acme Support",
        platform="brightpattern_legacy",
        base_url=sandbox.url,
        credentials={"api_version": "v2", **sandbox.credentials, **connection},
    )
