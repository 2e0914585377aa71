"""Whether a replacement of a Do Not Call list ever lets go of a number that stays in it.

    python -m bench.dnc_gap [numbers]

A list of `numbers` numbers (500,000) is replaced by a file of as many, nine in ten the same, with requests cut after
they were applied and 503s, while a process of its own asks the simulated tenant every 10 ms which of the numbers in
both are not blocked. Exit code 1 when it ever saw one.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
import urllib.request
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from bench.dnc import number_of

NUMBERS = 500_000
SAMPLE, EVERY = 200, 0.01
FAULTS = [
    {"kind": "cut_after", "probability": 0.05, "paths": ["donotcalllist"]},
    {"kind": "http_503", "probability": 0.05, "paths": ["donotcalllist"]},
]


def control(url: str, path: str, body: Any) -> Any:
    """Ask the simulated tenant's control side."""
    data = json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/__sandbox__/{path}", data, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
        return json.loads(answer.read())


def watch(url: str, first: int, last: int, over: Event, told: Any) -> None:
    """Ask for numbers of both files until `over` is set; tells how often it asked and what it found unblocked."""
    dice, looks, gaps = random.Random(7), 0, []  # noqa: S311
    while not over.is_set():
        asked = [number_of(dice.randrange(first, last)) for _ in range(SAMPLE)]
        looks += 1
        gaps += control(url, "blocked", {"numbers": asked})["unblocked"]
        time.sleep(EVERY)
    told.put((looks, gaps))


def replaced(dnc_list: Any, kind: Any, path: Path) -> Any:
    """Take a file through check and engine and give its job."""
    from bpadmin.dialler.types import Actor
    from bpadmin.jobs.models import Job
    from bpadmin.jobs.services import job_confirm, job_drive, job_prepare_now, job_submit
    from dnc.files.replace import dnc_replace_confirm
    from dnc.files.services import dnc_upload_configure, dnc_upload_create, dnc_upload_inspect
    from dnc.kinds import DNC_REPLACE

    actor = Actor(name="bench")
    with path.open("rb") as stream:
        job = dnc_upload_create(dnc_list=dnc_list, kind=kind, file_name=path.name, stream=stream, actor=actor)
    inspection = dnc_upload_inspect(job=job)
    dnc_upload_configure(job=job, dialect=inspection.dialect, mapping={"0": "key"})
    job_submit(job=job)
    job_prepare_now(job_id=job.pk, worker="bench")
    job.refresh_from_db()
    if kind == DNC_REPLACE:
        dnc_replace_confirm(job=job, actor=actor, typed_name=dnc_list.name, ring=False)
    else:
        job_confirm(job=job, actor_name="bench", ring=False)
    job_drive(job_id=job.pk, seconds=None, worker="bench")
    return Job.objects.get(pk=job.pk)


def measure(folder: Path, numbers: int) -> dict[str, Any]:
    """Fill a list, replace it under faults, and give what the watcher saw."""
    from bpadmin.sandbox.http.server import start_in_process
    from bpadmin.tenants.services import tenant_create
    from dnc.kinds import DNC_ADD, DNC_REPLACE
    from dnc.models import DncKind, DncList

    handle, gone = start_in_process(), numbers // 10
    for name, first in (("old", 0), ("new", gone)):
        lines = (f"{number_of(n)}\n" for n in range(first, first + numbers))
        (folder / f"{name}.csv").write_text("phone\n" + "".join(lines))
    credentials = {"client_id": "sandbox", "client_secret": "sandbox-secret"}
    tenant = tenant_create(
        slug="gap", name="Gap", platform="brightpattern", base_url=handle.url, credentials=credentials
    )
    remote_id = control(handle.url, "dnc", {"name": "Gap", "type": "INTERNAL", "keys": []})["id"]
    dnc_list = DncList.objects.create(tenant=tenant, remote_id=remote_id, name="Gap", type=DncKind.INTERNAL)
    try:
        replaced(dnc_list, DNC_ADD, folder / "old.csv")
        control(handle.url, "faults", FAULTS)
        over, told = multiprocessing.Event(), multiprocessing.Queue()  # type: ignore[var-annotated]
        watcher = multiprocessing.Process(target=watch, args=(handle.url, gone, numbers, over, told), daemon=True)
        watcher.start()
        began = time.perf_counter()
        job = replaced(dnc_list, DNC_REPLACE, folder / "new.csv")
        seconds = time.perf_counter() - began
        over.set()
        looks, gaps = told.get(timeout=60)
        watcher.join()
    finally:
        handle.stop()
    return {
        "numbers": numbers,
        "state": job.state,
        "message": job.message,
        "seconds": round(seconds, 1),
        "looks": looks,
        "numbers_looked_at": looks * SAMPLE,
        "gaps": len(gaps),
        "is_accounted": job.accounted == job.rows_total,
        "is_good": not gaps and looks > 10 and job.accounted == job.rows_total and job.state == "succeeded",
    }


def main(arguments: list[str]) -> int:
    """Measure and print."""
    numbers = int(arguments[0]) if arguments else NUMBERS
    for name in [name for name in os.environ if name.lower() in {"http_proxy", "https_proxy", "all_proxy"}]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"BPADMIN_DATA": folder, "BPADMIN_ALLOW_PRIVATE_TENANTS": "1", "BPADMIN_LOG_LEVEL": "ERROR"}
        for name in ("REDIS_URL", "DATABASE_URL"):
            os.environ.pop(name, None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "bpadmin.settings"
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        found = measure(Path(folder), numbers)
        connections.close_all()
    print(json.dumps(found, indent=2))
    return 0 if found["is_good"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
