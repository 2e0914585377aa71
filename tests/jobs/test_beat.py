"""Beat knows when to ring and loads nothing of what is done then; a worker loads what it does and no page."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from bpadmin.celery import app
from tests.docs.documents import ROOT

BEGIN = """
import json, sys
sys.argv = json.loads(sys.argv[1])
from celery.signals import worker_before_create_process
from bpadmin.celery import app
app.loader.init_worker()
app.finalize()
worker_before_create_process.send(None)
print(json.dumps({"modules": sorted(sys.modules), "tasks": sorted(app.tasks), "beat": sorted(app.conf.beat_schedule)}))
"""


def loaded(*argv: str) -> dict[str, Any]:
    """Return what a process that was started so has in memory."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN, json.dumps(argv)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("program", ["/app/.venv/bin/celery", "/usr/lib/python3/site-packages/celery/__main__.py"])
def test_beat_loads_no_task_and_no_page(program: str) -> None:
    beat = loaded(program, "-A", "bpadmin", "beat", "--pidfile=")
    assert "bpadmin.urls" not in beat["modules"]
    assert [name for name in beat["modules"] if name.split(".")[-1] in ("tasks", "views") and "bpadmin" in name] == []
    assert beat["beat"] == sorted(app.conf.beat_schedule)


def test_a_worker_loads_every_task_that_beat_rings_for() -> None:
    worker = loaded("/app/.venv/bin/celery", "-A", "bpadmin", "worker", "-n", "beat@here")
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(worker["tasks"])


def test_a_worker_loads_no_page_before_it_has_to_name_one() -> None:
    worker = loaded("/app/.venv/bin/celery", "-A", "bpadmin", "worker", "-n", "bulk@here")
    assert "bpadmin.urls" not in worker["modules"]
    assert "bpadmin.jobs.engine.driver" in worker["modules"], "what its processes share is loaded before they part"


def test_everything_that_beat_rings_for_names_its_queue() -> None:
    """Beat knows nothing of what a task says of itself."""
    assert all(entry["options"]["queue"] for entry in app.conf.beat_schedule.values())
