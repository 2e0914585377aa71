"""The stack of an operator: the commands of docker-compose.yml and Dockerfile, on PostgreSQL and Redis."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import redis

from bench.chaos.stacks import PYTHON, STOP_WITHIN, Skipped, Stack, tethered
from bench.chaos.store import Store
from bench.chaos.tenants import ROOT
from bench.chaos.waiting import family_of, free_port, is_alive, send, wait_until
from bpadmin.embedded.broker import BrokerRefused, server_path

SERVER = os.environ.get("BPADMIN_CHAOS_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")
RESTART_AFTER = 0.3
ROLES = {"web": "web", "worker-interactive": "worker-interactive", "worker": "worker-bulk", "beat": "beat"}


def postgres_run(*statements: str) -> None:
    """Run statements on the server, outside of any transaction."""
    import psycopg

    with psycopg.connect(SERVER, autocommit=True, connect_timeout=3) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def postgres_answers() -> bool:
    """Return whether a PostgreSQL server answers that takes a database of ours."""
    try:
        postgres_run("SELECT 1")
    except Exception:  # noqa: BLE001 - whatever it is, there is none to be had
        return False
    return True


def compose_commands() -> dict[str, list[str]]:
    """Return the commands of the services: those of docker-compose.yml, the web server's from the Dockerfile."""
    text = (ROOT / "docker-compose.yml").read_text()
    services = re.split(r"(?m)^  (?=[a-z-]+:$)", text.partition("\nservices:\n")[2])
    commands = {}
    for service in services:
        command = re.search(r"(?s)\n    command: (\[.*?\])\n", service)
        if command and service.partition(":")[0] in ROLES:
            commands[service.partition(":")[0]] = json.loads(command[1])
    web = re.findall(r"(?m)^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text())
    return {**commands, "web": json.loads(web[-1])}


def image_environment() -> dict[str, str]:
    """Return what the image sets for its processes, without its paths."""
    text = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    block = re.search(r"(?s)\nENV (.*?[^\\])\n", text)
    pairs = re.findall(r"([A-Z_]+)=(\S+)", block[1]) if block else []
    return {name: value for name, value in pairs if name not in ("PATH", "BPADMIN_DATA", "BPADMIN_STATIC")}


class OperatorStack(Stack):
    """Web, two workers and beat as compose starts them, each started again when it ends; a database of its own."""

    name = "operator"

    def __init__(self, *, scale: float, data: Path | None = None) -> None:
        if not postgres_answers():
            raise Skipped(f"no PostgreSQL answers at {SERVER.rpartition('@')[2]}")
        super().__init__(scale=scale, data=data)
        self.database = f"bpadmin_chaos_{os.getpid()}_{secrets.token_hex(4)}"
        self.database_url = f"{SERVER.rsplit('/', 1)[0]}/{self.database}"
        self.store = Store(postgres=self.database_url)
        self.redis_port = free_port()
        self.redis_url = f"redis://127.0.0.1:{self.redis_port}/0"
        self.keys = {name: secrets.token_urlsafe(48) for name in ("BPADMIN_SECRET_KEY", "BPADMIN_ENCRYPTION_KEY")}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._held: set[str] = set()
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._keeper: threading.Thread | None = None
        self._has_database = False

    def environment(self) -> dict[str, str]:
        """Return the environment of compose's services, as far as it concerns one machine without TLS."""
        return (
            image_environment()
            | super().environment()
            | self.keys
            | {
                "DATABASE_URL": self.database_url,
                "REDIS_URL": self.redis_url,
                "BPADMIN_STATIC": str(self.folder / "collected"),
                "BPADMIN_TLS": "0",
            }
        )

    def _commands(self) -> dict[str, list[str]]:
        changed = {"8000": str(self.port), "0.0.0.0": "127.0.0.1", "/tmp/beat-schedule": str(self.folder / "beat")}  # noqa: S104, S108
        bin_folder = Path(PYTHON).parent
        made = {}
        for service, command in compose_commands().items():
            program = {"python": PYTHON}.get(command[0], str(bin_folder / command[0]))
            made[ROLES[service]] = [program, *(changed.get(part, part) for part in command[1:])]
        return {"broker": self._broker_command(), **made}

    def _broker_command(self) -> list[str]:
        server = shutil.which("redis-server") or shutil.which("valkey-server")
        try:
            server = server or server_path()
        except BrokerRefused as refused:
            raise Skipped(str(refused)) from refused
        kept = self.folder / "redis"
        kept.mkdir(exist_ok=True)
        options = ["--port", str(self.redis_port), "--bind", "127.0.0.1", "--dir", str(kept), "--save", ""]
        return [
            server,
            *options,
            "--appendonly",
            "yes",
            "--appendfsync",
            "everysec",
            "--maxmemory-policy",
            "noeviction",
        ]

    def open(self) -> None:
        """Make the database, bring it up to date and collect the static files, as compose and the image do."""
        postgres_run(f"CREATE DATABASE {self.database}")
        self._has_database = True
        self.manage("migrate", "--no-input", "--verbosity", "0")
        self.manage("collectstatic", "--no-input", "--verbosity", "0")
        super().open()

    def start(self) -> None:
        """Start all parts and keep them running."""
        self._over.clear()
        self._held.clear()
        for name in self._commands():
            self._start(name)
            if name == "broker":
                wait_until(self._broker_answers, "the broker answers", 30)
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self._keeper.start()
        self.answer_again()

    def _start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                tethered(self._commands()[name]),
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _keep(self) -> None:
        """Start again what ended, as `restart: unless-stopped` does; what it left behind ends with its container."""
        while not self._over.wait(RESTART_AFTER):
            with self._lock:
                for name, process in list(self._processes.items()):
                    if name not in self._held and process.poll() is not None and not self._over.is_set():
                        with suppress(ProcessLookupError):
                            os.killpg(process.pid, signal.SIGKILL)
                        self._start(name)

    def parts(self) -> dict[str, int]:
        """Return the processes that run now."""
        return {name: process.pid for name, process in self._processes.items() if is_alive(process.pid)}

    def kill_everything(self) -> None:
        """Kill all parts, the broker among them; PostgreSQL is a machine of its own."""
        self.store.close()
        self._rest()
        for process in self._processes.values():
            for pid in family_of(process.pid):
                send(pid, signal.SIGKILL)
            process.wait()
        self._processes.clear()

    def term_everything(self) -> None:
        """Ask all parts to end as `docker compose down` does: SIGTERM to each, and the broker last."""
        self._rest()
        broker = self._processes.pop("broker", None)
        for process in self._processes.values():
            process.terminate()
        until = time.monotonic() + STOP_WITHIN
        for process in self._processes.values():
            process.wait(max(1.0, until - time.monotonic()))
        if broker is not None:
            broker.terminate()
            broker.wait(STOP_WITHIN)
        self._processes.clear()

    def _rest(self) -> None:
        self._over.set()
        if self._keeper is not None:
            self._keeper.join()
            self._keeper = None

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Keep a part away for a while."""
        with self._lock:
            self._held.add(name)
        try:
            self.kill(name)
            yield
        finally:
            self._held.discard(name)

    def broker_client(self) -> redis.Redis:
        """Connect to the Redis server."""
        return redis.Redis(port=self.redis_port, socket_timeout=10)

    def _broker_answers(self) -> bool:
        with suppress(redis.RedisError):
            return bool(self.broker_client().ping())
        return False

    def sessions_terminate(self) -> int:
        """End every session of the product at the database, as a failover does; return how many there were."""
        found: list[tuple[Any, ...]] = self.store.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'chaos'"
        )
        return len(found)

    def close(self) -> None:
        """Take the database away as well."""
        super().close()
        if self._has_database:
            with suppress(Exception):
                postgres_run(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
