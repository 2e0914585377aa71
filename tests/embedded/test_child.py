"""Children of the supervisor: started again, ended with their own children, tied to the supervisor's life."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bpadmin.embedded import child as child_module
from bpadmin.embedded import tether
from bpadmin.embedded.child import Child, stop_all

SLEEP = "import time; time.sleep(300)"


def wait_until(is_true: Callable[[], bool], within: float = 20.0) -> None:
    until = time.monotonic() + within
    while not is_true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """A zombie is dead: it waits for whoever adopted it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def make_child(tmp_path: Path) -> Iterator[Callable[[str], Child]]:
    made: list[Child] = []

    def make(code: str) -> Child:
        command = [sys.executable, "-c", code]
        child = Child("sample", command, dict(os.environ), tmp_path / "logs" / "sample.log", tmp_path, pause=0.05)
        made.append(child)
        child.start()
        return child

    yield make
    stop_all(made, within=1)


def test_a_child_that_dies_is_started_again_after_a_pause_that_grows(make_child: Callable[[str], Child]) -> None:
    child = make_child("raise SystemExit(3)")
    codes: list[int] = []

    def three_deaths() -> bool:
        code = child.check()
        if code is not None:
            codes.append(code)
        return len(codes) == 3

    wait_until(three_deaths)
    assert codes == [3, 3, 3]
    assert child.pause == pytest.approx(0.4)


def test_what_a_child_printed_is_in_its_log(make_child: Callable[[str], Child]) -> None:
    child = make_child("print('ready', flush=True); import time; time.sleep(300)")
    wait_until(lambda: "ready" in child.last_lines())


def test_what_a_killed_child_leaves_behind_is_ended_too(make_child: Callable[[str], Child], tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    child = make_child(
        f"import subprocess, sys, pathlib, time; p = subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); "
        f"pathlib.Path({str(note)!r}).write_text(str(p.pid)); time.sleep(300)"
    )
    wait_until(lambda: note.exists() and note.read_text() != "")
    grandchild = int(note.read_text())
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    wait_until(lambda: child.check() is not None)
    wait_until(lambda: not is_alive(grandchild))


def test_a_child_that_does_not_listen_is_ended_all_the_same(make_child: Callable[[str], Child]) -> None:
    child = make_child(
        f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {SLEEP}"
    )
    wait_until(lambda: "deaf" in child.last_lines())
    stop_all([child], within=0.2)
    assert child.pid is None


@pytest.mark.parametrize("way", ["kernel", "watch"])
def test_a_child_ends_when_its_supervisor_is_killed(way: str, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    work = f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(300)"
    start = "import tether; tether.main" if way == "kernel" else "import sys, tether; tether.watch"
    argv = "[sys.argv[1], *sys.argv[2:]]" if way == "kernel" else "sys.argv[2:]"
    tied = f"import sys; sys.path.insert(0, {str(Path(tether.__file__).parent)!r}); {start}({argv})"
    supervisor = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, subprocess, sys, time; python = sys.executable; "
            "subprocess.Popen([python, '-c', sys.argv[1], str(os.getpid()), python, '-c', sys.argv[2]], "
            "stdin=subprocess.PIPE); time.sleep(300)",
            tied,
            work,
        ]
    )
    try:
        wait_until(lambda: note.exists() and note.read_text() != "")
        pid = int(note.read_text())
        assert is_alive(pid)
    finally:
        supervisor.kill()
        supervisor.wait()
    wait_until(lambda: not is_alive(pid))


def test_a_log_is_put_aside_before_it_grows_large(
    make_child: Callable[[str], Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    child = make_child(SLEEP)
    monkeypatch.setattr(child_module, "LOG_LIMIT", 10)
    for number in range(5):
        child.log.write_text(f"line number {number}\n")
        child.rotate()
    assert child.log.read_text() == ""
    kept = sorted(path.name for path in child.log.parent.iterdir())
    assert kept == ["sample.log", "sample.log.1", "sample.log.2", "sample.log.3"]
    assert child.log.with_name("sample.log.1").read_text() == "line number 4\n"
