"""A form whose sender goes away in the middle leaves nothing open: its half file would hold its room on the disk."""

from __future__ import annotations

import errno
import io
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from dnc.models import DncKind, DncList
from tests.chaos.stack import ROOT, Stack, wait_until
from tests.jobs.uploading import create_list
from tests.stack import free_port

pytestmark = pytest.mark.django_db(transaction=True)

MEGABYTES = 4
TIMES = 6


class Web:
    """A web server of its own on the test's database."""

    def __init__(self, stack: Stack) -> None:
        self.port = free_port()
        self.address = ("127.0.0.1", self.port)
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--no-ws", "--workers", "1"]
        collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run(collect, cwd=ROOT, env=stack.environment(), check=True)
        command = [sys.executable, "-m", "granian", "--interface", "rsgi", *options, "bpadmin.rsgi:application"]
        with (stack.folder / "web.log").open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=stack.environment(), stdout=log, stderr=log)
        wait_until(self.answers, "the web answers")

    def answers(self) -> bool:
        try:
            with socket.create_connection(self.address, 1) as wire:
                wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                return b" 200 " in wire.recv(100)
        except OSError:
            return False

    def received(self) -> list[str]:
        """Name the files that the server's processes have open of what arrives."""
        found = []
        for pid in [self.process.pid, *children(self.process.pid)]:
            for entry in Path(f"/proc/{pid}/fd").iterdir():
                try:
                    name = os.readlink(entry)  # noqa: PTH115 - what it names is gone
                except FileNotFoundError:
                    continue
                if "/incoming/" in name or ".upload" in name:
                    found.append(name)
        return found

    def break_off(self, path: str, cookies: str, fields: tuple[str, ...]) -> None:
        """Send all of the files but the last, and half of that one; then go away without a word."""
        edge = "edge-of-a-part"
        with socket.create_connection(self.address, 10) as wire:
            head = (
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {cookies}\r\n"
                f"Content-Type: multipart/form-data; boundary={edge}\r\nContent-Length: {100 * 2**20}\r\n\r\n"
            )
            wire.sendall(head.encode())
            for name in fields:
                part = f'\r\n--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="a.csv"\r\n\r\n'
                wire.sendall(part.encode() + b"id,phone\n1,6505550100\n" * (MEGABYTES * 2**20 // 22))


def children(pid: int) -> list[int]:
    """Name the children of a process."""
    return [
        int(word) for task in Path(f"/proc/{pid}/task").iterdir() for word in (task / "children").read_text().split()
    ]


@pytest.fixture
def web(tenant: Any) -> Iterator[Web]:
    stack = Stack()
    made = Web(stack)
    yield made
    made.process.terminate()
    made.process.wait()
    stack.stop()


@pytest.mark.slow
def test_forms_that_break_off_leave_no_file_open(
    web: Web, tenant: Any, sandbox: Any, supervisor_client: Client
) -> None:
    list_id = create_list(sandbox)
    dnc_list = DncList.objects.create(tenant=tenant, name="Stop", type=DncKind.INTERNAL, remote_id="1")
    cookies = "; ".join(f"{name}={each.value}" for name, each in supervisor_client.cookies.items())
    cookies += f"; csrftoken={'c' * 32}"  # with one the form is read to look for its other half
    forms = {
        f"/t/acme/lists/{list_id}/upload/": ("file",),
        f"/t/acme/dnc/{dnc_list.pk}/upload/": ("file",),
        "/t/acme/new-list/fields/": ("file",),
        f"/t/acme/lists/{list_id}/delete-records/": ("file_1", "file_2"),
        "/t/acme/dnc/evidence/check/": ("file",),
    }
    for path, fields in forms.items():
        for _ in range(TIMES):
            web.break_off(path, cookies, fields)
        wait_until(lambda: not web.received(), f"{path} leaves nothing open: {web.received()}", 20)


class Full(io.FileIO):
    """A file on a full disk."""

    def write(self, data: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_form_that_finds_the_disk_full_leaves_no_file_open(
    tenant: Any, sandbox: Any, supervisor_client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[io.BufferedRandom] = []

    def on_a_full_disk(**_: Any) -> io.BufferedRandom:
        opened.append(io.BufferedRandom(Full(tmp_path / f"full-{len(opened)}", "w+"), 100))
        return opened[-1]

    monkeypatch.setattr("bpadmin.uploads.request_files.tempfile.TemporaryFile", on_a_full_disk)
    file = io.BytesIO(b"id,phone\n" * 100)
    file.name = "a.csv"
    answer = supervisor_client.post(f"/t/acme/lists/{create_list(sandbox)}/upload/", {"file": file})
    assert answer.status_code == 507
    assert [each.closed for each in opened] == [True]
