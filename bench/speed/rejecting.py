"""A rejects file, beside one pass over the upload that picks the refused rows out by their numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

from bench.speed import files
from bench.speed.checking import Check
from bench.speed.cost import Cost, Measure, spent

FEW = 10


class Rejects(Check):
    """A long file with some refused rows."""

    what, beside = "rejects file of ten rows in a long file", "csv.reader picking them out"

    def __init__(self, name: str, rows: int) -> None:
        from bpadmin.uploads.checking.preparation import upload_prepare

        super().__init__(name, rows)
        self.measures = [Measure(name, self.what, self.beside, 0, "s")]
        upload_prepare(job=self.job)
        self.job.refresh_from_db()
        from bpadmin.jobs.files.spool import spool_refusals

        self.numbers = {refusal.row for refusal in spool_refusals(self.job)}

    @staticmethod
    def write(path: Path, rows: int) -> None:
        """Write a file of which ten rows, far apart, are refused."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(files.HEADER)
            for number in range(rows):
                phone = "555-0100" if number % (rows // FEW) == rows // FEW - 1 else f"650{number % 10_000_000:07}"
                writer.writerow((f"C{number:08}", phone, "2026-01-02", number % 1000, "Anna", "Lee", "Acme", "Note"))

    def ours(self) -> dict[str, Cost]:
        """Make the rejects file."""
        from bpadmin.jobs.files.rejects import rejects_lines

        with spent() as cost:
            made = sum(lines.count(b"\r\n") for lines in rejects_lines(self.job))
        if made != len(self.numbers) + 1:
            raise SystemExit(f"the rejects file has {made:,} lines where {len(self.numbers) + 1:,} were due")
        return {self.name: cost}

    def yardstick(self) -> dict[str, Cost]:
        """Pick the rows out and write them."""
        with spent() as cost, self.path.open(encoding="utf-8", newline="") as file:
            writer = csv.writer(io.StringIO())
            for number, row in enumerate(csv.reader(file), 1):
                if number in self.numbers:
                    writer.writerow([*row, number, "phone_invalid"])
        return {self.name: cost}


class RejectsOfAll(Rejects):
    """A file of which every row is refused."""

    what = "rejects file of a file whose every row is bad"
    write: Callable[[Path, int], None] = staticmethod(files.write_bad_file)
