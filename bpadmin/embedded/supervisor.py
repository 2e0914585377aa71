"""Starts the parts in order, keeps them running, and stops them in order."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import http.client
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from bpadmin.embedded import broker
from bpadmin.embedded.child import Child, pids_write, stop_all
from bpadmin.embedded.plan import STOP_WITHIN, Plan
from bpadmin.embedded.ports import is_free
from bpadmin.installation.disk import MEGABYTE, disk_full_words, free_bytes, is_disk_full
from bpadmin.operations.probes import PATH as HEALTH

WEB_WITHIN = 60.0
BROKER_WITHIN = 30.0
LOOK_EVERY = 0.1
ROTATE_EVERY = 10.0
SAY_EVERY = 60.0


class StartRefused(Exception):
    """It cannot start; the message says why and what to do."""


def say(line: str) -> None:
    """Print one line to the console at once; one that cannot be printed (a file on a full disk) ends nothing."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


class DataLock:
    """Holds BPADMIN_DATA for one supervisor; the kernel lets go of it when the process ends, however it ends."""

    def __init__(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.data = data
        self.file = (data / "supervisor.lock").open("a+")

    def __enter__(self) -> Self:
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            self.file.seek(0)
            raise StartRefused(
                f"bpadmin already runs on {self.data} (process {self.file.read().strip() or 'unknown'}). "
                "Stop that one first, or set BPADMIN_DATA to another folder."
            ) from exc
        with contextlib.suppress(OSError):  # only a person reads it; the lock is held without it
            self.file.truncate(0)
            self.file.write(str(os.getpid()))
            self.file.flush()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        with contextlib.suppress(OSError):  # what could not be written before cannot be at the end either
            self.file.close()


def web_answers(plan: Plan) -> bool:
    """Return whether the web server and its database answer."""
    address = plan.address.removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=2)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@dataclass
class Supervisor:
    """The running parts; `prepare` brings database and static files up to date while broker and sandbox start."""

    plan: Plan
    prepare: Callable[[Plan], None]
    children: list[Child] = field(default_factory=list)
    is_noted: bool = True
    troubled_since: float | None = None
    said_at: float = 0.0

    def run_child(self, child: Child) -> None:
        """Start a child and keep it from now on."""
        self.children.append(child)
        child.start()
        self.note_pids()

    def note_pids(self) -> None:
        """Keep the list of process ids in step with the processes."""
        pids_write(self.plan.data / "run" / "pids.json", self.children)

    def wait_for(self, child: Child, is_ready: Callable[[], bool], *, within: float) -> None:
        """Wait for a child to answer; returns up in words when it ends by itself again and again, or takes too long."""
        until = time.monotonic() + within
        while not is_ready():
            if child.check() is not None:
                self.note_pids()
            if child.failures >= 3 or time.monotonic() > until:
                why = "keeps ending" if child.failures else f"did not answer within {within:.0f} s"
                raise StartRefused(f"{child.name} {why}. The end of {child.log}:\n\n{child.last_lines()}")
            time.sleep(0.03)

    def start_broker(self) -> None:
        """Start the embedded broker, from an empty queue when it cannot read what it kept."""
        child = self.plan.broker()
        socket = self.plan.broker_socket
        if child is None or socket is None:
            return
        broker.folders_make(socket, self.plan.broker_data)
        self.run_child(child)
        try:
            self.wait_for(child, lambda: broker.answers(socket), within=BROKER_WITHIN)
        except StartRefused:
            aside = broker.put_aside(self.plan.broker_data)
            if aside is None:
                raise
            say(f"The broker could not read its file; it was moved to {aside}. No job is lost by it.")
            child.failures = 0
            self.wait_for(child, lambda: broker.answers(socket), within=BROKER_WITHIN)

    def start(self) -> None:
        """Start everything; returns when the web answers. Raises StartRefused in words."""
        sandbox = self.plan.sandbox()
        if sandbox is not None:
            self.run_child(sandbox)
        self.start_broker()
        self.prepare(self.plan)
        web = self.plan.web()
        self.run_child(web)
        self.wait_for(web, lambda: web_answers(self.plan), within=WEB_WITHIN)
        for child in self.plan.workers():
            self.run_child(child)
        if sandbox is not None:
            self.wait_for(sandbox, lambda: not is_free("127.0.0.1", self.plan.sandbox_port or 0), within=WEB_WITHIN)

    def keep_running(self) -> None:
        """Start again what ends, until a signal interrupts.

        What the supervisor itself cannot write or start, as on a full disk, is said and tried again: the children are
        kept, and they wait by themselves.
        """
        rotate_at = 0.0
        while True:
            errors: list[OSError] = []
            for child in self.children:
                self.is_noted &= not self._look(child, errors)
            if not self.is_noted:
                self.is_noted = self._try(self.note_pids, errors)
            if time.monotonic() >= rotate_at:
                for child in self.children:
                    self._try(child.rotate, errors)
                if not self._has_room():
                    errors.append(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
                rotate_at = time.monotonic() + ROTATE_EVERY
            self._tell(errors)
            time.sleep(LOOK_EVERY)

    def _look(self, child: Child, errors: list[OSError]) -> bool:
        """Start a child again that is due, say when one has ended, and tell whether its process id has changed."""
        before = child.pid
        try:
            code = child.check()
        except OSError as error:
            errors.append(error)
            return child.pid != before
        if code is not None:
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            say(f"{child.name} {how}; it starts again in {child.pause / 2:.1f} s. Its log: {child.log}")
        return child.pid != before

    def _try(self, act: Callable[[], None], errors: list[OSError]) -> bool:
        try:
            act()
        except OSError as error:
            errors.append(error)
            return False
        return True

    def _tell(self, errors: Sequence[OSError]) -> None:
        """Say what the supervisor cannot do, at once and then every minute, and that it can again."""
        now = time.monotonic()
        if errors and (self.troubled_since is None or now - self.said_at >= SAY_EVERY):
            self.troubled_since = self.troubled_since or now
            self.said_at = now
            say(_trouble_words(errors, self.plan.data))
        elif not errors and self.troubled_since is not None and self._has_room():
            say(f"It can write again; it could not for {now - self.troubled_since:.0f} s.")
            self.troubled_since = None

    def _has_room(self) -> bool:
        """Return whether there is any room: the children may find none while the supervisor has nothing to write."""
        free = free_bytes(self.plan.data)
        if free is not None and free < MEGABYTE:
            return False
        probe = self.plan.data / "run" / "room"
        try:
            probe.parent.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"0" * 4096)
        except OSError:
            return False
        finally:
            with contextlib.suppress(OSError):
                probe.unlink(missing_ok=True)
        return True

    def stop(self, is_hurried: Callable[[], bool]) -> None:
        """Stop in order: who works, then whom they work with; at once when `is_hurried` says so."""
        last = [child for child in self.children if child.name in {"broker", "sandbox"}]
        first = [child for child in self.children if child not in last]
        for children in (first, last):
            stop_all(children, within=STOP_WITHIN, is_hurried=is_hurried)
        with contextlib.suppress(OSError):
            (self.plan.data / "run" / "pids.json").unlink(missing_ok=True)


def _trouble_words(errors: Sequence[OSError], data: Path) -> str:
    full = next((error for error in errors if is_disk_full(error)), None)
    if full is None:
        return f"The supervisor cannot do this: {errors[0]}. Everything that runs goes on; it is tried again."
    return (
        f"{disk_full_words(data)} Make room on the disk of {data}. Everything that runs is kept; jobs wait and go on "
        "by themselves."
    )


def refuse(message: str) -> int:
    """Print why it cannot go on; the exit code of a failed start."""
    print(message, file=sys.stderr, flush=True)
    return 1
