"""The connection test: what a supervisor reads, whatever is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bpadmin.platforms import REGISTRY, open_client
from bpadmin.platforms.base import Capability, ConnectionReport, MemoryTokens
from bpadmin.platforms.brightpattern.client import BrightPatternClient
from tests.fixtures_sandbox import SandboxControl
from tests.platforms.scripted_server import Cut, Hang, Say, ScriptedServer


@pytest.fixture
def probe() -> Iterator[Any]:
    clients: list[BrightPatternClient] = []

    def run(url: str, user: str = "sandbox", secret: str = "sandbox-secret", **options: Any) -> ConnectionReport:
        credentials = {"client_id": user, "client_secret": secret}
        client = open_client(
            "brightpattern", base_url=url, credentials=credentials, **{"tokens": MemoryTokens()} | options
        )
        clients.append(client)
        return client.probe()

    yield run
    for client in clients:
        client.close()


def test_a_good_connection_tells_what_it_saw(probe: Any, sandbox: SandboxControl) -> None:
    sandbox.create_campaign("Renewals")
    report = probe(sandbox.url)
    assert report.ok
    assert report.headline == "The connection works."
    assert "1 enabled campaign can be seen." in report.details
    assert report.missing_privileges == ()


def test_it_changes_nothing(probe: Any, sandbox: SandboxControl) -> None:
    sandbox.seed("small")
    before = sandbox.state()
    assert probe(sandbox.url).ok
    assert sandbox.state() == before
    assert set(sandbox.stats()["requests"]) == {"get_access_token", "get_campaigns", "get_lists"}


@pytest.mark.parametrize(
    "user, secret", [("sandbox", "wrong"), ("nobody", "sandbox-secret"), ("locked", "sandbox-secret")]
)
def test_wrong_credentials_are_said_to_be_wrong(probe: Any, sandbox: SandboxControl, user: str, secret: str) -> None:
    report = probe(sandbox.url, user, secret)
    assert not report.ok
    assert report.headline == "The client ID or the API secret is wrong."


def test_a_secret_that_was_changed_is_found_out_although_an_old_token_lives(
    probe: Any, sandbox: SandboxControl
) -> None:
    tokens = MemoryTokens()
    assert probe(sandbox.url, tokens=tokens).ok
    assert not probe(sandbox.url, secret="another", tokens=tokens).ok
    sandbox.control("POST", "users", {"name": "sandbox", "is_locked": True})
    assert not probe(sandbox.url, tokens=tokens).ok


@pytest.mark.parametrize(
    "user, missing",
    [
        ("viewer-only", ["Manage Lists"]),
        ("lists-only", ["Manage all services and campaigns (or: Manage assigned services and campaigns)"]),
        (
            "no-privileges",
            ["Manage all services and campaigns (or: Manage assigned services and campaigns)", "Manage Lists"],
        ),
    ],
)
def test_missing_privileges_are_named(probe: Any, sandbox: SandboxControl, user: str, missing: list[str]) -> None:
    report = probe(sandbox.url, user)
    assert not report.ok
    assert list(report.missing_privileges) == missing
    assert all(name in report.headline for name in missing)


def test_a_user_without_campaigns_of_their_own_is_told_so(probe: Any, sandbox: SandboxControl) -> None:
    sandbox.create_campaign("Renewals")
    report = probe(sandbox.url, "assigned-only")
    assert report.ok
    assert any("No enabled campaign can be seen" in detail for detail in report.details)


@pytest.mark.parametrize(
    "step",
    [
        Say(b"<!DOCTYPE html><html><body>Welcome to nginx</body></html>"),
        Say(b"<html></html>", status=404),
        Say({"detail": "Not Found"}, status=404),
        Say({"hello": "world"}),
        Say(b"hello"),
    ],
)
def test_something_else_at_the_address_is_not_taken_for_bright_pattern(probe: Any, step: Say) -> None:
    with ScriptedServer(step, token_script=(step,)) as server:
        report = probe(server.url)
    assert not report.ok
    assert report.headline == "There is no Bright Pattern tenant at this address."


@pytest.mark.parametrize("step", [Cut(), Hang()])
def test_an_address_that_does_not_answer_is_said_to_be_out_of_reach(probe: Any, step: Any) -> None:
    with ScriptedServer(step, token_script=(step,)) as server:
        report = probe(server.url, read_timeout=1.0)
        assert len(server.token_requests) == 1
    assert not report.ok
    assert report.headline == "The platform cannot be reached."


def test_a_platform_in_trouble_is_told_from_wrong_settings(probe: Any) -> None:
    with ScriptedServer(Say(status=503), token_script=(Say(status=503),)) as server:
        report = probe(server.url)
    assert not report.ok
    assert "503" in report.details[0]


def test_a_redirect_says_where_the_platform_lives_now(probe: Any) -> None:
    away = Say(status=301, headers={"Location": "https://new.example/configapi/v3/oauth/token"})
    with ScriptedServer(away, token_script=(away,)) as server:
        report = probe(server.url)
    assert "https://new.example" in report.details[0]


@pytest.mark.parametrize(
    "pasted, root",
    [
        ("https://acme.example", "https://acme.example"),
        (" https://acme.example/ ", "https://acme.example"),
        ("https://acme.example/configapi/v3/oauth/token", "https://acme.example"),
        ("acme.example", "https://acme.example"),
        ("http://127.0.0.1:8771", "http://127.0.0.1:8771"),
    ],
)
def test_an_address_may_be_pasted_with_whatever_stood_beside_it(pasted: str, root: str) -> None:
    assert BrightPatternClient.root_of(pasted) == root


def test_the_registry_knows_which_fields_are_secret() -> None:
    info = REGISTRY["brightpattern"]
    assert {field.name: field.is_secret for field in info.fields} == {"client_id": False, "client_secret": True}
    assert Capability.RECORDS_ADD in info.capabilities
    with pytest.raises(KeyError):
        open_client("no-such", base_url="https://x.example", credentials={}, tokens=MemoryTokens())


def test_the_clients_need_no_django() -> None:
    code = (
        "import sys; sys.modules['django'] = None\n"
        "from bpadmin.platforms import open_client; from bpadmin.platforms.base import MemoryTokens\n"
        "client = open_client('brightpattern', base_url='http://127.0.0.1:1', credentials={}, tokens=MemoryTokens())\n"
        "assert not client.probe().ok\n"
    )
    plain = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([sys.executable, "-c", code], env=plain, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
