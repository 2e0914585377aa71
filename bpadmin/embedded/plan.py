"""What the supervisor will run: decided once at the start from the settings and the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from bpadmin import env
from bpadmin.embedded.broker import server_command
from bpadmin.embedded.child import Child
from bpadmin.embedded.ports import port_choose

WEB_PORT = 8000
SANDBOX_PORT = 8771
# Seconds that children have to end before they are killed.
STOP_WITHIN = 10.0
CELERY = ("-m", "celery", "-A", "bpadmin")
# Gossip, mingling and heartbeats between workers serve nobody here and slow the start.
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO")
# As in the Dockerfile. Headers that drip are given up after ten seconds; HTTP/2 has no such limit, and nobody needs it.
SERVED = (
    *("--interface", "rsgi", "bpadmin.rsgi:application", "--no-ws"),
    *("--http", "1", "--http1-header-read-timeout", "10000", "--backpressure", "4096"),
)


@dataclass(frozen=True)
class Plan:
    """Ports and parts of one run; `sandbox_port` is None without the demo, `broker_socket` None with REDIS_URL."""

    root: Path
    data: Path
    host: str
    port: int
    sandbox_port: int | None
    broker_socket: Path | None

    @property
    def is_demo(self) -> bool:
        """Return whether the demo tenant and its sandbox belong to this run."""
        return self.sandbox_port is not None

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{host}:{self.port}"

    @property
    def sandbox_url(self) -> str:
        """Where the demo tenant's platform answers."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def broker_data(self) -> Path:
        """Where the embedded broker keeps its append-only file."""
        return self.data / "broker"

    def environment(self) -> dict[str, str]:
        """Return the environment of every child."""
        changes = {
            "DJANGO_SETTINGS_MODULE": "bpadmin.settings",
            "BPADMIN_DATA": str(self.data),
            "BPADMIN_SUPERVISED": "1",
            "PYTHONUNBUFFERED": "1",
            # A heap for each of a job's threads would keep what each of them ever needed.
            "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),
            "REMAP_SIGTERM": "SIGQUIT",
            "BPADMIN_STOP_GRACE": f"{STOP_WITHIN:.0f}",
        }
        if self.is_demo:
            # The sandbox is on this machine, where a tenant may not be in production.
            changes["BPADMIN_ALLOW_PRIVATE_TENANTS"] = "1"
        return {**os.environ, **changes}

    def child(self, name: str, command: Sequence[str]) -> Child:
        """Make a child with the common surroundings."""
        log = self.data / "logs" / f"{name}.log"
        return Child(name=name, command=command, env=self.environment(), log=log, cwd=self.root)

    def broker(self) -> Child | None:
        """The broker and cache, unless REDIS_URL names one."""
        if self.broker_socket is None:
            return None
        return self.child("broker", server_command(self.broker_socket, self.broker_data))

    def sandbox(self) -> Child | None:
        """The demo tenant's platform; what it holds is kept in a file between runs."""
        if self.sandbox_port is None:
            return None
        command = [sys.executable, "-m", "bpadmin.sandbox", "--host", "127.0.0.1", "--port", str(self.sandbox_port)]
        return self.child("sandbox", [*command, "--seed", "demo", "--keep", str(self.data / "sandbox")])

    def web(self) -> Child:
        """The web server: one process whose threads wait for the database most of the time."""
        command = [sys.executable, "-m", "granian", *SERVED, "--host", self.host, "--port", str(self.port)]
        command += ["--log-level", "warning", "--workers", "1", "--workers-kill-timeout", "5"]
        command += ["--respawn-failed-workers", "--respawn-interval", "0.5"]
        return self.child("web", command)

    def workers(self) -> list[Child]:
        """Small work (checks of small files, polls, the sweep) has a worker that no long upload can occupy."""
        python = sys.executable
        small = ["worker", "-Q", "interactive,poll", "-c", "1", "-n", "interactive@%h", *QUIET]
        large = ["worker", "-Q", "bulk", "-c", "2", "-n", "bulk@%h", *QUIET]
        beat = ["beat", "--pidfile=", "-s", str(self.data / "beat-schedule"), "-l", "INFO"]
        return [
            self.child("worker-interactive", [python, *CELERY, *small]),
            self.child("worker-bulk", [python, *CELERY, *large]),
            self.child("beat", [python, *CELERY, *beat]),
        ]


def plan_make() -> Plan:
    """Decide from settings and environment; raises PortRefused and BrokerRefused in words."""
    host = env.text("BPADMIN_BIND", "127.0.0.1")
    port = port_choose(
        host,
        env.number("BPADMIN_PORT", WEB_PORT, low=1, high=65535),
        variable="BPADMIN_PORT",
        is_asked_for="BPADMIN_PORT" in os.environ,
    )
    # A database of one's own is no place for demo users, unless somebody asks for them.
    is_demo = env.flag("BPADMIN_DEMO", default=settings.IS_EMBEDDED)
    sandbox_port = None
    if is_demo:
        wanted = env.number("BPADMIN_SANDBOX_PORT", SANDBOX_PORT, low=1, high=65535)
        asked = "BPADMIN_SANDBOX_PORT" in os.environ
        sandbox_port = port_choose("127.0.0.1", wanted, variable="BPADMIN_SANDBOX_PORT", is_asked_for=asked)
    return Plan(
        root=settings.BASE_DIR,
        data=settings.DATA_DIR,
        host=host,
        port=port,
        sandbox_port=sandbox_port,
        broker_socket=None if settings.REDIS_URL else settings.BROKER_SOCKET,
    )
