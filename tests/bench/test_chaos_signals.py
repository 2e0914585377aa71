"""The chaos command signals the processes that it started, never itself or the machine."""

from __future__ import annotations

import signal

import pytest

from bench.chaos.stacks import EmbeddedStack
from bench.chaos.waiting import send


@pytest.mark.parametrize("pid", [-1, 0, 1])
def test_what_is_no_process_of_ours_gets_no_signal(pid: int) -> None:
    with pytest.raises(ValueError, match="no process of ours"):
        send(pid, signal.Signals(signal.SIGCONT))


def test_a_job_that_nobody_works_on_gets_nobody_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.chaos.stacks.TURN_WITHIN", 0.1)
    stack = EmbeddedStack.__new__(EmbeddedStack)
    monkeypatch.setattr(stack, "driver_of", lambda job_id: 0)
    stack.kill_driver(1)
