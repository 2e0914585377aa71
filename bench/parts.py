"""`python -m bench.parts`: stop each part of a running bpadmin, and note what every face of it says, and how soon.

The stack is an operator's (docker-compose.yml's commands, unscaled times) on a PostgreSQL cluster and a Redis server of
its own. The faces: the page of a job that waits, the operator's page, `/readyz`, `manage.py status`, `/metrics`.
Prints a Markdown table; exit code 1 when a face that must tell was silent for longer than half a minute.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
import requests

from bench.chaos import operator_stack
from bench.chaos.operator_stack import OperatorStack
from bench.chaos.scene import KEYED, Stage
from bench.chaos.scenes.stores import _filled, _small_disk
from bench.chaos.stacks import Skipped, tethered
from bench.chaos.tenants import ROOT
from bench.chaos.waiting import HALT, Timeout, family_of, free_port, send, wait_until
from bench.chaos.watch import Watch
from bench.compose.stack import IS_ROOT, Unavailable, as_user, postgres_programs

LIMIT = 30.0
PATIENCE = 75.0
FACES = ("job's page", "Operations", "/readyz", "status", "/metrics")
SECONDS_WRONG = 30


class Cluster:
    """A PostgreSQL server of our own, that can be stopped, held still and started again."""

    def __init__(self, folder: Path) -> None:
        self.programs = postgres_programs()
        self.folder = folder / "cluster"
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self.process: subprocess.Popen[bytes] | None = None
        folder.chmod(0o755)
        self._as = as_user(pwd.getpwnam("postgres").pw_uid) if IS_ROOT else []
        self.folder.mkdir()
        if IS_ROOT:
            shutil.chown(self.folder, "postgres", "postgres")
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "-D", str(self.folder)]
        subprocess.run([*self._as, str(self.programs / "initdb"), *options], check=True, capture_output=True, cwd="/")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-k", str(self.folder), "-c", "fsync=off"]
        command = [*self._as, *tethered([str(self.programs / "postgres"), "-D", str(self.folder), *options])]
        if IS_ROOT:  # a process that takes another user's number loses the tie to this one
            command = [*self._as, str(self.programs / "postgres"), "-D", str(self.folder), *options]
        with (self.folder.parent / "postgres.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log, start_new_session=True)
        wait_until(operator_stack.postgres_answers, "PostgreSQL answers", 60)

    def stop(self) -> None:
        """Stop it at once."""
        if self.process is not None:
            for pid in family_of(self.process.pid):
                send(pid, signal.SIGCONT)
            send(self.process.pid, signal.SIGQUIT)
            self.process.wait(60)
            self.process = None

    @contextmanager
    def away(self) -> Iterator[None]:
        """Have it stopped for a while."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def family(self) -> list[int]:
        """Return its processes."""
        return family_of(self.process.pid) if self.process else []


@contextmanager
def still(pids: Sequence[int]) -> Iterator[None]:
    """Hold processes still for a while: they exist and answer nothing."""
    for pid in pids:
        send(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            send(pid, signal.SIGCONT)


class ClockedStack(OperatorStack):
    """A stack in which the clocks of parts can be put wrong; `wrong` holds by how much, as faketime takes it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.wrong: dict[str, str] = {}
        super().__init__(*arguments, **named)

    def _commands(self) -> dict[str, list[str]]:
        commands = super()._commands()
        return commands | {name: ["faketime", "-f", by, *commands[name]] for name, by in self.wrong.items()}


@dataclass
class Said:
    """What the faces said of one fault: face -> (seconds, words)."""

    fault: str
    part: str
    words: dict[str, tuple[float, str]] = field(default_factory=dict)
    silent: tuple[str, ...] = ()
    well_after: float | None = None
    skipped: str = ""

    @property
    def late(self) -> list[str]:
        """Name the faces that had to tell and did not in time."""
        if self.skipped:
            return []
        wanted = [face for face in FACES if face not in self.silent]
        return [face for face in wanted if self.words.get(face, (PATIENCE, ""))[0] > LIMIT]


class Faces:
    """Asks each face again and again, in a thread of its own, until it tells of a part."""

    def __init__(self, stack: OperatorStack, job: int, part: str) -> None:
        self.stack, self.job, self.part = stack, job, part
        self.browser = stack.person().twin()
        self.asks: dict[str, Callable[[], str]] = {
            "job's page": self._job,
            "Operations": self._operations,
            "/readyz": self._ready,
            "status": self._status,
            "/metrics": self._metrics,
        }

    def watch(self, seconds: float = PATIENCE) -> dict[str, tuple[float, str]]:
        """Return when each face told, and its words; a face that is silent to the end is left out."""
        began = time.monotonic()
        found: dict[str, tuple[float, str]] = {}

        def follow(face: str) -> None:
            while time.monotonic() - began < seconds and not HALT.is_set():
                if words := self.asks[face]():
                    found[face] = (round(time.monotonic() - began, 1), words)
                    return
                time.sleep(0.3)

        threads = [threading.Thread(target=follow, args=(face,), daemon=True) for face in self.asks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 30)
        return found

    def wait_until_well(self) -> float:
        """Return the seconds until everything is well again, the job's page too. Raises Timeout.

        The page keeps what it was told for some seconds: asked sooner, it would tell of the fault before.
        """
        began = time.monotonic()
        wait_until(lambda: self._all_well(), "every part is well again", 120, every=0.3)
        return round(time.monotonic() - began, 1)

    def _all_well(self) -> bool:
        with contextlib.suppress(requests.RequestException, ValueError):
            parts = requests.get(f"{self.stack.url}/readyz", timeout=5).json()["parts"]
            return all(part["ok"] for part in parts) and not self._job()
        return False

    def _page(self, path: str) -> tuple[int, str]:
        try:
            answer = self.browser.session.get(self.stack.url + path, timeout=10)
        except requests.RequestException as error:
            return 0, f"no answer: {type(error).__name__}"
        return answer.status_code, answer.text

    def _job(self) -> str:
        status, text = self._page(f"/t/chaos/jobs/{self.job}/")
        if status == 0:
            return ""
        if status >= 500:
            return f"{status}: {_words(text, 'main')}"
        banners = re.findall(r'(?s)banner__body">(.*?)</div>', text)
        return next((_plain(each) for each in banners if re.search("worker|beat|disk|database|broker", each)), "")

    def _operations(self) -> str:
        status, text = self._page("/operations/")
        if status == 0:
            return ""
        if status >= 500:
            return f"{status}: {_words(text, 'main')}"
        rows = re.findall(r"(?s)<tr>(.*?)</tr>", text)
        return next((_plain(row.rpartition("<td>")[2]) for row in rows if self.part in row and "badge--bad" in row), "")

    def _ready(self) -> str:
        try:
            answer = requests.get(f"{self.stack.url}/readyz", timeout=10)
            part = next((each for each in answer.json()["parts"] if each["name"] == self.part), None)
        except (requests.RequestException, ValueError):
            return ""
        return f"{answer.status_code}: {part['words']}" if part and not part["ok"] else ""

    def _status(self) -> str:
        command = [sys.executable, "manage.py", "status", "--json"]
        options: dict[str, Any] = {"cwd": ROOT, "env": self.stack.environment(), "text": True, "capture_output": True}
        try:
            done = subprocess.run(command, check=False, timeout=40, start_new_session=True, **options)
            parts = json.loads(done.stdout.splitlines()[-1])["parts"]
        except (subprocess.TimeoutExpired, ValueError, IndexError, KeyError):
            return ""
        part = next((each for each in parts if each["name"] == self.part), None)
        return f"exit {done.returncode}: {part['words']}" if part and not part["ok"] else ""

    def _metrics(self) -> str:
        with contextlib.suppress(requests.RequestException):
            text = requests.get(f"{self.stack.url}/metrics", timeout=10).text
            line = f'bpadmin_part_up{{part="{self.part}"}} 0'
            return line if line in text else ""
        return ""


def _plain(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"(?s)<svg.*?</svg>|<[^>]*>", " ", page)).strip())


def _words(page: str, tag: str) -> str:
    found = re.search(rf"(?s)<{tag}\b.*?>(.*?)</{tag}>", page)
    return _plain(found[1] if found else page)[:200]


# ---- the faults


@dataclass(frozen=True)
class Fault:
    """What is done, whose part is missing then, and the faces that need not tell of it."""

    name: str
    part: str
    begin: Callable[[ClockedStack, Cluster], contextlib.AbstractContextManager[None]]
    silent: tuple[str, ...] = ()


@contextmanager
def _refuses_writing(stack: ClockedStack, _cluster: Cluster) -> Iterator[None]:
    """Let the broker answer and take nothing, as one whose memory is full."""
    client = stack.broker_client()
    client.config_set("maxmemory", "1")
    try:
        yield
    finally:
        client.config_set("maxmemory", "0")


@contextmanager
def _disk_full(stack: ClockedStack, _cluster: Cluster) -> Iterator[None]:
    ballast = _filled(stack.data.parent)
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def _clock_wrong(stack: ClockedStack, part: str, by: str, starts: str) -> Iterator[None]:
    if not shutil.which("faketime"):
        raise Skipped("no faketime on this machine: apt install faketime")
    log = stack.folder / f"{part}.log"
    before = log.read_text().count(starts)
    stack.wrong[part] = by
    stack.kill(part)  # it is started again, with the other clock, and counts from when it is there
    wait_until(lambda: log.read_text().count(starts) > before, f"{part} with the other clock is there", 120)
    try:
        yield
    finally:
        del stack.wrong[part]
        stack.kill(part)


@contextmanager
def _disk(folder: Path) -> Iterator[Path | None]:
    """Yield a small disk to fill, None where none can be mounted."""
    try:
        with _small_disk(folder, 300) as disk:
            yield disk
    except Skipped:
        yield None


JOB = ("job's page",)
INTERACTIVE = "worker-interactive"
FAULTS = [
    Fault("beat stopped", "beat", lambda stack, _: stack.without("beat")),
    Fault(
        "the interactive worker stopped",
        "worker-interactive",
        lambda stack, _: stack.without("worker-interactive"),
        ("job's page",),
    ),
    Fault("the upload worker stopped", "worker-bulk", lambda stack, _: stack.without("worker-bulk")),
    Fault("the upload worker hanging", "worker-bulk", lambda stack, _: still(family_of(stack.parts()["worker-bulk"]))),
    Fault("broker hanging", "broker", lambda stack, _: still(family_of(stack.parts()["broker"]))),
    Fault("broker refusing connections", "broker", lambda stack, _: stack.without("broker")),
    Fault("broker refusing to store", "broker", _refuses_writing),
    Fault("PostgreSQL stopped", "database", lambda _, cluster: cluster.away()),
    Fault("PostgreSQL hanging", "database", lambda _, cluster: still(cluster.family())),
    Fault("disk full", "disk", _disk_full),
    Fault(
        f"a worker's clock {SECONDS_WRONG} s ahead",
        "clock",
        lambda stack, _: _clock_wrong(stack, "worker-interactive", f"+{SECONDS_WRONG}s", " ready."),
        ("job's page",),
    ),
    Fault(
        f"beat's clock {SECONDS_WRONG} s behind",
        "clock",
        lambda stack, _: _clock_wrong(stack, "beat", f"-{SECONDS_WRONG}s", " is starting."),
    ),
]


def play(faults: Sequence[Fault]) -> list[Said]:
    """Open a stack, play the faults one after the other, and return what was said."""
    folder = Path(tempfile.mkdtemp(prefix="bpparts"))
    cluster = Cluster(folder)
    operator_stack.SERVER = cluster.url
    told: list[Said] = []
    try:
        cluster.start()
        with _disk(folder / "small") as disk:
            stack = ClockedStack(scale=1.0, data=disk / "data" if disk else None)
            try:
                stack.open()
                job = _waiting_job(stack)
                for fault in faults:
                    told.append(_play(fault, stack, cluster, job, has_disk=disk is not None))
                    print(f"{fault.name}: {told[-1]}", file=sys.stderr, flush=True)
            finally:
                stack.close()
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return told


def _waiting_job(stack: OperatorStack) -> int:
    """Begin an upload to a tenant that goes away: its job waits for it from then on, and for whoever wakes it."""
    import random

    stage = Stage(stack, 2000, random.Random(7), Watch(stack.store))  # noqa: S311 - a play, no secret
    upload = stage.ready(KEYED)
    stage.tenant.latency(1.0)
    stack.person().confirm(upload.page, typed=upload.list_name)
    stage.half_way(upload, share=0.05)
    stack.tenant.kill()
    return upload.job_id


def _play(fault: Fault, stack: ClockedStack, cluster: Cluster, job: int, *, has_disk: bool) -> Said:
    said = Said(fault.name, fault.part, silent=fault.silent)
    if fault.part == "disk" and not has_disk:
        said.skipped = "only root may mount the small disk that is filled"
        return said
    faces = Faces(stack, job, fault.part)
    try:
        faces.wait_until_well()
        with fault.begin(stack, cluster):
            said.words = faces.watch()
        said.well_after = faces.wait_until_well()
    except Skipped as skipped:
        said.skipped = str(skipped)
    except Timeout as late:
        said.skipped = f"not played to its end: {late}"
    return said


def table(told: Sequence[Said]) -> str:
    """Return what was said as Markdown: seconds and words."""
    lines = ["| part | " + " | ".join(FACES) + " | all well again |", "| --- |" + " --- |" * (len(FACES) + 1)]
    for said in told:
        if said.skipped:
            lines.append(f"| {said.fault} | skipped: {said.skipped} |" + " |" * len(FACES))
            continue
        cells = []
        for face in FACES:
            seconds, words = said.words.get(face, (0.0, ""))
            nothing = "nothing: it moves without it" if face in said.silent else "**nothing**"
            cells.append(f"{seconds:.0f} s: {words.replace('|', '/')}" if words else nothing)
        after = "**no**" if said.well_after is None else f"after {said.well_after:.0f} s"
        lines.append(f"| {said.fault} | {' | '.join(cells)} | {after} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.parts", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="WORDS", help="faults whose name holds this")
    parser.add_argument("--out", type=Path, help="write the table there as well")
    options = parser.parse_args(arguments)
    os.environ["no_proxy"] = "127.0.0.1"
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda *_: HALT.set())
    chosen = [fault for fault in FAULTS if not options.only or any(words in fault.name for words in options.only)]
    try:
        told = play(chosen)
    except (Unavailable, Skipped, redis.RedisError) as missing:
        print(f"Skipped: {missing}")
        return 1
    text = table(told)
    print(f"\n{text}")
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(f"{text}\n")
    late = [f"{said.fault}: {', '.join(said.late)}" for said in told if said.late]
    print("\n".join(["", *(f"Silent for more than {LIMIT:.0f} s: {each}" for each in late)]))
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
