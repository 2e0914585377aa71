"""The one way out: what is sent, what is retried, and what is said of a request whose answer was lost."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from bpadmin.platforms.base import Answer, Effect, MemoryTokens
from bpadmin.platforms.brightpattern.client import BrightPatternClient
from bpadmin.platforms.errors import (
    AuthFailed,
    Broken,
    Conflict,
    Invalid,
    PlatformError,
    Reason,
    TlsFailed,
    Unreachable,
)
from bpadmin.platforms.http import transport
from bpadmin.platforms.http.transport import Transport, may_have_acted, may_retry
from tests.platforms.scripted_server import Cut, Drip, Hang, Say, ScriptedServer

SOME = Say([{"id": "1", "name": "x", "state": "RUNNING"}])
BUSY = Say(status=503)
ROWS = [{"id": "K1"}]

Open = Callable[..., BrightPatternClient]


# What goes out


def test_a_request_carries_the_token_and_a_content_type(opened: Open) -> None:
    with ScriptedServer(SOME) as server:
        opened(server.url).get_campaigns()
    (request,) = server.seen
    assert request.path == "/configapi/v3/campaign/getAll"
    assert request.bearer == "token-1"
    assert request.headers["Content-Type"] == "application/json"
    assert "Cookie" not in request.headers


def test_a_ready_body_goes_out_byte_for_byte(opened: Open) -> None:
    body = '[ {"id":"K1",\t"name":"Jörg"} ]'.encode()
    with ScriptedServer(Say({"added": 1})) as server:
        opened(server.url).add_many_records("L1", body)
    assert server.seen[0].body == body


def test_one_connection_serves_many_requests(opened: Open) -> None:
    with ScriptedServer(SOME) as server:
        client = opened(server.url)
        for _ in range(5):
            client.get_campaigns()
    assert server.connections == 1


def test_a_connection_that_lay_idle_is_not_trusted_with_a_write(opened: Open) -> None:
    now = [0.0]
    with ScriptedServer(Say()) as server:
        line = Transport(server.url, clock=lambda: now[0])
        for seconds in (0.0, 1.0, 1.0 + transport.IDLE_LIMIT + 1):
            now[0] = seconds
            line.request("GET", "/", decode=lambda answer: answer, effect=Effect.READ)
        line.close()
    assert server.connections == 2


def test_a_compressed_answer_is_read(opened: Open) -> None:
    packed = gzip.compress(b"[]")
    with ScriptedServer(Say(packed, headers={"Content-Encoding": "gzip"})) as server:
        assert opened(server.url).get_campaigns() == ()


def test_an_answer_in_chunks_is_read_and_leaves_the_connection_usable(opened: Open) -> None:
    with ScriptedServer(Say([], is_chunked=True)) as server:
        client = opened(server.url)
        assert client.get_campaigns() == client.get_campaigns() == ()
    assert server.connections == 1


def test_a_large_body_may_take_longer_than_connecting_does(opened: Open) -> None:
    """A body that fills the socket's buffers waits for the reader; that wait is not the connect time-out's."""
    listener = socket.create_server(("127.0.0.1", 0))
    is_sending = threading.Event()

    def take_slowly() -> None:
        connection, _ = listener.accept()
        with connection:
            is_sending.wait(5)
            stop = threading.Event()
            stop.wait(0.6)
            held = b""
            while b"END" not in held:
                held = held[-3:] + connection.recv(1 << 20)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    reader = threading.Thread(target=take_slowly, daemon=True)
    reader.start()
    line = Transport(f"http://127.0.0.1:{listener.getsockname()[1]}", connect_timeout=0.2, read_timeout=20.0)
    is_sending.set()
    body = b"x" * 30_000_000 + b"END"
    answer: Answer = line.request("POST", "/", decode=lambda answer: answer, effect=Effect.ONCE, body=body)
    line.close()
    reader.join(5)
    listener.close()
    assert answer.body == b"ok"


# What is retried


@pytest.mark.parametrize("trouble", [BUSY, Cut(), Say(b"<html></html>"), Say(b'{"recor', length=90)])
def test_a_read_is_repeated_until_it_works(opened: Open, trouble: Any, pauses: list[float]) -> None:
    with ScriptedServer(trouble, trouble, SOME) as server:
        assert len(opened(server.url).get_campaigns()) == 1
    assert len(server.seen) == 3
    assert len(pauses) == 2


@pytest.mark.real_pauses
def test_a_read_is_given_up_after_some_attempts(opened: Open, pauses: list[float]) -> None:
    with ScriptedServer(BUSY) as server, pytest.raises(Unreachable) as caught:
        opened(server.url).get_campaigns()
    assert len(server.seen) == transport.ATTEMPTS
    assert caught.value.status == 503
    assert caught.value.maybe_applied is False
    assert all(0 < pause <= transport.LONGEST_PAUSE for pause in pauses)
    assert sum(pauses) > 0.5


def test_an_update_is_repeated_since_twice_is_the_same_as_once(opened: Open) -> None:
    with ScriptedServer(Cut(), BUSY, Say({"updated": 1})) as server:
        assert opened(server.url).update_many_records("L1", ROWS).count == 1
    assert len(server.seen) == 3


WRITES: dict[str, Callable[[BrightPatternClient], Any]] = {
    "add_many_records": lambda client: client.add_many_records("L1", ROWS),
    "add_record": lambda client: client.add_record("L1", ROWS[0]),
    "bind_list": lambda client: client.bind_list("C1", list_id="L1"),
    "unbind_list": lambda client: client.unbind_list("C1", instance_id="I1"),
    "create_list": lambda client: client.create_list(name="n", format_id="F1"),
    "create_list_with_new_format": lambda client: client.create_list_with_new_format(format_name="f", fields=()),
    "start": lambda client: client.start("C1"),
    "stop": lambda client: client.stop("C1"),
    "delete_list": lambda client: client.delete_list("L1"),
    "delete_all_records": lambda client: client.delete_all_records("L1"),
    "delete_many_records": lambda client: client.delete_many_records("L1", fields={"id": ["1"]}),
    "erase_record": lambda client: client.erase_record("L1", fields={"id": "1"}, reason="asked"),
    "delete_all_dnc_records": lambda client: client.delete_all_dnc_records("D1"),
    "delete_many_dnc_records": lambda client: client.delete_many_dnc_records("D1", ["1"]),
    "add_many_dnc_records": lambda client: client.add_many_dnc_records("D1", b"[]"),
    "add_dnc_records_deprecated": lambda client: client.add_dnc_records_deprecated("D1", ()),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_whose_answer_was_lost_is_uncertain_and_not_repeated(opened: Open, name: str) -> None:
    with ScriptedServer(Cut()) as server:
        with pytest.raises(Unreachable) as caught:
            WRITES[name](opened(server.url))
        assert len(server.seen) == 1
    assert caught.value.maybe_applied is True
    assert caught.value.reason is Reason.CONNECTION_CUT


@pytest.mark.parametrize(
    "trouble, kind",
    [
        (Cut(), Unreachable),
        (Say(status=500), Unreachable),
        (BUSY, Unreachable),
        (Say(status=408), Unreachable),
        (Say(b"<html></html>"), Broken),
        (Say(b'{"added": 1', length=90), Unreachable),
        (Say({"added": 1}, is_chunked=True, has_end=False), Unreachable),
        (Say(b'{"added": 1'), Broken),
        (Say(b""), Broken),
        (Say({"addded": 1}), Broken),
        (Say(status=302, headers={"Location": "/login"}), Broken),
        (Say(b"E11000 duplicate key", status=500), Conflict),
    ],
)
def test_an_unusable_answer_to_a_batch_leaves_it_uncertain(
    opened: Open, trouble: Any, kind: type[PlatformError]
) -> None:
    with ScriptedServer(trouble) as server:
        with pytest.raises(PlatformError) as caught:
            opened(server.url).add_many_records("L1", ROWS)
        assert len(server.seen) == 1
    assert type(caught.value) is kind
    assert caught.value.maybe_applied is True


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 415, 422, 301, 308])
def test_a_refused_write_was_not_applied(opened: Open, status: int) -> None:
    with ScriptedServer(Say({"error": "no"}, status=status)) as server:
        with pytest.raises(PlatformError) as caught:
            opened(server.url).add_many_records("L1", ROWS)
        assert len(server.seen) == 1
    assert caught.value.maybe_applied is False


def test_a_write_that_came_too_often_is_repeated_since_it_was_not_applied(opened: Open, pauses: list[float]) -> None:
    with ScriptedServer(Say(status=429, headers={"Retry-After": "3"}), Say({"added": 1})) as server:
        assert opened(server.url).add_many_records("L1", ROWS).count == 1
    assert len(server.seen) == 2
    assert pauses == [3.0]


def test_an_uncertain_update_stays_uncertain_when_the_repeat_is_refused(opened: Open) -> None:
    with ScriptedServer(Cut(), Say({"error": "x"}, status=400)) as server, pytest.raises(Invalid) as caught:
        opened(server.url).update_many_records("L1", ROWS)
    assert caught.value.maybe_applied is True


def test_an_advice_beyond_our_patience_is_left_to_the_caller(opened: Open, pauses: list[float]) -> None:
    with ScriptedServer(Say(status=429, headers={"Retry-After": "3600"})) as server:
        with pytest.raises(Unreachable) as caught:
            opened(server.url).get_campaigns()
        assert len(server.seen) == 1
    assert caught.value.retry_after == 3600
    assert caught.value.reason is Reason.RATE_LIMITED
    assert pauses == []


def test_a_write_to_a_closed_port_is_repeated_and_surely_not_applied(opened: Open, pauses: list[float]) -> None:
    tokens = MemoryTokens()
    with ScriptedServer(SOME) as server:
        client = opened(server.url, tokens=tokens)
        client.get_campaigns()
        client.close()
    with pytest.raises(Unreachable) as caught:
        client.add_many_records("L1", ROWS)
    assert caught.value.reason is Reason.CONNECTION_REFUSED
    assert caught.value.maybe_applied is False
    assert len(pauses) == transport.ATTEMPTS - 1


def test_a_write_without_an_answer_in_time_is_uncertain(opened: Open) -> None:
    with ScriptedServer(Hang()) as server, pytest.raises(Unreachable) as caught:
        opened(server.url, read_timeout=0.2).add_many_records("L1", ROWS)
    assert caught.value.reason is Reason.READ_TIMEOUT
    assert caught.value.maybe_applied is True


def test_a_read_without_an_answer_in_time_changes_nothing(opened: Open) -> None:
    with ScriptedServer(Hang()) as server, pytest.raises(Unreachable) as caught:
        opened(server.url, read_timeout=0.1).get_campaigns()
    assert caught.value.maybe_applied is False


@pytest.mark.parametrize(
    "drip",
    [
        Drip(),
        Drip(b"HTTP/1.1 2", b"0"),
        Drip(b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
        Drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a"),
    ],
)
def test_an_answer_that_only_drips_in_is_given_up(opened: Open, drip: Drip) -> None:
    with ScriptedServer(drip) as server, pytest.raises(Unreachable) as caught:
        opened(server.url, read_timeout=0.1, patience=0.0).get_campaigns()
    assert caught.value.reason is Reason.READ_TIMEOUT


@pytest.mark.parametrize(
    "error, effect, expected",
    [
        (Unreachable("", reason=Reason.DNS_FAILED), Effect.ONCE, True),
        (Unreachable("", status=503, maybe_applied=True), Effect.ONCE, False),
        (Unreachable("", status=503, maybe_applied=True), Effect.REPEATABLE, True),
        (Unreachable("", status=429), Effect.ONCE, True),
        (TlsFailed(""), Effect.READ, False),
        (Unreachable("", reason=Reason.ADDRESS_REFUSED), Effect.READ, False),
        (Broken("", status=200, reason=Reason.NOT_JSON), Effect.READ, True),
        (Broken("", status=200, reason=Reason.UNEXPECTED_SHAPE), Effect.READ, False),
        (Broken("", status=404, reason=Reason.WEB_PAGE), Effect.READ, False),
        (Broken("", status=200, reason=Reason.NOT_JSON, maybe_applied=True), Effect.ONCE, False),
        (Conflict("", status=409), Effect.READ, False),
        (Invalid("", status=400), Effect.READ, False),
        (AuthFailed("", status=401), Effect.READ, False),
    ],
)
def test_one_predicate_says_what_may_be_repeated(error: PlatformError, effect: Effect, expected: bool) -> None:
    assert may_retry(error, effect) is expected


@pytest.mark.parametrize(
    "status, expected",
    [(200, True), (204, True), (301, False), (303, True), (404, False), (408, True), (429, False), (500, True)],
)
def test_a_write_may_have_acted_unless_it_was_refused(status: int, expected: bool) -> None:
    assert may_have_acted(Broken("", status=status), Effect.ONCE) is expected
    assert may_have_acted(Broken("", status=status), Effect.READ) is False
