"""Files of gigabytes, or that stand for them: each is refused in words, by a process that holds little meanwhile."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bpadmin.tabular import ahead
from bpadmin.tabular.types import Dialect, Kind, TabularError
from tests.tabular.test_hostile_files import PARTS, SHEET, row

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
MEGABYTE = 1 << 20
# Of the looking process above one that looks at a file of two rows.
MOST = 100 * MEGABYTE
LOOK = """
import json, pathlib, re, resource, sys
from bpadmin.tabular.tables import look_at
from bpadmin.tabular.types import TabularError
words = ""
with open(sys.argv[1], "rb") as file:
    try:
        look_at(file, limit=2 << 30)
    except TabularError as error:
        words = str(error)
used = resource.getrusage(resource.RUSAGE_SELF)
# Not ru_maxrss, which begins with what the process that started this one held.
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1]) * 1024
print(json.dumps({"words": words, "peak": peak, "cpu": used.ru_utime + used.ru_stime}))
"""


def packed(path: Path) -> None:
    """Write 3 GB of one letter, gzipped."""
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(3 * 1024):
            file.write(b"x" * MEGABYTE)


def sheet(before: str, repeated: str, times: int, after: str) -> Callable[[Path], None]:
    """Return how to write a workbook whose sheet holds a text many times over."""

    def write(path: Path) -> None:
        head, tail = SHEET.split("{}")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
            for name, text in PARTS.items():
                book.writestr(name, text)
            with book.open("xl/s.xml", "w", force_zip64=True) as part:
                part.write((head + before).encode())
                for _ in range(times):
                    part.write(repeated.encode())
                part.write((after + tail).encode())

    return write


def columns(path: Path) -> None:
    """Write 100,000 columns and a hundred rows."""
    line = b",".join([b"abcde"] * 100_000) + b"\n"
    with path.open("wb") as file:
        for _ in range(100):
            file.write(line)


def members(path: Path) -> None:
    """Write an archive of 20,000 files."""
    with zipfile.ZipFile(path, "w") as made:
        for number in range(20_000):
            made.writestr(f"{number}.csv", "id\n1\n")


def cells(path: Path) -> None:
    """Write 2,000 rows with a cell in the last column."""
    sheet("".join(row(number, "a", f"XFD{number}") for number in range(1, 2001)), "", 0, "")(path)


TEXT = '<row r="1"><c t="inlineStr"><is><t>', "x" * MEGABYTE, "</t></is></c></row>"
HOSTILE: dict[str, tuple[str, Callable[[Path], None]]] = {
    "a .gz of 3 GB": ("big.csv.gz", packed),
    "one text of 300 MB": ("text.xlsx", sheet(TEXT[0], TEXT[1], 300, TEXT[2])),
    "an attribute of 200 MB": ("mark.xlsx", sheet('<row r="', "1" * MEGABYTE, 200, '"/>')),
    "a gap of 20 million rows": ("gap.xlsx", sheet(row(2) + row(20_000_000), "", 0, "")),
    "cells in XFD": ("wide.xlsx", cells),
    "100,000 columns": ("columns.csv", columns),
    "20,000 files": ("members.zip", members),
}


def looked(path: Path) -> dict[str, float]:
    """Look at a file in a process of its own; give its words, the most memory it held and the seconds it took."""
    done = subprocess.run([sys.executable, "-c", LOOK, str(path)], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("what", HOSTILE)
def test_it_is_refused_in_words_and_in_little_memory(what: str, tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary.csv"
    ordinary.write_text("id,phone\n1,2\n")
    name, write = HOSTILE[what]
    write(tmp_path / name)
    base, found = looked(ordinary), looked(tmp_path / name)
    assert found["words"], found
    assert found["peak"] - base["peak"] < MOST, found


BOUNDED = """
import itertools, os, sys
from bpadmin.tabular import ahead, frames
frames.DATA_BYTES, frames.CPU_SECONDS, frames.CPU_SECONDS_A_MEGABYTE = 256 << 20, 1, 0
frames.read_blocks = lambda *said, **more: {reading}
frames.limits_set(0)
ahead.main(os.fdopen(int(sys.argv[1]), "rb", closefd=False), sys.stdin.buffer, sys.stdout.buffer)
"""


@pytest.mark.parametrize("reading", ["[bytearray(1 << 30)]", "list(x for x in itertools.count() if x < 0)"])
def test_the_process_that_reads_is_ended_where_it_takes_too_much(
    reading: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, started = tmp_path / "long.csv", subprocess.Popen
    path.write_bytes(b"id,phone\n" + b"1,6505550100\n" * 700_000)

    def start(command: list[str], **how: object) -> subprocess.Popen[bytes]:
        return started([command[0], "-c", BOUNDED.format(reading=reading), command[-1]], **how)  # type: ignore

    monkeypatch.setattr(ahead, "processors", lambda: 2)
    monkeypatch.setattr(ahead.subprocess, "Popen", start)
    dialect = Dialect(kind=Kind.CSV, encoding="utf-8", delimiter=",", has_header=True)
    with path.open("rb") as opened, pytest.raises(TabularError, match="more memory or time"):
        for _ in ahead.read_ahead(opened, dialect, 2):
            pass
