"""Servers of feeds that answer as no server should: each ends as a run, or a feed's note, with a sentence."""

from __future__ import annotations

import logging
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from django.utils import timezone

from bpadmin.feeds.models import Feed, FeedRun, FeedRunState
from bpadmin.feeds.runs.looking import run_ask, run_take
from bpadmin.feeds.sources import base, imap
from tests.feeds.feeding import NOW, fed, put, rows, turn
from tests.feeds.hostile import LineServer, OddSftp, listed, mailbox, web
from tests.feeds.serving import PASSWORD
from tests.plans.planning import SHELL

pytestmark = pytest.mark.django_db(transaction=True)


def looked(feed: Feed, caplog: Any, now: Any = NOW) -> str:
    """Look at a source as a worker does, then as for a person who asks for its newest file; returns the words."""
    caplog.set_level(logging.WARNING)
    turn(now)
    feed.refresh_from_db()
    assert feed.failures == 1, feed.note
    run = run_take(run=run_ask(feed=feed, actor=SHELL, now=now), now=now)
    assert run.state == FeedRunState.FAILED
    assert run.sentence == feed.note
    assert run.sentence.endswith(".")
    assert not any(each.exc_info and each.levelno >= logging.ERROR for each in caplog.records)
    return str(run.sentence)


# A mailbox


@pytest.fixture
def stopped() -> Iterator[list[Any]]:
    made: list[Any] = []
    yield made
    for each in made:
        each.stop()


def mail_feed(tenant: Any, tmp_path: Path, stopped: list[Any], talk: Any, **more: Any) -> Feed:
    server = LineServer(talk, tmp_path)
    stopped.append(server)
    address = {"host": "127.0.0.1", "port": str(server.port), "user": "feed", "sender": "crm@example.com"}
    address["certificates"] = server.bundle
    return fed(tenant, source="imap", address=address, secrets={"password": PASSWORD}, pattern="leads*.csv", **more)


def structure(name: str = "leads.csv", size: object = 40, encoding: str = "7bit") -> bytes:
    disposition = f'("attachment" ("filename" "{name}"))'
    return f'("text" "csv" ("name" "{name}") NIL NIL "{encoding}" {size} 1 NIL {disposition} NIL NIL)'.encode()


def mail(told: bytes, day: bytes = b"01-Jun-2026 04:00:00 +0000") -> list[bytes]:
    return [b'* 1 FETCH (UID 1 INTERNALDATE "%s" BODYSTRUCTURE %s)' % (day, told)]


FOUND = {"SEARCH": [b"* SEARCH 1"]}
MAILBOXES: dict[str, Any] = {
    "no greeting": mailbox({}, b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "bytes": mailbox({}, b"\x00\xff\xfe\r\n"),
    "a line without end": mailbox({}, b"* OK " + b"x" * 1_100_000),
    "letters for numbers": mailbox({"SEARCH": [b"* SEARCH one two"]}),
    "an open bracket": mailbox(FOUND | {"FETCH": [b"* 1 FETCH ((((("]}),
    "deep brackets": mailbox(FOUND | {"FETCH": [b"* 1 FETCH (BODYSTRUCTURE " + b"(" * 50_000 + b")" * 50_001]}),
    "no structure": mailbox(FOUND | {"FETCH": [b"* 1 FETCH (UID 1 FLAGS ())"]}),
    "an empty structure": mailbox(FOUND | {"FETCH": mail(b"()")}),
    "a day that is none": mailbox(FOUND | {"FETCH": mail(structure(), b"99-Foo-0000 99:99:99 +9999")}),
    "a literal of 9 GB": mailbox(FOUND | {"FETCH": [b"* 1 FETCH (BODYSTRUCTURE {9999999999}", b"x"]}),
    "a literal of many digits": mailbox(FOUND | {"FETCH": [b"* 1 FETCH (BODYSTRUCTURE {" + b"9" * 5_000 + b"}", b"x"]}),
    "more than was asked for": mailbox({"SEARCH": [b"* SEARCH " + b"1 " * 400_000] * 3}),
    "the end of the connection": lambda wire: None,
}


@pytest.mark.parametrize("odd", list(MAILBOXES))
def test_what_a_mailbox_says_ends_in_words(tenant, spring, tmp_path, stopped, caplog, monkeypatch, odd):
    monkeypatch.setattr(imap, "LOOK_BYTES", 1_000_000)
    told = looked(mail_feed(tenant, tmp_path, stopped, MAILBOXES[odd]), caplog)
    assert "127.0.0.1" in told or "mailbox" in told


def test_a_mail_that_nobody_can_read_does_not_hide_the_others(tenant, spring, tmp_path, stopped):
    now = timezone.now()
    day = now.strftime("%d-%b-%Y %H:%M:%S +0000").encode()
    file = rows(12).encode()

    def fetch(asked: str) -> list[bytes]:
        if "BODYSTRUCTURE" in asked:
            good = mail(structure(size=len(file)), day)[0].replace(b"1 FETCH (UID 1", b"2 FETCH (UID 2")
            return [*mail(b'("x")', day), good]
        return [b"* 2 FETCH (UID 2 BODY[1]<0> {%d}" % len(file), file + b")"]

    talk = mailbox({"SEARCH": [b"* SEARCH 1 2"], "FETCH": fetch})
    mail_feed(tenant, tmp_path, stopped, talk, now=now)
    turn(now)
    run = FeedRun.objects.get()
    assert (run.state, run.rows) == (FeedRunState.SENT, 12), run.sentence


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "7bit"])
def test_an_attachment_that_is_too_large_by_its_size_is_not_asked_for(
    tenant, spring, tmp_path, stopped, caplog, settings, encoding
):
    asked: list[str] = []

    def fetch(line: str) -> list[bytes]:
        asked.append(line)
        return mail(structure(size=4_000_000, encoding=encoding))

    settings.MAX_UPLOAD_BYTES = 1024 * 1024
    told = looked(mail_feed(tenant, tmp_path, stopped, mailbox(FOUND | {"FETCH": fetch})), caplog)
    assert "larger than 1 MB, the limit here" in told
    assert not any("BODY.PEEK" in line for line in asked)


@pytest.mark.parametrize("says", ["a part as asked for", "all at once"])
def test_an_attachment_larger_than_it_says_is_never_in_memory(
    tenant, spring, tmp_path, stopped, caplog, settings, says
):
    size = 60_000_000 if says == "all at once" else base.COPY_BYTES

    def fetch(line: str) -> list[bytes]:
        if "BODYSTRUCTURE" in line:
            return mail(structure(size=40))
        return [b"* 1 FETCH (UID 1 BODY[1]<0> {%d}" % size, b"x" * size + b")"]

    settings.MAX_UPLOAD_BYTES = 20 * base.COPY_BYTES
    talk = mailbox(FOUND | {"FETCH": fetch})
    feed = mail_feed(tenant, tmp_path, stopped, talk)
    told = looked(feed, caplog)
    assert ("larger than 20 MB" in told) == (says == "a part as asked for")
    assert "127.0.0.1" in told or says == "a part as asked for"


def test_an_attachment_is_decoded_in_pieces(monkeypatch):
    """Wherever the pieces end: in the middle of four characters, of a line, of an escape."""
    import base64
    import quopri

    content = "".join(f"Zoë = {n},\t\r\n" for n in range(300)).encode()
    for encoding, raw in (("base64", base64.encodebytes(content)), ("quoted-printable", quopri.encodestring(content))):
        for size in (1, 2, 3, 5, 77, 1000):
            decoder = imap._Decoder(encoding)
            got = b"".join(decoder.take(raw[at : at + size]) for at in range(0, len(raw), size)) + decoder.rest()
            assert got == content, (encoding, size)


def test_pieces_of_an_attachment_take_no_more_memory_than_one(monkeypatch):
    decoder = imap._Decoder("base64")
    piece = b"QUJD" * (base.COPY_BYTES // 4)
    tracemalloc.start()
    for _ in range(30):
        decoder.take(piece)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * base.COPY_BYTES


# An SFTP server

SFTP_NAMES: dict[str, list[Any]] = {
    "dots": [listed(b"x/../../leads.csv")],
    "a slash": [listed(b"x/leads.csv"), listed(b"leads/.csv")],
    "zero": [listed(b"leads\0.csv")],
    "a line break": [listed(b"leads\r\n.csv")],
    "an escape": [listed(b"leads\x1b[2J.csv")],
    "another encoding": [listed(b"leads-\xe9.csv")],
    "10,000 characters": [listed(b"leads" + b"x" * 10_000 + b".csv")],
}


def sftp_feed(tenant: Any, server: OddSftp, stopped: list[Any]) -> Feed:
    stopped.append(server)
    address = {"host": "127.0.0.1", "port": str(server.port), "user": "feed", "folder": "/out"}
    address["host_key"] = server.key.export_public_key().decode()
    return fed(tenant, source="sftp", address=address, secrets={"password": PASSWORD}, pattern="*leads*.csv")


@pytest.mark.parametrize("odd", list(SFTP_NAMES))
def test_a_name_that_no_file_can_have_is_told_and_not_taken(tenant, spring, stopped, caplog, odd):
    told = looked(sftp_feed(tenant, OddSftp(lambda: iter(SFTP_NAMES[odd])), stopped), caplog)
    assert "a file's name cannot" in told
    assert told.isprintable()


def test_such_a_name_does_not_hide_the_others(tenant, folder, spring):
    put(folder, "leads-1.csv", rows(8))
    for name in ("leads\n2.csv", "leads\udce9.csv"):
        put(folder, name, rows(3))
    fed(tenant)
    turn(NOW)
    assert [(run.file_name, run.rows) for run in FeedRun.objects.all()] == [("leads-1.csv", 8)]


def test_a_listing_with_too_many_names_is_not_read_to_its_end(tenant, spring, stopped, caplog):
    told: list[int] = []

    def names() -> Iterator[Any]:
        for number in range(1_000_000):
            told.append(number)
            yield listed(b"other-%d.txt" % number)

    words = looked(sftp_feed(tenant, OddSftp(names), stopped), caplog)
    assert "More than 5,000 files lie in that folder" in words
    assert len(told) < 100_000


@pytest.mark.parametrize(
    "odd", [{"mtime": 2**32 - 1}, {"size": 2**64 - 1}, {"mtime": 0, "size": 0}, {"type": 99, "mtime": 2**31}]
)
def test_odd_times_and_sizes_are_no_error_of_ours(tenant, spring, stopped, odd):
    feed = sftp_feed(tenant, OddSftp(lambda: iter([listed(b"leads.csv", **odd)])), stopped)
    turn(NOW)
    feed.refresh_from_db()
    assert feed.note.endswith(".")
    assert feed.looked_at == NOW


PACKETS = {
    "a web server's": b"HTTP/1.1 400 Bad\r\n\r\n" * 9,
    "none": b"\0\0\0\1\xff" * 9,
    "endless": b"\xff" * 100,
    "only versions": b"\0\0\0\5\2\0\0\0\3" * 9,
}


@pytest.mark.parametrize("raw", PACKETS.values(), ids=list(PACKETS))
def test_packets_of_an_sftp_server_that_are_none_end_in_words(tenant, spring, stopped, caplog, raw):
    assert "127.0.0.1" in looked(sftp_feed(tenant, OddSftp(lambda: iter(()), raw), stopped), caplog)


BANNERS = {
    "a web server's": b"HTTP/1.1 400 Bad\r\n\r\n",
    "zeros": b"\0" * 9000,
    "noise after it": b"SSH-2.0-x\r\n" + b"\xff" * 9000,
    "none": b"",
}


@pytest.mark.parametrize("banner", BANNERS.values(), ids=list(BANNERS))
def test_a_banner_that_is_none_ends_in_words(tenant, spring, stopped, caplog, banner):
    odd = OddSftp(lambda: iter(()))
    feed = sftp_feed(tenant, odd, stopped)
    server = LineServer(lambda wire: wire.sendall(banner))
    stopped.append(server)
    Feed.objects.update(address={**feed.address, "port": str(server.port)})
    assert "127.0.0.1" in looked(Feed.objects.get(), caplog)


@pytest.mark.parametrize("pinned", ["another", "another kind", "the same"])
def test_a_server_that_hangs_up_on_the_pinned_host_key_is_asked_which_it_shows(
    tenant, spring, stopped, caplog, monkeypatch, pinned
):
    """It hangs up where it has none of that kind; whether its words are read before that is a matter of moments."""

    async def lost(**said: Any) -> Any:
        said["sock"].close()
        raise asyncssh.ConnectionLost("Connection lost")

    odd = OddSftp(lambda: iter(()))
    feed = sftp_feed(tenant, odd, stopped)
    kind = "ecdsa-sha2-nistp256" if pinned == "another kind" else "ssh-ed25519"
    key = odd.key if pinned == "the same" else asyncssh.generate_private_key(kind)
    Feed.objects.update(address={**feed.address, "host_key": key.export_public_key().decode()})
    monkeypatch.setattr(asyncssh, "connect", lost)
    told = looked(Feed.objects.get(), caplog)
    assert ("host key" in told) == (pinned != "the same"), told
    assert ("Nothing was told to it" in told) == (pinned != "the same"), told


# A bucket

LISTING = (
    '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>leads</Name>'
    "<IsTruncated>{more}</IsTruncated>{token}{inside}</ListBucketResult>"
)
OBJECT = "<Contents><Key>leads.csv</Key><LastModified>{at}</LastModified><ETag>x</ETag><Size>{size}</Size></Contents>"


def answered(body: str | bytes, head: str = "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n") -> bytes:
    body = body.encode() if isinstance(body, str) else body
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


def listing(inside: str = "", more: str = "false", token: str = "") -> bytes:
    return answered(LISTING.format(inside=inside, more=more, token=token))


BUCKETS: dict[str, bytes] = {
    "a web page": answered("<!doctype html><html><body>Welcome", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"),
    "half of it": answered("<ListBucketResult><Contents><Key>leads.csv"),
    "bytes": answered(b"\xff\xfe\x00" * 100),
    "nothing": answered(""),
    "a bomb": answered('<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'),
    "a size of letters": listing(OBJECT.format(at="2026-06-01T04:00:00Z", size="many")),
    "a size of 5,000 digits": listing(OBJECT.format(at="2026-06-01T04:00:00Z", size="9" * 5_000)),
    "the year 0": listing(OBJECT.format(at="0000-00-00T00:00:00Z", size="3")),
    "a year of letters": listing(OBJECT.format(at="soon", size="3")),
    "an object without a name": listing("<Contents><Size>3</Size></Contents>"),
    "a listing without end": listing(more="true", token="<NextContinuationToken>a</NextContinuationToken>"),
    "a listing cut off": listing(more="true"),
    "a redirect": answered("", "HTTP/1.1 301 Gone\r\nLocation: http://127.0.0.1:1/\r\nx-amz-bucket-region: ../x\r\n"),
    "no status": b"hello\r\n\r\n",
    "broken chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "an error of nonsense": answered("<Error><Code>", "HTTP/1.1 500 No\r\n"),
    "a header of 100 kB": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("odd", list(BUCKETS))
def test_what_a_bucket_says_ends_in_words(tenant, spring, stopped, caplog, odd):
    server = LineServer(web(BUCKETS[odd]))
    stopped.append(server)
    address = {"bucket": "leads", "endpoint": f"http://127.0.0.1:{server.port}", "key_id": "k"}
    feed = fed(tenant, source="s3", address=address, secrets={"secret_key": "s"}, pattern="leads*.csv")
    assert "leads" in looked(feed, caplog)


def test_a_bucket_with_more_and_more_pages_is_not_read_for_ever(tenant, spring, stopped, caplog, monkeypatch):
    monkeypatch.setattr("bpadmin.feeds.sources.s3.MOST_PAGES", 10)
    count = [0]

    def talk(wire: Any) -> None:
        count[0] += 1
        token = f"<NextContinuationToken>t{count[0]}</NextContinuationToken>"
        inside = "<CommonPrefixes><Prefix>x/</Prefix></CommonPrefixes>"
        web(listing(inside, "true", token))(wire)

    server = LineServer(talk)
    stopped.append(server)
    address = {"bucket": "leads", "endpoint": f"http://127.0.0.1:{server.port}", "key_id": "k"}
    feed = fed(tenant, source="s3", address=address, secrets={"secret_key": "s"}, pattern="leads*.csv")
    assert "lists without an end" in looked(feed, caplog)
    assert count[0] < 30


def test_an_answer_of_a_bucket_is_bounded(tenant, spring, stopped, caplog, monkeypatch):
    monkeypatch.setattr("bpadmin.tenants.connections.buckets.LARGEST_ANSWER", 200_000)
    server = LineServer(web(answered(b"<a>" + b"x" * 3_000_000)))
    stopped.append(server)
    address = {"bucket": "leads", "endpoint": f"http://127.0.0.1:{server.port}", "key_id": "k"}
    feed = fed(tenant, source="s3", address=address, secrets={"secret_key": "s"}, pattern="leads*.csv")
    assert "it answers more than" in looked(feed, caplog)


# A web server

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nLast-Modified: "
WEBS: dict[str, bytes] = {
    "no status": b"hello\r\n\r\n",
    "a status of letters": b"HTTP/1.1 abc OK\r\n\r\n",
    "a size of letters": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nid\n",
    "a size of 5,000 digits": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\nid\n",
    "a size below zero": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nid\n",
    "broken chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "a chunk cut off": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
    "the year 0": OK + b"Sat, 01 Jan 0000 00:00:00 GMT\r\n\r\nid\n",
    "the year 9999": OK + b"Fri, 31 Dec 9999 23:59:59 -1200\r\n\r\nid\n",
    "a zone of nonsense": OK + b"Mon, 01 Jun 2026 00:00:00 -99999999\r\n\r\nid",
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5_000,
}


@pytest.mark.parametrize("odd", list(WEBS))
def test_what_a_web_server_says_ends_in_words(tenant, spring, stopped, odd, caplog):
    server = LineServer(web(WEBS[odd]))
    stopped.append(server)
    address = {"url": f"http://127.0.0.1:{server.port}/"}
    feed = fed(tenant, source="https", address=address, pattern="leads.csv")
    caplog.set_level(logging.WARNING)
    turn(NOW)
    turn(NOW + timedelta(minutes=6))
    feed.refresh_from_db()
    assert feed.looked_at is not None
    assert feed.note.endswith(".")
    assert not any(each.exc_info and each.levelno >= logging.ERROR for each in caplog.records)
