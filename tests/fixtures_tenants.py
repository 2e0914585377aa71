"""Fixtures: tenants of the other platforms on the sandbox, and browsers of their people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

if TYPE_CHECKING:
    from bpadmin.tenants.models import Role, Tenant


def connect(sandbox: Any, platform: str, *, slug: str = "", **connection: str) -> Tenant:
    """Connect a tenant of a platform on the sandbox with what may do everything, changed by what `connection` says."""
    from bpadmin.tenants.services import tenant_create

    known = {
        "brightpattern": sandbox.credentials,
        "brightpattern_legacy": {"api_version": "v2", **sandbox.credentials},
        "jtel": {"clients_id": sandbox.jtel_client, "token": sandbox.jtel_token},
        "conpeek": {"key": sandbox.conpeek_key},
    }
    return tenant_create(
        slug=slug or platform.replace("_", "-"),
        name=f"Acme on {platform}",
        platform=platform,
        base_url=sandbox.url,
        credentials={**known[platform], **connection},
    )


def browser_of(tenant: Tenant, role: Role | None = None, *, name: str = "sam") -> Client:
    """Return a browser signed in as a member of a tenant, a supervisor unless told otherwise."""
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Membership, Role

    user, _ = User.objects.get_or_create(username=name)
    Membership.objects.get_or_create(tenant=tenant, user=user, defaults={"role": role or Role.SUPERVISOR})
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def jtel_tenant(db: None, sandbox: Any) -> Tenant:
    """A tenant on the sandbox's jtel dialler."""
    return connect(sandbox, "jtel")


@pytest.fixture
def conpeek_tenant(db: None, sandbox: Any) -> Tenant:
    """A tenant on the sandbox's Conpeek server."""
    return connect(sandbox, "conpeek")


@pytest.fixture
def older_tenant(db: None, sandbox: Any) -> Tenant:
    """A tenant on the sandbox's older Bright Pattern API."""
    return connect(sandbox, "brightpattern_legacy")
