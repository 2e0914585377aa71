"""A name that leads elsewhere each time it is asked: what is connected to is the address that was checked."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable
from typing import Any

import asyncssh
import pytest

from bpadmin.feeds.naming import Wanted
from bpadmin.feeds.services import source_named
from bpadmin.feeds.sources.base import SourceAway, SourceRefused
from bpadmin.feeds.sources.opened import source_opened
from bpadmin.notifications.delivery.http import request_send
from bpadmin.platforms.base import Effect
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.http.route import Route
from bpadmin.platforms.http.transport import Transport
from bpadmin.reports.delivery import s3 as bucket_delivery
from bpadmin.reports.delivery import sftp as sftp_delivery
from bpadmin.reports.delivery.types import DeliveryFailed, Parcel
from bpadmin.tenants.connections.addresses import AddressRefused, address_check, host_connect, proxy_check

NAME = "turning.example.com"
OUTSIDE, INSIDE = "8.8.8.8", "10.0.0.7"
KEY = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


class Turning:
    """A resolver that says something else each time, and a network that notes whom somebody wanted to reach."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> None:
        self.asked = 0
        self.reached: list[str] = []
        look = socket.getaddrinfo

        def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
            if host not in (NAME, NAME.encode()):
                return look(host, port, *args, **kwargs)
            answer = answers[min(self.asked, len(answers) - 1)]
            self.asked += 1
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, int(port)))]

        def connect(_: Any, where: Any) -> None:
            self.reached.append(str(where[0]))
            raise ConnectionRefusedError(111, "Connection refused")

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(socket.socket, "connect", connect)


def _feed(source: str, **address: str) -> Callable[[], None]:
    def go() -> None:
        secrets = {"password": "p", "secret_key": "s"}
        with pytest.raises(SourceAway), source_opened(source_named(source), None, address, secrets) as place:  # type: ignore[arg-type]
            place.entries(Wanted("leads.csv"))

    return go


def _host_key_look() -> None:
    address = {"host": NAME, "port": "22", "user": "u", "folder": "", "host_key": ""}
    with pytest.raises((SourceRefused, SourceAway)):
        source_named("sftp").check(None, address, {"password": "p"})  # type: ignore[arg-type]


def _delivery(way: Any, **kept: Any) -> Callable[[], None]:
    def go() -> None:
        parcel = Parcel(
            name="a.csv", file=io.BytesIO(b"x"), size=1, manifest=b"{}", manifest_name="m", title="t", words="w"
        )
        with pytest.raises(DeliveryFailed):
            way.send(kept, "secret", parcel)

    return go


def _platform(**route: Any) -> Callable[[], None]:
    def go() -> None:
        base = f"https://{NAME}" if not route else "https://8.8.4.4"
        transport = Transport(base, check_url=address_check, patience=0.0, route=Route(**route))
        with pytest.raises(PlatformError):
            transport.request("GET", "/x", decode=lambda answer: answer, effect=Effect.READ)

    return go


def _webhook() -> None:
    assert not request_send("POST", f"https://{NAME}/hook", body=b"{}", check=address_check).is_ok


def _plain() -> None:
    with pytest.raises((AddressRefused, OSError)):
        host_connect(NAME, 443, 1.0)


WAYS: dict[str, Callable[[], None]] = {
    "platform": _platform(),
    "platform by a proxy": _platform(proxy=f"http://{NAME}:3128", check_proxy=proxy_check),
    "webhook": _webhook,
    "feed by sftp": _feed("sftp", host=NAME, port="22", user="u", host_key=KEY),
    "host key of a feed": _host_key_look,
    "feed by imap": _feed("imap", host=NAME, port="993", user="u", sender="a@example.com"),
    "feed by https": _feed("https", url=f"https://{NAME}/leads/"),
    "feed by s3": _feed("s3", bucket="leads", endpoint=f"https://{NAME}", region="us-east-1", key_id="k"),
    "report by sftp": _delivery(sftp_delivery, host=NAME, port=22, user="u", folder="", host_key=KEY),
    "report by s3": _delivery(
        bucket_delivery, bucket="leads", prefix="", endpoint=f"https://{NAME}", region="us-east-1", key_id="k"
    ),
    "any host": _plain,
}


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("before", [0, 1, 2, 3, 4])
def test_a_name_that_leads_inside_at_a_later_look_reaches_nobody_inside(
    monkeypatch: pytest.MonkeyPatch, settings: Any, way: str, before: int
) -> None:
    """However often the name led outside before: the address that was checked is the one that is connected to."""
    settings.ALLOW_PRIVATE_TENANTS = False
    turning = Turning(monkeypatch, [OUTSIDE] * before + [INSIDE])
    WAYS[way]()
    assert turning.asked
    assert INSIDE not in turning.reached


@pytest.mark.parametrize("way", list(WAYS))
def test_a_name_that_stays_outside_is_reached_at_its_address(
    monkeypatch: pytest.MonkeyPatch, settings: Any, way: str
) -> None:
    settings.ALLOW_PRIVATE_TENANTS = False
    turning = Turning(monkeypatch, [OUTSIDE])
    WAYS[way]()
    assert set(turning.reached) == {OUTSIDE}


def test_a_certificate_must_still_be_of_the_name_and_the_next_connection_asks_anew(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ALLOW_PRIVATE_TENANTS = False
    turning = Turning(monkeypatch, [OUTSIDE])
    _platform()()
    once = turning.asked
    _platform()()
    assert turning.asked == 2 * once
