"""Small servers on this machine that answer as no server should: raw lines for IMAP and HTTP, packets for SFTP."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import socket, timeout
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

import asyncssh

from tests.feeds.serving import PASSWORD, certificate

Said = dict[str, Any]
USUAL: Said = {"CAPABILITY": [b"* CAPABILITY IMAP4rev1"], "SELECT": [b"* 1 EXISTS"]}


class LineServer:
    """A TCP server, with TLS where it has a certificate: each connection is handed to `talk`."""

    def __init__(self, talk: Callable[[socket], None], folder: Path | None = None) -> None:
        context = None
        self.bundle = ""
        if folder is not None:
            public, key = certificate(folder)
            self.bundle = public.read_text()
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(public, key)

        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError, ssl.SSLError):
                    self.request.settimeout(20)
                    wire = context.wrap_socket(self.request, server_side=True) if context else self.request
                    talk(wire)

        class Server(ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = int(self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def mailbox(answers: Said, greeting: bytes = b"") -> Any:
    """Return how a mailbox talks: what comes before the end of each command, by the word that names it."""

    def talk(wire: socket) -> None:
        wire.sendall(greeting or b"* OK ready\r\n")
        lines = wire.makefile("rb")
        for line in lines:
            tag, _, rest = line.decode("latin-1").strip().partition(" ")
            word = rest.removeprefix("UID ").partition(" ")[0].upper()
            said = (USUAL | answers).get(word, ())
            for each in said(rest) if callable(said) else said:
                wire.sendall(each + b"\r\n")
            wire.sendall(f"{tag} OK done\r\n".encode())

    return talk


def web(answer: bytes) -> Any:
    """Return how a web server talks that says the same, whatever is asked."""

    def talk(wire: socket) -> None:
        asked = b""
        while b"\r\n\r\n" not in asked:
            data = wire.recv(65_536)
            if not data:
                return
            asked += data
        wire.sendall(answer)
        with suppress(timeout):
            wire.shutdown(1)

    return talk


class OddSftp:
    """An SFTP server whose listing is made up; `names` yields what it lists, `raw` is said in place of any answer."""

    def __init__(self, listing: Callable[[], Any], raw: bytes = b"") -> None:
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

        class Door(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return password == PASSWORD

            def session_requested(self) -> Any:
                return Garbled(raw) if raw else True

        class Files(asyncssh.SFTPServer):
            def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
                return asyncssh.SFTPAttrs(type=asyncssh.FILEXFER_TYPE_DIRECTORY, permissions=0o40755)

            async def scandir(self, path: bytes) -> Any:
                for each in listing():
                    yield each

        async def listen() -> asyncssh.SSHAcceptor:
            how: dict[str, Any] = {"server_factory": Door, "server_host_keys": [self.key]}
            if not raw:
                how["sftp_factory"] = Files
            return await asyncssh.listen("127.0.0.1", 0, **how)

        self.server = asyncio.run_coroutine_threadsafe(listen(), self.loop).result(30)
        self.port = self.server.get_port()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)


class Garbled(asyncssh.SSHServerSession[bytes]):
    """A session that says the same bytes, whatever it is asked."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def connection_made(self, chan: Any) -> None:
        self.chan = chan

    def subsystem_requested(self, subsystem: str) -> bool:
        return True

    def session_started(self) -> None:
        self.chan.set_encoding(None)
        self.chan.write(self.raw)


def listed(name: bytes, **more: Any) -> asyncssh.SFTPName:
    """Return a file as a server lists it."""
    said = {"type": asyncssh.FILEXFER_TYPE_REGULAR, "permissions": 0o100644, "size": 3, "atime": 0, "mtime": 0} | more
    return asyncssh.SFTPName(name, b"", asyncssh.SFTPAttrs(**said))
