"""Reading a table in a process of its own, so that a second core reads a file while the first goes on with its rows.

Frames come through a pipe, each a length (four bytes) and a pickled pair: what it is (a part, the end, an error) and
the thing itself. Only this program at the other end of its own pipe writes them, so that pickle may be trusted.
"""

from __future__ import annotations

import gc
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from bpadmin.tabular.tables import Part, read_blocks
from bpadmin.tabular.types import Block, Dialect, TabularError

# Starting the other process takes as long as reading this much of a text.
WORTH_IT_BYTES = 2 * 1024 * 1024
PIPE_BYTES = 1024 * 1024
PART, END, ERROR = "part", "end", "error"
_ROOT = str(Path(__file__).resolve().parents[2])
_LENGTH = struct.Struct("=I")

Work = Callable[[Block], Any]


def read_ahead(
    file: BinaryIO, dialect: Dialect, width: int, work: Work | None = None, *, limit: int = 0
) -> Iterator[tuple[Part, Any]]:
    """Read all rows of a file as `read_blocks` does, on another processor where that is faster.

    That is where there is one, and where the file is long and lies in this machine's file system. While the caller is
    slower than the reading, `work` is done there, too: what it made of a block comes with it, else None. So `work` and
    what it gives must be picklable, and know no Django. Raises TabularError, also when the other process was killed.
    """
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


def processors() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _started(file: BinaryIO) -> subprocess.Popen[bytes] | None:
    """Start the other process; None where this machine has no room for one more."""
    descriptor = file.fileno()
    paths = os.pathsep.join(filter(None, (_ROOT, os.environ.get("PYTHONPATH"))))
    try:
        # In a session of its own, since Ctrl-C is for the one who waits here; the pipe ends it when this process ends.
        return subprocess.Popen(
            [sys.executable, "-m", "bpadmin.tabular.ahead", str(descriptor)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": paths},
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
        code = process.wait()
        words = f"The program that reads the file ended in the middle of it (exit code {code})."
        if code < 0:  # somebody killed it: the system for want of memory, or a person
            raise TabularError(f"{words} Check the file again.") from error
        raise RuntimeError(words) from error  # an error of ours, which it has told on its standard error
    finally:
        process.kill()
        pipe.close()
        process.wait()


def _receive(pipe: IO[bytes]) -> tuple[str, Any]:
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    size = _LENGTH.unpack(head)[0]
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return cast(tuple[str, Any], pickle.loads(data))  # noqa: S301


def _widen(pipe: IO[bytes]) -> None:
    """Let the pipe hold some blocks, so that neither side waits for the other at each."""
    with suppress(ImportError, AttributeError, OSError):  # only Linux has it, and an administrator may forbid it
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _is_behind(pipe: IO[bytes]) -> bool:
    """Tell whether the reader at the other end has left a good part of a pipe unread."""
    try:
        import fcntl
        import termios

        unread = fcntl.ioctl(pipe.fileno(), termios.FIONREAD, bytes(4))
        return int.from_bytes(unread, sys.byteorder) > fcntl.fcntl(pipe.fileno(), fcntl.F_GETPIPE_SZ) // 3
    except (ImportError, AttributeError, OSError):
        return True


def main(file: BinaryIO, orders: BinaryIO, sink: IO[bytes]) -> None:
    """Read the file as ordered and write its frames."""

    def send(kind: str, thing: Any) -> None:
        data = pickle.dumps((kind, thing), protocol=pickle.HIGHEST_PROTOCOL)
        sink.write(_LENGTH.pack(len(data)))
        sink.write(data)
        sink.flush()

    try:
        dialect, width, work, limit = pickle.load(orders)  # noqa: S301
        for part in read_blocks(file, dialect, width, limit=limit):
            part.block.trim()
            send(PART, (part, work(part.block) if work and _is_behind(sink) else None))
        send(END, None)
    except TabularError as error:
        send(ERROR, str(error))


if __name__ == "__main__":
    gc.disable()  # nothing here refers to itself, and looking for what does costs a thirtieth of the time
    with suppress(BrokenPipeError):  # nobody waits for it any more
        main(
            os.fdopen(int(sys.argv[1]), "rb", closefd=False),
            sys.stdin.buffer,
            os.fdopen(1, "wb", closefd=False),
        )
