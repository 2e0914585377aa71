"""How fast rows go out: our engine beside the loop a user would write, in one run on the same sandbox tenant.

    python -m bench.sending [rows]

The loop: `csv.DictReader`, chunks of 1,000, `requests.Session.post(json=…)`. Three comparisons: sending alone on one
lane without latency, sending alone on four lanes at 50 ms, and check and send together without latency. Rounds
alternate and the middle one counts, since other work on the machine comes and goes.
"""

from __future__ import annotations

import csv
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import requests

HEADER = ("customer id", "phone", "callback date", "balance", "first name", "last name", "company", "note")
CHUNK = 1000
LANES = 4
LATENCY = 0.05
ROUNDS = 3
GOALS = {"one_lane": 1.0, "four_lanes_50_ms": 3.5, "check_and_send": 0.7}


class Bench:
    """A sandbox tenant, a tenant of ours on it, and one file, for measuring the same rows in several ways."""

    def __init__(self, folder: Path, url: str, rows: int) -> None:
        from bpadmin.platforms.types import FieldSpec, FieldType
        from bpadmin.tenants.services import tenant_create

        self.url, self.rows = url, rows
        self.path = folder / "sending.csv"
        self.fields = [
            FieldSpec(HEADER[0], key=True, required=True),
            FieldSpec(HEADER[1], FieldType.PHONE, required=True),
            FieldSpec(HEADER[2], FieldType.DATETIME, date_format="yyyy-MM-dd"),
            FieldSpec(HEADER[3], FieldType.INTEGER),
            FieldSpec(HEADER[4], FieldType.FIRST_NAME),
            FieldSpec(HEADER[5], FieldType.LAST_NAME),
            FieldSpec(HEADER[6], FieldType.COMPANY),
            FieldSpec(HEADER[7]),
        ]
        credentials = {"client_id": "sandbox", "client_secret": "sandbox-secret"}
        slug = f"bench-sending-{os.getpid()}"
        self.tenant = tenant_create(
            slug=slug, name="Bench", platform="brightpattern", base_url=url, credentials=credentials
        )
        form = {**credentials, "grant_type": "client_credentials", "scope": "bench"}
        answer = requests.post(f"{url}/configapi/v3/oauth/token", data=form, timeout=60)
        self.token = answer.json()["access_token"]
        _write_file(self.path, rows)

    def control(self, path: str, body: dict[str, Any]) -> Any:
        """Make a control request of the sandbox."""
        request = urllib.request.Request(f"{self.url}/__sandbox__/{path}", json.dumps(body).encode(), method="POST")  # noqa: S310
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return json.loads(answer.read())

    def new_list(self) -> str:
        """Make an empty list on the sandbox, with a key."""
        extras = {"DATETIME": {"format": "yyyy-MM-dd"}}
        described = [
            {"name": spec.name, "type": str(spec.type), "key": spec.key, **extras.get(spec.type, {})}
            for spec in self.fields
        ]
        return str(self.control("lists", {"name": f"bench {time.monotonic_ns()}", "fields": described})["id"])

    def naive(self) -> float:
        """Send the file with the loop; gives seconds."""
        url = f"{self.url}/configapi/v3/callinglist/addAll/{self.new_list()}"
        added = 0
        began = time.perf_counter()
        with self.path.open(encoding="utf-8", newline="") as file:
            session = requests.Session()
            session.headers["Authorization"] = f"Bearer {self.token}"
            for batch in _batches(csv.DictReader(file)):
                answer = session.post(url, json=batch, timeout=60)
                answer.raise_for_status()
                added += answer.json()["added"]
        seconds = time.perf_counter() - began
        if added != self.rows:
            raise SystemExit(f"the loop added {added:,} of {self.rows:,} rows")
        return seconds

    def ours(self, lanes: int) -> tuple[float, float]:
        """Check and send the file with our engine; gives the seconds of each."""
        from bpadmin.jobs.models import Job, JobState
        from bpadmin.jobs.services import job_confirm, job_drive, job_prepare_now, job_submit
        from bpadmin.jobs.spool import spool_delete
        from lists.uploads import reading_keep, upload_configure, upload_create, upload_inspect

        with self.path.open("rb") as stream:
            job = upload_create(
                tenant=self.tenant, list_id=self.new_list(), list_name="bench", file_name=self.path.name, stream=stream
            )
        reading_keep(job=job, inspection=upload_inspect(job=job))
        mapping = {str(at): name for at, name in enumerate(HEADER)}
        upload_configure(job=job, dialect={}, mapping=mapping, fields=self.fields, mode="add")
        job.refresh_from_db()
        Job.objects.filter(pk=job.pk).update(options={**job.options, "lanes": lanes, "chunk_size": CHUNK})
        job_submit(job=job)
        began = time.perf_counter()
        job_prepare_now(job_id=job.pk, worker="bench")
        checked = time.perf_counter()
        job.refresh_from_db()
        job_confirm(job=job, actor_name="bench", ring=False)
        confirmed = time.perf_counter()
        state = job_drive(job_id=job.pk, seconds=None, worker="bench")
        done = time.perf_counter()
        job.refresh_from_db()
        if state != JobState.SUCCEEDED or job.n_added != self.rows:
            raise SystemExit(f"our job ended {state}: {job.message}")
        spool_delete(job)
        job.delete()
        return checked - began, done - confirmed

    def close(self) -> None:
        """Take away what was made in our database."""
        self.tenant.delete()


def _write_file(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(rows):
            names = (f"First {number % 1000}", f"Last {number % 997}", f"Company {number % 5000}, Ltd.")
            date = f"2026-{1 + number % 12:02}-{1 + number % 28:02}"
            writer.writerow((f"C{number:08}", f"4930{number:08}", date, number % 10_000, *names, f"Note {number}"))


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(rows, CHUNK)):
        yield batch


def measure_sending(rows: int = 100_000, *, say: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
    """Measure all three comparisons; needs a Django that is set up, with a database. Gives rates and their ratios."""
    from bpadmin.sandbox.server import start_in_process

    handle = start_in_process()
    ratios: dict[str, list[float]] = {name: [] for name in GOALS}
    rates: dict[str, list[float]] = {}
    try:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder), handle.url, rows)
            try:
                for turn in range(ROUNDS):
                    say(f"sending, round {turn + 1} of {ROUNDS}")
                    _round(bench, rows, ratios, rates)
            finally:
                bench.close()
    finally:
        handle.stop()
    middle = {name: round(statistics.median(values), 2) for name, values in ratios.items()}
    return {
        "rows": rows,
        **{f"{name}_rows_per_second": round(statistics.median(values)) for name, values in rates.items()},
        **{f"{name}_ratio": ratio for name, ratio in middle.items()},
        "goals": GOALS,
        "is_good": all(middle[name] >= goal for name, goal in GOALS.items()),
    }


def _round(bench: Bench, rows: int, ratios: dict[str, list[float]], rates: dict[str, list[float]]) -> None:
    naive = bench.naive()
    check, send = bench.ours(lanes=1)
    bench.control("latency", {"seconds": LATENCY})
    try:
        naive_far = bench.naive()
        _, send_far = bench.ours(lanes=LANES)
    finally:
        bench.control("latency", {"seconds": 0})
    ratios["one_lane"].append(naive / send)
    ratios["four_lanes_50_ms"].append(naive_far / send_far)
    ratios["check_and_send"].append(naive / (check + send))
    seconds = {"loop": naive, "one_lane": send, "check_and_send": check + send}
    for name, value in {**seconds, "loop_50_ms": naive_far, "four_lanes_50_ms": send_far}.items():
        rates.setdefault(name, []).append(rows / value)


def main() -> None:
    """Measure in a data directory of its own and print the result."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for name in [name for name in os.environ if name.lower() in ("http_proxy", "https_proxy", "all_proxy")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"BPADMIN_DATA": folder, "BPADMIN_ALLOW_PRIVATE_TENANTS": "1", "BPADMIN_LOG_LEVEL": "ERROR"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpadmin.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        print(json.dumps(measure_sending(rows, say=lambda text: print(text, file=sys.stderr)), indent=2))
        from django.db import connections

        connections.close_all()


if __name__ == "__main__":
    main()
