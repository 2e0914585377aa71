"""The parts of a running system as processes that can be killed: broker, worker, beat, web."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis
from django.conf import settings
from django.db import connection

from bpadmin.embedded.broker import answers, folders_make, server_command
from bpadmin.jobs.models import Job, WorkerBeat

ROOT = Path(__file__).resolve().parents[2]
CELERY = [sys.executable, "-m", "celery", "-A", "bpadmin"]
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO"]


class Stack:
    """Processes on the test's own database and files, with a broker of their own on a unix socket.

    Their data directory has a short path, since that of a socket may not be long; the database in it is a link to the
    test's.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bpd-"))
        self.socket = self.folder / "broker" / "valkey.sock"
        self.parts: dict[str, subprocess.Popen[bytes]] = {}
        if not settings.DATABASE_URL:
            (self.folder / "bpadmin.sqlite3").symlink_to(connection.settings_dict["NAME"])

    def environment(self) -> dict[str, str]:
        """Return the environment in which a part finds the test's database, files and keys."""
        given = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")}
        given |= {
            "DJANGO_SETTINGS_MODULE": "bpadmin.settings",
            "BPADMIN_DATA": str(self.folder),
            "BPADMIN_FILES": str(settings.MEDIA_ROOT),
            "BPADMIN_SECRET_KEY": settings.SECRET_KEY,
            "BPADMIN_ENCRYPTION_KEY": settings.ENCRYPTION_KEY,
            "BPADMIN_ALLOW_PRIVATE_TENANTS": "1",
            "REMAP_SIGTERM": "SIGQUIT",
        }
        if settings.DATABASE_URL:
            url = urlsplit(settings.DATABASE_URL)
            given["DATABASE_URL"] = urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
        return given

    def start(self, *names: str) -> None:
        """Start parts: "broker", "worker", "beat", "web"."""
        for name in names:
            command = getattr(self, f"_{name}")()
            log = (self.folder / f"{name}.log").open("ab")
            self.parts[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(), stdout=log, stderr=log, start_new_session=True
            )
            log.close()
            if name == "broker":
                wait_until(lambda: answers(self.socket), "the broker answers")

    def _broker(self) -> list[str]:
        folders_make(self.socket, self.folder / "broker")
        return server_command(self.socket, self.folder / "broker")

    def _worker(self) -> list[str]:
        return [*CELERY, "worker", "-Q", "interactive,bulk,poll", "-c", "2", "-n", "chaos@%h", *QUIET]

    def _beat(self) -> list[str]:
        return [*CELERY, "beat", "--pidfile=", "-s", str(self.folder / "schedule"), "-l", "INFO"]

    def _web(self) -> list[str]:
        options = ["--host", "127.0.0.1", "--port", "0", "--no-ws", "--workers", "1"]
        return [sys.executable, "-m", "granian", "--interface", "rsgi", "bpadmin.rsgi:application", *options]

    def kill(self, *names: str) -> None:
        """Kill parts with everything they have started, at once and without a word."""
        for name in names:
            with suppress(ProcessLookupError):
                os.killpg(self.parts[name].pid, signal.SIGKILL)
        for name in names:
            self.parts.pop(name).wait()

    def unacknowledged(self) -> int:
        """Count the messages that a worker has taken and not yet dealt with."""
        with redis.Redis(unix_socket_path=str(self.socket)) as server:
            return int(server.hlen("unacked"))

    def stop(self) -> None:
        """End everything that still runs, and show what it said when a test failed."""
        self.kill(*list(self.parts))
        for log in sorted(self.folder.glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()
            print(f"--- {log.name}", *lines[-40:], sep="\n")
        shutil.rmtree(self.folder, ignore_errors=True)


def wait_until(is_so: Callable[[], Any], what: str, seconds: float = 90.0) -> None:
    """Wait until something is so; fails in words when it does not come about."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.05)


def rows_answered(job: Job) -> int:
    """Return how many rows have their outcome."""
    job.refresh_from_db()
    return job.rows_total - job.n_not_sent - job.n_uncertain


def wait_for_worker(since: Any) -> None:
    """Wait until a worker that started after `since` shows that it lives."""
    workers = WorkerBeat.objects.exclude(queues="")
    wait_until(lambda: workers.filter(seen_at__gt=since).exists(), "a worker shows that it lives")
