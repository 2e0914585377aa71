"""One child process of the supervisor: start, restart with growing pauses, stop, and a log that does not grow."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bpadmin.embedded import tether
from bpadmin.installation.disk import is_disk_full

LOG_LIMIT = 5 * 1024 * 1024
LOG_KEPT = 3
LONGEST_PAUSE = 15.0
STEADY_AFTER = 20.0


@dataclass
class Child:
    """A command that is kept running.

    It leads a process group of its own, so that Ctrl-C in the terminal reaches the supervisor alone, and so that
    whatever it leaves behind when it is killed (a web server's own children, say) can be ended with it.
    `pause` is the wait in seconds before the next start; it doubles with each failure and forgets after a steady run.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    cwd: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float | None = None
    pause: float = 0.5
    failures: int = field(default=0)

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self.process.pid if self.process and self.process.poll() is None else None

    def start(self) -> None:
        """Start the command, tied to this process; its output goes to the end of its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-S", "-E", str(Path(tether.__file__)), str(os.getpid()), *self.command],
                cwd=self.cwd,
                env=dict(self.env),
                stdin=subprocess.PIPE,  # closes with this process: the tie where the kernel offers none
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.started_at = time.monotonic()
        self.start_again_at = None

    def check(self) -> int | None:
        """Start it again when it is due; return its exit code once, at the check that finds it dead.

        Raises OSError when it cannot be started now, as on a full disk; it is due again after a pause.
        """
        if self.process is None:
            return None
        now = time.monotonic()
        if self.start_again_at is not None:
            if now >= self.start_again_at:
                self._start_again(now)
            return None
        code = self.process.poll()
        if code is None:
            if now - self.started_at > STEADY_AFTER:
                self.pause, self.failures = 0.5, 0
            return None
        self.signal(signal.SIGKILL)
        self.failures += 1
        self.start_again_at = now + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        return code

    def _start_again(self, now: float) -> None:
        try:
            self.start()
        except OSError:
            self.start_again_at = now + self.pause
            self.pause = min(self.pause * 2, LONGEST_PAUSE)
            raise

    def signal(self, signum: signal.Signals) -> None:
        """Send a signal to the whole group; a group that is gone is no error."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signum)
            except (ProcessLookupError, PermissionError):
                return

    def ask_to_stop(self) -> None:
        """Ask the command itself to stop (not its group: it ends its own children in its own order)."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def last_lines(self, count: int = 12) -> str:
        """Return the end of the log, for a person who must know why it will not start."""
        try:
            with self.log.open("rb") as handle:
                handle.seek(max(0, self.log.stat().st_size - 20_000))
                return b"\n".join(handle.read().splitlines()[-count:]).decode(errors="replace")
        except OSError:
            return ""

    def rotate(self) -> None:
        """Keep the log small: copy it aside and empty it in place, as the child holds it open for appending.

        On a full disk its older copies are given up for the new one. Raises OSError when there is no room even then.
        """
        if not self.log.exists() or self.log.stat().st_size < LOG_LIMIT:
            return
        for number in range(LOG_KEPT - 1, 0, -1):
            older = self.log.with_name(f"{self.log.name}.{number}")
            if older.exists():
                older.replace(self.log.with_name(f"{self.log.name}.{number + 1}"))
        newest = self.log.with_name(f"{self.log.name}.1")
        try:
            shutil.copyfile(self.log, newest)
        except OSError as error:
            newest.unlink(missing_ok=True)
            if not is_disk_full(error):
                raise
            for number in range(2, LOG_KEPT + 1):
                self.log.with_name(f"{self.log.name}.{number}").unlink(missing_ok=True)
            shutil.copyfile(self.log, newest)
        os.truncate(self.log, 0)


def stop_all(children: Sequence[Child], *, within: float, is_hurried: Callable[[], bool] = lambda: False) -> None:
    """Ask all to stop, wait `within` seconds for them together (less when hurried), then end what is left of each."""
    for child in children:
        child.ask_to_stop()
    until = time.monotonic() + within
    while time.monotonic() < until and not is_hurried() and any(child.pid for child in children):
        time.sleep(0.05)
    for child in children:
        child.signal(signal.SIGKILL)
        if child.process is not None:
            child.process.wait()


def pids_write(file: Path, children: Sequence[Child]) -> None:
    """Write which process is which, for a person (or a test) who wants to look at one: {name: pid}."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_text(json.dumps({child.name: child.pid for child in children}) + "\n")
    fresh.replace(file)
