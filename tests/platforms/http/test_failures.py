"""Where a request does not go, and what is said of a connection that failed."""

from __future__ import annotations

import datetime as dt
import logging
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bpadmin.platforms.brightpattern.client import BrightPatternClient
from bpadmin.platforms.errors import (
    Broken,
    Invalid,
    Reason,
    TlsFailed,
    Unreachable,
)
from bpadmin.platforms.http import transport
from tests.platforms.scripted_server import Say, ScriptedServer

SOME = Say([{"id": "1", "name": "x", "state": "RUNNING"}])
BUSY = Say(status=503)
ROWS = [{"id": "K1"}]

Open = Callable[..., BrightPatternClient]


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
        opened("https://192.0.2.1").start("C1")
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
