"""E-mail by SMTP, however the server answers: within a time for all of it, and with what it said of each address."""

from __future__ import annotations

import io
import smtplib
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.core.mail.backends.smtp import EmailBackend

from bpadmin.platforms.http.connections import TimedReader, Wire

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# For all that is said and sent on one connection. One reply, or one piece, has EMAIL_TIMEOUT.
SECONDS = 180.0
PIECE = 64 * 1024
# A server says no more than this.
LARGEST = 1024 * 1024
BEGIN = 354


class _Reader(TimedReader):
    """What a server says, as long as it is no more than it can have to say."""

    left = LARGEST

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        """Read what has come. OSError where it is too much."""
        count = super().readinto(buffer)
        self.left -= count or 0
        if self.left < 0:
            raise OSError("the server talks without an end")
        return count


class TimedSmtp(smtplib.SMTP):
    """A connection that ends when its time is over, and remembers what came of a message.

    `has_begun`: the text of a message was asked for, so that it may have been taken whatever comes then. `refused` has
    the addresses that the server did not take while it took others, each with its code and words.
    """

    has_begun = False

    def __init__(self, *args: Any, **options: Any) -> None:
        self.refused: dict[str, tuple[int, bytes]] = {}
        self._wire = Wire("", None, float(options.get("timeout") or SECONDS), until=time.monotonic() + SECONDS)
        super().__init__(*args, **options)

    def getreply(self) -> tuple[int, bytes]:
        """Read a reply, waiting no longer than there is time."""
        if self.file is None and self.sock is not None:
            raw: Any = self.sock.makefile("rb", buffering=0)
            self.file = io.BufferedReader(_Reader(raw, self.sock, self._wire))
        code, words = super().getreply()
        if code == BEGIN:
            # A server has minutes to look at a message before it says what became of it (RFC 5321, 4.5.3.2.6).
            self.has_begun, self._wire.read_timeout = True, SECONDS
        return code, words

    def send(self, s: Any) -> None:
        """Send in pieces: the time-out of a socket is one for all that is given to it at once."""
        data = s.encode(self.command_encoding) if isinstance(s, str) else bytes(s)
        for at in range(0, len(data), PIECE):
            left = self._wire.until - time.monotonic()
            if left <= 0:
                self.close()
                raise smtplib.SMTPServerDisconnected("the server takes it too slowly")
            if self.sock is not None:
                self.sock.settimeout(min(self._wire.read_timeout, left))
            super().send(data[at : at + PIECE])

    def sendmail(self, *args: Any, **options: Any) -> dict[str, tuple[int, bytes]]:
        """Send a message, and remember who was refused."""
        self.has_begun, self.refused = False, {}
        self.refused = super().sendmail(*args, **options)
        return self.refused


class Backend(EmailBackend):
    """Django's, over such connections."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """The connection."""
        return TimedSmtp

    def _close_connection(self, connection: smtplib.SMTP) -> None:
        # What was taken is taken, whatever is said at the end.
        with suppress(smtplib.SMTPException, OSError):
            connection.quit()
        connection.close()
