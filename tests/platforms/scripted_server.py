"""A tiny HTTP server that plays a script, for what the sandbox tenant cannot be made to do."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN_PATH = "/configapi/v3/oauth/token"


@dataclass
class Say:
    """Answer with this.

    A `length` that is more than the body makes an answer that breaks off; so does one in chunks that has no end.
    """

    body: bytes | object = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    is_chunked: bool = False
    has_end: bool = True


class Cut:
    """Read the request and close the connection without a word."""


class Hang:
    """Read the request and say nothing until the server is closed."""


@dataclass
class Drip:
    """Begin an answer and send a byte of it now and then, until the server is closed."""

    begins: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    byte: bytes = b" "


Step = Say | Cut | Hang | Drip


@dataclass
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def bearer(self) -> str:
        """The token it carried."""
        return self.headers.get("Authorization", "").removeprefix("Bearer ")


class ScriptedServer:
    """Plays `script`, a step for each request but those for tokens; the last step is repeated.

    Tokens are "token-1", "token-2" … unless `token_script` says something else.
    """

    def __init__(self, *script: Step, token_script: tuple[Step, ...] = ()) -> None:
        self.script = list(script)
        self.token_script = list(token_script)
        self.seen: list[Seen] = []
        self.token_requests: list[Seen] = []
        self.connections = 0
        self._guard = threading.Lock()
        self._is_over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._server.shutdown()
        self._server.server_close()

    def _step(self, request: Seen) -> Step:
        with self._guard:
            if request.path == TOKEN_PATH:
                self.token_requests.append(request)
                if self.token_script:
                    return self.token_script.pop(0) if len(self.token_script) > 1 else self.token_script[0]
                return Say({"access_token": f"token-{len(self.token_requests)}", "expires_in": "3480"})
            self.seen.append(request)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                script.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                step = script._step(Seen(self.command, self.path, dict(self.headers), body))
                if isinstance(step, Hang):
                    script._is_over.wait(30)
                if isinstance(step, Drip):
                    self.wfile.write(step.begins)
                    with contextlib.suppress(OSError):
                        while not script._is_over.wait(0.01):
                            self.wfile.write(step.byte)
                if not isinstance(step, Say):
                    self.close_connection = True
                    with contextlib.suppress(OSError):
                        self.connection.shutdown(socket.SHUT_RDWR)
                    return
                answer = step.body if isinstance(step.body, bytes) else json.dumps(step.body).encode()
                self.send_response(step.status)
                if step.is_chunked:
                    self.send_header("Transfer-Encoding", "chunked")
                    answer = b"%x\r\n%s\r\n" % (len(answer), answer) + (b"0\r\n\r\n" if step.has_end else b"")
                else:
                    self.send_header("Content-Length", str(len(answer) if step.length is None else step.length))
                for name, value in step.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)
                self.close_connection = step.length is not None or not step.has_end

            do_GET = do_PATCH = do_DELETE = do_POST

            def log_message(self, *_: Any) -> None:
                pass

        return Handler
