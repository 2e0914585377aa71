"""Tenants: created, changed, connected to and tested."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.contrib.auth.models import User

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.platforms.base import MemoryTokens
from bpadmin.platforms.errors import AuthFailed, Unreachable
from bpadmin.tenants.models import Membership, Role, Tenant
from bpadmin.tenants.services import (
    TenantRefused,
    tenant_client,
    tenant_create,
    tenant_credentials,
    tenant_test,
    tenant_update,
    tenants_of,
    tenants_reencrypt,
)

pytestmark = pytest.mark.django_db
SECRET = "sandbox-secret"


def values(tenant: Tenant, **changes: Any) -> dict[str, Any]:
    """What the settings form sends when nothing is touched, and then what is."""
    return {
        "tenant": tenant,
        "name": tenant.name,
        "base_url": tenant.base_url,
        "credentials": {"client_id": tenant.credentials["client_id"], "client_secret": ""},
        "time_zone": tenant.time_zone,
        "lanes": tenant.lanes,
        "chunk_size": tenant.chunk_size,
        **changes,
    }


def new(**changes: Any) -> Tenant:
    """Create a tenant that nobody answers for."""
    given: dict[str, Any] = {
        "slug": "acme",
        "name": "Acme",
        "platform": "brightpattern",
        "base_url": "http://127.0.0.1:1",
        "credentials": {"client_id": "sandbox", "client_secret": SECRET},
    }
    return tenant_create(**{**given, **changes})


def test_the_secret_is_stored_encrypted_and_apart() -> None:
    tenant = Tenant.objects.get(pk=new().pk)
    assert tenant.credentials == {"client_id": "sandbox"}
    assert SECRET not in json.dumps([tenant.credentials, tenant.secrets])
    assert tenant_credentials(tenant) == {"client_id": "sandbox", "client_secret": SECRET}


def test_its_maker_becomes_its_administrator(stranger: User) -> None:
    tenant = new(actor=stranger)
    assert Membership.objects.get(tenant=tenant, user=stranger).role == Role.ADMINISTRATOR
    assert list(tenants_of(user=stranger)) == [tenant]


def test_a_slash_at_the_end_of_the_address_is_dropped() -> None:
    assert new(base_url=" http://127.0.0.1:1/ ").base_url == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"platform": "no-such"}, "platform"),
        ({"base_url": "acme"}, "base_url"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"lanes": 17}, "lanes"),
        ({"chunk_size": 0}, "chunk_size"),
        ({"slug": "no spaces"}, "slug"),
        ({"credentials": {"client_id": "sandbox"}}, "client_secret"),
        ({"credentials": {"client_secret": "x"}}, "client_id"),
    ],
)
def test_it_refuses_what_cannot_work(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(TenantRefused) as refused:
        new(**changes)
    assert refused.value.field == field
    assert not Tenant.objects.exists()


def test_a_short_name_belongs_to_one_tenant() -> None:
    new()
    with pytest.raises(TenantRefused, match="already") as refused:
        new(name="Other")
    assert refused.value.field == "slug"


def test_an_empty_secret_keeps_the_stored_one() -> None:
    tenant = new()
    tenant_update(**values(tenant, name="Acme Two", lanes=2))
    tenant.refresh_from_db()
    assert (tenant.name, tenant.lanes) == ("Acme Two", 2)
    assert tenant_credentials(tenant)["client_secret"] == SECRET


def test_a_new_secret_replaces_the_stored_one() -> None:
    tenant = new()
    tenant_update(**values(tenant, credentials={"client_id": "sandbox", "client_secret": "another"}))
    assert tenant_credentials(Tenant.objects.get())["client_secret"] == "another"


def test_another_server_does_not_get_the_stored_secret() -> None:
    tenant = new()
    with pytest.raises(TenantRefused, match="another server") as refused:
        tenant_update(**values(tenant, base_url="http://127.0.0.1:2"))
    assert refused.value.field == "client_secret"
    assert Tenant.objects.get().base_url == "http://127.0.0.1:1"


def test_another_path_on_the_same_server_keeps_the_secret() -> None:
    tenant = new()
    tenant_update(**values(tenant, base_url="http://127.0.0.1:1/base"))
    assert tenant_credentials(Tenant.objects.get())["client_secret"] == SECRET


def test_the_log_tells_what_changed_and_never_the_secret() -> None:
    tenant = new()
    tenant_update(
        **values(tenant, name="Acme Two", credentials={"client_id": "other", "client_secret": "new-secret-9"})
    )
    entry = AuditEntry.objects.get(verb=Verb.TENANT_CHANGE)
    assert entry.details["name"] == {"before": "Acme", "after": "Acme Two"}
    assert entry.details["secret"] == "replaced"
    everything = json.dumps(list(AuditEntry.objects.values("details", "message", "target_name")))
    assert "new-secret-9" not in everything
    assert SECRET not in everything


def test_a_save_that_changes_nothing_is_not_logged() -> None:
    tenant_update(**values(new()))
    assert not AuditEntry.objects.filter(verb=Verb.TENANT_CHANGE).exists()


def test_the_connection_test_signs_in(tenant: Tenant) -> None:
    report = tenant_test(tenant)
    assert report.ok, report


def test_the_connection_test_names_a_wrong_secret(tenant: Tenant) -> None:
    tenant_update(**values(tenant, credentials={"client_id": "sandbox", "client_secret": "wrong"}))
    report = tenant_test(tenant)
    assert not report.ok
    assert "secret" in report.headline.lower()


def test_the_connection_test_names_missing_privileges(tenant: Tenant) -> None:
    tenant_update(**values(tenant, credentials={"client_id": "viewer-only", "client_secret": SECRET}))
    assert tenant_test(tenant).missing_privileges


def test_the_connection_test_names_an_unreachable_server() -> None:
    report = tenant_test(new())
    assert not report.ok
    assert report.headline


def test_the_address_is_checked_again_when_it_is_connected_to(tenant: Tenant, settings: Any) -> None:
    settings.ALLOW_PRIVATE_TENANTS = False
    with pytest.raises(Unreachable, match="may not be called"):
        tenant_client(tenant)
    assert not tenant_test(tenant).ok


def test_a_lost_key_is_told_and_repaired_by_entering_the_secret(tenant: Tenant, settings: Any) -> None:
    settings.ENCRYPTION_KEY = "another-key"
    with pytest.raises(AuthFailed, match="BPADMIN_ENCRYPTION_KEY"):
        tenant_client(tenant)
    tenant_update(**values(tenant, credentials={"client_id": "sandbox", "client_secret": SECRET}))
    assert tenant_test(tenant).ok


def test_clients_of_one_tenant_share_a_token(tenant: Tenant, sandbox: Any) -> None:
    for _ in range(3):
        with tenant_client(tenant) as client:
            client.get_campaigns()
    assert sandbox.stats()["token_requests"] == 1


def test_a_tenant_without_the_secret_does_not_get_another_ones_token(tenant: Tenant) -> None:
    with tenant_client(tenant) as client:
        client.get_campaigns()
    thief = new(
        slug="thief", base_url=tenant.base_url, credentials={"client_id": "sandbox", "client_secret": "guessed"}
    )
    with tenant_client(thief) as client, pytest.raises(AuthFailed):
        client.get_campaigns()


def test_tokens_are_kept_apart_by_tenant_address_and_every_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    scopes: list[str] = []

    def tokens(scope: str) -> MemoryTokens:
        scopes.append(scope)
        return MemoryTokens()

    monkeypatch.setattr("bpadmin.tenants.services.CacheTokens", tokens)
    tenant = new()
    for each in (tenant, tenant, new(slug="twin")):
        tenant_client(each).close()
    given = {"client_id": "sandbox", "client_secret": SECRET}
    for changes in (
        {"base_url": "http://127.0.0.1:2", "credentials": given},
        {"credentials": {**given, "client_secret": "another"}},
        {"credentials": {**given, "client_id": "somebody"}},
    ):
        tenant_update(**values(tenant, **changes))
        tenant_client(tenant).close()
    assert scopes[0] == scopes[1]
    assert len(set(scopes)) == 5


def test_neither_secret_nor_token_is_logged(tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with tenant_client(tenant) as client:
        client.get_campaigns()
        token = client.get_access_token().value
    assert len(token) > 8
    assert token not in caplog.text
    assert SECRET not in caplog.text


def test_every_secret_is_encrypted_anew(tenant: Tenant, settings: Any) -> None:
    old = settings.ENCRYPTION_KEY
    settings.ENCRYPTION_KEY = f"newest-key,{old}"
    assert tenants_reencrypt() == 1
    settings.ENCRYPTION_KEY = "newest-key"
    tenant.refresh_from_db()
    assert tenant_credentials(tenant)["client_secret"] == SECRET


def test_a_field_is_needed_where_another_says_so_and_may_else_be_empty() -> None:
    older = {"platform": "brightpattern_legacy", "credentials": {"client_id": "u", "client_secret": SECRET}}
    assert new(**older).credentials["tenant_url"] == ""
    first = {**older["credentials"], "api_version": "v1"}
    with pytest.raises(TenantRefused, match="Tenant's part of the address is needed") as caught:
        new(slug="first", platform="brightpattern_legacy", credentials=first)
    assert caught.value.field == "tenant_url"
    made = new(slug="first", platform="brightpattern_legacy", credentials={**first, "tenant_url": "acme"})
    assert made.credentials["tenant_url"] == "acme"
