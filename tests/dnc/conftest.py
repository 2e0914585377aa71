"""Fixtures of the Do Not Call tests: a tenant whose platform has the newer methods."""

from __future__ import annotations

import pytest

from bpadmin.tenants.connections.capabilities import capabilities_learn
from bpadmin.tenants.services import tenant_client


@pytest.fixture
def newer(tenant, sandbox):
    """The tenant with the newer methods, known to have them."""
    sandbox.options(newer_dnc=True)
    with tenant_client(tenant) as client:
        capabilities_learn(tenant, client)
    return tenant
