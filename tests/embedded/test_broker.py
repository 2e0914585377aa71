"""The embedded broker: a real server on a socket, whose memory survives its death."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from bpadmin.embedded import broker
from bpadmin.embedded.child import Child, stop_all
from tests.embedded.test_child import wait_until


@pytest.fixture
def socket() -> Iterator[Path]:
    """A socket in a folder with a short name: the kernel allows 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="bpb") as folder:
        yield Path(folder) / "v.sock"


@pytest.mark.slow
def test_what_it_was_told_is_there_after_a_kill(socket: Path, tmp_path: Path) -> None:
    broker.folders_make(socket, tmp_path)
    child = Child("broker", broker.server_command(socket, tmp_path), dict(os.environ), tmp_path / "log", tmp_path)
    assert not broker.answers(socket)
    child.start()
    try:
        wait_until(lambda: broker.answers(socket))
        client = redis.Redis(unix_socket_path=str(socket))
        for number in range(100):
            client.rpush("queue", number)
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        wait_until(lambda: child.check() == -signal.SIGKILL)
        wait_until(lambda: child.check() is None and broker.answers(socket))
        assert client.llen("queue") == 100
        assert socket.parent.stat().st_mode & 0o777 == 0o700
    finally:
        stop_all([child], within=5)


def test_a_machine_without_a_server_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(broker.BrokerRefused, match="REDIS_URL"):
        broker.server_path()


def test_a_server_on_the_path_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(broker.importlib.util, "find_spec", lambda _name: None)
    server = tmp_path / "redis-server"
    server.write_text("#!/bin/sh\n")
    server.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert broker.server_path() == str(server)


def test_a_file_it_cannot_read_is_put_aside(tmp_path: Path) -> None:
    assert broker.put_aside(tmp_path) is None
    (tmp_path / "appendonlydir").mkdir()
    aside = broker.put_aside(tmp_path)
    assert aside is not None
    assert aside.is_dir()
    assert not (tmp_path / "appendonlydir").exists()
