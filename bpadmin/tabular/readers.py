"""Readers of files in processes of their own, so that no process that serves pages parses a stranger's bytes.

A server process is started once by each process that needs one; it forks a reader for each file, which costs a few
milliseconds where a new Python costs a few tenths of a second. A reader has one file, may take only so much memory and
time of a processor, and answers in the frames of `bpadmin.tabular.frames`. It is ended as soon as nobody waits for it.
"""

from __future__ import annotations

import atexit
import gc
import io
import os
import pickle
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO, cast

from bpadmin.tabular import frames
from bpadmin.tabular.encoding.codepages import Hints
from bpadmin.tabular.encoding.guess import EncodingGuess
from bpadmin.tabular.tables import Look, Part, look_at, read_blocks
from bpadmin.tabular.types import Dialect, TabularError

# Seconds of a processor that a first look may take, and how many more for each megabyte of the file as it lies there.
LOOK_CPU_SECONDS, LOOK_CPU_SECONDS_A_MEGABYTE = 20, 5
# So long a page, or a script's request, waits for a file that is read for it.
READ_SECONDS = 30.0
# Readers of one process at a time; who comes later waits for one of them.
AT_ONCE = 4
LOOK, ROWS, WANTED = "look", "rows", "wanted"
# What a reader asks for at a time, of a file that the system does not know as one.
PIECE_BYTES = 256 * 1024
_STATUS_BYTES = 8

Work = Callable[[Any], Any]


class TooLong(TabularError):
    """Reading takes longer than the one who asked wants to wait."""


@dataclass
class _Server:
    """The server process of this process, and the socket by which it is asked."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    owner: int = field(default_factory=os.getpid)


_lock = threading.Lock()
_server: _Server | None = None
_free = threading.BoundedSemaphore(AT_ONCE)


def looked_at(
    file: BinaryIO,
    choices: Mapping[str, Any] | None = None,
    *,
    limit: int = 0,
    known: EncodingGuess | None = None,
    hints: Hints | None = None,
    seconds: float = 0.0,
) -> Look:
    """Find out how a file reads, as `look_at` does, in another process. TabularError; TooLong after some `seconds`."""
    said: dict[str, Any] = {"choices": dict(choices or {}), "limit": limit, "known": known, "hints": hints}
    if not can_fork():
        return look_at(file, **said)
    (look,) = _answers(file, LOOK, said, seconds)
    return cast(Look, look)


def rows_read(
    file: BinaryIO, dialect: Dialect, width: int, work: Work | None = None, *, limit: int = 0, seconds: float = 0.0
) -> Generator[tuple[Part, Any], None, None]:
    """Read all rows of a file, as `read_ahead` does, in another process. TabularError; TooLong after some `seconds`."""
    if not can_fork():
        for part in read_blocks(file, dialect, width, limit=limit):
            yield part, None
        return
    yield from _answers(file, ROWS, (dialect, width, work, limit), seconds)


def can_fork() -> bool:
    """Return whether this system has what is needed: Windows has not, and reads files where it stands."""
    return hasattr(os, "fork") and hasattr(socket, "send_fds")


def _answers(file: BinaryIO, what: str, orders: Any, seconds: float) -> Iterator[Any]:
    ends_at = time.monotonic() + seconds if seconds else None
    if not _free.acquire(timeout=seconds or None):
        raise TooLong(_too_long(seconds))
    try:
        descriptor = _descriptor(file)
        with _asked(descriptor) as (talk, leash):
            size = file.seek(0, os.SEEK_END) if descriptor is None else os.fstat(descriptor).st_size
            said = (what, orders, size)
            yield from _frames(file, talk, leash, said, ends_at, seconds)
    finally:
        _free.release()


def _frames(
    file: BinaryIO, talk: socket.socket, leash: socket.socket, said: Any, ends_at: float | None, seconds: float
) -> Iterator[Any]:
    try:
        with suppress(BrokenPipeError, ConnectionResetError):  # the missing answer tells why
            _tell(talk, pickle.dumps(said), ends_at)
        while True:
            size = int.from_bytes(_received(talk, frames.LENGTH.size, ends_at), sys.byteorder)
            kind, thing = pickle.loads(_received(talk, size, ends_at))  # noqa: S301 - of our own program
            if kind == frames.END:
                return
            if kind == frames.ERROR:
                raise TabularError(thing)
            if kind == WANTED:
                file.seek(thing[0])
                _tell(talk, file.read(thing[1]), ends_at)
            else:
                yield thing
    except TimeoutError as error:
        raise TooLong(_too_long(seconds)) from error
    except (EOFError, ConnectionError) as error:
        raise frames.ended(_status(leash)) from error


def _tell(talk: socket.socket, data: bytes, ends_at: float | None) -> None:
    _wait_until(talk, ends_at)
    talk.sendall(frames.LENGTH.pack(len(data)) + data)


def _too_long(seconds: float) -> str:
    return f"Reading this file takes longer than the {seconds:,.0f} seconds that can be waited for. {frames.SAVE_ANEW}"


def _wait_until(talk: socket.socket, ends_at: float | None) -> None:
    if ends_at is None:
        talk.settimeout(None)
        return
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError
    talk.settimeout(left)


def _received(talk: socket.socket, size: int, ends_at: float | None) -> bytes:
    data = bytearray(size)
    view, at = memoryview(data), 0
    while at < size:
        _wait_until(talk, ends_at)
        count = talk.recv_into(view[at:])
        if not count:
            raise EOFError
        at += count
    return bytes(data)


def _status(leash: socket.socket) -> int:
    """Return how a reader ended, as `Popen.returncode` says it; -SIGKILL where nobody can tell."""
    leash.settimeout(5)
    with suppress(OSError):
        told = leash.recv(_STATUS_BYTES)
        if len(told) == _STATUS_BYTES:
            return int.from_bytes(told, sys.byteorder, signed=True)
    return -signal.SIGKILL


def _descriptor(file: BinaryIO) -> int | None:
    """Return the file as the system knows it; None for one in memory, or that other storage brings."""
    try:
        descriptor = file.fileno()
        os.fstat(descriptor)
    except (OSError, AttributeError):
        return None
    with suppress(OSError, AttributeError, ValueError):  # what is written and not yet where a reader sees it
        file.flush()
    return descriptor


@contextmanager
def _asked(descriptor: int | None) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Have a reader forked for a file; its end of both sockets is closed here as soon as it has them."""
    talk, its_talk = socket.socketpair()
    leash, its_leash = socket.socketpair()
    with talk, leash:
        with its_talk, its_leash:
            _send([its_talk.fileno(), its_leash.fileno(), *([] if descriptor is None else [descriptor])])
        yield talk, leash


def _send(descriptors: list[int]) -> None:
    global _server
    with _lock:
        for is_last in (False, True):
            if _server is None or _server.owner != os.getpid():
                _server = _started()
            try:
                socket.send_fds(_server.control, [b"r"], descriptors)
            except (BrokenPipeError, ConnectionError):
                _server_end()
                if is_last:
                    raise
            else:
                return


def _started() -> _Server:
    ours, its = socket.socketpair()
    with its:
        process = subprocess.Popen(
            [sys.executable, "-m", "bpadmin.tabular.readers", str(its.fileno())],
            stdin=subprocess.DEVNULL,
            env=frames.environment(),
            pass_fds=[its.fileno()],
            start_new_session=True,  # Ctrl-C is for the one who waits here; the socket ends it when this process ends
        )
    return _Server(process, ours)


@atexit.register
def _server_end() -> None:
    global _server
    server, _server = _server, None
    if server is not None and server.owner == os.getpid():
        server.control.close()
        with suppress(subprocess.TimeoutExpired):
            server.process.wait(timeout=5)


# What follows runs in the server and in its readers.


def serve(control: socket.socket) -> None:
    """Fork a reader for each file that comes through the socket, until its other end is closed."""
    gc.collect()
    gc.freeze()
    leashes: dict[int, socket.socket] = {}
    woken, waker = socket.socketpair()
    woken.setblocking(False)
    waker.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    selector = selectors.DefaultSelector()
    selector.register(control, selectors.EVENT_READ)
    selector.register(woken, selectors.EVENT_READ)
    while True:
        ready = {cast(socket.socket, key.fileobj): key.data for key, _ in selector.select()}
        for leash, pid in ready.items():
            if pid in leashes and leash is leashes[pid]:
                os.kill(pid, signal.SIGKILL)  # nobody waits for it any more; it is not reaped yet, so it is this one
                selector.unregister(leash)
        if woken in ready:
            with suppress(BlockingIOError):
                woken.recv(4096)
            _reap(leashes, selector)
        if control in ready:
            data, descriptors, *_ = socket.recv_fds(control, 1, 3)
            if not data:
                for pid in leashes:
                    os.kill(pid, signal.SIGKILL)
                return
            talk, leash = (socket.socket(fileno=each) for each in descriptors[:2])
            pid = os.fork()
            if not pid:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                control.close()
                _read(talk, descriptors[2:])
            talk.close()
            for descriptor in descriptors[2:]:
                os.close(descriptor)
            leashes[pid] = leash
            selector.register(leash, selectors.EVENT_READ, pid)


def _reap(leashes: dict[int, socket.socket], selector: selectors.BaseSelector) -> None:
    """Tell of each reader that has ended how it did."""
    while leashes:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        leash = leashes.pop(pid)
        with suppress(KeyError):
            selector.unregister(leash)
        with leash, suppress(OSError):
            leash.send(os.waitstatus_to_exitcode(status).to_bytes(_STATUS_BYTES, sys.byteorder, signed=True))


def _read(talk: socket.socket, descriptors: list[int]) -> None:
    """Do what is ordered with one file, and end."""
    code = 1
    try:
        gc.disable()
        sink = cast(IO[bytes], talk.makefile("wb"))
        what, orders, size = pickle.loads(_told(talk))  # noqa: S301 - of our own program
        if what == LOOK:
            frames.limits_set(size, LOOK_CPU_SECONDS, LOOK_CPU_SECONDS_A_MEGABYTE)
        else:
            frames.limits_set(size)
        if descriptors:
            file = cast(BinaryIO, os.fdopen(descriptors[0], "rb"))
            file.seek(0)
        else:
            file = io.BufferedReader(_Brought(talk, sink, size), PIECE_BYTES)
        if what == LOOK:
            _look(file, orders, sink)
        else:
            frames.rows_send(file, orders, sink)
        code = 0
    except (EOFError, ConnectionError):  # nobody waits for it any more
        code = 0
    except BaseException:  # noqa: BLE001 - told where the one who asks tells of its own
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _told(talk: socket.socket) -> bytes:
    return _received(talk, int.from_bytes(_received(talk, frames.LENGTH.size, None), sys.byteorder), None)


class _Brought(io.RawIOBase):
    """A file that the one who asks has, and brings in pieces as they are wanted."""

    def __init__(self, talk: socket.socket, sink: IO[bytes], size: int) -> None:
        self.talk, self.send, self.size, self.at = talk, frames.sender(sink), size, 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be read in any order."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        self.at = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.at, os.SEEK_END: self.size}[whence])
        return self.at

    def tell(self) -> int:
        """Return the place."""
        return self.at

    def readinto(self, buffer: Any) -> int:
        """Have a piece brought."""
        self.send(WANTED, (self.at, min(len(buffer), PIECE_BYTES)))
        data = _told(self.talk)
        buffer[: len(data)] = data
        self.at += len(data)
        return len(data)


def _look(file: BinaryIO, said: dict[str, Any], sink: IO[bytes]) -> None:
    send = frames.sender(sink)
    try:
        send(frames.PART, look_at(file, **said))
        send(frames.END, None)
    except TabularError as error:
        send(frames.ERROR, str(error))
    except MemoryError:
        send(frames.ERROR, frames.TOO_MUCH)


if __name__ == "__main__":
    # As the module that the one who asks has imported, so that both know the same classes.
    from bpadmin.tabular import readers

    readers.serve(socket.socket(fileno=int(sys.argv[1])))
