"""The word that this worker is about to end, seen by all its processes, and who of them is still at work.

Celery tells only a worker's main process that it is to shut down; the drivers work in its children. One byte of
memory, shared because it was mapped before they were forked, needs no lock and may be written by a signal handler.
Who is at work holds a lock on a byte of a file, since the kernel lets go of that lock when a process dies.
"""

from __future__ import annotations

import fcntl
import mmap
import tempfile
import time
from enum import IntEnum

LOOK_SECONDS = 0.05
_word = mmap.mmap(-1, 1)
# Opened before the workers are forked, as the memory above, and never closed: closing it would drop the locks.
_desk = tempfile.TemporaryFile()  # noqa: SIM115


class Work(IntEnum):
    """What a process is busy with: a turn of a job, which ends after the answers under way, or another task."""

    TURN = 0
    OTHER = 1


def shutdown_ask() -> None:
    """Ask every driver of this worker to end after the chunk under way."""
    _word[0] = 1


def shutdown_forget() -> None:
    """Take the word back, for a worker that starts."""
    _word[0] = 0


def is_shutting_down() -> bool:
    """Return whether drivers should give their lease back now."""
    return _word[0] == 1


def work_begin(work: Work) -> None:
    """Note that this process is at work."""
    fcntl.lockf(_desk, fcntl.LOCK_SH, 1, work)


def work_end() -> None:
    """Note that this process has nothing to do."""
    fcntl.lockf(_desk, fcntl.LOCK_UN)


def is_at_work(work: Work) -> bool:
    """Return whether a process of this worker other than this one is at work."""
    try:
        fcntl.lockf(_desk, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, work)
    except OSError:
        return True
    fcntl.lockf(_desk, fcntl.LOCK_UN, 1, work)
    return False


def work_wait(*, turns: float, others: float) -> None:
    """Wait until nobody is at work, at most `turns` seconds for turns and `others` for other tasks."""
    began = time.monotonic()
    while True:
        gone = time.monotonic() - began
        if not (gone < turns and is_at_work(Work.TURN)) and not (gone < others and is_at_work(Work.OTHER)):
            return
        time.sleep(LOOK_SECONDS)
