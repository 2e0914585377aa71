"""`make run`: everything starts by one command, stays up, and is gone when it is stopped."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from urllib.parse import urlencode

import pytest

from tests.stack import ROOT, Stack, is_alive, wait_until

pytestmark = pytest.mark.timeout(240)

PARTS = {"web", "worker-bulk", "worker-interactive", "beat", "sandbox"}


@pytest.fixture(scope="module")
def shared_stack() -> Iterator[Stack]:
    with Stack() as running:
        yield running


@pytest.fixture
def stack(shared_stack: Stack) -> Stack:
    """A running stack; one that a test has stopped is started again."""
    if not shared_stack.is_running:
        shared_stack.start()
    return shared_stack


def sign_in(stack: Stack, username: str) -> str:
    """Sign in as a person would; returns the page they land on."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with browser.open(f"{stack.url}/sign-in/") as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "username": username, "password": stack.sign_ins[username]}
    with browser.open(f"{stack.url}/sign-in/", urlencode(form).encode()) as page:
        assert not page.url.endswith("/sign-in/")
        return page.read().decode()


def answers(stack: Stack) -> bool:
    try:
        with urllib.request.urlopen(f"{stack.url}/healthz", timeout=2) as page:
            return page.status == 200
    except OSError:
        return False


@pytest.mark.slow
def test_it_runs_keeps_its_data_and_stops_without_leaving_anything(stack: Stack) -> None:
    assert stack.pids().keys() >= PARTS
    assert set(stack.sign_ins) == {"viewer", "supervisor", "administrator"}
    assert "Demo contact centre" in sign_in(stack, "supervisor")
    before, passwords = stack.pids(), stack.sign_ins

    assert stack.stop() == 0
    assert not [name for name, pid in before.items() if is_alive(pid)]

    stack.start()
    assert stack.sign_ins == passwords
    assert "Demo contact centre" in sign_in(stack, "viewer")


@pytest.mark.slow
def test_what_is_killed_comes_back(stack: Stack) -> None:
    for name in stack.pids():
        killed = stack.pids()[name]
        os.kill(killed, signal.SIGKILL)
        wait_until(
            lambda name=name, killed=killed: stack.pids().get(name, killed) != killed,
            within=90,
            what=f"{name} to come back",
        )
    wait_until(lambda: answers(stack), within=90, what="the web to answer")
    assert "web was killed by signal 9; it starts again" in stack.console.read_text()


@pytest.mark.slow
def test_a_killed_supervisor_leaves_nothing_running_and_can_start_again(stack: Stack) -> None:
    before = stack.pids()
    stack.signal(signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, before.values())), within=60, what="its children to end")
    stack.start()
    assert answers(stack)


@pytest.mark.slow
def test_two_on_the_same_data_are_one_too_many(stack: Stack) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "bpadmin.embedded"], cwd=ROOT, env=stack.env, capture_output=True, text=True, timeout=60
    )
    assert second.returncode == 1
    assert f"bpadmin already runs on {stack.data}" in second.stderr
    assert answers(stack)


def test_a_taken_port_is_said_in_words() -> None:
    stack = Stack()
    try:
        with socket.socket() as other:
            other.bind(("127.0.0.1", int(stack.env["BPADMIN_PORT"])))
            other.listen()
            command = [sys.executable, "-m", "bpadmin.embedded"]
            done = subprocess.run(command, cwd=ROOT, env=stack.env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1
        assert f"Port {stack.env['BPADMIN_PORT']} on 127.0.0.1 is taken by another program" in done.stderr
    finally:
        stack.close()
