"""What goes between a process that reads a table and who waits for it, and how much such a process may take.

Frames come through a pipe or a socket, each a length (four bytes) and a pickled pair: what it is (a part, the end, an
error) and the thing itself. Only this program at the other end of its own pipe writes them, so that pickle may be
trusted.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, BinaryIO

from bpadmin.tabular.tables import read_blocks
from bpadmin.tabular.types import TabularError

# What the other process may take: memory of its own, and seconds of a processor, some for each megabyte of the file as
# it lies there, for one that is packed takes more of them.
DATA_BYTES = 1024 * 1024 * 1024
CPU_SECONDS, CPU_SECONDS_A_MEGABYTE = 120, 60
PART, END, ERROR = "part", "end", "error"
SAVE_ANEW = "Save it anew in the program it came from."
TOO_MUCH = f"Reading this file takes more memory or time than any table needs. {SAVE_ANEW}"
_ROOT = str(Path(__file__).resolve().parents[2])
LENGTH = struct.Struct("=I")


def environment() -> dict[str, str]:
    """Return the environment in which another process finds this program."""
    paths = os.pathsep.join(filter(None, (_ROOT, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": paths}


def ended(code: int) -> Exception:
    """Return what to raise where a process that reads a file has ended in the middle of it with this exit code."""
    words = f"The program that reads the file ended in the middle of it (exit code {code})."
    if code in (-signal.SIGXCPU, -signal.SIGABRT):  # time is over, or a library had no memory left
        return TabularError(TOO_MUCH)
    if code < 0:  # somebody killed it: the system for want of memory, or a person
        return TabularError(f"{words} Check the file again.")
    return RuntimeError(words)  # an error of ours, which it has told on its standard error


def sender(sink: IO[bytes]) -> Callable[[str, Any], None]:
    """Return what writes a frame."""

    def send(kind: str, thing: Any) -> None:
        data = pickle.dumps((kind, thing), protocol=pickle.HIGHEST_PROTOCOL)
        sink.write(LENGTH.pack(len(data)))
        sink.write(data)
        sink.flush()

    return send


def rows_send(file: BinaryIO, orders: tuple[Any, ...], sink: IO[bytes]) -> None:
    """Read the file as ordered and write a frame for each block, with what the work made of it."""
    send = sender(sink)
    dialect, width, work, limit = orders
    try:
        for part in read_blocks(file, dialect, width, limit=limit):
            part.block.trim()
            send(PART, (part, work(part.block) if work and _is_behind(sink) else None))
        send(END, None)
    except TabularError as error:
        send(ERROR, str(error))
    except MemoryError:
        send(ERROR, TOO_MUCH)


def _is_behind(pipe: IO[bytes]) -> bool:
    """Return whether the reader at the other end has left a good part of a pipe unread."""
    try:
        import fcntl
        import termios

        unread = fcntl.ioctl(pipe.fileno(), termios.FIONREAD, bytes(4))
        return int.from_bytes(unread, sys.byteorder) > fcntl.fcntl(pipe.fileno(), fcntl.F_GETPIPE_SZ) // 3
    except (ImportError, AttributeError, OSError):
        return True


def limits_set(size: int, first: int | None = None, each: int | None = None) -> None:
    """Let the system end this process where a file of so many bytes makes it take too much memory or time.

    `first` seconds of a processor, and `each` megabyte so many more.
    """
    with suppress(ImportError, ValueError, OSError):  # only POSIX has it, and what is stricter already stays
        import resource

        first, each = (CPU_SECONDS, CPU_SECONDS_A_MEGABYTE) if first is None or each is None else (first, each)
        seconds = first + each * (size >> 20)
        resource.setrlimit(resource.RLIMIT_DATA, (DATA_BYTES, DATA_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
