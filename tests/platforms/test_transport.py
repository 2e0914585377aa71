"""The one way out: what is sent, what is retried, and what is said of a request whose answer was lost."""

from __future__ import annotations

import datetime as dt
import gzip
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bpadmin.platforms import open_client, transport
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
from bpadmin.platforms.transport import Transport, may_have_acted, may_retry
from tests.platforms.scripted_server import Cut, Drip, Hang, Say, ScriptedServer

CREDENTIALS = {"client_id": "reader", "client_secret": "very-secret-secret"}
SOME = Say([{"id": "1", "name": "x", "state": "RUNNING"}])
BUSY = Say(status=503)
ROWS = [{"id": "K1"}]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the pauses between attempts instead of sitting them out."""
    taken: list[float] = []
    original = Transport.__init__

    def with_short_pauses(self: Transport, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **{"sleep": taken.append} | kwargs)

    monkeypatch.setattr(Transport, "__init__", with_short_pauses)
    return taken


@pytest.fixture
def opened() -> Iterator[Callable[..., BrightPatternClient]]:
    clients: list[BrightPatternClient] = []

    def open_one(url: str, **options: Any) -> BrightPatternClient:
        defaults: dict[str, Any] = {"tokens": MemoryTokens(), "connect_timeout": 2.0, "read_timeout": 5.0}
        client = open_client("brightpattern", base_url=url, credentials=CREDENTIALS, **defaults | options)
        clients.append(client)
        return client

    yield open_one
    for client in clients:
        client.close()


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


def test_an_answer_that_only_drips_in_is_given_up(opened: Open) -> None:
    with ScriptedServer(Drip()) as server, pytest.raises(Unreachable) as caught:
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


# Where it does not go


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_does_not_follow_a_redirect(opened: Open, status: int) -> None:
    with ScriptedServer(SOME) as other:
        with (
            ScriptedServer(
                Say(status=status, headers={"Location": other.url + "/configapi/v3/campaign/getAll"})
            ) as server,
            pytest.raises(Broken) as caught,
        ):
            opened(server.url).get_campaigns()
        assert other.seen == []
    assert caught.value.reason is Reason.REDIRECTED


def test_every_new_connection_is_checked_by_name_and_by_address(opened: Open) -> None:
    checked: list[str] = []
    with ScriptedServer(SOME) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        client = opened(url, check_url=checked.append)
        client.get_campaigns()
        client.get_campaigns()
    assert checked == [url + "/", server.url + "/"]


def test_an_address_that_is_refused_gets_nothing(opened: Open) -> None:
    def refuse(url: str) -> None:
        raise OSError("it leads into a private network.")

    with ScriptedServer(SOME) as server:
        with pytest.raises(Unreachable, match="private network") as caught:
            opened(server.url, check_url=refuse).get_campaigns()
        assert server.seen == server.token_requests == []
    assert caught.value.reason is Reason.ADDRESS_REFUSED


def test_a_name_that_leads_to_a_refused_address_gets_nothing(opened: Open) -> None:
    def refuse_the_address(url: str) -> None:
        if "127.0.0.1" in url:
            raise Invalid("not there")

    with ScriptedServer(SOME) as server:
        with pytest.raises(Invalid, match="not there"):
            opened(server.url.replace("127.0.0.1", "localhost"), check_url=refuse_the_address).get_campaigns()
        assert server.seen == server.token_requests == []


def test_a_web_proxy_named_in_the_environment_is_used(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    with ScriptedServer(SOME) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        client = opened("http://acme.example", check_url=checked.append)
        proxy.script = [Say(b"<html></html>", status=407)]
        with pytest.raises(Broken):
            client.get_access_token()
        assert proxy.seen[0].path == "http://acme.example/configapi/v3/oauth/token"
    assert checked == ["http://acme.example/"]


def test_a_password_in_netrc_does_not_replace_the_token(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login joe password hush\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with ScriptedServer(SOME) as server:
        opened(server.url).get_campaigns()
    assert server.seen[0].bearer == "token-1"


def test_an_answer_without_end_is_not_read_to_it(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LARGEST_ANSWER", 100_000)
    with ScriptedServer(Say(b"x" * 1_000_000)) as server:
        with pytest.raises(Broken) as caught:
            opened(server.url).get_campaigns()
        assert len(server.seen) == 1
    assert caught.value.reason is Reason.TOO_LARGE
    assert len(caught.value.body) == 2048


# What is said of it


@pytest.mark.parametrize("url", ["https://[bad", "ftp://acme.example", "http://:80", "http://exa mple", ""])
def test_what_is_no_web_address_is_said_to_be_none(opened: Open, url: str) -> None:
    with pytest.raises(Unreachable, match="not a web address"):
        opened(url).get_campaigns()


def test_a_name_without_a_server_is_said_to_be_one(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(Unreachable, match="no server of that name") as caught:
        opened("https://acme.invalid").add_many_records("L1", ROWS)
    assert caught.value.reason is Reason.DNS_FAILED
    assert caught.value.maybe_applied is False


def test_a_connection_that_is_never_made_is_told_from_a_refused_one(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait_in_vain(*_: Any, **__: Any) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr("urllib3.util.connection.create_connection", wait_in_vain)
    with pytest.raises(Unreachable, match="firewall") as caught:
        opened("https://acme.example").start("C1")
    assert caught.value.reason is Reason.CONNECT_TIMEOUT
    assert caught.value.maybe_applied is False


def test_a_port_that_speaks_no_tls_is_said_to(opened: Open) -> None:
    with ScriptedServer(SOME) as server:
        with pytest.raises(TlsFailed, match="https service") as caught:
            opened(server.url.replace("http:", "https:")).add_many_records("L1", ROWS)
        assert server.seen == []
    assert caught.value.maybe_applied is False


def test_a_certificate_nobody_vouches_for_is_not_trusted(opened: Open, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*own_certificate(tmp_path))
    with ScriptedServer(SOME) as server:
        server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
        url = server.url.replace("http:", "https:")
        with pytest.raises(TlsFailed, match="not to be trusted") as caught:
            opened(url).add_many_records("L1", ROWS)
        assert server.seen == server.token_requests == []
    assert caught.value.maybe_applied is False
    assert caught.value.reason is Reason.TLS_FAILED


def own_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


def test_each_request_is_logged_without_token_secret_or_contents(
    opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedServer(Say(status=401), Say({"added": 1})) as server:
        opened(server.url).add_many_records("L1", [{"name": "Confidential Person"}])
    assert "POST /configapi/v3/callinglist/addAll/L1 200" in caplog.text
    assert "POST /configapi/v3/oauth/token 200" in caplog.text
    for hidden in ("token-1", "token-2", "very-secret-secret", "Confidential"):
        assert hidden not in caplog.text


def test_failures_can_be_raised_again_and_compared_by_identity() -> None:
    error = Unreachable("x", status=503)
    assert error in {error}
    assert error != Unreachable("x", status=503)
