"""What a tenant's platform offers: asked once, remembered a week, learnt anew by the connection test."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from bpadmin.platforms.base import Capability
from bpadmin.platforms.brightpattern.info import INFO
from bpadmin.platforms.brightpattern.latest.groups import DNC_GROUP, LINKS_GROUP, LISTS_GROUP, NEWER, SETTINGS_GROUP
from bpadmin.tenants.connections.capabilities import (
    capabilities_known,
    capabilities_probed_at,
    capabilities_told,
)
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.services import tenant_capabilities, tenant_create, tenant_has, tenant_test, tenant_update
from tests.fixtures_tenants import browser_of

pytestmark = pytest.mark.django_db
OLDER = INFO.capabilities
OPTIONS = {
    "newer_dnc": DNC_GROUP,
    "newer_campaigns": SETTINGS_GROUP,
    "newer_lists": LISTS_GROUP,
    "newer_links": LINKS_GROUP,
}


def fresh(tenant: Tenant) -> Tenant:
    """Read the tenant as the next page would."""
    return Tenant.objects.get(pk=tenant.pk)


def asked(sandbox: Any) -> int:
    """How often the sandbox was probed: each time its lists are read once."""
    return int(sandbox.stats()["requests"].get("get_lists", 0))


def age(tenant: Tenant, **back: float) -> Tenant:
    """Let everything that was found out be this much older."""
    found = fresh(tenant)
    then = (timezone.now() - timedelta(**back)).isoformat()
    found.capabilities = {**found.capabilities, "probed_at": then, "tried_at": then}
    found.save()
    return found


def test_a_tenant_is_asked_once(tenant: Tenant, sandbox: Any) -> None:
    assert tenant_capabilities(tenant) == OLDER
    assert not tenant_has(tenant, Capability.DNC_READ)
    assert tenant_has(fresh(tenant), Capability.DNC_WRITE)
    assert asked(sandbox) == 1
    assert capabilities_probed_at(fresh(tenant)) is not None


def test_a_newer_tenant_has_the_newer_ones(tenant: Tenant, sandbox: Any) -> None:
    sandbox.create_campaign("Renewals")
    sandbox.create_list("north.csv", [{"name": "phone", "type": "PHONE"}])
    sandbox.options(newer_dnc=True, newer_campaigns=True, newer_lists=True, newer_links=True)
    assert all(tenant_has(fresh(tenant), capability) for capability in NEWER)
    assert asked(sandbox) == 1


def test_each_group_is_found_out_by_itself(tenant: Tenant, sandbox: Any) -> None:
    sandbox.create_campaign("Renewals")
    sandbox.create_list("north.csv", [{"name": "phone", "type": "PHONE"}])
    for option, group in OPTIONS.items():
        sandbox.options(**{name: name == option for name in OPTIONS})
        tenant_test(tenant)
        assert capabilities_known(fresh(tenant)) == OLDER | group, option
        told = {name for name, has, _ in capabilities_told(fresh(tenant)) if has}
        assert len(told) == 1, option


def test_a_messaging_campaign_shows_that_the_tenant_is_newer(tenant: Tenant, sandbox: Any) -> None:
    sandbox.create_campaign("Texts", kind="Outbound Messaging")
    sandbox.options(newer_campaigns=True)
    assert tenant_has(fresh(tenant), Capability.CAMPAIGN_SETTINGS)


def test_the_settings_page_says_what_the_tenant_has(tenant: Tenant, sandbox: Any) -> None:
    sandbox.options(newer_dnc=True, newer_links=True)
    tenant_test(tenant)
    shown = browser_of(tenant, Role.ADMINISTRATOR).get(reverse("tenants:settings", args=[tenant.slug])).content.decode()
    assert "What this tenant has" in shown
    assert "Campaigns can be put into link groups" in shown
    assert "Lists that no campaign has are not readable" in shown


def test_after_a_week_it_is_asked_again(tenant: Tenant, sandbox: Any) -> None:
    tenant_capabilities(tenant)
    sandbox.options(newer_dnc=True)
    assert not tenant_has(age(tenant, days=6), Capability.DNC_READ)
    assert tenant_has(age(tenant, days=8), Capability.DNC_READ)
    assert asked(sandbox) == 2


def test_the_connection_test_learns_anew_and_says_so(tenant: Tenant, sandbox: Any) -> None:
    tenant_capabilities(tenant)
    assert "does not let Do Not Call lists be read back" in " ".join(tenant_test(tenant).details)
    sandbox.options(newer_dnc=True)
    report = tenant_test(tenant)
    assert report.ok
    assert "Do Not Call lists can be read back" in " ".join(report.details)
    assert tenant_has(fresh(tenant), Capability.DNC_READ)


def test_while_a_tenant_does_not_answer_what_was_known_counts(tenant: Tenant, sandbox: Any) -> None:
    sandbox.options(newer_dnc=True)
    tenant_capabilities(tenant)
    sandbox.faults([{"kind": "http_503", "probability": 1}])
    found = age(tenant, days=30)
    assert tenant_has(found, Capability.DNC_READ)
    assert found.capabilities["trouble"]
    before = asked(sandbox)
    assert tenant_has(fresh(tenant), Capability.DNC_READ)
    assert asked(sandbox) == before
    sandbox.faults([])
    assert tenant_has(age(tenant, days=30), Capability.DNC_READ)
    assert "trouble" not in fresh(tenant).capabilities


def test_of_a_tenant_that_never_answered_nothing_newer_is_promised() -> None:
    credentials = {"client_id": "x", "client_secret": "y"}
    tenant = tenant_create(
        slug="away", name="Away", platform="brightpattern", base_url="http://127.0.0.1:1", credentials=credentials
    )
    assert tenant_capabilities(tenant) == OLDER
    assert fresh(tenant).capabilities["trouble"]
    assert capabilities_probed_at(tenant) is None


def test_a_missing_privilege_is_not_taken_for_an_older_version(tenant: Tenant, sandbox: Any) -> None:
    sandbox.options(newer_dnc=True)
    tenant.credentials = {"client_id": "viewer-only"}
    tenant.save()
    assert tenant_capabilities(tenant) == OLDER
    assert "Manage Lists" in tenant.capabilities["trouble"]


def test_another_address_is_asked_anew(tenant: Tenant, sandbox: Any) -> None:
    sandbox.options(newer_dnc=True)
    tenant_capabilities(tenant)
    tenant_update(
        tenant=tenant,
        name=tenant.name,
        base_url=sandbox.url.replace("127.0.0.1", "localhost"),
        credentials={"client_id": "sandbox", "client_secret": "sandbox-secret"},
        time_zone="UTC",
        lanes=4,
        chunk_size=1000,
    )
    assert capabilities_known(fresh(tenant)) == OLDER


def test_a_name_that_a_later_version_wrote_is_passed_over(tenant: Tenant) -> None:
    tenant.capabilities = {"held": ["dnc_read", "telepathy"]}
    assert capabilities_known(tenant) == OLDER | {Capability.DNC_READ}
