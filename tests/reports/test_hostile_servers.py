"""Servers of deliveries that answer as no server should: each ends in words, in a row with its state, and in time.

What can be had later is tried again; nothing that is not whole stands under the name of the file.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncssh
import pytest

from bpadmin.notifications.delivery import smtp
from bpadmin.reports import deliveries
from bpadmin.reports.deliveries import PAUSES, delivery_send
from bpadmin.reports.delivery import s3, sftp
from bpadmin.reports.models import Delivery
from bpadmin.tenants.connections import buckets
from bpadmin.web import downloads
from tests.feeds.hostile import LineServer
from tests.reports.hostile import (
    FAILED,
    NAME,
    PASSWORD,
    QUEUED,
    SENT,
    SIZE,
    USER,
    OddServer,
    Talk,
    drip,
    due,
    endless,
    hang,
    post,
    sent,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def stopped() -> Iterator[list[Any]]:
    made: list[Any] = []
    yield made
    for each in made:
        each.stop()


def test_no_way_takes_longer_than_a_delivery_is_left_to_whoever_sends_it() -> None:
    """Else another process would begin it anew while the first one still sends."""
    longest = max(smtp.SECONDS, sftp.SECONDS + sftp.LOGIN_SECONDS, s3.SECONDS + 2 * s3.TIMEOUT)
    assert timedelta(seconds=longest + deliveries.SECONDS) < deliveries.CLAIM


def test_what_fails_again_and_again_ends(tenant, stopped, caplog) -> None:
    server = LineServer(lambda wire: None)
    stopped.append(server)
    said = {"bucket": "b", "endpoint": f"http://127.0.0.1:{server.port}", "key_id": "k"}
    delivery = due(tenant, "s3", said, "s", size=10)
    for number in range(1, len(PAUSES) + 2):
        delivery_send(delivery)
        delivery.refresh_from_db()
        assert (delivery.tries, delivery.state) == (number, QUEUED if number <= len(PAUSES) else FAILED)
    assert "tried again" not in delivery.sentence
    assert (delivery.due_at, delivery.ended_at is None) == (None, False)


# A mail server

MAILS: dict[str, tuple[Any, str, str]] = {
    "no greeting": (post({}, b"HTTP/1.1 400 Bad Request\r\n\r\n"), QUEUED, "cannot be reached"),
    "the end of the connection": (lambda wire: None, QUEUED, "cannot be reached"),
    "a greeting that drips": (partial(drip, b""), QUEUED, "cannot be reached"),
    "a greeting that never comes": (partial(hang, b""), QUEUED, "cannot be reached"),
    "a line without end": (post({}, b"220 " + b"x" * 100_000), QUEUED, "cannot be reached"),
    "a reply without end": (post({"EHLO": endless}), QUEUED, "talks without an end"),
    "no to everybody": (post({"RCPT": b"550 nobody\r\n"}), FAILED, "takes nothing for sam@example.com (550"),
    "later to everybody": (post({"RCPT": b"450 later\r\n"}), QUEUED, "takes nothing for sam@example.com (450"),
    "no to the sender": (post({"MAIL": b"530 no\r\n"}), FAILED, "did not take it: 530 no"),
    "hangs before the file": (post({"MAIL": hang}), QUEUED, "before anything went out"),
    "gone before the file": (post({"RCPT": b""}), QUEUED, "before anything went out"),
    "full": (post({".": b"452 disk full\r\n"}), QUEUED, "did not take it: 452 disk full"),
    "too large": (post({".": b"552 too much\r\n"}), FAILED, "did not take it: 552 too much"),
    "gone after the file": (post({".": b""}), FAILED, "may have gone out"),
    "hangs after the file": (post({".": hang}), FAILED, "may have gone out"),
    "drips after the file": (post({".": drip}), FAILED, "may have gone out"),
    "letters after the file": (post({".": b"yes thank you\r\n"}), FAILED, "may have gone out"),
    "a line without end after it": (post({".": b"250 " + b"x" * 100_000}), FAILED, "may have gone out"),
    "nonsense at the end": (post({"QUIT": b"\xff" * 100_000}), SENT, "took it for 1 address"),
    "hangs at the end": (post({"QUIT": hang}), SENT, "took it for 1 address"),
}


@pytest.fixture
def post_office(settings: Any, monkeypatch: Any, stopped: list[Any]) -> Callable[[Talk], None]:
    settings.EMAIL_BACKEND = "bpadmin.notifications.delivery.smtp.Backend"
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT = "127.0.0.1", False, 1
    settings.REPORT_MAIL_DOMAINS = ["example.com"]
    monkeypatch.setattr(smtp, "SECONDS", 2.0)

    def opened(talk: Talk) -> None:
        server = LineServer(talk)
        stopped.append(server)
        settings.EMAIL_PORT = server.port

    return opened


@pytest.mark.parametrize("odd", list(MAILS))
def test_what_a_mail_server_says_ends_in_words(tenant, post_office, caplog, odd):
    talk, state, words = MAILS[odd]
    post_office(talk)
    delivery = sent(due(tenant, "mail", {"to": "sam@example.com"}), caplog)
    assert (delivery.state, words in delivery.sentence) == (state, True), delivery.sentence


def test_an_address_that_is_refused_while_others_are_not_is_no_success(tenant, post_office, caplog):
    taken: list[str] = []

    def refuse(line: bytes, wire: Any) -> bytes:
        return b"550 gone\r\n" if b"bob@" in line else b"250 ok\r\n"

    post_office(post({"RCPT": refuse}, taken=taken))
    delivery = sent(due(tenant, "mail", {"to": "sam@example.com, bob@example.com"}, size=1_000), caplog)
    assert delivery.state == FAILED
    assert "took it for 1 of 2 addresses" in delivery.sentence
    assert "bob@example.com (550 gone)" in delivery.sentence
    assert taken == ["."]


def test_a_large_file_has_more_time_than_one_answer(tenant, post_office, caplog, monkeypatch):
    """A server that takes it slowly but steadily gets all of it."""
    monkeypatch.setattr(smtp, "SECONDS", 60.0)
    monkeypatch.setattr(smtp, "PIECE", 16 * 1024)

    def slowly(wire: Any) -> None:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        wire.sendall(b"220 ready\r\n")
        asked = b""
        for answer in (b"250 ok\r\n",) * 3 + (b"354 go\r\n",):
            while b"\r\n" not in asked:
                asked += wire.recv(1_000)
            asked = asked.partition(b"\r\n")[2]
            wire.sendall(answer)
        while not asked.endswith(b"\r\n.\r\n"):
            time.sleep(0.02)
            asked = asked[-5:] + wire.recv(400_000)
        time.sleep(2)  # longer than one answer may take before
        wire.sendall(b"250 ok\r\n")

    post_office(slowly)
    delivery = sent(due(tenant, "mail", {"to": "sam@example.com"}, size=6_000_000), caplog)
    assert delivery.state == SENT, delivery.sentence


# An SFTP server


async def _forever(*_: Any) -> Any:
    await asyncio.sleep(3_600)


def _break_off(server: OddServer, files: Any, file: Any, offset: int, data: bytes) -> int:
    if offset > SIZE // 2:
        for each in server.connections:
            each.abort()
    return int(asyncssh.SFTPServer.write(files, file, offset, data))


def _slowly(server: OddServer, files: Any, file: Any, offset: int, data: bytes) -> int:
    time.sleep(2)
    return int(asyncssh.SFTPServer.write(files, file, offset, data))


def _full(server: OddServer, files: Any, file: Any, offset: int, data: bytes) -> int:
    if offset > SIZE // 2:
        raise asyncssh.SFTPFailure("No space\r\n left\x1b[2J on device")
    return int(asyncssh.SFTPServer.write(files, file, offset, data))


def _lose(server: OddServer, files: Any, file: Any, offset: int, data: bytes) -> int:
    if offset < SIZE // 2:
        asyncssh.SFTPServer.write(files, file, offset, data)
    return len(data)


def _refuse(server: OddServer, files: Any, *_: Any) -> Any:
    raise asyncssh.SFTPPermissionDenied("not here")


def _unable(server: OddServer, files: Any, *_: Any) -> Any:
    raise asyncssh.SFTPOpUnsupported("no such thing")


def _fail(server: OddServer, files: Any, *_: Any) -> Any:
    raise asyncssh.SFTPFailure("Failure")


SFTPS: dict[str, tuple[dict[str, Any], str, str]] = {
    "never opens": ({"open": lambda *_: _forever()}, QUEUED, "did not answer, or not in time"),
    "never writes": ({"write": lambda *_: _forever()}, QUEUED, "did not answer, or not in time"),
    "never closes": ({"close": lambda *_: _forever()}, QUEUED, "did not answer, or not in time"),
    "never renames": ({"posix_rename": lambda *_: _forever()}, QUEUED, "did not answer, or not in time"),
    "drips": ({"write": _slowly}, QUEUED, "did not answer, or not in time"),
    "breaks off in the middle": ({"write": _break_off}, QUEUED, "broke off"),
    "is full": ({"write": _full}, QUEUED, "did not take the file: No space left"),
    "loses the second half": ({"write": _lose}, QUEUED, "of 3,000,000 bytes it has"),
    "lets nobody write": ({"open": _refuse}, FAILED, "did not take the file: not here"),
    "makes no folder": ({"mkdir": _refuse}, FAILED, "did not take the file: not here"),
    "cannot rename": ({"posix_rename": _fail}, QUEUED, "did not take the file: Failure"),
}


@pytest.fixture
def hurried(monkeypatch: Any) -> None:
    """Let servers have little time."""
    monkeypatch.setattr(sftp, "LOGIN_SECONDS", 2)
    monkeypatch.setattr(sftp, "STEP_SECONDS", 1.5)
    monkeypatch.setattr(sftp, "SECONDS", 8.0)


@pytest.mark.parametrize("odd", list(SFTPS))
def test_what_an_sftp_server_does_leaves_nothing_half_written(tenant, tmp_path, stopped, caplog, hurried, odd):
    methods, state, words = SFTPS[odd]
    server = OddServer(tmp_path / "theirs", methods)
    stopped.append(server)
    (tmp_path / "theirs").mkdir()
    was_there = odd not in ("makes no folder", "is full")
    if was_there:
        (tmp_path / "theirs/in").mkdir()
        (tmp_path / "theirs/in" / NAME).write_text("yesterday's")
    delivery = sent(due(tenant, "sftp", server.said(), PASSWORD), caplog)
    assert (delivery.state, words in delivery.sentence) == (state, True), delivery.sentence
    left = [name for name in server.names() if "unfinished" not in name]
    assert left == ([NAME] if was_there else [])
    assert not was_there or (tmp_path / "theirs/in" / NAME).read_text() == "yesterday's"
    if state == FAILED or "did not take" in words or "bytes" in words:
        assert server.names() == left  # nothing is left behind where the server still listens


def test_a_server_that_cannot_replace_gets_it_all_the_same(tenant, tmp_path, stopped, caplog):
    server = OddServer(tmp_path / "theirs", {"posix_rename": _unable, "stat": lambda s, f, p: _stat(s, f, p)})
    stopped.append(server)
    (tmp_path / "theirs/in").mkdir(parents=True)
    (tmp_path / "theirs/in" / NAME).write_text("yesterday's")
    delivery = sent(due(tenant, "sftp", server.said(), PASSWORD), caplog)
    assert delivery.state == SENT, delivery.sentence
    assert (tmp_path / "theirs/in" / NAME).stat().st_size == SIZE
    assert server.names() == [NAME, f"{NAME}.manifest.json"]


def _stat(server: OddServer, files: Any, path: bytes) -> Any:
    """Tell nothing of what is not finished, as folders do that one may only put things into."""
    if path.endswith(b".unfinished"):
        raise asyncssh.SFTPPermissionDenied("no looking")
    return asyncssh.SFTPServer.stat(files, path)


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_a_server_with_another_host_key_of_whatever_kind_gets_nothing(tenant, tmp_path, stopped, caplog, kind):
    server = OddServer(tmp_path)
    stopped.append(server)
    delivery = sent(due(tenant, "sftp", server.said(asyncssh.generate_private_key(kind)), PASSWORD), caplog)
    assert delivery.state == FAILED
    assert "another host key" in delivery.sentence
    assert server.names() == []


@pytest.mark.parametrize("kind", ["", "ssh-ed25519", "ecdsa-sha2-nistp256"])
def test_a_server_that_hangs_up_on_the_key_is_asked_which_it_shows(
    tenant, tmp_path, stopped, caplog, monkeypatch, kind
):
    async def lost(**said: Any) -> Any:
        said["sock"].close()
        raise asyncssh.ConnectionLost("Connection lost")

    server = OddServer(tmp_path)
    stopped.append(server)
    key = asyncssh.generate_private_key(kind) if kind else server.key
    delivery = due(tenant, "sftp", server.said(key), PASSWORD)
    monkeypatch.setattr(asyncssh, "connect", lost)
    delivery = sent(delivery, caplog)
    assert (delivery.state, "another host key" in delivery.sentence) == (FAILED if kind else QUEUED, bool(kind))


GREETINGS: dict[str, Talk] = {
    "a web server's": lambda wire: wire.sendall(b"HTTP/1.1 400 Bad\r\n\r\n"),
    "zeros": lambda wire: wire.sendall(b"\0" * 9_000),
    "noise after it": lambda wire: wire.sendall(b"SSH-2.0-x\r\n" + b"\xff" * 9_000),
    "none": lambda wire: None,
    "one that never comes": partial(hang, b""),
    "one that drips": partial(drip, b""),
    "lines without end": partial(endless, b""),
}


@pytest.mark.parametrize("odd", list(GREETINGS))
def test_a_greeting_that_is_none_ends_in_words(tenant, stopped, caplog, hurried, odd):
    server = LineServer(GREETINGS[odd])
    stopped.append(server)
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    said = {"host": "127.0.0.1", "port": server.port, "user": USER, "host_key": key}
    delivery = sent(due(tenant, "sftp", said, PASSWORD), caplog)
    assert delivery.state == QUEUED, delivery.sentence


PACKETS = {
    "a web server's": b"HTTP/1.1 400 Bad\r\n\r\n" * 9,
    "none": b"\0\0\0\1\xff" * 9,
    "endless": b"\xff" * 100,
    "only versions": b"\0\0\0\5\2\0\0\0\3" * 9,
}


@pytest.mark.parametrize("raw", PACKETS.values(), ids=list(PACKETS))
def test_packets_that_are_none_end_in_words(tenant, tmp_path, stopped, caplog, hurried, raw):
    server = OddServer(tmp_path, raw=raw)
    stopped.append(server)
    delivery = sent(due(tenant, "sftp", server.said(), PASSWORD), caplog)
    assert delivery.state == QUEUED, delivery.sentence


@pytest.mark.parametrize("way", ["sftp", "s3"])
def test_a_private_address_gets_nothing_once_it_is_not_allowed_any_more(
    tenant, tmp_path, stopped, caplog, settings, way
):
    reached: list[bytes] = []
    server = LineServer(lambda wire: reached.append(wire.recv(100)))
    stopped.append(server)
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    said = {"host": "127.0.0.1", "port": server.port, "user": USER, "host_key": key}
    said |= {"bucket": "b", "endpoint": f"https://127.0.0.1:{server.port}", "key_id": "k"}
    delivery = due(tenant, way, said, "s")
    settings.ALLOW_PRIVATE_TENANTS = False
    delivery = sent(delivery, caplog)
    assert (delivery.state, "private network" in delivery.sentence) == (FAILED, True), delivery.sentence
    assert reached == []


# A bucket


def answered(status: str, body: bytes = b"", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>ordered by a test</Message></Error>".encode()


BUCKETS: dict[str, tuple[bytes, str, str]] = {
    "yes to everything": (answered("200 OK"), QUEUED, "answers as no bucket does"),
    "a web page": (answered("200 OK", b"<html>Welcome", "Content-Type: text/html\r\n"), QUEUED, "did not take it"),
    "no status": (b"hello\r\n\r\n", QUEUED, "did not take it"),
    "nothing": (b"", QUEUED, "did not take it"),
    "broken chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", QUEUED, "did not take it"),
    "a header of 100 kB": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", QUEUED, "did not take it"),
    "a redirect elsewhere": (
        answered("307 Temporary Redirect", headers="Location: http://127.0.0.1:1/\r\n"),
        QUEUED,
        "307",
    ),
    "a redirect to a region": (
        answered("301 Moved", error("PermanentRedirect"), "x-amz-bucket-region: ../x\r\n"),
        QUEUED,
        "did not take it",
    ),
    "a refusal": (answered("403 Forbidden", error("AccessDenied")), FAILED, "AccessDenied"),
    "no such bucket": (answered("404 Not Found", error("NoSuchBucket")), FAILED, "NoSuchBucket"),
    "too many requests": (answered("429 Too Many", error("TooMany")), QUEUED, "TooMany"),
    "full": (answered("507 Insufficient Storage", error("DiskFull")), QUEUED, "DiskFull"),
    "an error of nonsense": (answered("500 No", b"<Error><Code>"), QUEUED, "did not take it"),
}


def bucket(tenant: Any, stopped: list[Any], talk: Talk, size: int = SIZE) -> Delivery:
    server = LineServer(talk)
    stopped.append(server)
    said = {"bucket": "b", "prefix": "in", "endpoint": f"http://127.0.0.1:{server.port}", "key_id": "k"}
    return due(tenant, "s3", said, "s", size=size)


@pytest.mark.parametrize("size", [1_000, 9_000_000], ids=["at once", "in parts"])
@pytest.mark.parametrize("odd", list(BUCKETS))
def test_what_a_bucket_says_ends_in_words(tenant, stopped, caplog, odd, size):
    answer, state, words = BUCKETS[odd]
    delivery = sent(bucket(tenant, stopped, swallowing(answer), size), caplog)
    assert (delivery.state, words in delivery.sentence) == (state, True), delivery.sentence


def swallowing(answer: bytes) -> Talk:
    """Return how a web server talks that reads what it is sent, and answers the same whatever it is."""

    def talk(wire: Any) -> None:
        file = wire.makefile("rb")
        size = 0
        for line in file:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
            if line == b"\r\n":
                break
        while size > 0 and (data := file.read(min(size, 65_536))):
            size -= len(data)
        wire.sendall(answer)

    return talk


def slowly_read(wire: Any) -> None:
    """Read a little now and then."""
    while wire.recv(65_536):
        time.sleep(0.06)


@pytest.mark.parametrize(
    ("talk", "words"),
    [(slowly_read, "takes what is sent too slowly"), (lambda wire: time.sleep(15), "did not take it")],
    ids=["drips", "hangs"],
)
def test_a_bucket_that_takes_it_slowly_or_not_at_all_is_left(tenant, stopped, caplog, monkeypatch, talk, words):
    monkeypatch.setattr(s3, "TIMEOUT", 1)
    monkeypatch.setattr(s3, "SECONDS", 3.0)
    delivery = sent(bucket(tenant, stopped, talk, 30_000_000), caplog)
    assert (delivery.state, words in delivery.sentence) == (QUEUED, True), delivery.sentence


@pytest.mark.parametrize("body", [b"x" * 1_000_000, BytesIO(b"x")], ids=["whole", "a file"])
def test_what_is_sent_is_not_read_on_once_its_time_is_over(body):
    """However small the pieces are in which a server takes it: each of them comes in time."""
    request = SimpleNamespace(method="PUT", url="http://127.0.0.1/", body=body, headers={})
    assert buckets._prepared(request, time.monotonic() + 60).body.read(1) == b"x"
    with pytest.raises(buckets.BucketTrouble, match="too slowly"):
        buckets._prepared(request, time.monotonic() - 1).body.read(1)


def test_a_bucket_that_breaks_off_in_the_middle_is_tried_again(tenant, stopped, caplog):
    delivery = sent(bucket(tenant, stopped, lambda wire: wire.recv(10_000), 9_000_000), caplog)
    assert delivery.state == QUEUED, delivery.sentence


# A folder


@pytest.fixture
def room(settings: Any, tmp_path: Path) -> Path:
    settings.REPORT_FOLDER = str(tmp_path / "allowed")
    place = tmp_path / "allowed" / "acme" / "daily"
    place.mkdir(parents=True)
    return place


def test_a_full_disk_leaves_what_was_there_and_is_tried_again(tenant, room, caplog, monkeypatch):
    (room / NAME).write_text("yesterday's")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    delivery = due(tenant, "folder", {"folder": "daily"})
    monkeypatch.setattr(downloads.os, "fsync", full)
    delivery = sent(delivery, caplog)
    assert (delivery.state, "No space left" in delivery.sentence) == (QUEUED, True)
    assert {each.name: each.read_text() for each in room.iterdir()} == {NAME: "yesterday's"}


@pytest.mark.parametrize("name", [NAME, f"{NAME}.manifest.json"])
@pytest.mark.parametrize("what", ["a link", "a pipe", "a folder"])
def test_what_is_no_file_in_its_place_is_not_written_through(tenant, room, tmp_path, caplog, what, name):
    (tmp_path / "elsewhere").write_text("of others")
    if what == "a link":
        (room / name).symlink_to(tmp_path / "elsewhere")
    elif what == "a pipe":
        os.mkfifo(room / name)
    else:
        (room / name).mkdir()
    delivery = sent(due(tenant, "folder", {"folder": "daily"}), caplog)
    assert (delivery.state, "something that is no file" in delivery.sentence) == (FAILED, True), delivery.sentence
    assert (tmp_path / "elsewhere").read_text() == "of others"
    assert [each.name for each in room.iterdir()] == [name]


def test_a_folder_that_leads_out_meanwhile_gets_nothing(tenant, room, tmp_path, caplog):
    delivery = due(tenant, "folder", {"folder": "daily"})
    room.rmdir()
    (tmp_path / "elsewhere").mkdir()
    room.symlink_to(tmp_path / "elsewhere")
    delivery = sent(delivery, caplog)
    assert (delivery.state, "beneath" in delivery.sentence) == (FAILED, True)
    assert list((tmp_path / "elsewhere").iterdir()) == []
