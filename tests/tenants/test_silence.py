"""How silence is judged is a tenant's setting: an administrator's alone, logged, with the name of who decided."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import Tenant
from tests.shell import run

pytestmark = pytest.mark.django_db


def given(sandbox: Any, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Acme Support",
        "base_url": sandbox.url,
        "time_zone": "UTC",
        "lanes": 4,
        "chunk_size": 1000,
        "connect_client_id": "sandbox",
        **changes,
    }


def test_an_administrator_switches_it_on_and_off_by_name(
    administrator_client: Client, tenant: Tenant, sandbox: Any
) -> None:
    page = administrator_client.get("/t/acme/settings/").content.decode()
    assert "people are called twice" in page
    wish = given(sandbox, quiet_seconds=600, resends_after_quiet="on")
    assert administrator_client.post("/t/acme/settings/", wish).status_code == 302
    tenant.refresh_from_db()
    assert (tenant.quiet_seconds, tenant.resends_after_quiet, tenant.resends_after_quiet_by) == (600, True, "ada")
    entry = AuditEntry.objects.get(verb=Verb.TENANT_CHANGE)
    assert entry.details == {
        "quiet_seconds": {"before": 180, "after": 600},
        "resends_after_quiet": {"before": False, "after": True},
    }
    administrator_client.post("/t/acme/settings/", given(sandbox))
    tenant.refresh_from_db()
    assert (tenant.quiet_seconds, tenant.resends_after_quiet, tenant.resends_after_quiet_by) == (600, False, "")


def test_a_supervisor_cannot(supervisor_client: Client, tenant: Tenant, sandbox: Any) -> None:
    assert supervisor_client.post("/t/acme/settings/", given(sandbox, resends_after_quiet="on")).status_code == 403
    tenant.refresh_from_db()
    assert not tenant.resends_after_quiet


def test_the_commands_take_it_too(tenant: Tenant) -> None:
    code, _ = run("tenant_change", "acme", "--quiet-seconds", "30", "--resends-after-quiet", "--no-test")
    tenant.refresh_from_db()
    assert (code, tenant.quiet_seconds, tenant.resends_after_quiet) == (0, 30, True)
    assert tenant.resends_after_quiet_by.endswith(" (shell)")
    run("tenant_change", "acme", "--lanes", "2", "--no-test")
    tenant.refresh_from_db()
    assert tenant.resends_after_quiet
    assert run("tenant_change", "acme", "--quiet-seconds", "0", "--no-test")[0] == 1
