"""Readers in processes of their own: what they read, how they are bounded, and that nobody's is left behind."""

from __future__ import annotations

import io
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bpadmin.tabular import readers, tables
from bpadmin.tabular.readers import TooLong, looked_at, rows_read
from bpadmin.tabular.types import TabularError

ENDLESS = "list(x for x in itertools.count() if x < 0)"
PATCHED = """
import itertools, os, socket, sys, time
from bpadmin.tabular import frames, readers
readers.LOOK_CPU_SECONDS, readers.LOOK_CPU_SECONDS_A_MEGABYTE, frames.DATA_BYTES = 1, 0, 256 << 20
readers.look_at = lambda file, **said: {looking}
readers.serve(socket.socket(fileno=int(sys.argv[1])))
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A file of two rows."""
    path = tmp_path / "two.csv"
    path.write_text("id;phone\n1;6505550100\n2;6505550101\n")
    return path


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Let readers do something else than look, within a second and 256 MB; give how that is said."""
    started = subprocess.Popen
    readers._server_end()

    def says(code: str) -> None:
        def start(command: list[str], **how: Any) -> Any:
            return started([command[0], "-c", PATCHED.format(looking=code), command[-1]], **how)

        monkeypatch.setattr(readers.subprocess, "Popen", start)

    yield says
    readers._server_end()


def running() -> list[int]:
    """Return the readers of this process's server."""
    server = readers._server
    assert server is not None
    path = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return [int(pid) for pid in path.read_text().split()]


def ended_soon() -> bool:
    for _ in range(1000):
        if not running():
            return True
        time.sleep(0.01)
    return False


def test_another_process_looks_and_reads(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "look_at", None)
    monkeypatch.setattr(tables, "look_at", None)
    monkeypatch.setattr(readers, "read_blocks", None)
    with table.open("rb") as file:
        look = looked_at(file)
        assert (look.header, look.dialect.delimiter) == (("id", "phone"), ";")
        blocks = [part.block for part, _ in rows_read(file, look.dialect, 2)]
    assert [phone for block in blocks for phone in block.columns[1]] == ["6505550100", "6505550101"]
    assert ended_soon()


def test_a_file_in_memory_is_brought_in_pieces() -> None:
    text = b"id;phone\n" + b"1;6505550100\n" * 100_000
    look = looked_at(io.BytesIO(text))
    assert look.header == ("id", "phone")
    rows = sum(len(part.block.columns[0]) for part, _ in rows_read(io.BytesIO(text), look.dialect, 2))
    assert rows == 100_000


def test_what_is_no_table_is_refused_in_words() -> None:
    with pytest.raises(TabularError, match="holds no text"):
        looked_at(io.BytesIO(b"\n\n"))


@pytest.mark.parametrize("code", ["bytearray(1 << 30)", ENDLESS])
def test_what_takes_too_much_memory_or_time_is_told(code: str, table: Path, looking: Any) -> None:
    looking(code)
    with table.open("rb") as file, pytest.raises(TabularError, match="more memory or time"):
        looked_at(file)


def test_who_does_not_wait_ends_the_reader(table: Path, looking: Any) -> None:
    looking("time.sleep(600)")
    with table.open("rb") as file, pytest.raises(TooLong):
        looked_at(file, seconds=0.3)
    assert ended_soon()


def test_an_error_of_ours_is_one(table: Path, looking: Any) -> None:
    looking("1 / 0")
    with table.open("rb") as file, pytest.raises(RuntimeError, match="exit code 1"):
        looked_at(file)


def test_a_killed_reader_is_told_and_a_killed_server_is_started_again(table: Path, looking: Any) -> None:
    looking("os.kill(os.getpid(), 9)")
    with table.open("rb") as file, pytest.raises(TabularError, match="Check the file again"):
        looked_at(file)
    server = readers._server
    assert server is not None
    looking("os.getppid()")
    server.process.kill()
    server.process.wait()
    with table.open("rb") as file:
        assert looked_at(file) not in (server.process.pid, os.getpid())
