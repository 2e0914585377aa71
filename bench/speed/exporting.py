"""Exporting results, beside the loop a user would write: page by page, row by row, into the same columns.

Ours is an export job from its order to the finished file, with everything it stores on the way. The files are compared.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.speed.cost import Cost, Measure, spent
from bench.speed.tenants import BenchTenant

PAGE = 1000
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


class ExportCsv:
    """One list as CSV."""

    what, beside, goal = "export of a list as CSV", "the loop with csv.writer", 0.7
    sources, latency, kind = 1, 0.0, "csv"

    def __init__(self, name: str, records: int) -> None:
        self.name, self.records = name, records
        self.measures = [Measure(name, self.what, self.beside, records, "records", goal=self.goal)]
        self.at = BenchTenant()
        self.folder = tempfile.TemporaryDirectory()
        self.campaign = self.at.control("campaigns", {"name": "Bench"})["id"]
        self.instances = [self._list(number) for number in range(self.sources)]
        self.at.control("latency", {"seconds": self.latency})
        self.files: dict[str, Path] = {}

    def _list(self, number: int) -> str:
        made = self.at.control("lists", {"name": f"Bench {number}", "fields": FIELDS, "bind": [self.campaign]})
        share = self.records // self.sources
        for start in range(0, share, PAGE):
            batch = [_record(at) for at in range(start, min(start + PAGE, share))]
            url = f"{self.at.url}/configapi/v3/callinglist/addAll/{made['id']}"
            self.at.session.post(url, json=batch, timeout=60).raise_for_status()
        return str(made["instances"][self.campaign])

    def ours(self) -> dict[str, Cost]:
        """Export with a job."""
        from django.core.files.storage import default_storage

        from bpadmin.dialler.types import Actor
        from bpadmin.jobs.services import job_drive
        from bpadmin.records.exports.order import ExportFormat
        from bpadmin.records.exports.parts import files_delete
        from bpadmin.records.exports.services import export_start
        from campaigns.exports.order import results_order

        columns = COLUMNS if self.sources == 1 else ()
        order = results_order(((self.campaign, "Bench"),), columns=columns, format=ExportFormat(self.kind))
        with spent() as cost:
            job = export_start(tenant=self.at.tenant, order=order, actor=Actor(name="bench"), ring=False)
            job_drive(job_id=job.pk, seconds=None, worker="bench")
        job.refresh_from_db()
        wanted = self.records // self.sources * self.sources
        if not job.report.get("result", {}).get("complete") or job.report["result"]["rows"] != wanted:
            raise SystemExit(f"our export ended {job.state}: {job.message}")
        self.files["ours"] = Path(self.folder.name) / "ours"
        with default_storage.open(job.report["result_path"], "rb") as source, self.files["ours"].open("wb") as target:
            target.writelines(source.chunks())
        files_delete(job.pk)
        job.delete()
        self._compare()
        return {self.name: cost}

    def yardstick(self) -> dict[str, Cost]:
        """Page and write with the loop."""
        self.files["loop"] = path = Path(self.folder.name) / "loop"
        with spent() as cost:
            self._write(path)
        self._compare()
        return {self.name: cost}

    def _write(self, path: Path) -> None:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for row in self._rows():
                writer.writerow(row)

    def _rows(self) -> Iterator[list[Any]]:
        url = f"{self.at.url}/configapi/v3/campaign/getAllRecords/{self.campaign}"
        for instance in self.instances:
            cursor = None
            while True:
                body = {"instanceId": instance, "limit": PAGE, "cursor": cursor}
                answer = self.at.session.post(url, json=body, timeout=60)
                answer.raise_for_status()
                page = answer.json()
                for record in page["records"]:
                    entry, status = record["entry"], record["status"]
                    yield [entry.get(name, "") for name in ENTRY] + [status.get(name, "") for name in STATUS]
                cursor = page.get("next_cursor")
                if len(page["records"]) < PAGE or not cursor:
                    break

    def _compare(self) -> None:
        """See that the two files say the same; the loop writes True where we write true."""
        if self.sources > 1 or self.kind != "csv" or len(self.files) < 2:
            return
        with self.files["ours"].open(encoding="utf-8") as one, self.files["loop"].open(encoding="utf-8") as other:
            if not all(a.casefold() == b.casefold() for a, b in zip(one, other, strict=True)):
                raise SystemExit("the two files differ")

    def close(self) -> None:
        """Take away the tenant and the files."""
        self.at.close()
        self.folder.cleanup()


class ExportFar(ExportCsv):
    """Four lists of a tenant that takes 50 ms to answer."""

    what, beside, goal = "export of four lists, 50 ms", "the loop, 50 ms", 0.0
    sources, latency = 4, 0.05


class ExportXlsx(ExportCsv):
    """One list as a workbook."""

    what, beside, goal = "export of a list as XLSX", "the loop with xlsxwriter", 0.0
    kind = "xlsx"

    def _write(self, path: Path) -> None:
        import xlsxwriter

        workbook = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        for at, row in enumerate(self._rows(), 1):
            sheet.write_row(at, 0, row)
        workbook.close()


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
