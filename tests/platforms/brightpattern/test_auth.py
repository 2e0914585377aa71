"""Tokens: fetched once for all, renewed in time and once when refused, and never shown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from bpadmin.platforms import open_client
from bpadmin.platforms.base import MemoryTokens
from bpadmin.platforms.brightpattern.auth import ClientCredentials, token_ttl
from bpadmin.platforms.brightpattern.client import BrightPatternClient
from bpadmin.platforms.errors import AuthFailed, Broken, PlatformError, Reason, Unreachable
from bpadmin.platforms.http.transport import Transport
from bpadmin.platforms.types import Token
from tests.platforms.scripted_server import Cut, Say, ScriptedServer

SECRET = "vT4a-a-long-api-secret"
CREDENTIALS = {"client_id": "reader", "client_secret": SECRET}
NONE = Say([])
REFUSED = Say(b"Session is not authenticated", status=401)

Open = Callable[..., BrightPatternClient]


@pytest.fixture
def opened() -> Iterator[Open]:
    clients: list[BrightPatternClient] = []

    def open_one(url: str, tokens: Any = None, **credentials: str) -> BrightPatternClient:
        client = open_client(
            "brightpattern",
            base_url=url,
            credentials=CREDENTIALS | credentials,
            tokens=MemoryTokens() if tokens is None else tokens,
            patience=0.0,
        )
        clients.append(client)
        return client

    yield open_one
    for client in clients:
        client.close()


def test_signing_in_sends_the_documented_form(opened: Open) -> None:
    with ScriptedServer(NONE) as server:
        opened(server.url).get_campaigns()
    (request,) = server.token_requests
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["reader"],
        "client_secret": [SECRET],
        "scope": [server.url.removeprefix("http://")],
    }
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Authorization" not in request.headers


def test_clients_with_one_store_share_one_token(opened: Open) -> None:
    tokens = MemoryTokens()
    with ScriptedServer(NONE) as server:
        opened(server.url, tokens).get_campaigns()
        opened(server.url, tokens).get_campaigns()
    assert len(server.token_requests) == 1
    assert {request.bearer for request in server.seen} == {"token-1"}


def test_threads_that_need_a_token_at_once_fetch_one(opened: Open) -> None:
    tokens = MemoryTokens()
    with ScriptedServer(NONE) as server:
        clients = [opened(server.url, tokens) for _ in range(8)]
        threads = [threading.Thread(target=client.get_campaigns) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(server.seen) == 8
    assert len(server.token_requests) == 1


@pytest.mark.parametrize("other", [{"client_id": "writer"}, {"client_secret": "another-secret"}])
def test_other_credentials_have_a_token_of_their_own(opened: Open, other: dict[str, str]) -> None:
    tokens = MemoryTokens()
    with ScriptedServer(NONE) as server:
        opened(server.url, tokens).get_campaigns()
        opened(server.url, tokens, **other).get_campaigns()
    assert len(server.token_requests) == 2


def test_a_refused_token_is_renewed_and_the_request_sent_again(opened: Open) -> None:
    with ScriptedServer(REFUSED, Say({"added": 1})) as server:
        assert opened(server.url).add_many_records("L1", [{"id": "1"}]).count == 1
    assert [request.bearer for request in server.seen] == ["token-1", "token-2"]
    assert server.seen[0].body == server.seen[1].body


def test_a_token_that_is_refused_again_is_an_error_and_no_loop(opened: Open) -> None:
    with ScriptedServer(REFUSED) as server, pytest.raises(AuthFailed) as caught:
        opened(server.url).add_many_records("L1", [{"id": "1"}])
    assert len(server.seen) == len(server.token_requests) == 2
    assert caught.value.reason is Reason.TOKEN_REFUSED
    assert caught.value.maybe_applied is False


def test_a_token_that_another_process_renewed_is_taken_over(opened: Open) -> None:
    tokens = MemoryTokens()
    with ScriptedServer(NONE, REFUSED, NONE) as server:
        client = opened(server.url, tokens)
        client.get_campaigns()
        tokens.put(client._auth.key, Token("token-of-another", 3480.0), 3000.0)
        client.get_campaigns()
    assert len(server.token_requests) == 1
    assert server.seen[-1].bearer == "token-of-another"


@pytest.mark.parametrize("lifetime, seconds", [(3480, 3132), (600, 540), (300, 240), (100, 50), (10, 5)])
def test_a_token_is_renewed_before_it_ends(lifetime: float, seconds: float) -> None:
    assert token_ttl(lifetime) == seconds


def test_a_token_is_renewed_when_its_time_in_the_store_is_over() -> None:
    now = [0.0]
    with ScriptedServer(NONE) as server:
        line = Transport(server.url)
        auth = ClientCredentials(
            line, MemoryTokens(lambda: now[0]), client_id="reader", client_secret=SECRET, clock=lambda: now[0]
        )
        held = []
        for now[0] in (0.0, 10.0, 3100.0, 3140.0):
            held.append(auth.bearer())
        line.close()
    assert held == ["token-1", "token-1", "token-1", "token-2"]


def test_a_process_looks_into_the_store_again_before_long() -> None:
    now = [0.0]
    tokens = MemoryTokens(lambda: now[0])
    with ScriptedServer(NONE) as server:
        line = Transport(server.url)
        auth = ClientCredentials(line, tokens, client_id="reader", client_secret=SECRET, clock=lambda: now[0])
        assert auth.bearer() == "token-1"
        tokens.put(auth.key, Token("newer", 3480.0), 3000.0)
        now[0] = 31.0
        assert auth.bearer() == "newer"
        line.close()


@pytest.mark.parametrize(
    "step, kind, reason",
    [
        (Say(b"Authentification failed", status=401), AuthFailed, Reason.BAD_CREDENTIALS),
        (Say(b"<html></html>"), Broken, Reason.WEB_PAGE),
        (Say({"error": "none"}), Broken, Reason.UNEXPECTED_SHAPE),
        (Say(status=503), Unreachable, Reason.SERVER_ERROR),
        (Cut(), Unreachable, Reason.CONNECTION_CUT),
    ],
)
def test_a_failed_sign_in_sends_nothing_and_applies_nothing(
    opened: Open, step: Any, kind: type[PlatformError], reason: Reason
) -> None:
    with ScriptedServer(NONE, token_script=(step,)) as server:
        with pytest.raises(kind) as caught:
            opened(server.url).add_many_records("L1", [{"id": "1"}])
        assert server.seen == []
        assert len(server.token_requests) == 1
    assert caught.value.reason is reason
    assert caught.value.maybe_applied is False


def test_the_secret_is_taken_out_of_errors_that_quote_it(opened: Open) -> None:
    quoting = {"error": "bad_request", "error_description": f"'client_secret' has unsupported value '{SECRET}'"}
    script = (Say(quoting, status=400),)
    with ScriptedServer(NONE, token_script=script) as server, pytest.raises(PlatformError) as caught:
        opened(server.url).get_campaigns()
    error = caught.value
    assert "unsupported value" in error.message
    assert SECRET not in repr(error) + error.message + error.detail + error.body


def test_a_token_in_an_unreadable_answer_is_not_kept(opened: Open) -> None:
    script = (Say(b'{"access_token": "hidden-token", "expires'),)
    with ScriptedServer(NONE, token_script=script) as server, pytest.raises(Broken) as caught:
        opened(server.url).get_campaigns()
    assert "hidden-token" not in repr(caught.value)


def test_the_stores_key_shows_neither_address_nor_credentials(opened: Open) -> None:
    key = opened("https://acme.example")._auth.key
    assert not any(part in key for part in ("acme", "reader", SECRET))


def test_memory_tokens_forget_what_is_dropped_or_over() -> None:
    now = [0.0]
    tokens = MemoryTokens(lambda: now[0])
    tokens.put("a", Token("1", 60.0), 10.0)
    tokens.put("b", Token("2", 60.0), 10.0)
    tokens.drop("b")
    assert tokens.get("a") == Token("1", 60.0)
    assert tokens.get("b") is None
    now[0] = 10.0
    assert tokens.get("a") is None
    with tokens.lock("a"), tokens.lock("b"):
        pass
