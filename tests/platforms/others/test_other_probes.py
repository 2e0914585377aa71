"""The connection tests of jtel and Conpeek: what a supervisor reads, whatever is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.client import PlatformClient
from bpadmin.platforms.conpeek.client import NEWER, ConpeekClient
from bpadmin.platforms.errors import Forbidden, Unsupported
from bpadmin.platforms.jtel.client import JtelClient
from tests.fixtures_sandbox import SandboxControl
from tests.platforms.opening import conpeek_client, jtel_client
from tests.platforms.scripted_server import Cut, Say, ScriptedServer

OPENERS: dict[str, Callable[..., Any]] = {"jtel": jtel_client, "conpeek": conpeek_client}


@pytest.mark.parametrize("platform", OPENERS)
def test_both_are_in_the_registry_with_one_secret_each(platform: str) -> None:
    info = REGISTRY[platform]
    assert info.key == platform
    assert [field.is_secret for field in info.fields].count(True) == 1
    assert info.label == info.client.named.label  # type: ignore[attr-defined]
    assert not info.capabilities & info.newer


def test_a_good_jtel_connection_tells_what_it_saw(jtel: JtelClient, sandbox: SandboxControl) -> None:
    assert jtel.probe().details == ("No campaigns can be seen.",)
    sandbox.create_jtel_campaign("c")
    before = sandbox.jtel_state()
    report = jtel.probe()
    assert (report.ok, report.headline, report.details) == (
        True,
        "The connection works.",
        ("1 campaign can be seen.",),
    )
    assert sandbox.jtel_state() == before


@pytest.mark.parametrize("wrong", [{"token": "guessed"}, {"clients_id": "2"}])
def test_a_wrong_token_or_client_id_is_said_to_be_wrong(sandbox: SandboxControl, wrong: dict[str, str]) -> None:
    with jtel_client(sandbox.url, **wrong) as client:
        report = client.probe()
    assert not report.ok
    assert report.headline == "The token or the Client ID is wrong."


def test_a_good_conpeek_connection_works_on_newer_and_older_servers(
    conpeek: ConpeekClient, sandbox: SandboxControl
) -> None:
    report = conpeek.probe()
    assert (report.ok, report.headline) == (True, "The connection works.")
    sandbox.options(conpeek_newer=False)
    report = conpeek.probe()
    assert report.ok
    assert report.headline == "The server answers, and does not refuse the key."


@pytest.mark.parametrize("newer", [True, False])
def test_a_wrong_key_is_found_out_on_newer_and_older_servers(sandbox: SandboxControl, newer: bool) -> None:
    sandbox.options(conpeek_newer=newer)
    with conpeek_client(sandbox.url, key="guessed") as client:
        report = client.probe()
    assert not report.ok
    assert report.headline == "The key is wrong, or may not read requests."


def test_newer_capabilities_are_offered_where_the_server_has_them(
    conpeek: ConpeekClient, sandbox: SandboxControl
) -> None:
    held = REGISTRY["conpeek"].capabilities | NEWER
    assert conpeek.probe_capabilities(held) == held
    sandbox.options(conpeek_newer=False)
    assert conpeek.probe_capabilities(held) == held - NEWER
    assert Capability.SOURCES_READ in held - NEWER
    sandbox.options(conpeek_newer=True)
    with conpeek_client(sandbox.url, key="guessed") as client, pytest.raises(Forbidden):
        client.probe_capabilities(held)


@pytest.mark.parametrize("status", [404, 405])
def test_a_web_page_in_place_of_the_newer_method_means_that_there_is_none(status: int, pauses: list[float]) -> None:
    page = Say(b"<html>nothing here</html>", status=status, headers={"Content-Type": "text/html"})
    with ScriptedServer(page) as server, conpeek_client(server.url) as client:
        assert client.probe_capabilities(NEWER) == frozenset()


@pytest.mark.parametrize("platform", OPENERS)
@pytest.mark.parametrize(
    "step, headline",
    [
        (Cut(), "The platform cannot be reached."),
        (
            Say(b"<html>Sign in</html>", headers={"Content-Type": "text/html"}),
            "There is no {label} tenant at this address.",
        ),
        (
            Say(b"<html>gone</html>", status=404, headers={"Content-Type": "text/html"}),
            "There is no {label} tenant at this address.",
        ),
        (Say(status=503), "The platform could be reached, but did not let this dashboard in."),
        (Say({"status": "fine"}), "There is no {label} tenant at this address."),
    ],
    ids=["cut", "page", "page as 404", "503", "other json"],
)
def test_what_is_wrong_is_said_in_plain_words_after_one_attempt(
    platform: str, step: Cut | Say, headline: str, pauses: list[float]
) -> None:
    with ScriptedServer(step) as server, OPENERS[platform](server.url) as client:
        report = client.probe()
    assert not report.ok
    assert report.headline == headline.format(label=REGISTRY[platform].label)
    assert report.details
    assert pauses == []


@pytest.mark.parametrize("platform", OPENERS)
def test_a_server_that_is_not_there_and_no_address_at_all_are_told(platform: str) -> None:
    for url in ("http://127.0.0.1:1", "not an address", ""):
        with OPENERS[platform](url) as client:
            report = client.probe()
        assert (report.ok, report.headline) == (False, "The platform cannot be reached.")


def test_what_a_platform_has_not_is_unsupported_and_names_it(jtel: PlatformClient, conpeek: PlatformClient) -> None:
    for client, label in ((jtel, "jtel"), (conpeek, "Conpeek")):
        with pytest.raises(Unsupported, match=f"^{label} does not offer this"):
            client.delete_list("1")
    assert conpeek.campaign_columns() == ()
    assert jtel.campaign_columns()
