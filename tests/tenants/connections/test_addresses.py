"""Which addresses a tenant may have."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from bpadmin.tenants.connections.addresses import AddressRefused, address_check

PRIVATE = [
    "https://127.0.0.1",
    "https://127.1",
    "https://localhost:8443",
    "https://10.0.0.8/x",
    "https://172.16.3.4",
    "https://192.168.1.1",
    "https://169.254.169.254/latest",
    "https://0.0.0.0",
    "https://100.64.0.1",
    "https://[::1]",
    "https://[fe80::1]",
    "https://[fc00::1]",
    "https://[::ffff:127.0.0.1]",
    "https://224.0.0.1",
]
NO_ADDRESS = [
    "",
    "acme",
    "ftp://acme.example",
    "https://",
    "javascript:alert(1)",
    "https://acme:port",
    "//acme.example",
]


@pytest.fixture
def production(settings: Any) -> None:
    settings.ALLOW_PRIVATE_TENANTS = False


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("url", PRIVATE)
def test_it_refuses_an_address_inside_our_network(url: str) -> None:
    with pytest.raises(AddressRefused, match="private network"):
        address_check(url)


@pytest.mark.parametrize("url", PRIVATE)
def test_it_allows_them_where_the_operator_said_so(url: str) -> None:
    address_check(url)


@pytest.mark.parametrize("url", ["http://sandbox:8771", "https://dialler", "http://host_1.docker:80", "http://[::1]:9"])
def test_it_allows_a_short_name_where_the_operator_said_so(url: str) -> None:
    address_check(url)


@pytest.mark.usefixtures("production")
def test_it_names_the_setting_that_allows_a_short_name() -> None:
    with pytest.raises(AddressRefused, match=r"“dialler” is a name of a private network.*BPADMIN_ALLOW_PRIVATE"):
        address_check("https://dialler/api")


@pytest.mark.parametrize("url", ["http://-x", "http://a..b", "http://a b", "http://" + "x" * 64])
def test_it_refuses_what_is_no_host_name(url: str) -> None:
    with pytest.raises(AddressRefused):
        address_check(url)


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("url", ["https://8.8.8.8", "https://[2606:4700::1111]:8443/base"])
def test_it_allows_a_public_address(url: str) -> None:
    address_check(url)


@pytest.mark.usefixtures("production")
def test_it_requires_tls() -> None:
    with pytest.raises(AddressRefused, match="https://"):
        address_check("http://8.8.8.8")


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_it_refuses_what_is_no_web_address(url: str) -> None:
    with pytest.raises(AddressRefused, match="not a web address"):
        address_check(url)


@pytest.mark.parametrize("url", ["https://me:secret@8.8.8.8", "https://8.8.8.8/?a=1", "https://8.8.8.8/#x"])
def test_it_refuses_more_than_a_plain_address(url: str) -> None:
    with pytest.raises(AddressRefused, match="plain address"):
        address_check(url)


@pytest.mark.usefixtures("production")
def test_a_name_is_judged_by_where_it_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is outside of us: what a resolver answers is made up here."""
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers)
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.1"):
        address_check("https://rebound.example")


@pytest.mark.usefixtures("production")
def test_a_name_that_leads_nowhere_is_left_to_the_connection_test(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    address_check("https://no-such-name.example")


@pytest.mark.parametrize(
    "address",
    [
        *("::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::808:808", "2002:7f00:1::1"),
        *("2002:a00:1::", "::127.0.0.1", "2001:0:7f00:1::", "ff0e::1", "fd00::1", "fe80::1"),
        *("::ffff:0:127.0.0.1", "::ffff:0:10.0.0.1", "::ffff:192.0.0.8", "192.0.0.8", "192.0.0.170"),
    ],
)
def test_an_address_that_stands_for_a_private_one_is_as_private(
    monkeypatch: pytest.MonkeyPatch, settings: Any, address: str
) -> None:
    settings.ALLOW_PRIVATE_TENANTS = False
    answers = [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, 443, 0, 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers)
    with pytest.raises(AddressRefused, match="private network"):
        address_check("https://dialler.example.com")


@pytest.mark.parametrize("address", ["64:ff9b::8.8.8.8", "2002:808:808::1", "::ffff:8.8.8.8", "2606:4700::1111"])
def test_one_that_stands_for_a_public_one_is_let_through(
    monkeypatch: pytest.MonkeyPatch, settings: Any, address: str
) -> None:
    settings.ALLOW_PRIVATE_TENANTS = False
    answers = [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, 443, 0, 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers)
    address_check("https://dialler.example.com")
