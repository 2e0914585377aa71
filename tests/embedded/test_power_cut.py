"""A machine that loses its power in the middle of an upload: everything dies at once, the demo tenant included."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from tests.fixtures_sandbox import SandboxControl
from tests.stack import ROOT, Stack, is_alive, wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(300)]

ROWS = 40_000
# With four lanes: some four seconds of sending.
LATENCY = 0.4
SETUP = "import json, sys, time, django; django.setup(); "
FIELDS = [{"name": "id", "type": "ACCOUNT", "key": True}, {"name": "phone", "type": "PHONE"}, {"name": "name"}]
BEGIN = """
from io import BytesIO
from bpadmin.jobs.models import JobState
from bpadmin.jobs.services import job_confirm, job_submit
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tenants.models import Tenant
from bpadmin.uploads.files import upload_create, upload_inspect
from lists.kinds import LIST_UPLOAD
from lists.uploads.services import upload_configure
lines = ["id,phone,name", *(f"N{number},{4930000000 + number},Name {number}" for number in range(int(sys.argv[2])))]
job = upload_create(kind=LIST_UPLOAD,
                    tenant=Tenant.objects.get(slug="demo"), list_id=sys.argv[1], list_name="cut", file_name="cut.csv",
                    stream=BytesIO("\\n".join(lines).encode()))
upload_inspect(job=job)
fields = [FieldSpec("id", key=True, required=True), FieldSpec("phone", FieldType.PHONE), FieldSpec("name")]
mapping = {"0": "id", "1": "phone", "2": "name"}
upload_configure(job=job, dialect={}, mapping=mapping, fields=fields, mode="add")
job_submit(job=job)  # a worker checks it
while job.state != JobState.READY:
    time.sleep(0.1)
    job.refresh_from_db()
job_confirm(job=job, actor_name="test")
print(json.dumps(job.pk))
"""
LOOK = """
from bpadmin.jobs.models import Job
job = Job.objects.get(pk=sys.argv[1])
print(json.dumps({"state": job.state, "is_final": job.is_final, "accepted": job.n_accepted + job.n_already_there,
                  "total": job.rows_total, "accounted": job.accounted, "message": job.message}))
"""


def run_inside(stack: Stack, code: str, *arguments: object) -> Any:
    """Run code with the stack's own settings; returns what it printed last."""
    env = {**stack.env, "DJANGO_SETTINGS_MODULE": "bpadmin.settings", "BPADMIN_ALLOW_PRIVATE_TENANTS": "1"}
    command = [sys.executable, "-c", SETUP + code, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def kill_everything(stack: Stack) -> None:
    """Kill the supervisor and every process of every part, none of them asked."""
    assert stack.process is not None
    pids = stack.pids()
    stack.process.kill()
    for pid in pids.values():
        os.killpg(pid, signal.SIGKILL)
    stack.process.wait()
    wait_until(lambda: not any(map(is_alive, pids.values())), within=60, what="everything to be dead")


def test_every_row_arrives_once_though_everything_was_killed_at_once() -> None:
    with Stack() as stack:
        dialler = SandboxControl(stack.sandbox_url)
        list_id = dialler.create_list("cut", FIELDS)
        dialler.latency(LATENCY)
        job = run_inside(stack, BEGIN, list_id, ROWS)
        wait_until(lambda: len(dialler.dump(list_id)) > ROWS // 4, within=60, what="a quarter of the rows")
        kill_everything(stack)

        stack.start()
        found = wait_until(
            lambda: (look := run_inside(stack, LOOK, job))["is_final"] and look, within=60, what="the job to end"
        )
        assert found["state"] == "succeeded", found["message"]
        assert found["accepted"] == found["total"] == found["accounted"] == ROWS
        times = Counter(record["id"] for record in dialler.dump(list_id))
        assert times == Counter(f"N{number}" for number in range(ROWS))
