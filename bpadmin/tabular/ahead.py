"""Reading a table in a process of its own, so that a second core reads a file while the first goes on with its rows."""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO, Any, BinaryIO, cast

from bpadmin.tabular.frames import ERROR, LENGTH, PART, ended, environment, limits_set, rows_send
from bpadmin.tabular.tables import Part, read_blocks
from bpadmin.tabular.types import Block, Dialect, Kind, TabularError

# A check of a shorter text is over before the other process, which takes 0.2 s to start, has taken over half of it.
WORTH_IT_BYTES = 6 * 1024 * 1024
PIPE_BYTES = 1024 * 1024

Work = Callable[[Block], Any]


def read_ahead(
    file: BinaryIO, dialect: Dialect, width: int, work: Work | None = None, *, limit: int = 0
) -> Iterator[tuple[Part, Any]]:
    """Read all rows of a file as `read_blocks` does, on another processor where that is faster.

    That is where there is one, and where the file is long and lies in this machine's file system. What is packed, or
    a workbook, is read in another process whatever its size: a kilobyte of it may stand for gigabytes.
    While the caller is slower than the reading, `work` is done there, too: what it made of a block comes with it, else
    None. So `work` and what it gives must be picklable, and know no Django. Raises TabularError, also when the other
    process was killed.
    """
    if not _is_worth_it(file) and is_packed(file, dialect):
        from bpadmin.tabular.readers import rows_read

        yield from rows_read(file, dialect, width, work, limit=limit)
        return
    process = _started(file) if _is_worth_it(file) else None
    if process is not None:
        yield from _from_elsewhere(process, (dialect, width, work, limit))
        return
    for part in read_blocks(file, dialect, width, limit=limit):
        yield part, None


def _is_worth_it(file: BinaryIO) -> bool:
    try:
        size = os.fstat(file.fileno()).st_size
    except (OSError, AttributeError):  # a file in memory, or one that other storage brings
        return False
    return size >= WORTH_IT_BYTES and processors() > 1


def is_packed(file: BinaryIO, dialect: Dialect) -> bool:
    """Return whether the bytes of a file are not those of its table."""
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    return dialect.kind is not Kind.CSV or head.startswith((b"PK", b"\x1f\x8b"))


def processors() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _started(file: BinaryIO) -> subprocess.Popen[bytes] | None:
    """Start the other process; None where this machine has no room for one more."""
    descriptor = file.fileno()
    try:
        # In a session of its own, since Ctrl-C is for the one who waits here; the pipe ends it when this process ends.
        return subprocess.Popen(
            [sys.executable, "-m", "bpadmin.tabular.ahead", str(descriptor)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
            pass_fds=[descriptor],
            start_new_session=True,
        )
    except OSError:
        return None


def _from_elsewhere(process: subprocess.Popen[bytes], orders: tuple[Any, ...]) -> Iterator[tuple[Part, Any]]:
    pipe = cast(IO[bytes], process.stdout)
    _widen(pipe)
    try:
        with suppress(BrokenPipeError), cast(IO[bytes], process.stdin) as stdin:  # the missing answer tells why
            stdin.write(pickle.dumps(orders))
        while (frame := _receive(pipe))[0] == PART:
            yield frame[1]
        if frame[0] == ERROR:
            raise TabularError(frame[1])
    except EOFError as error:
        raise ended(process.wait()) from error
    finally:
        process.kill()
        pipe.close()
        process.wait()


def _receive(pipe: IO[bytes]) -> tuple[str, Any]:
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    size = LENGTH.unpack(head)[0]
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return cast(tuple[str, Any], pickle.loads(data))  # noqa: S301


def _widen(pipe: IO[bytes]) -> None:
    """Let the pipe hold some blocks, so that neither side waits for the other at each."""
    with suppress(ImportError, AttributeError, OSError):  # only Linux has it, and an administrator may forbid it
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def main(file: BinaryIO, orders: BinaryIO, sink: IO[bytes]) -> None:
    """Read the file as ordered and write its frames."""
    rows_send(file, pickle.load(orders), sink)  # noqa: S301


if __name__ == "__main__":
    gc.disable()  # nothing here refers to itself, and looking for what does costs a thirtieth of the time
    limits_set(os.fstat(int(sys.argv[1])).st_size)
    with suppress(BrokenPipeError):  # nobody waits for it any more
        main(
            os.fdopen(int(sys.argv[1]), "rb", closefd=False),
            sys.stdin.buffer,
            os.fdopen(1, "wb", closefd=False),
        )
