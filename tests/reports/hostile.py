"""Deliveries on their way to small servers on this machine that answer as no server should."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncssh
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from bpadmin.reports.deliveries import PAUSES, delivery_send
from bpadmin.reports.destinations import destination_add
from bpadmin.reports.models import Delivery, DeliveryState, Edition, EditionState, Report
from tests.feeds.hostile import Garbled
from tests.plans.planning import SHELL

USER, PASSWORD = "anna", "a password of the server"
NAME = "Calls.csv"
SIZE = 3_000_000
FAILED, QUEUED, SENT = DeliveryState.FAILED, DeliveryState.QUEUED, DeliveryState.SENT
Talk = Callable[[Any], None]


def due(tenant: Any, way: str, said: dict[str, Any], secret: str = "", size: int = SIZE) -> Delivery:
    """Return a delivery of a file to a destination, ready to go."""
    destination = destination_add(tenant=tenant, name=way, way=way, said=said, secret=secret, actor=SHELL)
    report = Report.objects.create(tenant=tenant, name="Calls", time_zone="UTC", file_name="{report}")
    content = (b"number,outcome\n" * (size // 15 + 1))[:size]
    path = default_storage.save("reports/calls.csv", ContentFile(content))
    edition = Edition.objects.create(
        tenant=tenant,
        report=report,
        moment=timezone.now(),
        state=EditionState.READY,
        path=path,
        file_name=NAME,
        size=size,
        manifest={"report": "Calls", "of": "all", "bytes": size},
    )
    return Delivery.objects.create(
        tenant=tenant,
        edition=edition,
        destination=destination,
        destination_name=way,
        way=way,
        due_at=timezone.now(),
        asked_by_name="sam",
    )


def sent(delivery: Delivery, caplog: Any) -> Delivery:
    """Send it as a worker does, and look at its row."""
    caplog.set_level(logging.WARNING)
    now = timezone.now()
    delivery_send(delivery, now=now)
    delivery = Delivery.objects.select_related("edition__report", "edition__tenant", "destination", "tenant").get(
        pk=delivery.pk
    )
    ours = [each for each in caplog.records if each.name.startswith("bpadmin")]
    assert not any(each.exc_info and each.levelno >= logging.ERROR for each in ours)
    assert "error of ours" not in delivery.sentence
    assert delivery.sentence.endswith(".")
    assert delivery.sentence.replace("\n", "").isprintable()
    assert delivery.tries == 1
    if delivery.state == QUEUED:
        assert delivery.due_at == now + timedelta(seconds=PAUSES[0])
        assert "tried again" in delivery.sentence
    else:
        assert delivery.due_at is None
    return delivery


def post(replies: dict[str, Any], greeting: bytes = b"220 ready\r\n", taken: list[str] | None = None) -> Talk:
    """Return how a mail server talks: what it says to each command, by its word; `.` is said after the message."""
    usual = {"EHLO": b"250 ok\r\n", "DATA": b"354 go\r\n", "QUIT": b"221 bye\r\n"}

    def talk(wire: Any) -> None:
        wire.sendall(greeting)
        is_text = False
        for line in wire.makefile("rb"):
            if is_text and line != b".\r\n":
                continue
            word = "." if is_text else line.decode("latin-1").split()[0].upper().split(":")[0]
            said = (usual | replies).get(word, b"250 ok\r\n")
            said = said(line, wire) if callable(said) else said
            is_text = word == "DATA" and said.startswith(b"354")
            if word == "." and taken is not None:
                taken.append(word)
            if said == b"":
                return
            wire.sendall(said)

    return talk


def drip(line: bytes, wire: Any) -> bytes:
    """Say a byte now and then."""
    for _ in range(2_000):
        wire.sendall(b"2")
        time.sleep(0.02)
    return b""


def hang(line: bytes, wire: Any) -> bytes:
    """Say nothing, until the other side goes."""
    with suppress(OSError):
        while wire.recv(65_536):
            pass
    return b""


def endless(line: bytes, wire: Any) -> bytes:
    """Say more and more."""
    while True:
        wire.sendall(b"250-and more\r\n" * 5_000)


class OddServer:
    """asyncssh's server on a folder; `odd` are methods that take the place of those of its SFTP part."""

    def __init__(self, folder: Path, odd: dict[str, Any] | None = None, raw: bytes = b"") -> None:
        self.folder = folder
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.connections: list[Any] = []
        outer = self

        class Door(asyncssh.SSHServer):
            def connection_made(self, conn: Any) -> None:
                outer.connections.append(conn)

            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == (USER, PASSWORD)

            def session_requested(self) -> Any:
                return Garbled(raw) if raw else True

        members = {name: self._bound(method) for name, method in (odd or {}).items()}
        files = type("Files", (asyncssh.SFTPServer,), members)
        root = str(folder).encode()

        async def listen() -> Any:
            how: dict[str, Any] = {"server_factory": Door, "server_host_keys": [self.key]}
            if not raw:
                how["sftp_factory"] = lambda channel: files(channel, chroot=root)
            return await asyncssh.listen("127.0.0.1", 0, **how)

        self.listener = asyncio.run_coroutine_threadsafe(listen(), self.loop).result(20)
        self.port = self.listener.get_port()

    def _bound(self, method: Any) -> Any:
        return lambda files, *args: method(self, files, *args)

    def said(self, key: Any = None) -> dict[str, Any]:
        """Return what a destination says of it."""
        public = (key or self.key).export_public_key().decode()
        return {"host": "127.0.0.1", "port": self.port, "user": USER, "folder": "in", "host_key": public}

    def names(self) -> list[str]:
        """List the files that lie there."""
        return sorted(each.name for each in self.folder.rglob("*") if each.is_file())

    def stop(self) -> None:
        """End it."""
        self.loop.call_soon_threadsafe(self.listener.close)
        for each in self.connections:
            self.loop.call_soon_threadsafe(each.abort)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
