"""A toy dialler over HTTP: it keeps the people of its rounds, and cuts an answer when it is told to."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ToyServer:
    """One team's rounds; `people` are those of each, `cuts` how many answers are lost after their effect."""

    def __init__(self, *rounds: str) -> None:
        self.people: dict[str, list[dict[str, Any]]] = {name: [] for name in rounds}
        self.cuts = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Return where it is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> ToyServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(toy) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/rounds/"):
                    rounds = [{"id": name, "name": name, "size": len(held)} for name, held in toy.people.items()]
                    return self.tell(rounds)
                return self.tell([])

            def do_POST(self) -> None:
                people = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["people"]
                toy.people[self.path.rpartition("/")[2]] += people
                if toy.cuts:
                    toy.cuts -= 1
                    self.close_connection = True
                    return None
                return self.tell({"added": len(people)})

            def tell(self, value: Any) -> None:
                body = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler
