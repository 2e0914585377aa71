"""Attachments of mails in a mailbox, by IMAP; nothing in the mailbox is changed."""

from __future__ import annotations

import base64
import binascii
import io
import quopri
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, timedelta
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from django.conf import settings
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError
from imapclient.tls import IMAP4_TLS

from bpadmin.feeds.naming import Wanted
from bpadmin.feeds.sources.base import (
    CONNECT_SECONDS,
    COPY_BYTES,
    LONGEST_SECONDS,
    LOOK_SECONDS,
    READ_SECONDS,
    Entry,
    Place,
    Setting,
    Source,
    SourceAway,
    SourceRefused,
    host_check,
    host_connect,
    oldest_first,
    port_read,
)
from bpadmin.platforms.http.connections import TimedReader, Wire

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

PORT = 993
# Mails older than this are not looked at: a mailbox may hold years of them.
SINCE = timedelta(days=7)
MOST_MAILS = 500
# What the mailbox may tell before anything is fetched, and beside a piece of an attachment.
LOOK_BYTES = 16 * 1024 * 1024
SLACK_BYTES = 64 * 1024
# The least share of an attachment that is left when its encoding is taken off.
DECODED = {"base64": 0.7, "quoted-printable": 1 / 3}
NO_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))


class MailboxSource(Source):
    """A mailbox, by TLS alone."""

    key = "imap"
    label = "A mailbox (IMAP)"
    help = "Attachments of mails of the last week, from a sender that you name."
    # Opening a session, the folder, the search, and what the mails hold.
    requests = 4
    settings = (
        Setting("host", "Host", is_needed=True),
        Setting("port", "Port", "993: TLS from the first byte on.", form="number", default="993"),
        Setting("user", "User", is_needed=True),
        Setting("password", "Password", form="secret", is_needed=True),
        Setting("folder", "Folder", default="INBOX"),
        Setting("sender", "Sender", "Only mails from there, such as exports@crm.example.com", is_needed=True),
        Setting("subject", "Subject", "Only mails whose subject holds this."),
        Setting("certificates", "Certificates", "PEM, trusted beside the usual ones for this server.", form="area"),
    )

    def check(self, tenant: Tenant, address: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
        """Refuse a host that may not be reached."""
        kept = super().check(tenant, address, secrets)
        host_check(kept["host"], port_read(kept["port"], PORT))
        kept["folder"] = kept["folder"] or "INBOX"
        _context(kept["certificates"])
        return kept

    def words(self, address: Mapping[str, str]) -> str:
        """Say which mailbox."""
        place = f"{address.get('folder')} of {address.get('user')} on {address.get('host')}"
        return f"{place}, from {address.get('sender')}"

    @contextmanager
    def place(self, tenant: Tenant, address: Mapping[str, str], secrets: Mapping[str, str]) -> Iterator[Place]:
        """Sign in and open the folder for reading only."""
        host, port = address["host"], port_read(address.get("port", ""), PORT)
        with _told(host):
            context = _context(address.get("certificates", ""))
            with _Client(host, port, ssl_context=context, timeout=READ_SECONDS) as client:
                client.login(address["user"], secrets["password"])
                client.select_folder(address.get("folder") or "INBOX", readonly=True)
                yield MailPlace(client, address)


class _Line(IMAP4_TLS):  # type: ignore[misc]
    """A connection to an address that was checked, which takes no more of an answer than it was told to, nor longer."""

    def _create_socket(self, timeout: float | None = None) -> ssl.SSLSocket:
        plain = host_connect(self.host, self.port)
        plain.settimeout(READ_SECONDS)
        try:
            secure: ssl.SSLSocket = self.ssl_context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise
        return secure

    def open(self, host: str = "", port: int = PORT, timeout: float | None = None) -> None:
        """Connect, and read with a deadline."""
        self.host, self.port = host, port
        self.sock = self._create_socket()
        self._wire = Wire(host, None, READ_SECONDS)
        raw: Any = self.sock.makefile("rb", buffering=0)
        self.file = io.BufferedReader(TimedReader(raw, self.sock, self._wire), 64 * 1024)
        self.expect(LOOK_BYTES, LOOK_SECONDS)

    def expect(self, count: int, seconds: float) -> None:
        """Let so many bytes come from now on, within so many seconds."""
        self._left, self._wire.until = count, time.monotonic() + seconds

    def read(self, size: int) -> bytes:
        """Read what was announced, unless it is more than is let come."""
        self._count(size)
        return self.file.read(size)

    def readline(self) -> bytes:
        """Read a line."""
        line: bytes = super().readline()
        self._count(len(line))
        return line

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self.abort("it answers more than was asked for")


class _Client(IMAPClient):  # type: ignore[misc]
    """The library's client over such a connection."""

    def _create_IMAP4(self) -> _Line:
        return _Line(self.host, self.port, self.ssl_context, CONNECT_SECONDS)

    def expect(self, count: int, seconds: float) -> None:
        """Let so many bytes come from now on, within so many seconds."""
        self._imap.expect(count, seconds)


@contextmanager
def _told(host: str) -> Iterator[None]:
    try:
        yield
    except LoginError as error:
        raise SourceAway(f"{host} refuses the user: look at the name and the password.") from error
    except ssl.SSLError as error:
        raise SourceAway(f"The certificate of {host} cannot be trusted.") from error
    except (IMAPClientError, OSError) as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise SourceAway(f"{host} cannot be read: {said.rstrip('.')}.") from error


def _context(certificates: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if certificates:
        try:
            context.load_verify_locations(cadata=certificates)
        except (ssl.SSLError, ValueError) as error:
            raise SourceRefused("These are no certificates in PEM form.", "certificates") from error
    return context


class MailPlace(Place):
    """The mailbox, open."""

    def __init__(self, client: _Client, address: Mapping[str, str]) -> None:
        self.client, self.address = client, address

    def entries(self, wanted: Wanted) -> list[Entry]:
        """Return the attachments that are meant. A mail is there as a whole or not at all."""
        criteria: list[Any] = ["SINCE", date.today() - SINCE, "FROM", self.address["sender"], "UNDELETED"]
        if self.address.get("subject"):
            criteria += ["SUBJECT", self.address["subject"]]
        is_ascii = all(str(each).isascii() for each in criteria)
        numbers = sorted(self.client.search(criteria, None if is_ascii else "UTF-8"))[-MOST_MAILS:]
        if not numbers:
            return []
        found = []
        odd = 0
        for number, told in self.client.fetch(numbers, ["BODYSTRUCTURE", "INTERNALDATE"]).items():
            try:
                moment = told[b"INTERNALDATE"]
                moment = moment.astimezone(UTC) if moment.tzinfo else moment.astimezone().astimezone(UTC)
                parts = list(_parts(told[b"BODYSTRUCTURE"]))
            except (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
                # One mail that nobody can read must not hide the others.
                odd += 1
                continue
            for part, name, encoding, size in parts:
                if wanted.fits(name):
                    found.append(Entry(name, None, moment, f"{number}.{part}", (number, part, encoding, size)))
        if odd and not found:
            raise SourceAway(
                f"What the mailbox tells of {odd:,} mail{'s' if odd > 1 else ''} cannot be understood, and no other "
                "has a file that is meant."
            )
        return oldest_first(found)

    def has(self, name: str) -> bool:
        """Look for an attachment of this name."""
        return any(True for _ in self.entries(Wanted(name)))

    def fetch(self, entry: Entry, sink: Callable[[bytes], Any]) -> None:
        """Read the attachment in pieces, without marking the mail as read.

        Its size as the server tells it comes first: what is too large is not asked for. What the server sends is
        bounded all the same, by pieces and by `sink`.
        """
        number, part, encoding, size = entry.place
        if size * DECODED.get(encoding, 1.0) > settings.MAX_UPLOAD_BYTES:
            raise SourceAway(
                f"The attachment {entry.name} is larger than {settings.MAX_UPLOAD_BYTES // (1024 * 1024):,} MB, the "
                "limit here. Pack or split it."
            )
        until = time.monotonic() + LONGEST_SECONDS
        decoder, at = _Decoder(encoding), 0
        try:
            while True:
                raw = self._piece(number, part, at, until)
                sink(decoder.take(raw))
                at += len(raw)
                if len(raw) < COPY_BYTES:
                    break
            sink(decoder.rest())
        except binascii.Error as error:
            raise SourceAway(f"The attachment {entry.name} is damaged: {error}.") from error

    def _piece(self, number: int, part: str, at: int, until: float) -> bytes:
        self.client.expect(COPY_BYTES + SLACK_BYTES, min(LOOK_SECONDS, until - time.monotonic()))
        told = self.client.fetch([number], [f"BODY.PEEK[{part}]<{at}.{COPY_BYTES}>"]).get(number, {})
        found = next((value for name, value in told.items() if name.startswith(f"BODY[{part}]".encode())), b"")
        return found if isinstance(found, bytes) else b""


class _Decoder:
    """A mail's encoding taken off piece by piece. binascii.Error where it is none."""

    def __init__(self, encoding: str) -> None:
        self._encoding, self._left = encoding, b""

    def take(self, raw: bytes) -> bytes:
        """Return what of the file is known with this piece."""
        if self._encoding == "base64":
            text = self._left + raw.translate(None, NO_BASE64)
            whole = len(text) - len(text) % 4
            self._left = text[whole:]
            return base64.b64decode(text[:whole])
        if self._encoding == "quoted-printable":
            lines, end, self._left = (self._left + raw).rpartition(b"\n")
            if len(self._left) > COPY_BYTES:
                raise binascii.Error("a line of it has no end")
            return quopri.decodestring(lines + end)
        return raw

    def rest(self) -> bytes:
        """Return what is left at the end."""
        return base64.b64decode(self._left) if self._encoding == "base64" else quopri.decodestring(self._left)


def _parts(body: Any, at: str = "") -> Iterator[tuple[str, str, str, int]]:
    """Yield the parts of a mail that are named files: its number, its name, how it is encoded, and its bytes so."""
    if body.is_multipart:
        for number, each in enumerate(body[0], 1):
            yield from _parts(each, f"{at}.{number}" if at else str(number))
        return
    name = _named(_pairs(body[2])) or next((_named(_pairs(each[1])) for each in body[7:] if _is_disposition(each)), "")
    if name:
        size = body[6] if isinstance(body[6], int) and body[6] > 0 else 0
        yield at or "1", name.rpartition("/")[2].rpartition("\\")[2], _text(body[5]).lower(), size


def _is_disposition(each: Any) -> bool:
    return isinstance(each, tuple) and len(each) == 2 and _text(each[0]).lower() in ("attachment", "inline")


def _pairs(told: Any) -> dict[str, str]:
    flat = [_text(each) for each in told] if isinstance(told, tuple | list) else []
    return {name.lower(): value for name, value in zip(flat[::2], flat[1::2], strict=False)}


def _named(pairs: Mapping[str, str]) -> str:
    """Return the name of a file from a part's parameters, however it is written (RFC 2231, RFC 2047)."""
    try:
        for key in ("filename*", "name*"):
            charset, sign, rest = pairs.get(key, "").partition("'")
            if sign:
                return unquote(rest.partition("'")[2], encoding=charset or "utf-8", errors="replace")
        said = pairs.get("filename") or pairs.get("name") or ""
        return str(make_header(decode_header(said))) if "=?" in said else said
    except (LookupError, ValueError, HeaderParseError):
        return ""  # nobody can name it, so that no pattern means it


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
