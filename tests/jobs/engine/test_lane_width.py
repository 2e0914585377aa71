"""Fewer lanes ask a platform that refuses, and more again as it answers; none more than are set."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from bpadmin.jobs import sending_speed
from bpadmin.jobs.handlers import handler_of
from bpadmin.jobs.models import Job
from bpadmin.jobs.sending_speed import GOOD_A_LANE, SendingSpeed
from bpadmin.platforms.errors import Unreachable
from tests.jobs.uploading import accounted, create_list, driven, people, queued_upload


def test_refusals_halve_and_good_answers_widen_by_one() -> None:
    width = SendingSpeed(8)
    width.went_badly()
    width.went_badly()
    assert width.lanes == 2
    for _ in range(GOOD_A_LANE * 2):
        width.went_well()
    assert width.lanes == 3
    width.went_badly()
    width.went_badly()
    width.went_badly()
    assert width.lanes == 1


def test_never_more_lanes_than_are_set() -> None:
    width = SendingSpeed(2)
    for _ in range(100):
        width.went_well()
    assert width.lanes == 2


@pytest.mark.django_db(transaction=True)
def test_a_tenant_that_refuses_is_asked_by_fewer_lanes_and_gets_every_row(
    sandbox: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queued_upload(tenant, create_list(sandbox), people(60), chunk_size=1, lanes=4)
    handler, lock = handler_of(job), threading.Lock()
    send = type(handler).send
    under_way, asked = [0], [0]
    widths: list[int] = []
    monkeypatch.setattr(sending_speed, "GOOD_A_LANE", 1_000)  # they do not widen again

    def watched(self: Any, job: Job, chunk: Any, **more: Any) -> Any:
        with lock:
            asked[0] += 1
            under_way[0] += 1
            widths.append(under_way[0])
            is_refused = asked[0] in (3, 4)
        try:
            if is_refused:
                raise Unreachable("Too many requests.", retry_after=0.01)
            return send(self, job, chunk, **more)
        finally:
            with lock:
                under_way[0] -= 1

    monkeypatch.setattr(type(handler), "send", watched)
    ended = driven(job)
    assert ended.n_added == 60
    assert accounted(ended)
    assert max(widths) <= 4
    assert set(widths[-30:]) == {1}
