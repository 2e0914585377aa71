"""Every entry as one JSON object to a log server, where BPADMIN_AUDIT_TO names one; what is about people stays here."""

from __future__ import annotations

import logging
import socket
from datetime import UTC, datetime
from urllib.parse import urlsplit

import orjson
from django.conf import settings

from bpadmin.audit.models import AuditEntry

log = logging.getLogger("bpadmin.audit.entries")
troubles = logging.getLogger(__name__)

# Security messages (facility 10), worth noting (severity 5).
PRIORITY = 10 * 8 + 5
SECONDS = 2.0

NAMES = (
    "number", "at", "verb", "tenant_id", "tenant_name", "actor_id", "actor_name", "target_kind", "target_id",
    "target_name", "outcome", "message", "duration_ms", "act", "address", "request", "hash",
)  # fmt: skip


def entry_forward(entry: AuditEntry) -> None:
    """Send a sealed entry on; a log server that is away keeps nobody waiting."""
    if settings.AUDIT_TO:
        log.info("%s", entry_line(entry))


def entry_line(entry: AuditEntry) -> str:
    """Return an entry as one line of JSON, with the hash by which it is found again in the chain."""
    return orjson.dumps({name: getattr(entry, name) for name in NAMES}).decode()


class SyslogLines(logging.Handler):
    """Lines for a log server (RFC 5424) at udp://host:514, tcp://host:601 or unix:///dev/log.

    The connection is opened with the first entry, and anew after a failure: a server that is away must keep nothing
    from starting. What is sent by then is in the log of this installation, and can be exported.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self._parts = urlsplit(address)
        self._socket: socket.socket | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Send one entry."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = f"<{PRIORITY}>1 {moment} {socket.gethostname()} bpadmin {record.process} - - {record.getMessage()}"
        end = b"\n" if self._parts.scheme == "tcp" else b""
        try:
            self._socket = self._socket or self._opened()
            self._socket.sendall(line.encode() + end)
        except OSError:
            self._drop()
            troubles.warning("The log server %s does not take entries", settings.AUDIT_TO)

    def close(self) -> None:
        """Close the connection."""
        self._drop()
        super().close()

    def _opened(self) -> socket.socket:
        parts = self._parts
        if parts.scheme == "unix":
            made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            made.settimeout(SECONDS)
            made.connect(parts.path)
            return made
        where = (parts.hostname or "localhost", parts.port or 514)
        if parts.scheme == "tcp":
            return socket.create_connection(where, SECONDS)
        family, kind, protocol, _, address = socket.getaddrinfo(*where, type=socket.SOCK_DGRAM)[0]
        made = socket.socket(family, kind, protocol)
        made.settimeout(SECONDS)
        made.connect(address)
        return made

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
