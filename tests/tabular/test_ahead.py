"""Reading ahead in another process gives exactly what reading in this one gives, and leaves no process behind."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import xlsxwriter

from bpadmin.tabular import ahead, frames
from bpadmin.tabular.encoding.decoding import Texts
from bpadmin.tabular.tables import look_at, read_blocks
from bpadmin.tabular.types import Block, TabularError

HEAD = b"id,phone,name\r\n"
PLAIN = HEAD + b"".join(b"C%d, 650555%04d ,Ann %d\r\n" % (at, at % 10_000, at) for at in range(3_000))


def workbook() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for at in range(50):
            sheet.write_row(at, 0, ["id", "phone", "name"] if at == 0 else [f"C{at}", 6505550100 + at, " Ann "])
    return file.getvalue()


FILES = {
    "plain": PLAIN,
    "packed": gzip.compress(PLAIN),
    "workbook": workbook(),
    "cells over lines": HEAD + b'1,6505550100,"Ann\r\nof two lines"\r\n2,6505550101,Bo\r\n' * 500,
    "broken rows": HEAD + b"1,6505550100\r\n\r\n , ,\r\n2,3,4,5\r\n6,7,\xff\xfe\r\n8,9,a\0b\r\n",
    "a quote left open": HEAD + b'1,2,"Ann\r\n' + b"3,4,Bo\r\n" * 20_000,
    "control characters in cells": HEAD + b"1,\x1f,\x1e\r\n2,\x1e,x\r\n3,\x1f\x1f,\x1e\x1e\r\n",
    "only a header": HEAD,
}


@pytest.fixture(autouse=True)
def every_file_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "WORTH_IT_BYTES", 0)
    monkeypatch.setattr(ahead, "processors", lambda: 2)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def popen(*args: Any, **named: Any) -> subprocess.Popen[bytes]:
        started.append(start(*args, **named))
        return started[-1]

    monkeypatch.setattr(ahead.subprocess, "Popen", popen)
    return started


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[bytes], Path]:
    def keep(data: bytes) -> Path:
        path = tmp_path / "file"
        path.write_bytes(data)
        return path

    return keep


def told(block: Block) -> dict[str, Any]:
    block.trim()
    return {
        "columns": [list(column) for column in block.columns],
        "numbers": list(block.numbers),
        "broken": [(item.number, item.fault, list(item.cells)) for item in block.broken],
        "counts": (block.blanks, block.skipped, block.has_exponents),
    }


def count_rows(block: Block) -> int:
    return len(block.numbers)


@pytest.mark.parametrize("name", FILES)
def test_another_process_reads_what_this_one_would(
    name: str, kept: Callable[[bytes], Path], processes: list[subprocess.Popen[bytes]]
) -> None:
    path = kept(FILES[name])
    with path.open("rb") as file:
        look = look_at(file)
        here = [(told(part.block), part.done, part.total) for part in read_blocks(file, look.dialect, len(look.header))]
    with path.open("rb") as file:
        parts = ahead.read_ahead(file, look.dialect, len(look.header))
        there = [(told(part.block), part.done, part.total) for part, _ in parts]
    assert there == here
    assert [process.returncode is not None for process in processes] == [True]


def test_what_is_wrong_with_the_file_is_told_here(kept: Callable[[bytes], Path]) -> None:
    path = kept(gzip.compress(PLAIN))
    with path.open("rb") as file:
        look = look_at(file)
        with pytest.raises(TabularError, match="larger than"):
            list(ahead.read_ahead(file, look.dialect, 3, limit=1_000))


@pytest.fixture
def begun(
    kept: Callable[[bytes], Path], processes: list[subprocess.Popen[bytes]]
) -> Iterator[Generator[Any, None, None]]:
    """A long file of which the first part was taken."""
    path = kept(HEAD + b"1,6505550100,Ann\r\n" * 500_000)
    with path.open("rb") as file:
        parts = cast(Generator[Any, None, None], ahead.read_ahead(file, look_at(file).dialect, 3))
        next(parts)
        yield parts
        parts.close()


def test_a_reader_that_was_killed_is_told_and_what_to_do(
    processes: list[subprocess.Popen[bytes]], begun: Generator[Any, None, None]
) -> None:
    os.kill(processes[0].pid, signal.SIGKILL)
    with pytest.raises(TabularError, match=r"exit code -9.*Check the file again"):
        list(begun)


def spoil(block: Block) -> None:
    raise ZeroDivisionError


def test_an_error_of_ours_over_there_is_not_put_on_the_file(
    kept: Callable[[bytes], Path],
    processes: list[subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setattr(ahead, "PIPE_BYTES", 1 << 16)  # so that this side is behind, and the work is done there
    with kept(HEAD + b"1,6505550100,Ann\r\n" * 50_000).open("rb") as file:
        parts = ahead.read_ahead(file, look_at(file).dialect, 3, spoil)
        next(parts)
        processes[0].wait(timeout=30)  # nothing is taken, so that it finds this side behind
        with pytest.raises(RuntimeError, match="exit code 1"):
            list(parts)
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_nobody_goes_on_reading_for_a_check_that_was_given_up(
    processes: list[subprocess.Popen[bytes]], begun: Generator[Any, None, None]
) -> None:
    begun.close()
    assert processes[0].returncode == -signal.SIGKILL


def test_the_reader_ends_when_nobody_takes_what_it_reads(
    processes: list[subprocess.Popen[bytes]], begun: Generator[Any, None, None]
) -> None:
    processes[0].stdout.close()  # type: ignore[union-attr]  # as happens when this process is killed
    assert processes[0].wait(timeout=30) == 0


def test_a_short_file_and_one_in_memory_are_read_here(
    kept: Callable[[bytes], Path], processes: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    dialect = look_at(io.BytesIO(PLAIN)).dialect
    assert sum(len(part.block.numbers) for part, _ in ahead.read_ahead(io.BytesIO(PLAIN), dialect, 3)) == 3_000
    monkeypatch.setattr(ahead, "WORTH_IT_BYTES", len(PLAIN) + 1)
    with kept(PLAIN).open("rb") as file:
        assert sum(len(part.block.numbers) for part, _ in ahead.read_ahead(file, dialect, 3)) == 3_000
    assert not processes


def test_without_room_for_another_process_the_file_is_read_here(
    kept: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **named: Any) -> None:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(ahead.subprocess, "Popen", refuse)
    with kept(PLAIN).open("rb") as file:
        parts = ahead.read_ahead(file, look_at(file).dialect, 3)
        assert sum(len(part.block.numbers) for part, _ in parts) == 3_000


def test_work_is_done_there_while_this_side_is_behind() -> None:
    file, sink = io.BytesIO(PLAIN), io.BytesIO()
    orders = io.BytesIO(pickle.dumps((look_at(file).dialect, 3, count_rows, 0)))
    ahead.main(file, orders, sink)  # of a sink that is no pipe nobody can tell: it counts as one left unread
    sink.seek(0)
    came = []
    while (frame := ahead._receive(sink))[0] == frames.PART:
        came.append(frame[1])
    assert [made for _, made in came] == [len(part.block.numbers) for part, _ in came]
    assert sum(made for _, made in came) == 3_000


def test_work_is_left_to_a_side_that_waits() -> None:
    source, sink = os.pipe()
    with os.fdopen(source, "rb") as unread, os.fdopen(sink, "wb", buffering=0) as pipe:
        assert not frames._is_behind(pipe)
        pipe.write(bytes(40_000))
        assert frames._is_behind(pipe)
        unread.read(40_000)
        assert not frames._is_behind(pipe)


@pytest.mark.parametrize(
    "cells",
    [
        [],
        [""],
        ["a", "", "b"],
        ["a", None, ""],
        ["\x1e", None],
        ["a\x1fb", "c"],
        [1, None, 3],
        ["\udcff", "x"],
    ],
)
def test_a_column_arrives_as_it_was(cells: list[Any]) -> None:
    column = Texts(cells)
    again = pickle.loads(pickle.dumps({"once": column, "twice": column}))
    assert list(again["once"]) == cells
    assert again["once"] is again["twice"]
