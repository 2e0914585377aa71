"""A full disk ends nothing: the supervisor keeps its children, says it, and goes on when there is room."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bpadmin.embedded import child as child_module
from bpadmin.embedded import supervisor as supervisor_module
from bpadmin.embedded.child import Child, stop_all
from bpadmin.embedded.supervisor import Supervisor
from tests.embedded.test_supervisor import answers
from tests.stack import Stack, is_alive, wait_until

FULL = OSError(errno.ENOSPC, "No space left on device")


class Ended(BaseException):
    """The loop under test has turned often enough."""


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    command = [sys.executable, "-c", "import time; time.sleep(300)"]
    made = Child("sample", command, dict(os.environ), tmp_path / "logs" / "sample.log", tmp_path, pause=0.0)
    made.start()
    yield made
    stop_all([made], within=1)


@pytest.fixture
def turns(tmp_path: Path, child: Child, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[str]]:
    """Run a supervisor of one child for some turns and give what it said."""
    supervisor = Supervisor(SimpleNamespace(data=tmp_path), lambda plan: None, [child])  # type: ignore[arg-type]

    def run(count: int) -> list[str]:
        left, said = [count], []

        def sleep(seconds: float) -> None:
            left[0] -= 1
            if not left[0]:
                raise Ended

        with monkeypatch.context() as patch:
            patch.setattr(supervisor_module, "say", said.append)
            patch.setattr(
                supervisor_module, "time", SimpleNamespace(monotonic=supervisor_module.time.monotonic, sleep=sleep)
            )
            with pytest.raises(Ended):
                supervisor.keep_running()
        return said

    return run


def full(*_: Any, **__: Any) -> Any:
    raise FULL


def test_a_list_of_processes_that_cannot_be_written_ends_nothing(
    turns: Callable[[int], list[str]], child: Child, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    turns(1)
    os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()
    with monkeypatch.context() as patch:
        patch.setattr(supervisor_module, "pids_write", full)
        said = turns(4)
    assert child.pid is not None
    assert [line for line in said if "The disk of bpadmin is full: free" in line and str(tmp_path) in line]
    assert any("It can write again" in line for line in turns(2))
    assert str(child.pid) in (tmp_path / "run" / "pids.json").read_text()


def test_a_child_that_cannot_be_started_now_is_started_later(
    turns: Callable[[int], list[str]], child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()
    with monkeypatch.context() as patch:
        patch.setattr(child_module.subprocess, "Popen", full)
        said = turns(3)
        assert child.pid is None
    assert any("The disk of bpadmin is full" in line for line in said)
    child.pause = child.start_again_at = 0.0
    turns(2)
    assert child.pid is not None


def test_a_log_that_cannot_be_copied_aside_gives_up_its_older_copies(
    child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_module, "LOG_LIMIT", 10)
    for name in ("sample.log", "sample.log.1", "sample.log.2"):
        (child.log.parent / name).write_text(f"{name} is long enough")
    copy, failed = shutil.copyfile, []

    def once(source: Path, target: Path) -> Any:
        if not failed:
            failed.append(target)
            raise FULL
        return copy(source, target)

    monkeypatch.setattr(child_module.shutil, "copyfile", once)
    child.rotate()
    assert sorted(each.name for each in child.log.parent.iterdir()) == ["sample.log", "sample.log.1"]
    assert (child.log.parent / "sample.log.1").read_text() == "sample.log is long enough"
    assert child.log.read_text() == ""


def test_a_console_that_takes_nothing_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.print", full)
    supervisor_module.say("It cannot be heard.")


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="needs to mount a small disk")
def test_make_run_outlives_a_full_disk() -> None:
    stack = Stack()
    stack.data.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", str(stack.data)], capture_output=True)
    if mounted.returncode:
        stack.close()
        pytest.skip("this machine mounts no tmpfs")
    try:
        stack.start()
        before, filler = stack.pids(), stack.data / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"0" * 65536)
        os.kill(before["worker-bulk"], signal.SIGKILL)
        wait_until(
            lambda: "The disk of bpadmin is full: free 0 MB" in stack.console.read_text(), within=60, what="words"
        )
        assert stack.is_running
        assert is_alive(before["web"])
        filler.unlink()
        wait_until(
            lambda: stack.pids().get("worker-bulk", 0) not in (0, before["worker-bulk"]), within=60, what="a worker"
        )
        wait_until(lambda: answers(stack), within=60, what="the web to answer")
        assert stack.stop() == 0
    finally:
        if stack.is_running:
            stack.stop()
        subprocess.run(["umount", "-l", str(stack.data)], check=False)
        stack.close()
