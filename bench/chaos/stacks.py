"""bpadmin running as processes: what every stack has, and the embedded one that `make run` starts."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import redis
import requests

from bench.chaos.browser import PASSWORD, USERNAME, Browser, NotShown
from bench.chaos.store import Store
from bench.chaos.tenants import CREDENTIALS, ROOT, Tenant
from bench.chaos.waiting import Timeout, children_of, family_of, free_port, is_alive, send, sleep, wait_until
from bpadmin.embedded import tether

READY = "Ctrl-C stops everything"
START_WITHIN, STOP_WITHIN, TURN_WITHIN = 120.0, 40.0, 5.0
QUIET_SECONDS = 180.0
PYTHON = sys.executable


class Skipped(Exception):
    """A scene or a stack cannot be had on this machine; the message says why."""


def clean_environment() -> dict[str, str]:
    """Return this process's environment without what would steer bpadmin or lead requests elsewhere."""
    steers = ("BPADMIN_", "DATABASE_URL", "REDIS_URL", "DJANGO_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(steers)}
    return {name: value for name, value in kept.items() if not name.lower().endswith("_proxy")}


def tethered(command: list[str]) -> list[str]:
    """Return a command line that ends with this process, also when this process is killed."""
    return [PYTHON, "-S", "-E", str(Path(tether.__file__)), str(os.getpid()), *command]


class Stack(ABC):
    """A running bpadmin with a folder, a database and a simulated tenant of its own.

    `scale` shortens the product's time-outs and quiet times. A part's name is that of its process: "web", "beat",
    "broker", "worker-interactive", "worker-bulk".
    """

    name = ""

    def __init__(self, *, scale: float, data: Path | None = None) -> None:
        self.scale = scale
        self.folder = Path(tempfile.mkdtemp(prefix="bpc"))
        self.data = data or self.folder / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.tenant = Tenant(self.folder)
        self.store = Store()
        self._people: dict[str, Browser] = {}

    # ---- what each kind of stack does in its own way

    def environment(self) -> dict[str, str]:
        """Return the environment of its processes."""
        return clean_environment() | {
            "BPADMIN_DATA": str(self.data),
            "BPADMIN_ALLOW_PRIVATE_TENANTS": "1",
            "BPADMIN_TIME_SCALE": str(self.scale),
        }

    @abstractmethod
    def parts(self) -> dict[str, int]:
        """Return the parts that run now: name -> process id."""

    @abstractmethod
    def start(self) -> None:
        """Start all parts and wait until the web server answers."""

    @abstractmethod
    def kill_everything(self) -> None:
        """End everything at once, as a machine that loses its memory does; the tenant lives on."""

    @abstractmethod
    def term_everything(self) -> None:
        """Ask everything to end, as a deployment does, and wait for it."""

    @abstractmethod
    def without(self, name: str) -> AbstractContextManager[None]:
        """Keep a part away for a while: it is killed, and not started again before the end of the block."""

    @abstractmethod
    def broker_client(self) -> redis.Redis:
        """Connect to the broker."""

    # ---- the same for all

    def open(self) -> None:
        """Start tenant and stack, make the first sign-in and connect the tenant."""
        self.folder.mkdir(exist_ok=True)
        self.tenant.start()
        self.start()
        self.manage("createsuperuser", "--no-input", "--username", USERNAME, "--email", "chaos@example.com")
        self.tenant_connect("chaos")

    def close(self) -> None:
        """End everything that it started and take away what it kept."""
        with suppress(Exception):
            self.kill_everything()
        self.tenant.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def tenant_connect(self, slug: str, *, platform: str = "brightpattern", **more: Any) -> None:
        """Connect a tenant through the pages, with small chunks and a quiet time as short as the scale says."""
        person = self.person()
        page = person.open(f"/tenants/connect/?platform={platform}")
        form = page.form(button="Connect")
        if form is None:
            raise NotShown(f"{page.url}: no form to connect a tenant")
        said = {"base_url": self.tenant.url, "name": f"Chaos {slug}", "slug": slug, "lanes": 2, "chunk_size": 100}
        said |= {f"connect_{name}": value for name, value in (CREDENTIALS | more).items()}
        page = person.submit(form, said)
        if f"/t/{slug}/" not in page.url:
            raise NotShown(f"the tenant was not connected: {page.words[-500:]}")
        quiet = max(1, round(QUIET_SECONDS * self.scale))
        with suppress(Exception):
            self.store.rows("UPDATE tenants_tenant SET quiet_seconds = ? WHERE slug = ?", quiet, slug)

    def person(self, slug: str = "chaos", name: str = "") -> Browser:
        """Return a signed-in browser; another `name` has a session of its own."""
        found = self._people.get(f"{slug} {name}")
        if found is None:
            found = self._people[f"{slug} {name}"] = Browser(self.url, slug)
            found.sign_in()
        return found

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a management command in the stack's environment. CalledProcessError."""
        command = [PYTHON, "manage.py", *arguments]
        environment = self.environment() | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        return subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
            start_new_session=True,
        )

    def python(self, code: str) -> subprocess.CompletedProcess[str]:
        """Run a piece of Python inside the product, in a process of its own; the caller reads its exit code."""
        setup = "import os, django; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'bpadmin.settings'); django.setup()"
        command = [PYTHON, "-c", f"{setup}\n{code}"]
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            start_new_session=True,
        )

    def workers(self) -> dict[str, int]:
        """Return the main processes of the workers that run."""
        return {name: pid for name, pid in self.parts().items() if name.startswith("worker")}

    def kill(self, *names: str) -> None:
        """Kill parts with all their children."""
        running = self.parts()
        for pid in [pid for name in names for pid in family_of(running[name]) if name in running]:
            send(pid, signal.SIGKILL)

    def kill_main(self, name: str) -> None:
        """Kill the main process of a part, and leave its children to themselves."""
        send(self.parts()[name], signal.SIGKILL)

    def kill_driver(self, job_id: int) -> None:
        """Kill the process that works on a job; between two turns one is waited for, and none may come any more."""
        with suppress(Timeout):
            send(wait_until(lambda: self.driver_of(job_id), "somebody works on the job", TURN_WITHIN), signal.SIGKILL)

    def driver_of(self, job_id: int) -> int:
        """Return the process that works on a job now, 0 when none does."""
        owner = str(self.store.job(job_id).lease_owner)
        processes = {child for pid in self.parts().values() for child in family_of(pid)}
        return next((int(part) for part in owner.split("/") if part.isdigit() and int(part) in processes), 0)

    def children_of_workers(self) -> list[int]:
        """Return the processes of the workers in which jobs are done."""
        return [child for pid in self.workers().values() for child in children_of(pid)]

    @contextmanager
    def workers_still(self) -> Iterator[None]:
        """Hold all workers still, so that what is confirmed is not begun before the end of the block."""
        members = [member for pid in self.workers().values() for member in family_of(pid)]
        for pid in members:
            send(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in members:
                send(pid, signal.SIGCONT)

    def is_answering(self) -> bool:
        """Return whether the web server and its database answer."""
        with suppress(requests.RequestException):
            session = requests.Session()
            session.trust_env = False
            return session.get(f"{self.url}/healthz", timeout=5).status_code == 200
        return False

    def answer_again(self, seconds: float = START_WITHIN) -> None:
        """Wait until the web server answers. Raises Timeout."""
        wait_until(self.is_answering, "the web server answers", seconds, every=0.1)

    def files(self) -> Path:
        """Return the folder of uploaded files and spools."""
        return self.data / "files"

    def log_tails(self, lines: int = 3) -> str:
        """Return the ends of the logs, for a scene that went wrong."""
        found = sorted([*self.folder.glob("*.log"), *(self.data / "logs").glob("*.log"), *self.folder.glob("*.txt")])
        return "\n".join(
            f"== {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) for log in found
        )


class EmbeddedStack(Stack):
    """What `make run` starts: one supervisor that keeps broker, web, workers and beat running."""

    name = "embedded"

    def __init__(self, *, scale: float, data: Path | None = None) -> None:
        super().__init__(scale=scale, data=data)
        self.store = Store(sqlite=self.data / "bpadmin.sqlite3")
        self.console = self.folder / "console.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        """Return the environment of `make run`, without the demo: the tenant is a process of its own."""
        return super().environment() | {"BPADMIN_PORT": str(self.port), "BPADMIN_DEMO": "0"}

    def parts(self) -> dict[str, int]:
        """Return what the supervisor keeps running."""
        try:
            listed = json.loads((self.data / "run" / "pids.json").read_text())
        except (OSError, ValueError):
            return {}
        return {name: pid for name, pid in listed.items() if pid is not None and is_alive(pid)}

    def start(self) -> None:
        """Start the supervisor and wait until it says that everything runs."""
        console: IO[bytes]
        with self.console.open("wb") as console:
            self.process = subprocess.Popen(
                tethered([PYTHON, "-m", "bpadmin.embedded"]),
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = self.process
        wait_until(lambda: READY in self.console.read_text() or process.poll() is not None, "the start", START_WITHIN)
        if process.poll() is not None:
            raise Skipped(f"bpadmin does not start: {self.console.read_text()[-2000:]}")

    @property
    def is_supervised(self) -> bool:
        """Return whether the supervisor lives."""
        return self.process is not None and self.process.poll() is None

    def kill_everything(self) -> None:
        """Kill the supervisor and all that it keeps."""
        self.store.close()
        if self.process is None:
            return
        # Held still first: what it starts between the look and the kill would live on.
        send(self.process.pid, signal.SIGSTOP)
        members = {*family_of(self.process.pid), *(pid for part in self.parts().values() for pid in family_of(part))}
        for pid in members:
            send(pid, signal.SIGKILL)
        self.process.wait()
        until = time.monotonic() + 5
        while any(is_alive(pid) for pid in members) and time.monotonic() < until:
            time.sleep(0.05)
        self.process = None

    def term_everything(self) -> None:
        """Stop it as Ctrl-C or a shutdown does."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(STOP_WITHIN)
            self.process = None

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Hold the supervisor still, so that it does not start the part again."""
        if self.process is None:
            raise Skipped("no supervisor runs")
        send(self.process.pid, signal.SIGSTOP)
        try:
            self.kill(name)
            yield
        finally:
            send(self.process.pid, signal.SIGCONT)

    def broker_client(self) -> redis.Redis:
        """Connect to the broker's socket, wherever the length of its path has put it."""
        told = self.python("from django.conf import settings; print(settings.BROKER_SOCKET)")
        return redis.Redis(unix_socket_path=told.stdout.strip().splitlines()[-1], socket_timeout=10)


def pause(pid: int, seconds: float) -> None:
    """Stop a process for a while, as a machine under heavy load does."""
    send(pid, signal.SIGSTOP)
    try:
        sleep(seconds)
    finally:
        send(pid, signal.SIGCONT)
