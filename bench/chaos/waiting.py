"""Waiting for something on this machine, and giving up together when the command is interrupted."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
HALT = threading.Event()


class Halted(BaseException):
    """The command was interrupted: every thread ends what it does and takes away what it made."""


class Timeout(Exception):
    """Something did not come about in time; the message says what."""


def sleep(seconds: float) -> None:
    """Sleep, but not longer than until the command is interrupted. Raises Halted."""
    if HALT.wait(seconds):
        raise Halted


def wait_until(ask: Callable[[], T], what: str, seconds: float = 60.0, every: float = 0.05) -> T:
    """Ask until the answer is true and return it. Raises Timeout, and Halted when the command is interrupted."""
    until = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > until:
            raise Timeout(f"not within {seconds:.0f} s: {what}")
        sleep(every)
    return answer


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_alive(pid: int) -> bool:
    """Return whether a process runs; one that is dead and not yet collected does not."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started and that still run."""
    return [child for child, parent in _parents() if parent == pid and is_alive(child)]


def family_of(pid: int) -> list[int]:
    """Return a process and everything below it, parents first."""
    found = [pid]
    for member in found:
        found += [child for child, parent in _parents() if parent == member and child not in found]
    return found


def send(pid: int, signum: signal.Signals) -> None:
    """Send a signal; a process that is gone is no error. ValueError for what is none of ours.

    To the system 0 means the sender with all that is in its group, and 1 is what holds the machine.
    """
    if pid <= 1:
        raise ValueError(f"{pid} is no process of ours")
    with suppress(ProcessLookupError):
        os.kill(pid, signum)


def _parents() -> Iterator[tuple[int, int]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError, ValueError):
            yield int(stat.parent.name), int(stat.read_text().rsplit(")", 1)[1].split()[1])
