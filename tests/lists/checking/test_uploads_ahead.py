"""A long file is read ahead in another process; what the check finds does not depend on it."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from bpadmin.jobs.files.spool import spool_refusals
from bpadmin.jobs.models import Job
from bpadmin.tabular import ahead
from bpadmin.uploads.checking import row_check
from bpadmin.uploads.checking.preparation import upload_prepare
from bpadmin.uploads.files import UploadRefused
from tests.lists.filing import configured, rejects, spooled

pytestmark = pytest.mark.django_db


def messy(rows: int) -> bytes:
    """Rows of the five usual columns, one in four of them bad in some way."""
    dice = random.Random(1)
    good = ("C{at}", " (415) 200-{at:04d}", "2025-1-{day}", "{at}", "Ann é {at}")
    odd: tuple[tuple[int, str], ...] = (
        (0, ""), (0, "C1"), (1, "555"), (1, "6.50555E+09"), (1, ""), (2, "31/12/2025"), (2, ""), (3, "n/a"),
        (3, ""), (3, "-5"), (4, ""), (4, '"two\r\nlines"'), (4, "a\x1fb"), (4, "\xff"), (4, "1,2"),
    )  # fmt: skip
    lines = ["id,phone,due,age,name"]
    for at in range(rows):
        cells = [cell.format(at=at % 10_000, day=at % 28 + 1) for cell in good]
        if at % 4 == 0:
            column, text = dice.choice(odd)
            cells[column] = text
        lines.append(",".join(cells))
        if at % 50 == 0:
            lines.append("")
    return "\r\n".join(lines).encode().replace("ÿ".encode(), b"\xff")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The processes that read ahead; the server of readers, which the first look starts once, is none of them."""
    found: list[Any] = []
    start = subprocess.Popen

    def popen(*args: Any, **named: Any) -> Any:
        process = start(*args, **named)
        if "bpadmin.tabular.ahead" in args[0]:
            found.append(process)
        return process

    monkeypatch.setattr(ahead.subprocess, "Popen", popen)
    return found


@pytest.fixture
def long_files(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def count_every_file_as_long() -> None:
        monkeypatch.setattr(ahead, "WORTH_IT_BYTES", 0)
        monkeypatch.setattr(ahead, "processors", lambda: 2)

    return count_every_file_as_long


def found_by(job: Job) -> dict[str, Any]:
    job.refresh_from_db()
    report = {name: value for name, value in job.report.items() if name not in ("seconds", "rows_per_second")}
    counts = {name: getattr(job, name) for name in ("rows_total", "rows_blank", "n_rejected", "n_not_sent")}
    return {
        "report": report,
        "records": spooled(job),
        "refusals": list(spool_refusals(job)),
        "rejects": rejects(job),
        **counts,
    }


@pytest.mark.parametrize("mode", ["add", "update"])
def test_the_check_finds_the_same_wherever_the_file_is_read(
    mode: str, started: list[Any], long_files: Callable[[], None]
) -> None:
    job = configured(messy(4_000), mode=mode)
    upload_prepare(job=job)
    here = found_by(job)
    assert not started
    long_files()
    upload_prepare(job=job)
    assert found_by(job) == here
    assert len(started) == 1
    assert here["n_rejected"] > 400
    assert here["n_not_sent"] + here["n_rejected"] == here["rows_total"]


def test_a_killed_reader_refuses_the_check_and_leaves_nothing_behind(
    started: list[Any], long_files: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    long_files()
    monkeypatch.setattr(ahead, "PIPE_BYTES", 1 << 16)  # so that the reader cannot be through before it is killed
    job = configured(messy(12_000))

    def kill(done: int, total: int) -> None:
        started[0].kill()

    with pytest.raises(UploadRefused, match="Check the file again"):
        upload_prepare(job=job, progress=kill)
    job.refresh_from_db()
    assert (job.rows_total, job.spool_path, job.chunks.count()) == (0, "", 0)
    upload_prepare(job=job)
    assert job.rows_total == 12_000


def test_what_checks_rows_over_there_needs_no_django() -> None:
    code = f"import sys, {row_check.__name__}; sys.exit('django' in sys.modules)"
    assert subprocess.run([ahead.sys.executable, "-c", code], check=False).returncode == 0
