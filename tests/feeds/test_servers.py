"""Feeds from real servers: SFTP with its host key pinned, HTTPS by a certificate of one's own, S3, a mailbox."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from bpadmin.feeds.models import Feed, FeedRun, FeedRunState
from bpadmin.feeds.services import FeedRefused
from tests.bucket.serving import KEY, SECRET, ObjectServer
from tests.feeds.feeding import NOW, fed, put, rows, turn
from tests.feeds.serving import DOVECOT, PASSWORD, MailServer, SftpServer, certificate
from tests.shell import run as command

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[SftpServer]:
    (tmp_path / "sftp" / "out").mkdir(parents=True)
    server = SftpServer(tmp_path / "sftp")
    yield server
    server.stop()


def address_of(server: SftpServer, **more: str) -> dict[str, str]:
    return {"host": "127.0.0.1", "port": str(server.port), "user": "feed", "folder": "/out", **more}


def from_sftp(tenant: Any, server: SftpServer, **more: Any) -> Feed:
    said = {"secrets": {"password": PASSWORD}, "address": address_of(server, host_key=server.fingerprint), **more}
    return fed(tenant, source="sftp", **said)


def test_the_host_key_is_told_first_then_pinned_and_another_one_is_refused(tenant, spring, sftp):
    with pytest.raises(FeedRefused, match="Compare it with what its owner says") as told:
        fed(tenant, source="sftp", address=address_of(sftp), secrets={"password": PASSWORD})
    assert sftp.fingerprint in str(told.value)
    with pytest.raises(FeedRefused, match="not the one you entered"):
        from_sftp(tenant, sftp, address=address_of(sftp, host_key="SHA256:other"))
    feed = from_sftp(tenant, sftp)
    assert feed.address["host_key"].startswith("ssh-ed25519 AAAA")
    put(sftp.folder / "out", "leads-1.csv", rows(25))
    put(sftp.folder / "out", "leads-2.csv.filepart", rows(3))
    turn(NOW)
    run = FeedRun.objects.get()
    assert (run.state, run.rows) == (FeedRunState.SENT, 25), run.sentence
    sftp.passwords.clear()
    for kind in ("ssh-ed25519", "ecdsa-sha2-nistp256"):
        sftp.rekey(kind)
        put(sftp.folder / "out", "leads-3.csv", rows(25, first=100), at=NOW + timedelta(minutes=5))
        Feed.objects.update(next_look_at=NOW)
        turn(NOW + timedelta(minutes=10))
        feed.refresh_from_db()
        assert "host key" in feed.note
        assert "Nothing was told to it" in feed.note
    assert feed.failures == 2
    assert sftp.passwords == []
    assert FeedRun.objects.count() == 1


def test_an_sftp_server_is_read_by_a_private_key_and_a_wrong_password_is_told(tenant, spring, sftp):
    key = sftp.client_key.export_private_key().decode()
    pinned = sftp.host_key.export_public_key().decode()
    feed = from_sftp(tenant, sftp, secrets={"private_key": key}, address=address_of(sftp, host_key=pinned))
    put(sftp.folder / "out", "leads-1.csv", rows(5000))
    put(sftp.folder / "out", "leads-1.csv.done", "")
    Feed.objects.update(complete="marker", marker=".done")
    turn(NOW)
    assert FeedRun.objects.get().rows == 5000, feed.note
    other = from_sftp(tenant, sftp, name="Wrong", secrets={"password": "wrong"})
    turn(NOW + timedelta(minutes=1))
    other.refresh_from_db()
    assert "refuses the user" in other.note
    with pytest.raises(FeedRefused, match="private key cannot be read"):
        from_sftp(tenant, sftp, name="Key", secrets={"private_key": "-----BEGIN"})


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[str, Path, str]]:
    folder = tmp_path / "tls"
    folder.mkdir()
    public, key = certificate(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}/", folder, public.read_text()
    server.shutdown()


def test_https_is_trusted_by_the_certificate_that_was_given_and_by_no_other(tenant, spring, tls):
    url, folder, bundle = tls
    put(folder, "leads.csv", rows(9))
    fed(tenant, source="https", address={"url": url, "certificates": bundle}, pattern="leads.csv")
    blind = fed(tenant, name="Blind", source="https", address={"url": url}, pattern="leads.csv")
    turn(NOW)
    run = FeedRun.objects.get()
    assert (run.feed.name, run.state, run.rows) == ("Leads", FeedRunState.SENT, 9)
    blind.refresh_from_db()
    assert "certificate" in blind.note
    with pytest.raises(FeedRefused, match="no certificates"):
        fed(tenant, name="None", source="https", address={"url": url, "certificates": "x"}, pattern="leads.csv")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectServer]:
    server = ObjectServer(tmp_path)
    yield server
    server.stop()


def test_objects_of_a_bucket_are_fetched_and_a_changed_one_is_a_new_file(tenant, spring, store):
    store.client.create_bucket(Bucket="leads")

    def drop(name: str, text: str) -> None:
        store.client.put_object(Bucket="leads", Key=name, Body=text.encode())

    address = {"bucket": "leads", "prefix": "out/", "endpoint": store.url, "key_id": KEY}
    feed = fed(tenant, source="s3", address=address, secrets={"secret_key": SECRET}, pattern="leads*.csv")
    drop("out/leads-1.csv", rows(11))
    drop("out/deeper/leads-2.csv", rows(12))
    drop("leads-3.csv", rows(13))
    turn(NOW)
    assert [(run.file_name, run.rows) for run in FeedRun.objects.all()] == [("leads-1.csv", 11)]
    drop("out/leads-1.csv", rows(14, first=50))
    turn(NOW + timedelta(minutes=6))
    assert [run.rows for run in FeedRun.objects.all()] == [14, 11]
    store.trouble("403")
    turn(NOW + timedelta(minutes=12))
    feed.refresh_from_db()
    assert "The bucket leads cannot be read" in feed.note


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailServer]:
    if not Path(DOVECOT).exists():
        pytest.skip("dovecot is not installed (Debian: dovecot-imapd)")
    server = MailServer(tmp_path / "dovecot")
    yield server
    server.stop()


def test_an_attachment_of_a_mailbox_is_taken_and_the_mail_stays_unread(tenant, spring, mail):
    now = timezone.now()
    address = {"host": "127.0.0.1", "port": str(mail.port), "user": "feed", "sender": "crm@example.com"}
    address["certificates"] = mail.certificate.read_text()
    secrets = {"password": PASSWORD}
    fed(tenant, source="imap", address=address, secrets=secrets, pattern="leads_{YYYY}*.csv", now=now)
    day = f"{now:%Y}"
    mail.deliver(f"leads_{day}-ü.csv", rows(33).encode(), at=now)
    mail.deliver(f"leads_{day}-other.csv", rows(44).encode(), sender="mallory@example.net", at=now)
    mail.deliver("picture.csv", rows(55).encode(), at=now)
    turn(now)
    run = FeedRun.objects.get()
    assert (run.file_name, run.state, run.rows) == (f"leads_{day}-ü.csv", FeedRunState.SENT, 33), run.sentence
    assert mail.unread() == 3
    Feed.objects.update(next_look_at=now)
    turn(now + timedelta(minutes=6))
    assert FeedRun.objects.count() == 1
    told = ["--secret-file", f"password={mail.log}"]
    assert command("feed_change", tenant.slug, "Leads", *told)[0] == 0
    turn(now + timedelta(minutes=12))
    assert "refuses the user" in Feed.objects.get().note
