"""HTTP as the sandbox speaks it, byte by byte."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator

import pytest

from tests.sandbox.conftest import Api, customer

Ask = Callable[[bytes], bytes]


@pytest.fixture
def sock(api: Api) -> Iterator[socket.socket]:
    """A bare connection to the sandbox."""
    host, _, port = api.sandbox.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connected:
        yield connected


def _answer(sock: socket.socket) -> tuple[int, dict[str, str], bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = sock.recv(65536)
        assert piece, received
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += sock.recv(65536)
    return int(first.split()[1]), headers, body


def _head(api: Api, path: str, *lines: str) -> bytes:
    fixed = (f"POST /configapi/v3/{path} HTTP/1.1", "Host: x", f"Authorization: {api.session.headers['Authorization']}")
    return "\r\n".join([*fixed, "Content-Type: application/json", *lines, "", ""]).encode()


def test_one_connection_serves_many_requests(sock: socket.socket) -> None:
    for _ in range(3):
        sock.sendall(b"GET /configapi/v3/campaign/getAll HTTP/1.1\r\nHost: x\r\n\r\n")
        status, headers, body = _answer(sock)
        assert (status, headers["connection"]) == (401, "keep-alive")
        assert json.loads(body)["error"] == "unauthorized"


def test_requests_may_be_sent_ahead(sock: socket.socket) -> None:
    one = b"GET /configapi/v3/nothing HTTP/1.1\r\nHost: x\r\n\r\n"
    two = b"GET /configapi/v3/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    sock.sendall(one + one + two)

    received = b""
    while piece := sock.recv(65536):
        received += piece

    assert received.count(b"HTTP/1.1 404") == 3


def test_a_chunked_body_is_put_together(api: Api, customers: str, sock: socket.socket) -> None:
    body = json.dumps([customer(1), customer(2)]).encode()
    chunks = b"".join(
        b"%x;note=x\r\n%b\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7)
    )

    sock.sendall(_head(api, f"callinglist/addAll/{customers}", "Transfer-Encoding: chunked") + chunks + b"0\r\n\r\n")

    assert _answer(sock)[2] == b'{"added":2}'


def test_a_client_that_waits_for_leave_gets_it(api: Api, customers: str, sock: socket.socket) -> None:
    sock.sendall(_head(api, f"callinglist/addAll/{customers}", "Content-Length: 2", "Expect: 100-continue"))
    assert sock.recv(65536).startswith(b"HTTP/1.1 100")

    sock.sendall(b"[]")

    assert _answer(sock)[2] == b'{"added":0}'


def test_a_body_that_comes_in_drops_is_waited_for(api: Api, customers: str, sock: socket.socket) -> None:
    body = json.dumps([customer(1)]).encode()
    whole = _head(api, f"callinglist/addAll/{customers}", f"Content-Length: {len(body)}") + body
    for at in range(0, len(whole), 50):
        sock.sendall(whole[at : at + 50])

    assert _answer(sock)[2] == b'{"added":1}'


@pytest.mark.parametrize(
    "nonsense", [b"hello\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"GET / SMTP/1.0\r\n\r\n"]
)
def test_what_is_no_http_is_hung_up_on(sock: socket.socket, nonsense: bytes) -> None:
    sock.sendall(nonsense)

    assert sock.recv(65536) == b""


def test_an_answer_leaves_in_one_piece(sock: socket.socket) -> None:
    """Headers and body apart would cost 40 ms an answer, by Nagle's algorithm and delayed acknowledgements."""
    sock.sendall(b"GET /configapi/v3/nothing HTTP/1.1\r\nHost: x\r\n\r\n")

    assert b'"error_description"' in sock.recv(65536)
