"""The parts that are measured, and the Django that they need."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Protocol

from bench.speed.cost import Cost, Measure


@contextmanager
def own_django() -> Iterator[Path]:
    """Set Django up over a data folder and a database of its own, and give the folder; nothing of it stays."""
    for name in list(os.environ):
        if name.lower() in {"http_proxy", "https_proxy", "all_proxy"} or name in {"DATABASE_URL", "REDIS_URL"}:
            del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"BPADMIN_DATA": folder, "BPADMIN_ALLOW_PRIVATE_TENANTS": "1", "BPADMIN_LOG_LEVEL": "ERROR"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "bpadmin.settings"
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        try:
            yield Path(folder)
        finally:
            connections.close_all()


class Part(Protocol):
    """Something that is measured in turns; made with how much one turn does. Django is set up by then."""

    measures: Sequence[Measure]

    def ours(self) -> dict[str, Cost]:
        """Do it our way; returns what it cost, by the names of measures."""

    def yardstick(self) -> dict[str, Cost]:
        """Do it the other way."""

    def close(self) -> None:
        """Take away what was made."""


# Each with how much a turn does: usually, and in a short run.
PARTS: dict[str, tuple[str, int, int]] = {
    "check": ("bench.speed.checking.Check", 1_000_000, 100_000),
    "check-small": ("bench.speed.checking.Check", 20_000, 20_000),
    "check-bad": ("bench.speed.checking.CheckOfBad", 200_000, 20_000),
    "check-quoted": ("bench.speed.checking.CheckOfQuoted", 200_000, 20_000),
    "workbook": ("bench.speed.checking.CheckOfWorkbook", 200_000, 10_000),
    "send": ("bench.speed.sending.Send", 100_000, 20_000),
    "send-far": ("bench.speed.sending.SendFar", 100_000, 20_000),
    "send-one": ("bench.speed.one_record.SendOne", 2_000, 400),
    "export": ("bench.speed.exporting.ExportCsv", 200_000, 20_000),
    "export-far": ("bench.speed.exporting.ExportFar", 40_000, 8_000),
    "export-xlsx": ("bench.speed.exporting.ExportXlsx", 100_000, 10_000),
    "rejects": ("bench.speed.rejecting.Rejects", 1_000_000, 100_000),
    "rejects-many": ("bench.speed.rejecting.RejectsOfAll", 200_000, 20_000),
    "start": ("bench.speed.starting.Start", 1, 1),
}


def part_open(name: str, amount: int) -> Part:
    """Make a part ready to be measured; the time that takes is not counted."""
    module, _, noun = PARTS[name][0].rpartition(".")
    part: Part = getattr(import_module(module), noun)(name, amount)
    return part


@contextmanager
def part_opened(name: str, amount: int) -> Iterator[Part]:
    """Open a part and take away what it made."""
    with ExitStack() as stack:
        part = part_open(name, amount)
        stack.callback(part.close)
        yield part
