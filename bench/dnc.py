"""How fast the Do Not Call ledger answers, and what a large file costs.

    python -m bench.dnc [entries [numbers [rows]]]

First: "why is this number blocked" over `entries` entries in three lists (goal: under 50 ms, each time anew on a
connection of its own), and the bytes that an entry takes in the database. Then: a registry's file of `numbers` numbers
is checked and added through the engine (goals: memory stays flat, every row has its outcome). Last: `rows` rows of an
upload are looked up in that registry, beside a bare loop over the same file (csv and a set), and beside the check of
such an upload without a Do Not Call list (goal: under a quarter of it). Say 5000000 10000000 1000000 for the whole
measure. With DATABASE_URL it measures on that database and removes what it has made; without, on SQLite in a temporary
folder.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.speed.cost import resident_mb, spent

ENTRIES, NUMBERS, ROWS = 500_000, 100_000, 100_000
GOAL_WHY_MS, GOAL_MEMORY_MB, GOAL_OF_THE_CHECK = 50.0, 100.0, 0.25
LISTS, LOOKS, BLOCK = 3, 300, 20_000
AREAS, EXCHANGES, LINES = 800, 800, 10_000
SCRUB_BLOCK = 5000
SEED = 20260101


def number_of(n: int) -> str:
    """Return the n-th number, one that there can be in the US; they come in no order, as real ones do."""
    at = n * 7_919 % (AREAS * EXCHANGES * LINES)
    return f"1{200 + at // (EXCHANGES * LINES)}{200 + at // LINES % EXCHANGES}{at % LINES:04d}"


def fill(tenant: Any, entries: int) -> None:
    """Put entries into three lists."""
    from django.db import transaction

    from dnc.entries.ledger import entries_added
    from dnc.models import DncKind, DncList, DncSource

    source = DncSource.objects.create(tenant=tenant, by_name="bench", text="file bench.csv")
    lists = [
        DncList.objects.create(tenant=tenant, remote_id=f"bench-{n}", name=f"Bench {n}", type=DncKind.INTERNAL)
        for n in range(LISTS)
    ]
    for start in range(0, entries, BLOCK):
        with transaction.atomic():
            pairs = [(number_of(n), "") for n in range(start, min(start + BLOCK, entries))]
            entries_added(lists[start // BLOCK % LISTS].pk, pairs, source)


def database_bytes() -> int:
    """Return what the database's pages in use take, with all tables and indexes."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_total_relation_size('dnc_dncentry')")
            return int(cursor.fetchone()[0])
        found = []
        for name in ("page_count", "freelist_count", "page_size"):
            cursor.execute(f"PRAGMA {name}")
            found.append(int(cursor.fetchone()[0]))
    return (found[0] - found[1]) * found[2]


def measure_why(tenant: Any, entries: int) -> dict[str, Any]:
    """Ask why for numbers that are blocked and some that are not, each on a new connection."""
    from django.db import connection

    from dnc.entries.lookup import dnc_why

    size, began = database_bytes(), time.perf_counter()
    fill(tenant, entries)
    filled = time.perf_counter() - began
    size = database_bytes() - size
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE dnc_dncentry")
    dice, times, found = random.Random(SEED), [], 0  # noqa: S311
    for look in range(LOOKS):
        number = number_of(dice.randrange(entries)) if look % 4 else f"1999{look:07d}"
        # A new connection has read nothing yet; the product keeps its own open.
        connection.close()
        connection.ensure_connection()
        began = time.perf_counter()
        found += dnc_why(tenant=tenant, number_or_value=number).is_blocked
        times.append((time.perf_counter() - began) * 1000)
    return {
        "database": connection.vendor,
        "entries": entries,
        "entries_per_second": round(entries / filled),
        "bytes_per_entry": round(size / entries),
        "why_ms_middle": round(statistics.median(times), 2),
        "why_ms_99_of_100": round(statistics.quantiles(times, n=100)[-1], 2),
        # The worst of hundreds tells of the machine's other work as much as of ours.
        "why_ms_worst": round(max(times), 2),
        "goal_ms": GOAL_WHY_MS,
        "is_good": statistics.quantiles(times, n=100)[-1] < GOAL_WHY_MS
        and found == sum(1 for look in range(LOOKS) if look % 4),
    }


def measure_add(tenant: Any, sandbox_url: str, folder: Path, rows: int) -> dict[str, Any]:
    """Check a file of numbers and add it; the sandbox is a process of its own."""
    from bpadmin.dialler.types import Actor
    from bpadmin.jobs.models import Job
    from bpadmin.jobs.services import job_confirm, job_drive, job_prepare_now, job_submit
    from dnc.files.services import dnc_upload_configure, dnc_upload_create, dnc_upload_inspect
    from dnc.kinds import DNC_ADD
    from dnc.models import DncEntry, DncKind, DncList

    remote_id = _sandbox_list(sandbox_url)
    dnc_list = DncList.objects.create(tenant=tenant, remote_id=remote_id, name="Bench file", type=DncKind.INTERNAL)
    path = folder / "numbers.csv"
    with path.open("w") as file:
        file.write("phone,comment\n")
        file.writelines(f"{number_of(n)[1:]},note {n % 100}\n" for n in range(rows))
    with path.open("rb") as stream:
        job = dnc_upload_create(
            dnc_list=dnc_list, kind=DNC_ADD, file_name=path.name, stream=stream, actor=Actor(name="bench")
        )
    inspection = dnc_upload_inspect(job=job)
    dnc_upload_configure(job=job, dialect=inspection.dialect, mapping={"0": "key", "1": "comment"})
    before, began = resident_mb(), time.perf_counter()
    job_submit(job=job)
    job_prepare_now(job_id=job.pk, worker="bench")
    checked, after_check = time.perf_counter() - began, resident_mb()
    job.refresh_from_db()
    job_confirm(job=job, actor_name="bench", ring=False)
    began = time.perf_counter()
    job_drive(job_id=job.pk, seconds=None, worker="bench")
    sent = time.perf_counter() - began
    job = Job.objects.get(pk=job.pk)
    growth = max(after_check, resident_mb()) - before
    known = DncEntry.objects.filter(dnc_list=dnc_list).count()
    return {
        "rows": rows,
        "check_seconds": round(checked, 1),
        "check_rows_per_second": round(rows / checked),
        "seconds": checked + sent,
        "send_rows_per_second": round(rows / sent),
        "memory_growth_mb": round(growth, 1),
        "goal_memory_mb": GOAL_MEMORY_MB,
        "is_accounted": job.accounted == job.rows_total == rows,
        "added": job.n_added,
        "in_the_ledger": known,
        "is_good": growth < GOAL_MEMORY_MB and job.accounted == rows == known + job.n_rejected,
    }


def measure_scrub(tenant: Any, dnc_list: Any, folder: Path, rows: int, loaded: float) -> list[dict[str, Any]]:
    """Look rows up in the ledger, beside the loop one would write by hand (csv and a set), and beside their check.

    `loaded` are the seconds that the file took to be checked, added and written into the ledger.
    """
    import csv

    from bpadmin.jobs.models import Job
    from bpadmin.platforms.types import FieldSpec, FieldType
    from dnc.scrubbing import LedgerScrubber

    path = folder / "numbers.csv"
    began = time.perf_counter()
    with path.open(newline="") as file:
        held = {f"1{row[0]}" for row in csv.reader(file)}
    load_bare = time.perf_counter() - began
    began, hits = time.perf_counter(), 0
    with path.open(newline="") as file:
        for row in itertools.islice(csv.reader(file), 1, rows + 1):
            hits += f"1{row[0]}" in held
    scrub_bare = time.perf_counter() - began
    del held
    scrubber = LedgerScrubber(Job(tenant=tenant), [dnc_list], {})
    spec, before, found = FieldSpec("phone", FieldType.PHONE), resident_mb(), 0
    began = time.perf_counter()
    for start in range(0, rows, SCRUB_BLOCK):
        found += len(scrubber.blocked(spec, {number_of(n) for n in range(start, min(start + SCRUB_BLOCK, rows))}))
    scrubbed = time.perf_counter() - began
    bare = {
        "rows": rows,
        "load_to_bare_loop": round(loaded / load_bare, 1),
        "scrub_to_bare_loop": round(scrubbed / scrub_bare, 1),
        "scrub_rows_per_second": round(rows / scrubbed),
        "memory_growth_mb": round(resident_mb() - before, 1),
        "is_good": found == rows == hits,
    }
    return [bare, measure_check(tenant, folder / "upload.csv", rows)]


def measure_check(tenant: Any, path: Path, rows: int) -> dict[str, Any]:
    """Check an upload into a calling list against the tenant's ledger, beside the same check without one."""
    from bench.speed import files
    from bench.speed.checking import job_of_file, job_remove, tenant_made
    from lists.uploads.handler import UploadHandler

    files.write_file(path, rows)
    plain, costs = tenant_made(), {}
    try:
        for whose, name in ((plain, "first"), (plain, "plain"), (tenant, "scrubbed")):
            job = job_of_file(path, whose)
            with spent() as cost:
                UploadHandler().prepare(job, progress=lambda *_: None, should_stop=lambda: False)
            costs[name] = cost  # that of the first is not told: it meets everything cold
            job_remove(job)
    finally:
        plain.delete()
    share = (costs["scrubbed"].cpu - costs["plain"].cpu) / costs["plain"].cpu
    by_clock = (costs["scrubbed"].seconds - costs["plain"].seconds) / costs["plain"].seconds
    return {
        "rows": rows,
        "check_cpu_seconds": round(costs["plain"].cpu, 1),
        "scrub_to_check_by_cpu": round(share, 3),
        "scrub_to_check_by_clock": round(by_clock, 3),
        "goal": GOAL_OF_THE_CHECK,
        "is_good": min(share, by_clock) < GOAL_OF_THE_CHECK,
    }


def _sandbox_list(url: str) -> str:
    import urllib.request

    body = json.dumps({"name": "Bench file", "type": "INTERNAL", "keys": []}).encode()
    request = urllib.request.Request(f"{url}/__sandbox__/dnc", body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return str(json.loads(answer.read())["id"])


def measure(folder: Path, entries: int, numbers: int, rows: int) -> list[dict[str, Any]]:
    """Measure all of it in tenants that are removed afterwards."""
    from bpadmin.sandbox.http.server import start_in_process
    from bpadmin.tenants.services import tenant_create
    from dnc.evidence.guard import evidence_guard_lift, evidence_guard_make
    from dnc.models import DncChange, DncEntry, DncList, DncSource

    handle = start_in_process()
    many, registry = (
        tenant_create(
            slug=f"bench-dnc-{name}",
            name="Bench",
            platform="brightpattern",
            base_url=handle.url,
            credentials={"client_id": "sandbox", "client_secret": "sandbox-secret"},
        )
        for name in ("many", "registry")
    )
    try:
        found = [measure_why(many, entries), measure_add(registry, handle.url, folder, numbers)]
        dnc_list = DncList.objects.get(tenant=registry, name="Bench file")
        return [*found, *measure_scrub(registry, dnc_list, folder, min(rows, numbers), found[-1]["seconds"])]
    finally:
        handle.stop()
        evidence_guard_lift()
        DncEntry.objects.filter(dnc_list__tenant__in=[many, registry])._raw_delete("default")  # type: ignore[attr-defined]
        for model in (DncChange, DncList, DncSource):
            model.objects.filter(tenant__in=[many, registry]).delete()
        evidence_guard_make()
        for tenant in (many, registry):
            tenant.delete()


def main(arguments: list[str]) -> int:
    """Measure and print."""
    entries, numbers, rows = [*map(int, arguments), *(ENTRIES, NUMBERS, ROWS)[len(arguments) :]]
    for name in [name for name in os.environ if name.lower() in {"http_proxy", "https_proxy", "all_proxy"}]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"BPADMIN_DATA": folder, "BPADMIN_ALLOW_PRIVATE_TENANTS": "1", "BPADMIN_LOG_LEVEL": "ERROR"}
        os.environ.pop("REDIS_URL", None)
        if os.environ.get("DATABASE_URL"):
            # A database of one's own asks for keys of one's own.
            os.environ.setdefault("BPADMIN_SECRET_KEY", "bench-" * 10)
            os.environ.setdefault("BPADMIN_ENCRYPTION_KEY", "bench-" * 10)
            os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:9/0")
        os.environ["DJANGO_SETTINGS_MODULE"] = "bpadmin.settings"
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        results = measure(Path(folder), entries, numbers, rows)
        connections.close_all()
    print(json.dumps(results, indent=2))
    return 0 if all(result["is_good"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
