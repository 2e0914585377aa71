"""Who of a worker's processes is at work, as its main process sees it when it is to end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from bpadmin.jobs.engine import shutdown
from bpadmin.jobs.engine.shutdown import Work, is_at_work, work_begin, work_end, work_wait


@pytest.fixture
def child() -> Iterator[int]:
    """A forked process that is busy with a turn until it is killed."""
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        work_begin(Work.OTHER)
        work_end()
        work_begin(Work.TURN)
        os.write(tell, b"x")
        signal.pause()
    os.read(told, 1)
    os.close(told)
    os.close(tell)
    yield pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_a_child_in_its_turn_is_seen_until_it_has_ended_however_it_ends(child: int) -> None:
    assert is_at_work(Work.TURN)
    assert not is_at_work(Work.OTHER)
    kill(child)
    assert not is_at_work(Work.TURN)


def test_it_is_waited_for_and_no_longer_than_there_is_time(child: int, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []

    def look(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            kill(child)

    monkeypatch.setattr(shutdown.time, "sleep", look)
    work_wait(turns=0.0, others=60.0)
    assert looks == []
    work_wait(turns=60.0, others=0.0)
    assert len(looks) == 3
