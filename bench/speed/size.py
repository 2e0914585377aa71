"""What a file of ten million rows costs beside one of a million and one of ten thousand: memory, and rows a second.

    python -m bench.speed.size [rows …]

Each file, of which every tenth row is refused, is checked, sent to a sandbox and read back as a rejects file, each in a
process of its own. Printed are processor seconds per million rows, and the most memory of the process and of those that
it has started, against the smallest file. Without rows: 10000 1000000 10000000, which takes some 20 minutes, 4 GB of
disk and as much memory for the sandbox. With DATABASE_URL it runs on that database, where it leaves a tenant behind.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bench.speed.cost import spent
from bench.speed.files import HEADER

ROWS = (10_000, 1_000_000, 10_000_000)
ROOT = Path(__file__).resolve().parents[2]
# What the check holds of each row, for finding keys that come twice.
KEY_BYTES = 20
GOAL_MB, GOAL_LINEAR = 60.0, 0.9


def write_file(path: Path, rows: int) -> None:
    """Write rows with a key each; of every tenth the balance is no number."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(rows):
            balance = "none" if number % 10 == 9 else number % 10_000
            names = (f"First {number % 1000}", f"Last {number % 997}", f"Company {number % 5000}, Ltd.")
            date = f"2026-{1 + number % 12:02}-{1 + number % 28:02}"
            writer.writerow((f"C{number:08}", f"4930{number:08}", date, balance, *names, f"Note {number}"))


def most_mb(pid: str) -> float:
    """Return the most memory that a process ever had, in MB; 0.0 of one that is gone.

    What `getrusage` tells is not it: a process begins with what the one had that started it.
    """
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


class Started(threading.Thread):
    """Watches the processes that this one starts while the `with` block runs; `mb` is the most that one of them had."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.mb = 0.0
        self._is_over = threading.Event()

    def __enter__(self) -> Started:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self.join()

    def run(self) -> None:
        """Look now and then."""
        while not self._is_over.wait(0.1):
            for children in Path("/proc/self/task").glob("*/children"):
                with suppress(OSError):
                    self.mb = max([self.mb, *map(most_mb, children.read_text().split())])


def phase(name: str, job_id: int) -> None:
    """Do one thing with a job in this process, and print what it cost."""
    import django

    django.setup()
    from bpadmin.jobs.files.rejects import rejects_lines
    from bpadmin.jobs.models import Job
    from bpadmin.jobs.services import job_drive, job_prepare_now

    with Started() as most, spent() as cost:
        if name == "check":
            job_prepare_now(job_id=job_id, worker="bench")
        elif name == "send":
            job_drive(job_id=job_id, seconds=None, worker="bench")
        else:
            made = sum(lines.count(b"\r\n") for lines in rejects_lines(Job.objects.get(pk=job_id))) - 1
            if made != Job.objects.get(pk=job_id).n_rejected:
                raise SystemExit(f"the rejects file has {made:,} rows")
    print(
        json.dumps(
            {"phase": name, "seconds": cost.seconds, "cpu": cost.cpu, "mb": most_mb("self"), "mb_child": most.mb}
        )
    )


def measured(name: str, job_id: int) -> dict[str, Any]:
    """Have a phase done by a process of its own."""
    command = [sys.executable, "-m", "bench.speed.size", "--phase", name, str(job_id)]
    told: dict[str, Any] = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    return told


def upload(folder: Path, at: Any, rows: int) -> list[dict[str, Any]]:
    """Take a file from its arrival to its rejects file."""
    from bench.speed.checking import job_of_file, job_remove
    from bench.speed.sending import list_fields
    from bpadmin.jobs.models import Job, JobState
    from bpadmin.jobs.services import job_confirm, job_submit

    path = folder / "rows.csv"
    write_file(path, rows)
    specs = list_fields()
    described = [
        {"name": each.name, "type": str(each.type), "key": each.key}
        | ({"format": "yyyy-MM-dd"} if each.date_format else {})
        for each in specs
    ]
    list_id = str(at.control("lists", {"name": f"bench {time.monotonic_ns()}", "fields": described})["id"])
    job = job_of_file(path, at.tenant, list_id=list_id, specs=specs)
    job_submit(job=job)
    found = [measured("check", job.pk)]
    job.refresh_from_db()
    job_confirm(job=job, actor_name="bench", ring=False)
    found += [measured("send", job.pk), measured("rejects", job.pk)]
    job = Job.objects.get(pk=job.pk)
    if job.state != JobState.PARTIAL or (job.n_added, job.n_rejected) != (rows - rows // 10, rows // 10):
        raise SystemExit(f"the job ended {job.state}: {job.message}")
    job_remove(job)
    return [{"rows": rows, **each} for each in found]


@contextmanager
def django_of(folder: Path) -> Iterator[None]:
    """Set Django up over a data folder, for the processes of phases as well."""
    os.environ |= {"BPADMIN_DATA": str(folder), "BPADMIN_ALLOW_PRIVATE_TENANTS": "1", "BPADMIN_LOG_LEVEL": "ERROR"}
    os.environ |= {"DJANGO_SETTINGS_MODULE": "bpadmin.settings", "PYTHONPATH": str(ROOT)}
    for name in [name for name in os.environ if name.lower() in {"http_proxy", "https_proxy", "all_proxy"}]:
        del os.environ[name]
    if os.environ.get("DATABASE_URL"):
        # A database of one's own asks for keys of one's own.
        for name in ("BPADMIN_SECRET_KEY", "BPADMIN_ENCRYPTION_KEY"):
            os.environ.setdefault(name, "bench-" * 10)
        os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:9/0")
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", verbosity=0)
    try:
        yield
    finally:
        connections.close_all()


def line_of(each: dict[str, Any], least: dict[str, Any], before: dict[str, Any]) -> str:
    """Write what a phase cost; `least` is the same of the smallest file, `before` of the one before this."""
    keys = KEY_BYTES * each["rows"] / 2**20 if each["phase"] == "check" else 0.0
    grown = max(each["mb"], each["mb_child"]) - least["mb"]
    linear = (before["cpu"] / before["rows"]) / (each["cpu"] / each["rows"])
    mark = "ok    " if grown - keys < GOAL_MB and linear >= GOAL_LINEAR else "MISSED"
    if each is least:
        mark = "      "
    return (
        f"  {mark} {each['phase']:8} {each['rows']:>12,} rows {each['seconds']:8.1f} s, "
        f"CPU {each['cpu'] / each['rows'] * 1e6:6.2f} s per million, {linear:5.2f} of the rows a second before, "
        f"{each['mb']:.0f} MB (started {each['mb_child']:.0f}), grown {grown:.0f}"
        + (f" of which keys {keys:.0f}" if keys else "")
    )


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    if arguments[:1] == ["--phase"]:
        phase(arguments[1], int(arguments[2]))
        return 0
    lines: list[str] = []
    kept: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as name, django_of(Path(name)):
        from bench.speed.tenants import BenchTenant

        at = BenchTenant()
        try:
            for rows in map(int, arguments or map(str, ROWS)):
                for each in upload(Path(name), at, rows):
                    same = kept.setdefault(each["phase"], [])
                    same.append(each)
                    lines.append(line_of(each, same[0], same[-2] if len(same) > 1 else each))
                    print(lines[-1], flush=True)
        finally:
            at.close()
    return int(any("MISSED" in line for line in lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
