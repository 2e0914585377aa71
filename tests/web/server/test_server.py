"""What is slow or never to arrive keeps nobody waiting: raw connections to the web server as `make run` starts it."""

from __future__ import annotations

import http.client
import os
import socket
import urllib.parse
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bpadmin.web.server.bodies import FORM_BYTES, FORM_SECONDS
from tests.fixtures_sandbox import SandboxControl
from tests.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MEGABYTE = 2**20
# More than the server has threads of any kind together.
MANY = 60
HALF = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nyyyy'
# Megabytes of the long file; what is written of 2 GB was measured with 2000.
LONG = int(os.environ.get("BPADMIN_TEST_LONG_MB", "64"))
LIST = "What is slow"
FIELDS: list[dict[str, Any]] = [
    {"name": "id", "type": "OTHER", "key": True},
    {"name": "phone", "type": "PHONE", "phoneType": "OTHER"},
]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with Stack() as running:
        SandboxControl(running.sandbox_url).create_list(LIST, FIELDS)
        yield running


class Person:
    """A browser's cookies, and nothing else of it."""

    def __init__(self, stack: Stack, name: str = "") -> None:
        self.address = ("127.0.0.1", int(stack.env["BPADMIN_PORT"]))
        self.cookies: dict[str, str] = {"csrftoken": "a" * 32}
        if name:
            form = {"username": name, "password": stack.sign_ins[name], "csrfmiddlewaretoken": "a" * 32}
            status, _ = self.ask("POST", "/sign-in/", urllib.parse.urlencode(form).encode())
            assert status == 302

    def headers(self) -> dict[str, str]:
        said = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": said, "Content-Type": "application/x-www-form-urlencoded", "Host": "127.0.0.1"}

    def ask(self, verb: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(*self.address, timeout=30)
        try:
            connection.request(verb, path, body, self.headers())
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    key, _, rest = value.partition("=")
                    self.cookies[key] = rest.partition(";")[0]
            return answer.status, answer.read()
        finally:
            connection.close()

    def begin(self, path: str, length: int, content_type: str = "multipart/form-data; boundary=b") -> socket.socket:
        """Send the head of a request, and leave its body to the caller."""
        wire = socket.create_connection(self.address, 30)
        lines = {**self.headers(), "Content-Type": content_type, "Content-Length": str(length)}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        wire.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode())
        return wire


def upload_page(person: Person) -> str:
    """Find the page that takes files for the list of these tests."""
    status, page = person.ask("GET", "/t/demo/lists/")
    assert status == 200
    list_id = page.decode().split(f">{LIST}<")[0].rsplit("/lists/", 1)[1].split("/")[0]
    return f"/t/demo/lists/{list_id}/upload/"


def answered(wire: socket.socket) -> bytes:
    """Return what is answered until the server closes the connection."""
    found = b""
    while part := wire.recv(65_536):
        found += part
    return found


@pytest.mark.parametrize("length", [FORM_BYTES, MEGABYTE])
def test_half_sent_forms_of_strangers_hold_no_page_and_are_given_up(stack: Stack, length: int) -> None:
    stranger = Person(stack)
    held = [stranger.begin("/sign-in/", length) for _ in range(MANY)]
    for wire in held:
        wire.sendall(HALF)
    assert stranger.ask("GET", "/sign-in/")[0] == 200
    assert Person(stack, "viewer").ask("GET", "/t/demo/campaigns/")[0] == 200
    for wire in held:
        wire.settimeout(3 * FORM_SECONDS)
        said = answered(wire)
        assert said.startswith((b"HTTP/1.1 408 ", b"HTTP/1.1 413 ")), said[:200]


def test_half_sent_files_of_people_who_signed_in_hold_no_page_and_are_given_up(stack: Stack) -> None:
    person = Person(stack, "supervisor")
    paths = ["/t/demo/campaigns/", "/sign-in/", upload_page(person), "/password/"]
    held = [person.begin(paths[n % len(paths)], 50 * MEGABYTE) for n in range(MANY)]
    for wire in held:
        wire.sendall(HALF)
    assert person.ask("GET", "/t/demo/campaigns/")[0] == 200
    # What one person may send at a time is used up, and nobody else's.
    assert Person(stack, "administrator").ask("POST", "/t/demo/campaigns/", b"x" * 2 * FORM_BYTES)[0] in (403, 405)
    for wire in held:
        wire.settimeout(180)
    said = [answered(wire) for wire in held]
    assert all(each.startswith(b"HTTP/1.1 4") for each in said), {each[:30] for each in said}
    assert any(b"429" in each[:20] for each in said)
    assert person.ask("POST", "/t/demo/campaigns/", b"x" * 2 * FORM_BYTES)[0] in (403, 405)


def test_headers_that_drip_are_given_up(stack: Stack) -> None:
    wire = socket.create_connection(Person(stack).address, 5)
    wire.sendall(b"GET /sign-in/ HTTP/1.1\r\nX-Long: ")
    wire.settimeout(0.5)
    for _ in range(120):
        with suppress(TimeoutError):
            assert not wire.recv(100)
            break
        wire.sendall(b"a")
    else:
        pytest.fail("the header is waited for without an end")


def test_a_body_without_a_length_and_one_that_breaks_off_are_told(stack: Stack) -> None:
    wire = socket.create_connection(Person(stack).address, 30)
    wire.sendall(b"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxx\r\n")
    assert answered(wire).startswith(b"HTTP/1.1 411 ")
    person = Person(stack, "supervisor")
    wire = person.begin("/t/demo/campaigns/", 2 * FORM_BYTES)
    wire.sendall(HALF)
    wire.shutdown(socket.SHUT_WR)
    wire.close()
    assert person.ask("GET", "/t/demo/campaigns/")[0] == 200


def resident(stack: Stack) -> int:
    """Tell the most memory that the web server's worker had, in bytes."""
    pid = stack.pids()["web"]
    tree = [pid]
    for each in tree:
        for task in Path(f"/proc/{each}/task").iterdir():
            tree += [int(word) for word in (task / "children").read_text().split()]
    lines = [line for each in tree for line in Path(f"/proc/{each}/status").read_text().splitlines()]
    return max(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def test_a_strangers_file_is_refused_before_its_first_byte(stack: Stack) -> None:
    stranger = Person(stack)
    for path in ("/sign-in/", "/t/demo/campaigns/", "/t/demo/dnc/evidence/check/"):
        wire = stranger.begin(path, 1500 * MEGABYTE)
        wire.sendall(b'--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n')
        assert answered(wire)[:13] in (b"HTTP/1.1 413 ", b"HTTP/1.1 302 ")


def test_a_long_file_comes_in_with_flat_memory(stack: Stack) -> None:
    person = Person(stack, "supervisor")
    path = upload_page(person)
    line = b"%08d,1650555%04d\n"
    block = b"".join(line % (n, n % 10000) for n in range(MEGABYTE // 21))
    before = resident(stack)
    length = len(b"id,phone\n") + LONG * len(block)
    wire = socket.create_connection(person.address, 120)
    lines = {
        **person.headers(),
        "Content-Type": "application/octet-stream",
        "Content-Length": str(length),
        "X-CSRFToken": person.cookies["csrftoken"],
        "X-File-Name": "long.csv",
        "Accept": "application/json",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    wire.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\nid,phone\n".encode())
    for _ in range(LONG):
        wire.sendall(block)
    wire.settimeout(300)
    answer = wire.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 200 "), answer[:2000]
    assert resident(stack) - before < 60 * MEGABYTE, (resident(stack), before)
