"""The check of a file, beside a bare reader of the same file."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.speed import files
from bench.speed.cost import Cost, Measure, spent

if TYPE_CHECKING:
    from bpadmin.jobs.models import Job
    from bpadmin.tenants.models import Tenant

# 150,000 rows a second where a bare csv.reader takes 800,000.
GOAL = 150_000 / 800_000


def job_of_file(
    path: Path,
    tenant: Tenant,
    *,
    list_id: str = "bench",
    specs: list[Any] | None = None,
    header: Sequence[str] = files.HEADER,
) -> Job:
    """Open an upload of a file, read and mapped column by column, ready to be checked."""
    from bpadmin.uploads.files import reading_keep, upload_create, upload_inspect
    from lists.kinds import LIST_UPLOAD
    from lists.uploads.services import upload_configure

    with path.open("rb") as stream:
        job = upload_create(
            kind=LIST_UPLOAD, tenant=tenant, list_id=list_id, list_name="bench", file_name=path.name, stream=stream
        )
    reading_keep(job=job, inspection=upload_inspect(job=job))
    mapping = {str(at): name for at, name in enumerate(header)}
    upload_configure(job=job, dialect={}, mapping=mapping, fields=specs or files.fields(), mode="add")
    job.refresh_from_db()
    return job


def job_remove(job: Job) -> None:
    """Take a job and its files away."""
    from django.core.files.storage import default_storage

    from bpadmin.jobs.files.spool import spool_delete

    spool_delete(job)
    default_storage.delete(job.upload_path)
    job.delete()


def tenant_made() -> Tenant:
    """Make a tenant that nobody answers for: a check asks nobody."""
    from bpadmin.tenants.models import Tenant

    return Tenant.objects.create(slug=f"bench-{os.urandom(4).hex()}", name="Bench", base_url="http://127.0.0.1:9")


class Check:
    """The usual file."""

    what, beside, goal = "check of a file", "csv.reader over it, bare", GOAL
    suffix = ".csv"
    write: Callable[[Path, int], None] = staticmethod(files.write_file)

    def __init__(self, name: str, rows: int) -> None:
        self.name = name
        self.measures = [Measure(name, self.what, self.beside, rows, goal=self.goal)]
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / f"rows{self.suffix}"
        self.write(self.path, rows)
        self.tenant = tenant_made()
        self.job = job_of_file(self.path, self.tenant)

    def ours(self) -> dict[str, Cost]:
        """Check the file, with everything that is stored of it."""
        from bpadmin.uploads.checking.preparation import upload_prepare

        with spent() as cost:
            upload_prepare(job=self.job)
        return {self.name: cost}

    def yardstick(self) -> dict[str, Cost]:
        """Read the file with `csv.reader` and nothing else."""
        with spent() as cost, self.path.open(encoding="utf-8", newline="") as file:
            for _ in csv.reader(file):
                pass
        return {self.name: cost}

    def close(self) -> None:
        """Take away the job, the tenant and the file."""
        job_remove(self.job)
        self.tenant.delete()
        self.folder.cleanup()


class CheckOfBad(Check):
    """A file of which every row is refused."""

    what, goal = "check of a file whose every row is bad", 0.0
    write = staticmethod(files.write_bad_file)


class CheckOfQuoted(Check):
    """A file with texts over several lines."""

    what, goal = "check of a file, every fifth row over two lines", 0.0
    write = staticmethod(files.write_quoted_file)


class CheckOfWorkbook(Check):
    """A workbook."""

    what, beside, goal = "check of a workbook", "calamine reading it", 0.0
    suffix = ".xlsx"
    write = staticmethod(files.write_workbook)

    def yardstick(self) -> dict[str, Cost]:
        """Read the sheet with calamine, its loading counted."""
        from python_calamine import CalamineWorkbook

        with spent() as cost:
            for _ in CalamineWorkbook.from_path(str(self.path)).get_sheet_by_index(0).iter_rows():
                pass
        return {self.name: cost}
