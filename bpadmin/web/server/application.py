"""Between granian and Django: pages are answered by threads that never wait for a sender.

granian's own WSGI reads a body in the thread that serves the page, for as long as the sender likes: a few half-sent
forms stop every page. Here granian's event loop holds the connections. A short body is taken in whole, with a deadline,
before a thread is given to its request; a long one is read by threads of their own, with a deadline and a least rate,
and of people who have signed in only (`gate` beside it). Files are sent by granian itself, from their descriptor.
"""

from __future__ import annotations

import asyncio
import io
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bpadmin.web.server.bodies import FORM_BYTES, SIGN_IN_PATHS, BodyBroken, BodyStream, body_collect

# One person can have some of them, everybody else has the rest (`bpadmin.web.server.gate`).
LONG_BODIES = 16
# Passwords are hashed on purpose slowly: whoever guesses them by the dozen waits for other guessers, no page does.
SIGN_INS = 2
# An answer of more than this is a file; it is sent from the disk.
IN_MEMORY = 4 * 1024 * 1024
# A file's descriptor is kept this long for granian to open it (seconds).
OPENED_WITHIN = 30.0

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Said:
    """What the application answers; `file` is a descriptor of our own that holds the whole body instead."""

    status: int
    headers: Headers
    body: bytes = b""
    file: int | None = None


class FileBody:
    """What a view answers with a file (`wsgi.file_wrapper`): iterated by whoever does not know better."""

    def __init__(self, file: IO[bytes], block_size: int = 256 * 1024) -> None:
        self.file = file
        self._block_size = block_size
        self.close = file.close

    def __iter__(self) -> FileBody:
        return self

    def __next__(self) -> bytes:
        if part := self.file.read(self._block_size):
            return part
        raise StopIteration


class Server:
    """The RSGI application: `application` is Django's WSGI one, `threads` how many pages are answered at a time.

    Long answers that are no file on this machine are laid down in `folder` while they are fetched.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]], *, threads: int, folder: Path) -> None:
        self._application = application
        self._folder = folder
        self._pages = ThreadPoolExecutor(threads, thread_name_prefix="page")
        self._long = ThreadPoolExecutor(LONG_BODIES, thread_name_prefix="body")
        self._sign_ins = ThreadPoolExecutor(SIGN_INS, thread_name_prefix="sign-in")
        self._streams: set[BodyStream] = set()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Nothing needs to be made ready."""

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let nothing that waits for a sender hold up the end."""
        for stream in list(self._streams):
            stream.is_given_up = True
        for pool in (self._pages, self._long, self._sign_ins):
            pool.shutdown(wait=False, cancel_futures=True)

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        """Answer one request."""
        try:
            environ = environ_make(scope)
            length = length_of(scope.headers)
        except UnicodeError:
            return _refuse(proto, 400, "This request is not understood.")
        if length is None:
            return _refuse(proto, 411, "What is sent must say how long it is.")
        loop = asyncio.get_running_loop()
        stream = None
        pool = self._pages
        if length > FORM_BYTES:
            pool, stream = self._long, BodyStream(proto, length, loop)
            self._streams.add(stream)
            environ["wsgi.input"] = io.BufferedReader(stream, 256 * 1024)
        else:
            try:
                body = await body_collect(proto, length) if length else b""
            except TimeoutError:
                return _refuse(proto, 408, "What was sent came too slowly.")
            except BodyBroken:
                return _refuse(proto, 400, "What was sent is not whole.")
            environ["wsgi.input"] = io.BytesIO(body)
            if length and environ["PATH_INFO"].startswith(SIGN_IN_PATHS):
                pool = self._sign_ins
        try:
            said = await loop.run_in_executor(pool, self._answer, environ)
        finally:
            if stream is not None:
                self._streams.discard(stream)
        if stream is not None and stream.is_late:
            _close(said.file)
            return _refuse(proto, 408, "What was sent came too slowly.")
        if said.file is not None:
            # granian opens it by its own; no thread waits while it is fetched, however slowly.
            proto.response_file(said.status, said.headers, f"/dev/fd/{said.file}")
            loop.call_later(OPENED_WITHIN, _close, said.file)
        else:
            proto.response_bytes(said.status, said.headers, said.body)
        return None

    def _answer(self, environ: dict[str, Any]) -> Said:
        """Ask the application, in a thread."""
        said = Said(500, [])

        def start(status: str, headers: Headers, exc_info: Any = None) -> None:
            said.status, said.headers = int(status[:3]), [(name.lower(), value) for name, value in headers]

        parts = self._application(environ, start)
        try:
            if isinstance(parts, FileBody):
                said.file = descriptor_of(parts.file)
            if said.file is None:
                self._collect(parts, said)
        finally:
            if close := getattr(parts, "close", None):
                close()
        return said

    def _collect(self, parts: Iterable[bytes], said: Said) -> None:
        """Take the body out of the application: into memory, or into a file where it is long."""
        found: list[bytes] = []
        size = 0
        rest = iter(parts)
        for part in rest:
            found.append(part)
            size += len(part)
            if size > IN_MEMORY:
                break
        else:
            said.body = b"".join(found)
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._folder) as kept:
            kept.writelines(found)
            kept.writelines(rest)
            kept.flush()
            said.file = os.dup(kept.fileno())


def descriptor_of(file: IO[bytes]) -> int | None:
    """Return a descriptor of our own of a long file on this machine's disk; None for anything else."""
    rolled = getattr(file, "_rolled", True)
    try:
        if not rolled or file.tell() != 0:
            return None
        found = file.fileno()
        what = os.fstat(found)
        return os.dup(found) if stat.S_ISREG(what.st_mode) and what.st_size > IN_MEMORY else None
    except (OSError, AttributeError, ValueError):
        return None


def _close(descriptor: int | None) -> None:
    if descriptor is not None:
        with suppress(OSError):
            os.close(descriptor)


def _refuse(proto: Any, status: int, words: str) -> None:
    """Answer without the application; the connection is of no further use where a body was not read."""
    headers = [("content-type", "text/plain; charset=utf-8"), ("connection", "close")]
    proto.response_bytes(status, headers, f"{words}\n".encode())


def length_of(headers: Any) -> int | None:
    """Return how long the body is; None where that is not said, as by a sender who makes it up on the way."""
    if "transfer-encoding" in headers:
        return None
    said = headers.get("content-length", "0").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 15 else None


def environ_make(scope: Any) -> dict[str, Any]:
    """Say in WSGI's words what is asked. UnicodeError for a path that is no text."""
    client, _, _ = scope.client.rpartition(":")
    server, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": client.strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileBody,
    }
    if authority := getattr(scope, "authority", None):
        environ["HTTP_HOST"] = authority
    for name, value in scope.headers.items():
        # "X_Forwarded_For" would be the same to Django as what a proxy says in "X-Forwarded-For".
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        before = environ.get(key) if key != "HTTP_HOST" else None
        environ[key] = f"{before}{'; ' if key == 'HTTP_COOKIE' else ','}{value}" if before is not None else value
    return environ
