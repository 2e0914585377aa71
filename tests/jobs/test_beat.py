"""Beat knows when to ring and loads nothing of what is done then; a worker loads what it does and no page."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from bpadmin import VERSION
from bpadmin.celery import app
from bpadmin.jobs.models import WorkerBeat
from bpadmin.jobs.queue import signs
from tests.docs.documents import ROOT

BEGIN = """
import json, sys
sys.argv = json.loads(sys.argv[1])
import threading
from celery.signals import beat_init, worker_before_create_process
from bpadmin.celery import app
app.loader.init_worker()
app.finalize()
signal = beat_init if "beat" in sys.argv else worker_before_create_process
signal.send(None)
told = {"modules": sorted(sys.modules), "tasks": sorted(app.tasks), "beat": sorted(app.conf.beat_schedule)}
print(json.dumps(told | {"threads": [thread.name for thread in threading.enumerate()]}))
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
    assert "beat-sign" in beat["threads"]


@pytest.mark.django_db
def test_beat_has_a_row_with_its_clock_and_version_while_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signs, "connection", SimpleNamespace(close=lambda: None))  # it is the test's, too
    rows: list[dict[str, Any]] = []

    class Ended(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            rows.extend(WorkerBeat.objects.values("queues", "clock_skew", "version"))
            return True

    signs.signs_show(name="beat@here/1", queues="", slots=0, ended=Ended())
    assert rows == [{"queues": "", "clock_skew": pytest.approx(0.0, abs=5.0), "version": VERSION}]
    assert not WorkerBeat.objects.exists()


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
