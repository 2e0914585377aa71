"""manage.py tenant_change: what is given changes, everything else stays, and the connection is tested."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest

from bpadmin.audit.models import AuditEntry
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_credentials, tenant_update
from tests.shell import run

pytestmark = pytest.mark.django_db


def change(*options: str) -> tuple[int, dict[str, Any]]:
    return run("tenant_change", "acme", *options)


def secret(path: Path, text: str) -> str:
    file = path / "secret"
    file.write_text(text)
    return str(file)


def settings_of(tenant: Tenant) -> dict[str, Any]:
    names = ("slug", "name", "platform", "base_url", "credentials", "time_zone", "lanes", "chunk_size")
    return {name: getattr(tenant, name) for name in names}


def test_a_wrong_secret_of_tenant_add_is_corrected(sandbox: Any, tmp_path: Path) -> None:
    given = ("--url", sandbox.url, "--client-id", "sandbox", "--client-secret-file", secret(tmp_path, "wrong"))
    assert run("tenant_add", "acme", *given)[0] == 1
    code, said = change("--client-secret-file", secret(tmp_path, "sandbox-secret\n"))
    assert code == 0
    assert said["ok"] is True
    entry = AuditEntry.objects.get(verb=Verb.TENANT_CHANGE)
    assert (entry.actor_name, entry.details) == ("shell", {"secret": "replaced"})


def test_what_is_not_given_stays(tenant: Tenant) -> None:
    before = settings_of(tenant)
    code, said = change("--name", "Acme Two", "--time-zone", "Europe/Paris", "--lanes", "2", "--chunk-size", "50")
    assert (code, said["ok"], said["tenant"], said["url"]) == (0, True, "acme", tenant.base_url)
    tenant.refresh_from_db()
    changed = {"name": "Acme Two", "time_zone": "Europe/Paris", "lanes": 2, "chunk_size": 50}
    assert settings_of(tenant) == {**before, **changed}
    assert tenant_credentials(tenant)["client_secret"] == "sandbox-secret"


def test_a_wrong_secret_is_kept_told_and_exits_1(tenant: Tenant, tmp_path: Path) -> None:
    code, said = change("--client-secret-file", secret(tmp_path, "wrong"))
    assert (code, said["ok"]) == (1, False)
    assert "secret" in said["headline"]
    assert tenant_credentials(Tenant.objects.get())["client_secret"] == "wrong"


def test_the_test_can_be_left_out(tenant: Tenant, tmp_path: Path) -> None:
    assert change("--client-secret-file", secret(tmp_path, "wrong"), "--no-test") == (
        0,
        {"tenant": "acme", "url": tenant.base_url, "tested": False},
    )


def test_another_server_needs_the_secret_again(tenant: Tenant, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tenant.base_url
    credentials = {**tenant.credentials, "client_secret": "sandbox-secret"}
    rest = {"time_zone": "UTC", "lanes": 4, "chunk_size": 1000}
    tenant_update(tenant=tenant, name="Acme", base_url="http://127.0.0.1:1", credentials=credentials, **rest)
    code, said = change("--url", elsewhere)
    assert code == 1
    assert "needed again, because the address leads to another server" in said["error"]
    assert "Give it with --client-secret-file." in said["error"]
    assert Tenant.objects.get().base_url == "http://127.0.0.1:1"
    monkeypatch.setattr(sys, "stdin", io.StringIO("sandbox-secret\n"))
    assert change("--url", elsewhere, "--client-secret-file", "-")[0] == 0
    assert Tenant.objects.get().base_url == elsewhere


REFUSED = [
    ((), "Say what to change"),
    (("--no-test",), "Say what to change"),
    (("--url", "nowhere"), "http"),
    (("--time-zone", "Mars/Olympus"), "There is no time zone “Mars/Olympus”"),
    (("--lanes", "17"), "16"),
    (("--client-id", ""), "Give it with --client-id."),
    (("--client-secret-file", ""), "--client-secret-file"),
    (("--token-file", "-"), "has no --token-file. It has: --client-id, --client-secret-file."),
]


def test_what_cannot_be_is_told_and_changes_nothing(tenant: Tenant) -> None:
    before = settings_of(tenant)
    for options, words in REFUSED:
        code, said = change(*options)
        assert code == 1, options
        assert words in said["error"], options
        assert settings_of(Tenant.objects.get()) == before, options
        assert tenant_credentials(Tenant.objects.get())["client_secret"] == "sandbox-secret", options


def test_an_unknown_tenant_is_told_with_those_there_are(tenant: Tenant) -> None:
    code, said = run("tenant_change", "acmee", "--name", "x")
    assert code == 1
    assert "There are: acme." in said["error"]
