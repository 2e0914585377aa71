"""The services of docker-compose.yml as processes in a folder, as their users, by their own commands and checks.

`up`, `run`, `exec`, `stop` and `down` do what compose's words of that name do, for one machine and without networks.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.compose.composefile import compose_read, env_read, needs_of, seconds_of, services_of
from bench.compose.dockerfile import Build, Image, pythons

# Services of images that are not built here: whose account of this machine takes the place of theirs.
ACCOUNTS = {"postgres": "postgres", "redis": "redis"}
# In the order in which they are stopped.
STOPPED = ("proxy", "beat", "web", "worker-interactive", "worker", "sandbox", "postgres", "redis")
PORTS = {"web": 8000, "sandbox": 8771, "postgres": 5432, "redis": 6379}
USUAL_GRACE = 10.0  # compose's own where a service names none
HEALTHY_WITHIN = 120.0
IS_ROOT = os.getuid() == 0


class Unavailable(Exception):
    """Something that this machine must have is missing; the message names it."""


class Trouble(Exception):
    """A service did not do what compose would have waited for."""


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def python_for(uid: int) -> str:
    """Return an interpreter that the image's user can run. Raises Unavailable."""
    for python in pythons():
        told = subprocess.run(
            [*as_user(uid), python, "-c", "import ensurepip"], capture_output=True, check=False, cwd="/"
        )
        if python.endswith("python3.11") and not told.returncode:
            return python
    raise Unavailable(f"no python3.11 on PATH that user {uid} can run")


def as_user(uid: int, service: dict[str, Any] | None = None) -> list[str]:
    """Return what comes before a command so that it runs as a user, without what the service drops; "" for our own."""
    if not IS_ROOT:
        return []
    words = ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
    service = service or {}
    if "ALL" in service.get("cap_drop", []):
        words += ["--bounding-set=-all", "--inh-caps=-all"]
    if "no-new-privileges:true" in service.get("security_opt", []):
        words.append("--no-new-privs")
    return words


def postgres_programs() -> Path:
    """Return the folder of PostgreSQL's programs, the newest version. Raises Unavailable."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    if shutil.which("initdb"):
        return Path(str(shutil.which("initdb"))).parent
    raise Unavailable("no PostgreSQL on this machine: apt install postgresql")


class ComposeStack:
    """A compose project in a folder; everything that it keeps lies there, and nothing outlives `down`."""

    def __init__(self, source: Path, folder: Path, env_file: Path) -> None:
        self.source, self.folder, self.env_file = source, folder, env_file
        self.image: Image | None = None
        self.ports: dict[str, int] = {}
        self.pids: dict[str, int] = {}
        self._mine: dict[str, subprocess.Popen[bytes]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        self._state = folder / "state.json"
        if self._state.exists():
            kept = json.loads(self._state.read_text())
            self.ports, self.pids = kept["ports"], kept["pids"]
            self.image = Image(**{**kept["image"], "root": Path(kept["image"]["root"])}) if kept["image"] else None

    def _keep(self) -> None:
        image = {**vars(self.image), "root": str(self.image.root)} if self.image else None
        self._state.write_text(json.dumps({"ports": self.ports, "pids": self.pids, "image": image}))

    # ---- what the files say

    @property
    def document(self) -> dict[str, Any]:
        """Return docker-compose.yml with the variables of .env. Raises VariableMissing."""
        return compose_read(self.source / "docker-compose.yml", env_read(self.env_file))

    def service(self, name: str) -> dict[str, Any]:
        """Return what the file says of a service."""
        found: dict[str, Any] = self.document["services"][name]
        return found

    def build(self) -> Build:
        """Run the Dockerfile's steps; the code belongs to nobody who runs it and cannot be written."""
        uid = _uid_said(self.source)
        built = Build(self.source, self.folder / "image", python_for(uid))
        shutil.rmtree(built.folder, ignore_errors=True)
        built.folder.mkdir(parents=True)
        self.image = built.run()
        for path in [self.image.root / "app", *(self.image.root / "app").rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~0o222 | 0o444)
        self._keep()
        return built

    # ---- places instead of a container's

    @property
    def built(self) -> Image:
        """Return the image. Raises Trouble where none was built."""
        if self.image is None:
            raise Trouble("no image was built: up --build")
        return self.image

    def uid(self, name: str) -> int:
        """Return the number of the user a service runs as."""
        if not IS_ROOT:
            return os.getuid()
        account = ACCOUNTS.get(name)
        if account is None:
            return self.built.uid
        with suppress(KeyError):
            return pwd.getpwnam(account).pw_uid
        return pwd.getpwnam("nobody").pw_uid

    def port(self, name: str) -> int:
        """Return the port that stands for a service's own."""
        if name not in self.ports:
            self.ports[name] = free_port()
            self._keep()
        return self.ports[name]

    def folder_of(self, name: str, path: str) -> Path:
        """Return what lies at a path of a service's container: its volume, its temporary folder, or the image."""
        if path == "/app":
            return self.built.root / "app"
        for volume in self.service(name).get("volumes", []):
            source, target = volume.split(":")[:2]
            if target == path:
                if source.startswith("/"):
                    return Path(source)  # a folder of the machine
                place = (self.source / source) if source.startswith(".") else self.folder / "volumes" / source
                return self._mine_made(name, place, self.image.modes.get(path, 0o750) if self.image else 0o750)
        return self._mine_made(name, self.folder / "own" / name / path.strip("/"), 0o700)

    def _mine_made(self, name: str, place: Path, mode: int) -> Path:
        if not place.exists():
            place.mkdir(parents=True)
            place.chmod(mode)
            if IS_ROOT:
                os.chown(place, self.uid(name), self.uid(name))
        return place

    def put(self, name: str, text: str) -> str:
        """Put places of this machine where the text names those of a container."""
        text = re.sub(
            r"(?<![\w/.-])/(app|data|tmp|feeds|reports)(?![\w.-])",
            lambda found: str(self.folder_of(name, found[0])),
            text,
        )
        for host in ("postgres", "redis"):
            text = text.replace(f"@{host}:{PORTS[host]}/", f"@127.0.0.1:{self.port(host)}/")
        if name in PORTS and PORTS[name] in (8000, 8771):
            text = re.sub(rf"\b{PORTS[name]}\b", str(self.port(name)), text)
        return text.replace("http://sandbox:8771", f"http://127.0.0.1:{self.port('sandbox')}")

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment of a service's processes: the image's, compose's, and nothing of this machine's."""
        service = self.service(name)
        said = {key: str(value) for key, value in (service.get("environment") or {}).items()}
        own = {"PATH": "$PATH"}
        if self.image is not None and name not in ACCOUNTS:
            own |= self.image.environment
        made = {key: self.put(name, value) for key, value in (own | said).items()} | {"LANG": "C.UTF-8"}
        made["PATH"] = made["PATH"].replace("$PATH", f"{postgres_programs()}:{os.environ['PATH']}")
        temporary = self.folder_of(name, "/tmp")  # noqa: S108
        made |= {"TMPDIR": str(temporary), "HOME": str(self.folder_of(name, "/data"))}
        made["PGPORT"] = str(self.port("postgres"))
        if name == "postgres":  # its own tools come by its socket, as in its container
            made["PGHOST"] = str(temporary)
        return made

    def command(self, name: str) -> list[str]:
        """Return a service's command as it runs here."""
        service = self.service(name)
        said = service.get("command") or (self.image.command if self.image and name not in ACCOUNTS else [])
        words = [self.put(name, word) for word in said]
        if name == "redis":
            return [
                *words,
                "--port",
                str(self.port(name)),
                "--bind",
                "127.0.0.1",
                "--dir",
                str(self.folder_of(name, "/data")),
            ]
        if name == "postgres":
            options = [
                "-p",
                str(self.port(name)),
                "-c",
                "listen_addresses=127.0.0.1",
                "-k",
                str(self.folder_of(name, "/tmp")),  # noqa: S108
            ]
            return [str(postgres_programs() / "postgres"), "-D", str(self._cluster()), *options]
        return [{"0.0.0.0": "127.0.0.1"}.get(word, word) for word in words]  # noqa: S104

    def _cluster(self) -> Path:
        """Return PostgreSQL's folder; made at the first call by what the image's variables say."""
        name = "postgres"
        cluster = self.folder_of(name, "/var/lib/postgresql/data") / "cluster"
        if cluster.exists():
            return cluster
        said = self.service(name)["environment"]
        secret = self.folder_of(name, "/tmp") / "password"  # noqa: S108
        secret.write_text(said["POSTGRES_PASSWORD"])
        secret.chmod(0o644)
        programs = postgres_programs()
        options = [
            "-U",
            said["POSTGRES_USER"],
            "--pwfile",
            str(secret),
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        self._checked([*as_user(self.uid(name)), str(programs / "initdb"), "-D", str(cluster), *options])
        single = [str(programs / "postgres"), "--single", "-D", str(cluster), "postgres"]
        self._checked([*as_user(self.uid(name)), *single], said=f'CREATE DATABASE "{said["POSTGRES_DB"]}"\n')
        secret.unlink()
        return cluster

    def _checked(self, command: Sequence[str], said: str = "") -> str:
        done = subprocess.run(command, input=said, capture_output=True, text=True, check=False, cwd="/")
        if done.returncode:
            raise Trouble(f"{shlex.join(command)}: {(done.stdout + done.stderr)[-1500:]}")
        return done.stdout

    # ---- compose's words

    def up(self, *names: str, profiles: tuple[str, ...] = (), build: bool = False) -> dict[str, float]:
        """Start services in their order, each when what it needs is as it says; seconds until each was healthy."""
        if build or self.image is None:
            self.build()
        services = services_of(self.document, profiles)
        waiting = {name: service for name, service in services.items() if not names or name in names}
        if unknown := [name for name in waiting if name not in PORTS and not self._is_ours(name)]:
            raise Unavailable(f"{', '.join(unknown)}: no such program is run here")
        took: dict[str, float] = {}
        done: dict[str, str] = {}
        while waiting:
            ready = [name for name, service in waiting.items() if not set(needs_of(service)) & set(waiting)]
            if not ready:
                raise Trouble(f"{', '.join(waiting)} wait for one another")
            for name in ready:
                service = waiting.pop(name)
                began = time.monotonic()
                is_once = service.get("restart") == "no"
                done[name] = "service_completed_successfully" if is_once else "service_healthy"
                self._start(name, once=is_once)
                took[name] = round(time.monotonic() - began, 1)
                for other, condition in needs_of(service).items():
                    if other in done and condition not in (done[other], "service_started"):
                        raise Trouble(f"{name} waits until {other} is {condition}, which it never says")
        return took

    def needed_by(self, name: str) -> list[str]:
        """Return the services that one needs, and those that they need."""
        found = [name]
        for each in found:
            found += [other for other in needs_of(self.service(each)) if other not in found]
        return found[1:]

    def _is_ours(self, name: str) -> bool:
        return "bpadmin:" in str(self.service(name).get("image", ""))

    def _start(self, name: str, *, once: bool) -> None:
        if self.is_running(name):
            return
        if once:
            done = self.run(name, capture=True)
            if done.returncode:
                raise Trouble(f"{name} ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}")
            return
        command = [*as_user(self.uid(name), self.service(name)), *self.command(name)]
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=self._cwd(name),
                env=self.environment(name),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._mine[name] = process
        self.pids[name] = process.pid
        self._keep()
        until = time.monotonic() + HEALTHY_WITHIN
        while not self.is_healthy(name):
            if not self.is_running(name) or time.monotonic() > until:
                raise Trouble(f"{name} is not healthy: {self.log(name).read_text(errors='replace')[-2000:]}")
            time.sleep(0.2)

    def _cwd(self, name: str) -> Path:
        if name in ACCOUNTS:
            return self.folder_of(name, "/tmp")  # noqa: S108
        return self.built.root / self.built.workdir.strip("/")

    def log(self, name: str) -> Path:
        """Return the file of what a service prints."""
        return self.folder / f"{name}.log"

    def health_command(self, name: str) -> list[str]:
        """Return the check of a service, compose's own or the image's; empty where it has none."""
        check = self.service(name).get("healthcheck") or {}
        if check.get("disable"):
            return []
        test = check.get("test") or (["CMD", *self.image.health] if self.image and self.image.health else [])
        words = [self.put(name, word) for word in test[1:]]
        if words and words[0] == "redis-cli":
            words[1:1] = ["-p", str(self.port("redis"))]
        return ["/bin/sh", "-c", words[0]] if test and test[0] == "CMD-SHELL" else words

    def is_healthy(self, name: str) -> bool:
        """Ask a service's check once, as compose does."""
        check = self.service(name).get("healthcheck") or {}
        within = seconds_of(check.get("timeout", "30s"))
        command = self.health_command(name)
        if not command:
            return self.is_running(name)
        try:
            return not self.exec(name, command, within=within).returncode
        except subprocess.TimeoutExpired:
            return False

    def exec(self, name: str, command: Sequence[str], *, within: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Run a command beside a service and keep what it prints."""
        return subprocess.run(
            [*as_user(self.uid(name), self.service(name)), *command],
            cwd=self._cwd(name),
            env=self.environment(name),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=within,
        )

    def run(
        self, name: str, command: Sequence[str] = (), *, capture: bool = False, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command, or the service's own, in a service's place; input and output are this process's own."""
        words = [self.put(name, word) for word in command] or self.command(name)
        return subprocess.run(
            [*as_user(self.uid(name), self.service(name)), *words],
            cwd=self._cwd(name),
            env=self.environment(name) | more,
            stdin=subprocess.DEVNULL if capture else None,
            capture_output=capture,
            text=True,
            check=False,
        )

    def is_running(self, name: str) -> bool:
        """Return whether a service's process lives."""
        process = self._mine.get(name)
        if process is not None:
            return process.poll() is None
        with suppress(KeyError, OSError, IndexError):
            return Path(f"/proc/{self.pids[name]}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        return False

    def grace_of(self, name: str) -> float:
        """Return the seconds a service has to end before it is killed."""
        return seconds_of(self.service(name).get("stop_grace_period", f"{USUAL_GRACE:.0f}s"))

    def stop(self, *names: str) -> dict[str, tuple[float, int | None]]:
        """Ask services to end, in the order they need each other; the seconds each took and its exit code.

        Raises Trouble for one that does not end in its time; it is killed then, as compose would.
        """
        took: dict[str, tuple[float, int | None]] = {}
        order = [name for name in STOPPED if name in self.pids]
        for name in [name for name in order if not names or name in names]:
            began = time.monotonic()
            with suppress(ProcessLookupError):
                os.kill(self.pids[name], signal.SIGINT if name == "postgres" else signal.SIGTERM)
            while self.is_running(name):
                if time.monotonic() - began > self.grace_of(name):
                    self._kill(name)
                    raise Trouble(f"{name} did not end within {self.grace_of(name):.0f} s of SIGTERM")
                time.sleep(0.05)
            process = self._mine.pop(name, None)
            took[name] = (round(time.monotonic() - began, 1), process.returncode if process else None)
            self._kill(name)  # what it left behind ends with its container
            del self.pids[name]
            self._keep()
        return took

    def _kill(self, name: str) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pids[name], signal.SIGKILL)

    def down(self) -> None:
        """End everything at once and take the folder away."""
        for name in list(self.pids):
            self._kill(name)
            if name in self._mine:
                self._mine[name].wait()
        self.pids.clear()
        for path in [self.folder / "image", *(self.folder / "image").rglob("*")] if not IS_ROOT else []:
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(self.folder, ignore_errors=True)


def _uid_said(source: Path) -> int:
    said = re.search(r"--uid (\d+)", (source / "Dockerfile").read_text())
    return int(said[1]) if said else os.getuid()


def env_made(folder: Path, readme: Path, **more: str) -> Path:
    """Run README's lines that make .env, in an empty folder; add settings; return the file."""
    block = re.search(r"(?ms)^    cat > \.env <<END\n.*?^    END$", readme.read_text())
    if block is None:
        raise Trouble("README.md no longer says how .env is made")
    folder.mkdir(parents=True, exist_ok=True)
    lines = re.sub(r"(?m)^    ", "", block[0])
    subprocess.run(["/bin/sh", "-ec", lines], cwd=folder, check=True)
    path = folder / ".env"
    path.chmod(0o600)
    with path.open("a") as file:
        file.writelines(f"{name}={value}\n" for name, value in more.items())
    return path


def new_name() -> str:
    """Return a name that nobody has."""
    return secrets.token_hex(4)
