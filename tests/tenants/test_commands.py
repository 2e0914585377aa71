"""The commands of the shell."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from bpadmin.audit.models import AuditEntry
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_credentials

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("sandbox-secret\n")
    return path


def run(*args: str, **options: Any) -> tuple[int, str, str]:
    """Run a command; give exit code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*args, stdout=out, stderr=err, **options)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def add(url: str, secret: str, *more: str, slug: str = "acme") -> tuple[int, str, str]:
    return run("tenant_add", slug, "--url", url, "--client-id", "sandbox", "--client-secret-file", secret, *more)


def test_it_connects_and_tests(sandbox: Any, secret_file: Path) -> None:
    code, out, _ = add(sandbox.url, str(secret_file), "--name", "Acme", "--time-zone", "Europe/Paris", "--lanes", "2")
    tenant = Tenant.objects.get()
    assert code == 0
    assert "Acme is kept as acme." in out
    assert (tenant.name, tenant.time_zone, tenant.lanes) == ("Acme", "Europe/Paris", 2)
    assert tenant_credentials(tenant)["client_secret"] == "sandbox-secret"
    assert AuditEntry.objects.get().actor_name == "shell"


def test_json_is_the_last_line_of_stdout_and_words_go_to_stderr(sandbox: Any, secret_file: Path) -> None:
    code, out, err = add(sandbox.url, str(secret_file), "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["tenant"] == "acme"
    assert answer["ok"] is True
    assert "is kept as acme" in err
    assert "sandbox-secret" not in out + err


def test_the_secret_may_come_from_standard_input(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("sandbox-secret\n"))
    assert add(sandbox.url, "-")[0] == 0


def test_a_wrong_secret_keeps_the_tenant_and_exits_1(sandbox: Any, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong")
    code, out, _ = add(sandbox.url, str(wrong))
    assert code == 1
    assert "secret" in out
    assert "acme stays as it is: correct its connection with manage.py tenant_change acme" in out
    assert Tenant.objects.filter(slug="acme").exists()


def test_the_test_can_be_left_out(secret_file: Path) -> None:
    assert add("http://127.0.0.1:1", str(secret_file), "--no-test")[0] == 0


def test_an_option_of_another_platform_is_told(secret_file: Path) -> None:
    code, _, err = add("http://127.0.0.1:1", str(secret_file), "--clients-id", "3")
    assert code == 1
    assert "has no --clients-id. It has: --client-id, --client-secret-file." in err
    assert not Tenant.objects.exists()


@pytest.mark.parametrize("slug, url", [("no spaces", "http://127.0.0.1:1"), ("acme", "nowhere")])
def test_bad_input_is_told_in_words_and_exits_1(secret_file: Path, slug: str, url: str) -> None:
    code, out, err = add(url, str(secret_file), "--json", slug=slug)
    assert code == 1
    assert json.loads(out)["error"] in err
    assert "Traceback" not in err
    assert not Tenant.objects.exists()


def test_a_missing_secret_file_is_told_in_words(tmp_path: Path) -> None:
    code, _, err = add("http://127.0.0.1:1", str(tmp_path / "absent"))
    assert code == 1
    assert "cannot be read" in err


class Greet(TenantCommand):
    """A command of the tests' own."""

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        self.say(f"Hello {tenant.name}")
        if options["json"]:
            raise CommandRefused("Something is left over.", rows=3)
        return Result({"tenant": tenant.slug}, 3)


def test_a_command_on_a_tenant_finds_it_by_its_short_name(tenant: Tenant) -> None:
    out = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command(Greet(), tenant.slug, stdout=out)
    assert end.value.code == 3
    assert "Hello Acme Support" in out.getvalue()


def test_a_refusal_carries_its_data_into_the_json_line(tenant: Tenant) -> None:
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command(Greet(), tenant.slug, "--json", stdout=out, stderr=err)
    assert end.value.code == 1
    assert json.loads(out.getvalue()) == {"rows": 3, "error": "Something is left over."}
    assert "Hello Acme Support" in err.getvalue()


def test_an_unknown_tenant_is_told_with_those_there_are(tenant: Tenant) -> None:
    err = io.StringIO()
    with pytest.raises(SystemExit):
        call_command(Greet(), "acmee", stderr=err)
    assert "There are: acme." in err.getvalue()


def test_reencryption_tells_how_many(tenant: Tenant, settings: Any) -> None:
    settings.ENCRYPTION_KEY = f"newer,{settings.ENCRYPTION_KEY}"
    code, out, _ = run("tenant_reencrypt", "--json")
    assert code == 0
    assert json.loads(out) == {"tenants": 1}


def test_reencryption_with_a_lost_key_says_so(tenant: Tenant, settings: Any) -> None:
    settings.ENCRYPTION_KEY = "newer"
    code, _, err = run("tenant_reencrypt")
    assert code == 1
    assert "BPADMIN_ENCRYPTION_KEY" in err
