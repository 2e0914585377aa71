"""How fast results come out: our whole export beside the loop a user would write, in one run on one sandbox tenant.

    python -m bench.export [records]

The loop: `requests.Session.post(json=…)` page by page, `csv.writer` row by row, into the same columns. Ours is an
export job from its order to the finished file, with everything it stores on the way. The two files are compared. The
loop runs before and after ours, and its mean counts: other work on the machine comes and goes.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from bench.staging import resident_mb

GOAL_RATIO = 0.7
GOAL_MEMORY_MB = 100
PAGE = 1000
SAMPLE_SECONDS = 0.1
FIELDS: list[dict[str, Any]] = [
    {"name": "customer id", "type": "OTHER", "key": True, "required": True},
    {"name": "phone", "type": "PHONE", "phoneType": "OTHER"},
    {"name": "balance", "type": "INTEGER"},
    {"name": "first name", "type": "FIRST_NAME"},
    {"name": "last name", "type": "LAST_NAME"},
    {"name": "company", "type": "COMPANY"},
    {"name": "city", "type": "OTHER"},
    {"name": "note", "type": "OTHER"},
]
ENTRY = tuple(spec["name"] for spec in FIELDS)
STATUS = (
    *("completed", "completedTime", "totalAttempts", "lastDisposition", "lastDate", "lastPhone", "lastAgent"),
    *("lastCallDuration", "globalInteractionID"),
)
COLUMNS = (*ENTRY, *(f"status.{name}" for name in STATUS))


class Bench:
    """A sandbox tenant with one campaign and one long list, and a tenant of ours on it."""

    def __init__(self, url: str, records: int) -> None:
        from bpadmin.tenants.services import tenant_create

        self.url, self.records = url, records
        self.session = requests.Session()
        credentials = {"client_id": "sandbox", "client_secret": "sandbox-secret"}
        self.tenant = tenant_create(
            slug=f"bench-export-{os.getpid()}",
            name="Bench",
            platform="brightpattern",
            base_url=url,
            credentials=credentials,
        )
        form = {**credentials, "grant_type": "client_credentials", "scope": "bench"}
        answer = self.session.post(f"{url}/configapi/v3/oauth/token", data=form, timeout=60)
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self.campaign = self.control("campaigns", {"name": "Bench"})["id"]
        made = self.control("lists", {"name": "Bench", "fields": FIELDS, "bind": [self.campaign]})
        self.instance = made["instances"][self.campaign]
        self._add(made["id"])

    def control(self, path: str, body: dict[str, Any]) -> Any:
        """Make a control request of the sandbox."""
        return self.session.post(f"{self.url}/__sandbox__/{path}", json=body, timeout=60).json()

    def _add(self, list_id: str) -> None:
        for start in range(0, self.records, PAGE):
            batch = [_record(number) for number in range(start, min(start + PAGE, self.records))]
            answer = self.session.post(f"{self.url}/configapi/v3/callinglist/addAll/{list_id}", json=batch, timeout=60)
            answer.raise_for_status()

    def loop(self, path: Path) -> float:
        """Page and write with the loop; gives seconds."""
        url = f"{self.url}/configapi/v3/campaign/getAllRecords/{self.campaign}"
        cursor = None
        began = time.perf_counter()
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            while True:
                body = {"instanceId": self.instance, "limit": PAGE, "cursor": cursor}
                answer = self.session.post(url, json=body, timeout=60)
                answer.raise_for_status()
                page = answer.json()
                for record in page["records"]:
                    entry, status = record["entry"], record["status"]
                    writer.writerow([entry.get(name, "") for name in ENTRY] + [status.get(name, "") for name in STATUS])
                cursor = page.get("next_cursor")
                if len(page["records"]) < PAGE or not cursor:
                    return time.perf_counter() - began

    def ours(self, path: Path) -> tuple[float, float]:
        """Export with a job; gives seconds, and the growth of memory in MB. The file is copied to `path` afterwards."""
        from django.core.files.storage import default_storage

        from bpadmin.acts import Actor
        from bpadmin.jobs.services import job_drive
        from bpadmin.records.export_orders import export_start
        from bpadmin.records.export_parts import files_delete
        from campaigns.export_order import results_order

        order = results_order(((self.campaign, "Bench"),), columns=COLUMNS)
        with _Memory() as memory:
            began = time.perf_counter()
            job = export_start(tenant=self.tenant, order=order, actor=Actor(name="bench"), ring=False)
            job_drive(job_id=job.pk, seconds=None, worker="bench")
            seconds = time.perf_counter() - began
        job.refresh_from_db()
        if not job.report.get("result", {}).get("complete") or job.report["result"]["rows"] != self.records:
            raise SystemExit(f"our export ended {job.state}: {job.message}")
        with default_storage.open(job.report["result_path"], "rb") as source, path.open("wb") as target:
            target.writelines(source.chunks())
        files_delete(job.pk)
        job.delete()
        return seconds, memory.growth

    def close(self) -> None:
        """Take away what was made in our database."""
        self.session.close()
        self.tenant.delete()


class _Memory:
    """Watch this process's memory from a thread."""

    growth = 0.0

    def __enter__(self) -> _Memory:
        self._before = resident_mb()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(SAMPLE_SECONDS):
            self.growth = max(self.growth, resident_mb() - self._before)


def _record(number: int) -> dict[str, str]:
    return {
        "customer id": f"C{number:08}",
        "phone": f"4930{number:08}",
        "balance": str(number % 10_000),
        "first name": f"First {number % 1000}",
        "last name": f"Last {number % 997}",
        "company": f"Company {number % 5000}, Ltd.",
        "city": "Saarbrücken",
        "note": f"Note {number}",
    }


def _is_same(first: Path, second: Path) -> bool:
    """Compare two files line by line; the loop writes True where we write true."""
    with first.open(encoding="utf-8") as one, second.open(encoding="utf-8") as other:
        return all(a.casefold() == b.casefold() for a, b in zip(one, other, strict=True))


def measure_export(records: int = 1_000_000, *, say: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
    """Measure both; needs a Django that is set up, with a database. Gives rates, ratio, growth of memory."""
    from bpadmin.sandbox.server import start_in_process

    handle = start_in_process()
    bench = None
    try:
        with tempfile.TemporaryDirectory() as folder:
            say(f"adding {records:,} records to export")
            bench = Bench(handle.url, records)
            by_loop, by_us = Path(folder) / "loop.csv", Path(folder) / "ours.csv"
            say("exporting with the loop")
            loop = bench.loop(by_loop)
            say("exporting with a job")
            ours, growth = bench.ours(by_us)
            say("exporting with the loop again")
            loop = (loop + bench.loop(by_loop)) / 2
            if not _is_same(by_loop, by_us):
                raise SystemExit("the two files differ")
    finally:
        if bench is not None:
            bench.close()
        handle.stop()
    return {
        "records": records,
        "loop_rows_per_second": round(records / loop),
        "export_rows_per_second": round(records / ours),
        "ratio": round(loop / ours, 2),
        "goal": GOAL_RATIO,
        "memory_growth_mb": round(growth, 1),
        "is_good": loop / ours >= GOAL_RATIO and growth < GOAL_MEMORY_MB,
    }


def main() -> None:
    """Measure in a data directory of its own and print the result."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    for name in [name for name in os.environ if name.lower() in ("http_proxy", "https_proxy", "all_proxy")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"BPADMIN_DATA": folder, "BPADMIN_ALLOW_PRIVATE_TENANTS": "1", "BPADMIN_LOG_LEVEL": "WARNING"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpadmin.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        print(json.dumps(measure_export(records, say=lambda text: print(text, file=sys.stderr)), indent=2))
        from django.db import connections

        connections.close_all()


if __name__ == "__main__":
    main()
