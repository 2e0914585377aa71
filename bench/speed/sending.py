"""Sending a file, beside the loop a user would write: `csv.DictReader`, chunks of 1,000, `Session.post(json=…)`.

Processor seconds are those of this process; what the sandbox spends counts on neither side.
"""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from bench.speed.checking import job_of_file, job_remove
from bench.speed.cost import Cost, Measure, spent
from bench.speed.files import HEADER
from bench.speed.tenants import BenchTenant

CHUNK = 1000


class Send:
    """One lane without latency: sending alone, and check and send together."""

    lanes, latency = 1, 0.0

    def __init__(self, name: str, rows: int) -> None:
        self.name, self.rows = name, rows
        self.measures = self.measures_of(name, rows)
        self.at = BenchTenant()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "sending.csv"
        _write_file(self.path, rows)
        self.specs = list_fields()
        self.at.control("latency", {"seconds": self.latency})

    def measures_of(self, name: str, rows: int) -> list[Measure]:
        """Describe what is measured."""
        return [
            Measure(f"{name}", "send, one lane", "the loop", rows, goal=1.0, goal_cpu=1.0),
            Measure(f"{name}-and-check", "check and send, one lane", "the loop, which checks nothing", rows, goal=0.7),
        ]

    def ours(self) -> dict[str, Cost]:
        """Check and send the file with our engine."""
        from bpadmin.jobs.models import Job, JobState
        from bpadmin.jobs.services import job_confirm, job_drive, job_prepare_now, job_submit

        job = job_of_file(self.path, self.at.tenant, list_id=self._new_list(), specs=self.specs)
        Job.objects.filter(pk=job.pk).update(options={**job.options, "lanes": self.lanes, "chunk_size": CHUNK})
        job_submit(job=job)
        with spent() as check:
            job_prepare_now(job_id=job.pk, worker="bench")
        job.refresh_from_db()
        job_confirm(job=job, actor_name="bench", ring=False)
        with spent() as send:
            state = job_drive(job_id=job.pk, seconds=None, worker="bench")
        job.refresh_from_db()
        if state != JobState.SUCCEEDED or job.n_added != self.rows:
            raise SystemExit(f"our job ended {state}: {job.message}")
        job_remove(job)
        return {self.name: send, f"{self.name}-and-check": check + send}

    def yardstick(self) -> dict[str, Cost]:
        """Send the file with the loop."""
        url = f"{self.at.url}/configapi/v3/callinglist/addAll/{self._new_list()}"
        added = 0
        with spent() as cost, self.path.open(encoding="utf-8", newline="") as file:
            for batch in _batches(csv.DictReader(file)):
                answer = self.at.session.post(url, json=batch, timeout=60)
                answer.raise_for_status()
                added += answer.json()["added"]
        if added != self.rows:
            raise SystemExit(f"the loop added {added:,} of {self.rows:,} rows")
        return dict.fromkeys((self.name, f"{self.name}-and-check"), cost)

    def _new_list(self) -> str:
        extras = {"DATETIME": {"format": "yyyy-MM-dd"}}
        described = [
            {"name": spec.name, "type": str(spec.type), "key": spec.key, **extras.get(spec.type, {})}
            for spec in self.specs
        ]
        return str(self.at.control("lists", {"name": f"bench {time.monotonic_ns()}", "fields": described})["id"])

    def close(self) -> None:
        """Take away the tenant and the file."""
        self.at.close()
        self.folder.cleanup()


class SendFar(Send):
    """Four lanes to a tenant that takes 50 ms to answer, beside one loop to the same."""

    lanes, latency = 4, 0.05

    def measures_of(self, name: str, rows: int) -> list[Measure]:
        """Describe what is measured."""
        return [
            Measure(f"{name}", "send, four lanes, 50 ms", "the loop, 50 ms", rows, goal=3.5),
            Measure(f"{name}-and-check", "check and send, four lanes, 50 ms", "the loop, 50 ms", rows, goal=2.0),
        ]


def list_fields() -> list[Any]:
    """Describe the fields of a list that takes the file."""
    from bpadmin.platforms.types import FieldSpec, FieldType

    return [
        FieldSpec(HEADER[0], key=True, required=True),
        FieldSpec(HEADER[1], FieldType.PHONE, required=True),
        FieldSpec(HEADER[2], FieldType.DATETIME, date_format="yyyy-MM-dd"),
        FieldSpec(HEADER[3], FieldType.INTEGER),
        FieldSpec(HEADER[4], FieldType.FIRST_NAME),
        FieldSpec(HEADER[5], FieldType.LAST_NAME),
        FieldSpec(HEADER[6], FieldType.COMPANY),
        FieldSpec(HEADER[7]),
    ]


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
