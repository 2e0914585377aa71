"""What the tests of exports share: a campaign that was called, and exports driven to their end."""

from __future__ import annotations

import csv
import io

from django.core.files.storage import default_storage

from bpadmin.dialler.types import Actor
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_drive
from bpadmin.records.exports.order import ExportOrder
from bpadmin.records.exports.services import export_start
from bpadmin.tenants.services import tenant_client
from campaigns.exports.order import results_order

FIELDS = [
    {"name": "id", "type": "OTHER", "key": True, "required": True},
    {"name": "phone", "type": "PHONE"},
    {"name": "note", "type": "OTHER"},
]


def records(count: int, prefix: str = "r") -> list[dict[str, str]]:
    """Return records with ids r0…; every third note would be a formula in a spreadsheet."""
    notes = ("plain", "=1+1", "'quoted")
    return [{"id": f"{prefix}{n}", "phone": str(7000000 + n), "note": notes[n % 3]} for n in range(count)]


class World:
    """A campaign that was called for a while, with two lists of which the second was never reached."""

    def __init__(self, sandbox, count: int = 2500) -> None:
        self.sandbox = sandbox
        self.campaign = sandbox.create_campaign("Renewals", running=True, rate=2.0, custom_fields=["mood"])
        self.list = sandbox.create_list("Spring", FIELDS, bind=[self.campaign], records=records(count))
        sandbox.advance(200)
        self.count = count

    def stop(self, tenant) -> None:
        """Let nobody be called any more, so that two exports in a row have the same to read."""
        with tenant_client(tenant) as client:
            client.stop(self.campaign)

    def order(self, **options) -> ExportOrder:
        """Return an order of the campaign."""
        return results_order(((self.campaign, "Renewals"),), **options)


def started(tenant, order: ExportOrder) -> Job:
    """Order an export."""
    return export_start(tenant=tenant, order=order, actor=Actor(name="test"), ring=False)


def finished(tenant, order: ExportOrder) -> Job:
    """Order an export and drive it to its end."""
    job = started(tenant, order)
    job_drive(job_id=job.pk, seconds=None, worker="test")
    job.refresh_from_db()
    return job


def turn(job: Job) -> Job:
    """Drive a job for one turn."""
    job_drive(job_id=job.pk, seconds=0.1, worker="test", may_wait=False)
    job.refresh_from_db()
    return job


def content(job: Job) -> bytes:
    """Return the finished file."""
    assert job.state in (JobState.SUCCEEDED, JobState.PARTIAL), job.message
    with default_storage.open(job.report["result_path"], "rb") as file:
        return file.read()


def table(job: Job) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    raw = content(job)
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
