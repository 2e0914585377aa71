"""`make bench`: our rows per second beside those of the loop one would write by hand, in one run on one sandbox.

    python -m bench [rows to send] [rows to stage] [records to export]

Prints a table with a mark for each goal; exit code 1 when one is missed. It needs no broker and leaves nothing behind.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

ROWS_TO_SEND = 100_000
ROWS_TO_STAGE = 1_000_000
RECORDS_TO_EXPORT = 1_000_000


@dataclass(frozen=True)
class Line:
    """One line of the table: what was measured, ours beside the yardstick, and the goal for their ratio."""

    what: str
    ours: float
    yardstick: float
    goal: float
    unit: str = "rows/s"

    @property
    def ratio(self) -> float:
        """Ours over the yardstick."""
        return self.ours / self.yardstick

    @property
    def is_good(self) -> bool:
        """Tell whether the goal is reached."""
        return round(self.ratio, 2) >= self.goal

    def __str__(self) -> str:
        mark = "ok    " if self.is_good else "MISSED"
        return (
            f"  {mark}  {self.what:60} {self.ours:10,.0f} {self.yardstick:12,.0f} {self.unit:7}"
            f" {self.ratio:7.2f}  goal {self.goal:.2f}"
        )


def sending(rows: int) -> Iterator[Line]:
    """Compare sending with the loop: `csv.DictReader`, chunks of 1,000, `requests.Session.post(json=…)`."""
    from bench.sending import measure_sending

    found = measure_sending(rows, say=lambda text: print(f"  … {text}", file=sys.stderr))
    for name, what, beside in (
        ("one_lane", "send, one lane, no latency / the loop", "loop"),
        ("four_lanes_50_ms", "send, four lanes, 50 ms / the loop, 50 ms", "loop_50_ms"),
        ("check_and_send", "check and send, no latency / the loop", "loop"),
    ):
        # The ratio is the middle one of several rounds, which need not be that of the middle rates.
        yardstick = found[f"{beside}_rows_per_second"]
        yield Line(what, found[f"{name}_ratio"] * yardstick, yardstick, found["goals"][name])


def staging(rows: int) -> Iterator[Line]:
    """Compare the check with what this machine's bare `csv.reader` says it must reach."""
    from bench.staging import GOAL_MEMORY_MB, measure_staging

    print(f"  … staging {rows:,} rows", file=sys.stderr)
    found = measure_staging(rows)
    bare = f"{found['csv_reader_rows_per_second']:,}"
    what = f"check of {rows:,} rows / 150,000 x ({bare} / 800,000)"
    yield Line(what, found["staging_rows_per_second"], found["goal_rows_per_second"], 1.0)
    growth = max(found["memory_growth_mb"], 0.1)
    yield Line("room for the check's memory / its growth", GOAL_MEMORY_MB, growth, 1.0, "MB")


def exporting(records: int) -> Iterator[Line]:
    """Compare an export with the loop: `requests.Session.post(json=…)` page by page, `csv.writer`."""
    from bench.export import GOAL_MEMORY_MB, measure_export

    found = measure_export(records, say=lambda text: print(f"  … {text}", file=sys.stderr))
    what = f"export of {records:,} records / the loop"
    yield Line(what, found["export_rows_per_second"], found["loop_rows_per_second"], found["goal"])
    growth = max(found["memory_growth_mb"], 0.1)
    yield Line("room for the export's memory / its growth", GOAL_MEMORY_MB, growth, 1.0, "MB")


def main(arguments: list[str]) -> int:
    """Measure in a data folder of its own."""
    usual = (ROWS_TO_SEND, ROWS_TO_STAGE, RECORDS_TO_EXPORT)
    to_send, to_stage, to_export = [*map(int, arguments), *usual[len(arguments) :]]
    for name in [name for name in os.environ if name.lower() in {"http_proxy", "https_proxy", "all_proxy"}]:
        del os.environ[name]
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"BPADMIN_DATA": folder, "BPADMIN_ALLOW_PRIVATE_TENANTS": "1", "BPADMIN_LOG_LEVEL": "ERROR"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "bpadmin.settings"
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        lines = [*sending(to_send), *staging(to_stage), *exporting(to_export)]
        connections.close_all()
    print(f"  {'':6}  {'ours / beside':60} {'ours':>10} {'beside':>12} {'':7} {'ratio':>7}")
    print(*lines, sep="\n")
    return 0 if all(line.is_good for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
