"""What the second look at whole columns costs: the check with it and without it, in turns, by processor time.

    python -m bench.second_look [rows] [pairs]

Prints the ratio of the medians and the interval in which it lies (from pairs drawn anew). One process, so that nothing
that another one does is missed, and processor time, so that what else the machine does counts little.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from bench.speed.files import HEADER, write_file
from lists.kinds import LIST_UPLOAD

GOAL = 1.05
DRAWS = 2_000


@contextmanager
def blindfold() -> Iterator[None]:
    """Leave out everything that is told of whole columns and odd cells, while this is open."""
    from bpadmin.platforms.record_rules import phone_shapes, rules
    from bpadmin.uploads.checking.second_look import SecondLook

    def not_closely(checked: Any, fields: Any, columns: Sequence[Sequence[str]], unguard: Any = None) -> Any:
        return columns

    with ExitStack() as stack:
        for target, name, value in (
            (rules, "look_closely", not_closely),
            (phone_shapes.PhoneShapes, "look", lambda *_: ([], [])),
            (SecondLook, "take", lambda *_: None),
            (SecondLook, "take_keys", lambda *_, **__: None),
        ):
            stack.enter_context(mock.patch.object(target, name, value))
        yield


def measure(rows: int = 200_000, pairs: int = 15) -> dict[str, Any]:
    """Check a file in turns with and without the second look; returns the ratio and its interval."""
    from bpadmin.jobs.models import Job
    from bpadmin.platforms.types import FieldSpec, FieldType
    from bpadmin.tenants.models import Tenant
    from bpadmin.uploads.checking.preparation import upload_prepare
    from bpadmin.uploads.files import reading_keep, upload_create, upload_inspect
    from lists.uploads.services import upload_configure

    types = (FieldType.OTHER, FieldType.PHONE, FieldType.DATETIME, FieldType.INTEGER, *[FieldType.OTHER] * 4)
    more: dict[int, dict[str, Any]] = {
        0: {"key": True},
        1: {"phone_type": "US_CANADA"},
        2: {"date_format": "yyyy-MM-dd"},
    }
    fields = [
        FieldSpec(name, kind, **more.get(at, {})) for at, (name, kind) in enumerate(zip(HEADER, types, strict=True))
    ]
    tenant = Tenant.objects.create(slug="bench-look", name="Bench", base_url="http://127.0.0.1:9")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "look.csv"
        write_file(path, rows)
        with path.open("rb") as stream:
            job: Job = upload_create(
                kind=LIST_UPLOAD, tenant=tenant, list_id="b", list_name="b", file_name=path.name, stream=stream
            )
        reading_keep(job=job, inspection=upload_inspect(job=job))
        mapping = {str(at): name for at, name in enumerate(HEADER)}
        upload_configure(job=job, dialect={}, mapping=mapping, fields=fields, mode="add")

        def once() -> float:
            began = time.process_time()
            upload_prepare(job=job)
            return time.process_time() - began

        times: list[tuple[float, float]] = []
        with mock.patch("bpadmin.tabular.ahead.processors", return_value=1):
            once()
            for at in range(pairs):
                found = {}
                for is_blind in (False, True) if at % 2 else (True, False):
                    with blindfold() if is_blind else ExitStack():
                        found[is_blind] = once()
                times.append((found[False], found[True]))
    dice = random.Random(1)  # noqa: S311
    drawn = sorted(_ratio(dice.choices(times, k=len(times))) for _ in range(DRAWS))
    low, high = drawn[DRAWS // 40], drawn[-DRAWS // 40]
    return {
        "rows": job.rows_total,
        "pairs": pairs,
        "seconds_with": round(statistics.median(one for one, _ in times), 3),
        "seconds_without": round(statistics.median(other for _, other in times), 3),
        "ratio": round(_ratio(times), 3),
        "interval": [round(low, 3), round(high, 3)],
        "is_good": high <= GOAL,
    }


def _ratio(times: Sequence[tuple[float, float]]) -> float:
    return statistics.median(one for one, _ in times) / statistics.median(other for _, other in times)


def main() -> None:
    """Measure in a data directory of its own and print the result."""
    said = [int(text) for text in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BPADMIN_DATA"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpadmin.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        print(json.dumps(measure(*said), indent=2))
        from django.db import connections

        connections.close_all()


if __name__ == "__main__":
    main()
