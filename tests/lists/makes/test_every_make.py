"""The same messy file into each make, by page and by shell, while answers are cut, late or lost and a worker is killed.

Every row has one outcome, nobody is there twice where a key keeps rows apart, and each row in doubt is named.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bpadmin.jobs.engine import driver, lanes, quiet_time
from bpadmin.jobs.models import ChunkState, Job
from bpadmin.jobs.services import job_confirm
from bpadmin.platforms.names import id_of
from bpadmin.tenants.connections.capabilities import capabilities_learn
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from tests.browser.messy import FIELDS, messy_file
from tests.chaos.stack import ROOT, Stack
from tests.fixtures_tenants import browser_of, connect
from tests.jobs.uploading import accounted
from tests.lists.walking import csv_file, ended, said, shown
from tests.shell import run

pytestmark = pytest.mark.django_db(transaction=True)

FILE = messy_file(60)
ROWS = FILE.rows
SAID = ("--key", "Account", "--field", "Account:ACCOUNT", "--field", "Phone:PHONE:US_CANADA")


@dataclass(frozen=True)
class Make:
    """One make: how its target is made and dumped, where the columns go, and what sends a row."""

    platform: str
    target: Callable[[Any], str]
    dumped: Callable[[Any, str], list[str]]
    columns: tuple[str, ...]
    mode: str
    method: str
    has_key: bool
    shell: tuple[str, ...] = ()


MAKES = (
    Make(
        "brightpattern",
        lambda sandbox: sandbox.create_list("Leads", FIELDS, bind=[sandbox.create_campaign("C")]),
        lambda sandbox, target: [row["Account"] for row in sandbox.dump(target)],
        ("Account", "Phone", "Name", "Note"),
        "add",
        "add_many_records",
        True,
        SAID,
    ),
    Make(
        "brightpattern_legacy",
        lambda sandbox: sandbox.create_list("Leads", FIELDS, bind=[sandbox.create_campaign("C")]) and id_of("Leads"),
        lambda sandbox, target: [row["Account"] for row in sandbox.dump(sandbox.list_id("Leads"))],
        ("Account", "Phone", "Name", "Note"),
        "add",
        "v2.add_many_records",
        True,
        SAID,
    ),
    Make(
        "jtel",
        lambda sandbox: str(sandbox.create_jtel_campaign("Leads")),
        lambda sandbox, target: [row["UserData"] for row in sandbox.dump_jtel_contacts()],
        ("UserData", "PhoneNumber1", "Name", "Comment"),
        "upsert",
        "jtel.import_contact",
        True,
    ),
    Make(
        "conpeek",
        lambda sandbox: sandbox.create_voice_campaign("Leads"),
        lambda sandbox, target: [row["contact_identifier"] for row in sandbox.dump_requests()],
        ("contact_identifier", "contact_number", "name", "note"),
        "add",
        "conpeek.add_request",
        False,
    ),
)


@pytest.fixture(params=MAKES, ids=lambda make: make.platform)
def make(request: pytest.FixtureRequest) -> Make:
    return request.param


@pytest.fixture
def tenant(db: None, sandbox: Any, make: Make) -> Tenant:
    tenant = connect(sandbox, make.platform, slug="acme")
    with tenant_client(tenant) as client:
        capabilities_learn(tenant, client)
    # Small requests, so that faults strike in the middle of the file where a make takes many rows at once.
    Tenant.objects.filter(pk=tenant.pk).update(chunk_size=7, quiet_seconds=1)
    tenant.refresh_from_db()
    return tenant


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less than in life for answers that do not come."""
    monkeypatch.setattr(driver, "PATIENT_READ", 0.3)
    monkeypatch.setattr(driver, "HURRIED_READ", 0.3)
    monkeypatch.setattr(lanes, "COOL_SECONDS", 0.05)
    # Silence proves nothing before a quiet time: it has to be longer than the latest of the answers below.
    monkeypatch.setattr(quiet_time, "SCALE", 1.0)
    monkeypatch.setattr(quiet_time, "LONGEST_READ", 1.0)
    monkeypatch.setattr(quiet_time, "MARGIN", 0.5)


def troubles(make: Make) -> list[dict[str, Any]]:
    """Answers that are cut after and before the effect, and late beyond all patience."""
    at = {"methods": [make.method]}
    return [
        {"kind": "cut_after", "probability": 0.15, "times": 3, **at},
        {"kind": "cut_before", "probability": 0.15, "times": 2, **at},
        {"kind": "slow", "seconds": 0.6, "after": 3, "times": 1, **at},
    ]


def check(job: Job, make: Make, sandbox: Any, target: str) -> None:
    """Compare what the job tells with what the dialler holds."""
    accounted(job)
    assert job.rows_total == ROWS
    time.sleep(0.7)  # what came late is worked off by then
    held = Counter(make.dumped(sandbox, target))
    if make.has_key:
        assert [key for key, count in held.items() if count > 1] == []
        assert job.n_uncertain == 0
    asked = job.chunks.filter(state__in=[ChunkState.ASK, ChunkState.UNCERTAIN])
    assert sum(chunk.count for chunk in asked) == job.n_uncertain
    for chunk in asked:
        assert f"{chunk.first_row:,}" in chunk.message
    least, most = job.n_added + job.n_updated + job.n_already_there, job.n_uncertain
    assert least <= sum(held.values()) <= least + most


def checked(tenant: Tenant, make: Make, target: str) -> tuple[Any, Job]:
    """Walk the wizard to what the check found; returns the browser and the job."""
    browser = browser_of(tenant)
    browser.post(f"/t/acme/lists/{target}/upload/", {"file": csv_file(FILE.content)})
    job = Job.objects.latest("id")
    url = f"/t/acme/uploads/{job.pk}/columns/"
    choices = {f"c{at}-name": name for at, name in enumerate(make.columns)} | {"send-mode": make.mode}
    if make.shell:
        choices |= {"c0-type": "ACCOUNT", "c0-is_key": "on", "c1-type": "PHONE", "c1-phone_type": "US_CANADA"}
    browser.post(url, said(browser.get(url), **choices), follow=True)
    job.refresh_from_db()
    return browser, job


def by_page(tenant: Tenant, make: Make, target: str) -> Job:
    browser, job = checked(tenant, make, target)
    answer = browser.post(f"/t/acme/uploads/{job.pk}/check/", shown(job))
    assert answer.status_code == 302, answer.content.decode()
    return ended(job)


def by_shell(tenant: Tenant, make: Make, target: str, path: Path) -> Job:
    path.write_bytes(FILE.content)
    columns = zip(("Account", "Phone", "Name", "Note"), make.columns, strict=True)
    maps = [word for column, field in columns for word in ("--map", f"{column}={field}")]
    name = target if make.platform == "conpeek" else "Leads"
    run("list_upload", "acme", name, str(path), "--mode", make.mode, *maps, *make.shell)
    return Job.objects.latest("id")


@pytest.mark.slow
@pytest.mark.parametrize("door", ["page", "shell"])
def test_every_row_has_one_outcome_whatever_is_cut_or_late(
    sandbox: Any, tenant: Tenant, make: Make, door: str, tmp_path: Path
) -> None:
    target = make.target(sandbox)
    sandbox.faults(troubles(make))
    job = by_page(tenant, make, target) if door == "page" else by_shell(tenant, make, target, tmp_path / "leads.csv")
    assert job.is_final, job.message
    check(job, make, sandbox, target)


@pytest.mark.slow
def test_a_killed_worker_leaves_every_row_with_one_outcome(sandbox: Any, tenant: Tenant, make: Make) -> None:
    target = make.target(sandbox)
    sandbox.latency(0.15)
    _, job = checked(tenant, make, target)
    job_confirm(job=job, actor_name="test", ring=False)
    code = f"from bpadmin.jobs.services import job_drive; job_drive(job_id={job.pk}, seconds=None, worker='doomed')"
    stack = Stack()
    try:
        worker = subprocess.Popen(
            [sys.executable, "-c", f"import django; django.setup(); {code}"],
            cwd=ROOT,
            env=stack.environment(),
            start_new_session=True,
        )
        until = time.monotonic() + 60
        while not job.chunks.filter(state=ChunkState.DONE).exists():
            assert time.monotonic() < until, "nothing was sent"
            time.sleep(0.02)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    finally:
        stack.stop()
    sandbox.latency(0)
    job = ended(job)
    check(job, make, sandbox, target)
