"""Scenes in which the database, the broker or the disk is away, empty, held or full."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis

from bench.chaos.judge import Verdict
from bench.chaos.operator_stack import OperatorStack
from bench.chaos.scene import KEYED, NOKEY, Stage, csv_of, scene
from bench.chaos.stacks import EmbeddedStack, Skipped, pause
from bench.chaos.waiting import is_alive, sleep, wait_until


@scene()
def kill_broker(stage: Stage) -> None:
    """The broker is killed and comes back."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    stage.stack.kill("broker")
    stage.finish(*uploads)


@scene()
def broker_emptied(stage: Stage) -> None:
    """The broker loses all that it holds, five times."""
    uploads = stage.uploads()
    for _ in range(5):
        sleep(0.3)
        with suppress(redis.RedisError):
            stage.stack.broker_client().flushall()
    stage.finish(*uploads)


@scene()
def broker_gone(stage: Stage) -> None:
    """The broker is away for a while."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    with stage.watch.away(), stage.stack.without("broker"):
        sleep(max(6.0, stage.scaled(30)))
    stage.finish(*uploads)


@scene()
def broker_hangs(stage: Stage) -> None:
    """The broker takes connections and answers nothing for a while."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    with stage.watch.away():
        pause(stage.stack.parts()["broker"], max(6.0, stage.scaled(30)))
    stage.finish(*uploads)


@scene(stacks=["operator"], short=True)
def pg_connections_terminated(stage: Stage) -> None:
    """The database ends every session, as at a failover: a wait, and not an error of ours."""
    stack = stage.stack
    if not isinstance(stack, OperatorStack):
        raise Skipped("it needs PostgreSQL")
    uploads = stage.uploads()
    for share in (0.15, 0.4):
        stage.half_way(*uploads, share=share)
        stack.sessions_terminate()
    stage.finish(*uploads)


@scene(stacks=["embedded"], short=True)
def sqlite_writer_holds_the_lock(stage: Stage) -> None:
    """Another process holds SQLite's write lock for 25 s, which is longer than the product waits for it."""
    _locked(stage, "BEGIN IMMEDIATE", 25.0)


@scene(stacks=["embedded"])
def sqlite_writer_for_a_while(stage: Stage) -> None:
    """Another process holds SQLite's write lock for 12 s."""
    _locked(stage, "BEGIN IMMEDIATE", 12.0)


@scene(stacks=["embedded"])
def sqlite_long_reader(stage: Stage) -> None:
    """Another process reads in one transaction for 20 s."""
    _locked(stage, "BEGIN; SELECT count(*) FROM jobs_job", 20.0)


def _locked(stage: Stage, statements: str, seconds: float) -> None:
    uploads = stage.uploads()
    stage.half_way(*uploads)
    with stage.watch.away():
        connection = sqlite3.connect(str(stage.stack.store.sqlite), timeout=20, isolation_level=None)
        try:
            for statement in statements.split("; "):
                connection.execute(statement).fetchall()
            sleep(seconds)
        finally:
            connection.close()
    stage.finish(*uploads)


@scene(stacks=["embedded"], short=True)
def disk_full(stage: Stage) -> None:
    """The disk of data is full for a while: the supervisor lives, pages and job say so, and the job goes on."""
    if os.getuid() != 0:
        raise Skipped("only root may mount the small disk that is filled")
    with _small_disk(stage.stack.folder / "small", 160) as disk:
        stack = EmbeddedStack(scale=stage.stack.scale, data=disk / "data")
        try:
            stack.open()
            _fill_in_the_middle(Stage(stack, stage.rows, stage.dice, stage.watch, stage.verdicts), disk)
        finally:
            stack.close()


def _fill_in_the_middle(stage: Stage, disk: Path) -> None:
    stack = stage.stack
    stage.watch.store = stack.store
    uploads = stage.uploads(latency=0.4)
    stage.half_way(*uploads)
    said = Verdict()
    with stage.watch.away():
        ballast = _filled(disk)
        stack.kill("beat")  # so that the supervisor has something to note and to start while nothing can be written
        sleep(6.0)
        said.notes += _words_of_a_full_disk(stage)
        ballast.unlink()
        sleep(4.0)
    if isinstance(stack, EmbeddedStack) and not stack.is_supervised:
        said.stuck = 1
        said.notes.append(f"the supervisor ended: {stack.console.read_text()[-300:]}")
        stack.start()
    stage.say("both", said)
    stack.answer_again(60)
    stage.finish(*uploads)


def _words_of_a_full_disk(stage: Stage) -> list[str]:
    """Send a file to a full disk and note where the answer is no sentence."""
    browser = stage.stack.person()
    list_id, _ = stage.list_make(KEYED)
    try:
        page = browser.file_send(f"lists/{list_id}/upload/", csv_of(stage.people(20_000)))
    except Exception as exc:  # noqa: BLE001 - it is noted
        return [f"full disk: the web server gives no answer: {type(exc).__name__} {str(exc)[:100]}"]
    if "disk is full" not in page.words.casefold():
        return [f"full disk: status {page.status}, and the page does not say it: {page.words[:150]}"]
    return []


def _filled(disk: Path) -> Path:
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(b"\0" * 65536):
            continue
    return ballast


@contextmanager
def _small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Skipped(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)


@scene(stacks=["embedded"])
def supervisor_killed(stage: Stage) -> None:
    """The supervisor alone is killed: all that it kept ends, and starts again with it."""
    stack = stage.stack
    uploads = stage.uploads(kinds=[NOKEY, KEYED])
    stage.half_way(*uploads)
    if not isinstance(stack, EmbeddedStack) or stack.process is None:
        raise Skipped("no supervisor runs")
    with stage.watch.away():
        parts = stack.parts()
        stack.process.send_signal(signal.SIGKILL)
        stack.process.wait()
        wait_until(lambda: not any(is_alive(pid) for pid in parts.values()), "the parts end with it", 60)
        stack.start()
    stage.finish(*uploads)
