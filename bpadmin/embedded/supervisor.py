"""Starts the parts in order, keeps them running, and stops them in order."""

from __future__ import annotations

import fcntl
import http.client
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from bpadmin.embedded import broker
from bpadmin.embedded.child import Child, pids_write, stop_all
from bpadmin.embedded.plan import STOP_WITHIN, Plan
from bpadmin.embedded.ports import is_free
from bpadmin.health import PATH as HEALTH

WEB_WITHIN = 60.0
BROKER_WITHIN = 30.0
LOOK_EVERY = 0.1
ROTATE_EVERY = 10.0


class StartRefused(Exception):
    """It cannot start; the message says why and what to do."""


def say(line: str) -> None:
    """Print one line to the console at once."""
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
        self.file.truncate(0)
        self.file.write(str(os.getpid()))
        self.file.flush()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.file.close()


def web_answers(plan: Plan) -> bool:
    """Tell whether the web server and its database answer."""
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

    def run_child(self, child: Child) -> None:
        """Start a child and keep it from now on."""
        self.children.append(child)
        child.start()
        self.note_pids()

    def note_pids(self) -> None:
        """Keep the list of process ids in step with the processes."""
        pids_write(self.plan.data / "run" / "pids.json", self.children)

    def wait_for(self, child: Child, is_ready: Callable[[], bool], *, within: float) -> None:
        """Wait for a child to answer; gives up in words when it ends by itself again and again, or takes too long."""
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
        """Start again what ends, until a signal interrupts."""
        rotate_at = 0.0
        while True:
            changed = False
            for child in self.children:
                before = child.pid
                code = child.check()
                if code is not None:
                    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
                    say(f"{child.name} {how}; it starts again in {child.pause / 2:.1f} s. Its log: {child.log}")
                changed |= child.pid != before
            if changed:
                self.note_pids()
            if time.monotonic() >= rotate_at:
                for child in self.children:
                    child.rotate()
                rotate_at = time.monotonic() + ROTATE_EVERY
            time.sleep(LOOK_EVERY)

    def stop(self, is_hurried: Callable[[], bool]) -> None:
        """Stop in order: who works, then whom they work with; at once when `is_hurried` says so."""
        last = [child for child in self.children if child.name in {"broker", "sandbox"}]
        first = [child for child in self.children if child not in last]
        for children in (first, last):
            stop_all(children, within=STOP_WITHIN, is_hurried=is_hurried)
        (self.plan.data / "run" / "pids.json").unlink(missing_ok=True)


def refuse(message: str) -> int:
    """Print why it cannot go on; the exit code of a failed start."""
    print(message, file=sys.stderr, flush=True)
    return 1
