"""A small HTTP/1.1 server: keep-alive, one thread for each connection, every answer in one write.

The standard library's server writes headers and body apart, which costs some 40 ms an answer with Nagle's algorithm,
and parses headers slowly; this one reads a body straight into its own buffer and leaves the rest to the application.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from urllib.parse import unquote

MAX_HEAD = 64 * 1024
MAX_BODY = 512 * 1024 * 1024
IDLE_SECONDS = 300.0
ACCEPT_SECONDS = 0.5
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Ending(Enum):
    """How an answer leaves: whole, not at all, or broken off in the middle of its body."""

    WHOLE = "whole"
    NOTHING = "nothing"
    HALF = "half"


@dataclass(slots=True)
class Request:
    """A request as it came; header names are in lower case. `path` is decoded, `target` path and query as sent."""

    verb: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytearray
    target: str

    @classmethod
    def aimed(cls, verb: str, target: str, headers: dict[str, str], body: bytearray) -> Request:
        """Put a request together from its first line, headers and body."""
        path, _, query = target.partition("?")
        return cls(verb, unquote(path), query, headers, body, target)

    @property
    def segments(self) -> list[str]:
        """Return the parts of the path, each decoded by itself: an encoded slash splits nothing. Without empty ones."""
        return [unquote(part) for part in self.target.partition("?")[0].split("/") if part]


@dataclass(slots=True)
class Answer:
    """An answer; `stream` (if any) is sent instead of `body`, chunked where its `length` is not known beforehand."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    stream: Iterator[bytes] | None = None
    length: int | None = None
    ending: Ending = Ending.WHOLE


class Hangup(Exception):
    """The other side is gone, or spoke no HTTP."""


class Connection:
    """One keep-alive connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._pending = bytearray()

    def read(self) -> Request:
        """Read one request, body included; raises Hangup at the end of the connection."""
        head = self._read_head()
        first, *lines = head.split(b"\r\n")
        parts = first.decode("latin-1").split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            raise Hangup
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(b":")
            headers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
        if "100-continue" in headers.get("expect", "").lower():
            self._sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in headers.get("transfer-encoding", "").lower():
            body = self._read_chunks()
        else:
            body = self._read_exactly(self._length(headers))
        return Request.aimed(parts[0], parts[1], headers, body)

    def write(self, answer: Answer, *, is_head: bool, keep: bool) -> None:
        """Send an answer in one piece (or chunked when it streams)."""
        lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}", "Server: sandbox"]
        if answer.body or answer.stream:
            lines.append(f"Content-Type: {answer.content_type}")
        is_chunked = answer.stream is not None and answer.length is None
        if is_chunked:
            lines.append("Transfer-Encoding: chunked")
        elif answer.status != HTTPStatus.NO_CONTENT:
            lines.append(f"Content-Length: {len(answer.body) if answer.length is None else answer.length}")
        lines.extend(f"{name}: {value}" for name, value in answer.headers.items())
        lines.append("Connection: keep-alive\r\n\r\n" if keep else "Connection: close\r\n\r\n")
        head = "\r\n".join(lines).encode("latin-1")
        if is_head:
            self._sock.sendall(head)
        elif answer.stream is not None:
            self._sock.sendall(head)
            half = (answer.length or 0) // 2 if answer.ending is Ending.HALF else None
            self._pour(answer.stream, is_chunked=is_chunked, most=half)
        elif answer.ending is Ending.HALF:
            self._sock.sendall(head + answer.body[: len(answer.body) // 2])
        else:
            self._sock.sendall(head + answer.body)

    def _pour(self, stream: Iterator[bytes], *, is_chunked: bool, most: int | None) -> None:
        """Send a stream piece by piece; it breaks off where `most` bytes are sent."""
        sent = 0
        for piece in stream:
            if most is not None and sent + len(piece) > most:
                self._sock.sendall(piece[: most - sent])
                return
            self._sock.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
            sent += len(piece)
        if is_chunked:
            self._sock.sendall(b"0\r\n\r\n")

    def _read_head(self) -> bytes:
        pending = self._pending
        while (end := pending.find(b"\r\n\r\n")) < 0:
            if len(pending) > MAX_HEAD:
                raise Hangup
            self._more()
        head = bytes(pending[:end])
        del pending[: end + 4]
        return head

    def _more(self) -> None:
        data = self._sock.recv(256 * 1024)
        if not data:
            raise Hangup
        self._pending += data

    def _length(self, headers: dict[str, str]) -> int:
        text = headers.get("content-length", "0")
        if not text.isdecimal() or int(text) > MAX_BODY:
            raise Hangup
        return int(text)

    def _read_exactly(self, length: int) -> bytearray:
        pending = self._pending
        if length <= len(pending):
            body = pending[:length]
            del pending[:length]
            return body
        body = bytearray(length)
        have = len(pending)
        body[:have] = pending
        pending.clear()
        view = memoryview(body)
        while have < length:
            got = self._sock.recv_into(view[have:])
            if not got:
                raise Hangup
            have += got
        return body

    def _read_chunks(self) -> bytearray:
        body = bytearray()
        while True:
            while (end := self._pending.find(b"\r\n")) < 0:
                self._more()
            try:
                size = int(bytes(self._pending[:end]).split(b";")[0], 16)
            except ValueError as exc:
                raise Hangup from exc
            del self._pending[: end + 2]
            if size == 0:
                self._read_exactly(2)
                return body
            if len(body) + size > MAX_BODY:
                raise Hangup
            body += self._read_exactly(size)
            self._read_exactly(2)


class WireServer:
    """Listens, and gives each connection a thread; a slow or hanging request holds up nobody else."""

    def __init__(self, app: Callable[[Request], Answer], host: str, port: int, *, threads: int) -> None:
        self._app = app
        self._places = threading.BoundedSemaphore(threads)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=512)
        self.connections = 0
        name = self._listener.getsockname()
        shown = f"[{name[0]}]" if family == socket.AF_INET6 else name[0]
        self.url = f"http://{shown}:{name[1]}"

    def serve_forever(self) -> None:
        """Accept connections until interrupted."""
        # A signal that comes just before a blocking accept would be noticed at the next connection only.
        self._listener.settimeout(ACCEPT_SECONDS)
        while True:
            self._places.acquire()
            while (sock := self._accept()) is None:
                continue
            self.connections += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def close(self) -> None:
        """Stop listening; connections under way end with the process."""
        self._listener.close()

    def _accept(self) -> socket.socket | None:
        try:
            return self._listener.accept()[0]
        except TimeoutError:
            return None

    def _serve(self, sock: socket.socket) -> None:
        try:
            with sock:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(IDLE_SECONDS)
                self._talk(Connection(sock))
        except (Hangup, OSError):
            return
        finally:
            self._places.release()

    def _talk(self, connection: Connection) -> None:
        keep = True
        while keep:
            request = connection.read()
            answer = self._app(request)
            if answer.ending is Ending.NOTHING:
                return
            keep = answer.ending is Ending.WHOLE and request.headers.get("connection", "").lower() != "close"
            connection.write(answer, is_head=request.verb == "HEAD", keep=keep)
