"""How fast a file is checked: our whole staging beside a bare `csv.reader` over the same file, in one run.

    python -m bench.staging [rows]

The file has eight columns (key, US phone in four spellings, date, integer, four texts) and about one row in a hundred
that must be refused. Everything lives in a temporary directory, the database included.
"""

from __future__ import annotations

import csv
import json
import os
import random
import sys
import tempfile
import time
from itertools import pairwise
from operator import truediv
from pathlib import Path
from typing import Any

HEADER = ("customer id", "phone", "callback date", "balance", "first name", "last name", "company", "note")
GOAL_ROWS_PER_SECOND = 150_000
GOAL_READER = 800_000
GOAL_MEMORY_MB = 100
# A machine that others use too is now fast and now slow: one turn of each would compare different hours.
ROUNDS = 5
SEED = 20260101


def write_file(path: Path, rows: int) -> None:
    """Write the test file, the same for the same number of rows; one row in a hundred is bad in some way."""
    dice = random.Random(SEED)  # noqa: S311
    firsts = ["Anna", "Bo", "Chloé", "Dmitri", "Elena", "Félix", "Grace", "Hiro", "Inés", "Jürgen"]
    lasts = ["Smith", "O'Neill", "García", "Müller", "Okafor", "de la Cruz", "Lee", "Nowak", "Rossi", "Ødegård"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(rows):
            area, local = dice.randint(201, 989), dice.randint(2_000_000, 9_999_999)
            phone = (
                f"{area}{local}",
                f"1{area}{local}",
                f"({area}) {local // 10_000}-{local % 10_000:04}",
                f"+1 {area} {local // 10_000} {local % 10_000:04}",
            )[number % 4]
            row = [
                f"C{number:08}",
                phone,
                f"{2024 + number % 3}-{1 + number % 12:02}-{1 + number % 28:02}",
                str(dice.randint(0, 99_999)),
                firsts[number % 10],
                lasts[number // 10 % 10],
                f"Company {number % 5000}, Ltd.",
                f"Called before, note {number}",
            ]
            if number % 100 == 99:
                fault = number // 100 % 5
                if fault == 0:
                    row[1] = "555-0100"
                elif fault == 1:
                    row[2] = "31/12/2025"
                elif fault == 2:
                    row[3] = "n/a"
                elif fault == 3:
                    row[0] = f"C{number - 50:08}"
                else:
                    row.pop()
            writer.writerow(row)


def read_bare(path: Path) -> float:
    """Read the file with `csv.reader` and nothing else; give rows per second."""
    began = time.perf_counter()
    count = 0
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            count += 1
    return count / (time.perf_counter() - began)


def resident_mb() -> float:
    """Give this process's resident memory in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class _Memory:
    """How far this process's memory grows; asked at each block, it looks at some."""

    def __init__(self) -> None:
        self.before = self.peak = resident_mb()
        self.asked = 0

    def look(self, done: int, total: int) -> None:
        """Take note of the memory at every tenth block."""
        self.asked += 1
        if self.asked % 10 == 0:
            self.peak = max(self.peak, resident_mb())

    @property
    def growth(self) -> float:
        """Give the growth in MB."""
        return self.peak - self.before


def measure_staging(rows: int = 1_000_000) -> dict[str, Any]:
    """Stage a file of `rows` rows, in turns with the bare reader, and give the turn in the middle.

    Needs a Django that is set up, with a database. Changes nothing that stays.
    """
    from bpadmin.jobs.models import Job
    from bpadmin.platforms.types import FieldSpec, FieldType
    from bpadmin.tenants.models import Tenant
    from lists.uploads import reading_keep, upload_configure, upload_create, upload_inspect, upload_prepare

    fields = [
        FieldSpec(HEADER[0], key=True, required=True),
        FieldSpec(HEADER[1], FieldType.PHONE, phone_type="US_CANADA", required=True),
        FieldSpec(HEADER[2], FieldType.DATETIME, date_format="yyyy-MM-dd"),
        FieldSpec(HEADER[3], FieldType.INTEGER),
        FieldSpec(HEADER[4], FieldType.FIRST_NAME),
        FieldSpec(HEADER[5], FieldType.LAST_NAME),
        FieldSpec(HEADER[6], FieldType.COMPANY),
        FieldSpec(HEADER[7]),
    ]
    tenant = Tenant.objects.create(slug="bench-staging", name="Bench", base_url="http://127.0.0.1:9")
    job: Job | None = None
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "staging.csv"
            write_file(path, rows)
            with path.open("rb") as stream:
                job = upload_create(
                    tenant=tenant, list_id="bench", list_name="bench", file_name=path.name, stream=stream
                )
            reading_keep(job=job, inspection=upload_inspect(job=job))
            mapping = {str(at): name for at, name in enumerate(HEADER)}
            upload_configure(job=job, dialect={}, mapping=mapping, fields=fields, mode="add")
            memory, staged = _Memory(), []
            bare = [read_bare(path)]
            for _ in range(ROUNDS):
                began = time.perf_counter()
                upload_prepare(job=job, progress=memory.look)
                staged.append(job.rows_total / (time.perf_counter() - began))
                bare.append(read_bare(path))
        # Each turn is held against the reader just before and just after it.
        beside = [(one + other) / 2 for one, other in pairwise(bare)]
        _, ours, reader = sorted(zip(map(truediv, staged, beside), staged, beside, strict=True))[ROUNDS // 2]
        goal = GOAL_ROWS_PER_SECOND * reader / GOAL_READER
        return {
            "rows": job.rows_total,
            "rejected": job.n_rejected,
            "staging_rows_per_second": round(ours),
            "csv_reader_rows_per_second": round(reader),
            "goal_rows_per_second": round(goal),
            "share_of_goal": round(ours / goal, 2),
            "shares_of_all_turns": [
                round(one / other * GOAL_READER / GOAL_ROWS_PER_SECOND, 2)
                for one, other in zip(staged, beside, strict=True)
            ],
            "memory_growth_mb": round(memory.growth, 1),
            "is_good": ours >= goal and memory.growth < GOAL_MEMORY_MB,
        }
    finally:
        if job is not None:
            _remove(job)
        tenant.delete()


def _remove(job: Any) -> None:
    from django.core.files.storage import default_storage

    from bpadmin.jobs.spool import spool_delete

    spool_delete(job)
    default_storage.delete(job.upload_path)


def main() -> None:
    """Measure in a data directory of its own and print the result."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BPADMIN_DATA"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpadmin.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        result = measure_staging(rows)
        print(json.dumps(result, indent=2))
        from django.db import connections

        connections.close_all()


if __name__ == "__main__":
    main()
