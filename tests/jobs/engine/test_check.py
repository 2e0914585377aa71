"""A job's check: what it leaves on the job beside the findings."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from bpadmin.jobs.engine import lease
from bpadmin.jobs.models import Job
from lists.uploads.handler import UploadHandler
from tests.jobs.uploading import create_list, people, ready_upload

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_time_of_the_check_is_not_counted_as_sending(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    beaten = threading.Event()
    beat, prepare = lease.Heartbeat._beat, UploadHandler.prepare

    def beat_and_tell(heartbeat: lease.Heartbeat) -> None:
        beat(heartbeat)
        beaten.set()

    def prepare_and_last(handler: UploadHandler, job: Job, **given: Any) -> None:
        prepare(handler, job, **given)
        assert beaten.wait(30)

    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(lease.Heartbeat, "_beat", beat_and_tell)
    monkeypatch.setattr(UploadHandler, "prepare", prepare_and_last)
    assert ready_upload(tenant, create_list(sandbox), people(3)).seconds_running == 0.0
