"""Sending to a dialler that takes one record a call, beside what its latency and the lanes allow.

Nobody sends faster than lanes ÷ latency records a second; the yardstick is that bound, computed and not run. It spends
no processor time, so that only the ratio by the clock says something.
"""

from __future__ import annotations

import csv
import tempfile
import time
from pathlib import Path

from bench.speed.cost import Cost, Measure, spent
from bench.speed.tenants import BenchTenant

LANES, LATENCY = 4, 0.05
HEADER = ("Name", "PhoneNumber1", "UserData")


class SendOne:
    """Contacts into a campaign of jtel, one a call, four lanes, 50 ms."""

    def __init__(self, name: str, rows: int) -> None:
        self.name, self.rows = name, rows
        self.measures = [
            Measure(name, "send one record a call, four lanes, 50 ms", "lanes ÷ latency", rows, goal=0.9),
        ]
        self.at = BenchTenant("jtel")
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "contacts.csv"
        with self.path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            writer.writerows((f"Person {number}", f"+4930{number:07d}", f"U{number}") for number in range(rows))
        self.at.control("latency", {"seconds": LATENCY})

    def ours(self) -> dict[str, Cost]:
        """Send the file with our engine; what it may not take is an error."""
        from bench.speed.checking import job_of_file, job_remove
        from bpadmin.jobs.models import JobState
        from bpadmin.jobs.services import job_confirm, job_drive, job_prepare_now, job_submit
        from bpadmin.platforms import REGISTRY

        specs = [spec for spec in REGISTRY["jtel"].record_fields({}) if spec.name in HEADER]
        campaign = str(self.at.control("jtel/campaigns", {"name": f"bench {time.monotonic_ns()}"})["id"])
        job = job_of_file(self.path, self.at.tenant, list_id=campaign, specs=specs, header=HEADER)
        job.options = {**job.options, "lanes": LANES}
        job.save(update_fields=["options"])
        job_submit(job=job)
        job_prepare_now(job_id=job.pk, worker="bench")
        job.refresh_from_db()
        job_confirm(job=job, actor_name="bench", ring=False)
        with spent() as cost:
            state = job_drive(job_id=job.pk, seconds=None, worker="bench")
        job.refresh_from_db()
        if state != JobState.SUCCEEDED or job.n_added != self.rows:
            raise SystemExit(f"our job ended {state}: {job.message}")
        job_remove(job)
        return {self.name: cost}

    def yardstick(self) -> dict[str, Cost]:
        """Return the least that these rows can take."""
        return {self.name: Cost(self.rows * LATENCY / LANES, 0.0)}

    def close(self) -> None:
        """Take away the tenant and the file."""
        self.at.close()
        self.folder.cleanup()
