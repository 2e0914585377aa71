"""A whole bpadmin running for a test: the embedded supervisor on free ports, with its own data, broker and tenant.

On the embedded defaults it is what `make run` starts. Where DATABASE_URL and REDIS_URL are set, it runs on a database
and a Redis server of its own, made for this stack and removed with it, so that stacks never see each other's jobs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar

from bpadmin.embedded.broker import server_path

ROOT = Path(__file__).resolve().parent.parent
T = TypeVar("T")
READY = "Ctrl-C stops everything"
# On a machine that does much else it takes two minutes.
START_WITHIN = 240.0


def wait_until(ask: Callable[[], T], *, within: float, what: str) -> T:
    """Ask until the answer is true; fails with `what` was waited for."""
    until = time.monotonic() + within
    while not (answer := ask()):
        assert time.monotonic() < until, f"waited {within:.0f} s in vain for {what}"
        time.sleep(0.05)
    return answer


def free_port() -> int:
    """Find a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_alive(pid: int) -> bool:
    """Return whether a process runs; one that is dead and not yet buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Services:
    """The database and Redis server of one stack, where the suite runs on PostgreSQL and Redis."""

    def __init__(self, folder: Path) -> None:
        import psycopg

        self.server_url = os.environ["DATABASE_URL"]
        self.database = f"bpadmin_stack_{uuid.uuid4().hex[:12]}"
        self.connect = lambda: psycopg.connect(self.server_url, autocommit=True)
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {self.database}".encode())
        port = free_port()
        server = shutil.which("redis-server") or server_path()
        command = [server, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes"]
        self.redis = subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL)
        self.env = {
            "DATABASE_URL": f"{self.server_url.rsplit('/', 1)[0]}/{self.database}",
            "REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "BPADMIN_DEMO": "1",
        }

    def close(self) -> None:
        """Remove both."""
        self.redis.kill()
        self.redis.wait()
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)".encode())


class Stack:
    """The running thing: `with Stack() as stack: …stack.url…`; `stop` and `start` again keep its data."""

    def __init__(self, **env: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bps"))
        self.data = self.folder / "data"
        self.services = Services(self.folder) if os.environ.get("DATABASE_URL") else None
        self.sandbox_url = ""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BPADMIN_") or "KEY" in name}
        self.env = kept | {
            "BPADMIN_DATA": str(self.data),
            "BPADMIN_PORT": str(free_port()),
            "BPADMIN_SANDBOX_PORT": str(free_port()),
        }
        self.env |= (self.services.env if self.services else {}) | env
        self.url = f"http://127.0.0.1:{self.env['BPADMIN_PORT']}"
        self.sandbox_url = f"http://127.0.0.1:{self.env['BPADMIN_SANDBOX_PORT']}"
        self.console = self.folder / "console.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start it and wait until it says that it runs."""
        with self.console.open("wb") as console:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bpadmin.embedded"],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = self.process
        wait_until(
            lambda: READY in self.console.read_text() or process.poll() is not None,
            within=START_WITHIN,
            what="the start",
        )
        assert process.poll() is None, self.console.read_text()

    @property
    def is_running(self) -> bool:
        """Return whether its supervisor lives."""
        return self.process is not None and self.process.poll() is None

    @property
    def sign_ins(self) -> dict[str, str]:
        """The demo users as printed: name -> password."""
        return dict(re.findall(r"^  (viewer|supervisor|administrator) +(\S+)", self.console.read_text(), re.M))

    def pids(self) -> dict[str, int]:
        """The processes that run now: name -> process id."""
        try:
            listed = json.loads((self.data / "run" / "pids.json").read_text())
        except FileNotFoundError:
            return {}
        return {name: pid for name, pid in listed.items() if pid is not None}

    def signal(self, signum: signal.Signals) -> int:
        """Send the supervisor a signal and wait for its end; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(signum)
        return self.process.wait(30)

    def stop(self) -> int:
        """Stop it as Ctrl-C does; returns its exit code."""
        return self.signal(signal.SIGINT)

    def close(self) -> None:
        """Stop it, whatever state it is in, and remove what it kept; pytest shows the logs where a test failed."""
        for log in [self.console, *sorted((self.data / "logs").glob("*.log"))]:
            if log.exists():
                print(f"== {log.name}", *log.read_text(errors="replace").splitlines()[-15:], sep="\n")
        if self.process is not None and self.is_running:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.services is not None:
            self.services.close()
        shutil.rmtree(self.folder, ignore_errors=True)
