"""A job that the first release left in the middle, and its message on the queue, are finished by this one.

`before/` was written by that release: its database as SQL, its files, and the message as it lay on the queue. Thirty of
sixty rows were in the list.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

BEFORE = Path(__file__).parent / "before"
FIELDS = [{"name": "id", "type": "ACCOUNT", "key": True}, {"name": "phone", "type": "PHONE"}, {"name": "name"}]
# The tenant of then, told where the dialler is now; the list has another id there.
MOVE = """
from bpadmin.jobs.models import Job
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_update
said = {said!r}
tenant = Tenant.objects.get(slug="acme")
tenant_update(tenant=tenant, name=tenant.name, base_url=said["url"], credentials=said["credentials"],
              time_zone=tenant.time_zone, lanes=1, chunk_size=10)
Job.objects.filter(pk=said["job"]).update(target_id=said["list"])
"""
# What a worker does with the message: the task is found by its name, and called with what the body holds.
DELIVER = """
import json
from bpadmin.celery import app
from bpadmin.jobs.models import Job
said = {said!r}
app.loader.import_default_modules()
arguments, named, _ = said["message"]["body"]
for _ in range(20):
    app.tasks[said["message"]["headers"]["task"]].apply(arguments, named).get()
    job = Job.objects.get(pk=said["job"])
    if job.is_final:
        break
print(json.dumps({{"state": job.state, "added": job.n_added, "total": job.rows_total, "accounted": job.accounted,
                   "mode": job.options["mode"], "message": job.message}}))
"""


def manage(data: Path, *words: str) -> str:
    """Run a command on an installation of its own; returns what it printed."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("BPADMIN_", "DATABASE_", "REDIS_"))}
    env = {"BPADMIN_DATA": str(data), "BPADMIN_ALLOW_PRIVATE_TENANTS": "1", "BPADMIN_LOG_LEVEL": "WARNING"}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]
    done = subprocess.run(command, env=kept | env, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_job_in_the_middle_and_its_message_are_finished(sandbox: Any, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(BEFORE / "files", data / "files")
    with sqlite3.connect(data / "bpadmin.sqlite3") as database:
        database.executescript(gzip.decompress((BEFORE / "database.sql.gz").read_bytes()).decode())
    database.close()
    meta = json.loads((BEFORE / "meta.json").read_text())
    there = [{"id": key, "phone": f"165055501{int(key[1:]):02d}", "name": key} for key in meta["sent"]]
    list_id = sandbox.create_list("Leads", FIELDS, records=there)
    said: dict[str, Any] = {"url": sandbox.url, "credentials": sandbox.credentials, "list": list_id, "job": meta["job"]}

    manage(data, "migrate", "--no-input", "-v", "0")
    manage(data, "shell", "--no-imports", "-c", MOVE.format(said=said))
    said["message"] = json.loads((BEFORE / "message.json").read_text())
    told = json.loads(manage(data, "shell", "--no-imports", "-c", DELIVER.format(said=said)).splitlines()[-1])

    assert told["state"] == "succeeded", told
    assert (told["added"], told["total"], told["accounted"]) == (60, 60, 60)
    assert told["mode"] == "add"
    held = Counter(row["id"] for row in sandbox.dump(list_id))
    assert held == Counter(f"N{number}" for number in range(60))
