"""The cache that shrinks to memory while its server is away."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bpadmin import caching
from bpadmin.caching import SturdyCache


@pytest.fixture
def absent(tmp_path: Path) -> SturdyCache:
    """A cache whose server does not run."""
    return SturdyCache(f"unix://{tmp_path / 'no.sock'}", {})


@pytest.fixture
def rude() -> Iterator[tuple[str, list[int]]]:
    """A server that hangs up on everybody; gives its address and the calls it got."""
    server = socket.create_server(("127.0.0.1", 0))
    calls: list[int] = []

    def answer() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            calls.append(1)
            connection.close()

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield f"redis://127.0.0.1:{server.getsockname()[1]}", calls
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


def test_it_keeps_values_without_any_server(absent: SturdyCache) -> None:
    absent.set("key", {"a": 1}, 60)
    assert absent.get("key") == {"a": 1}
    assert "key" in absent
    assert absent.touch("key", 60)
    assert absent.delete("key")
    assert absent.get("key", "gone") == "gone"


def test_a_claim_is_given_once_without_any_server(absent: SturdyCache) -> None:
    assert absent.add("lock", "me", 60)
    assert not absent.add("lock", "you", 60)


def test_many_at_once_work_without_any_server(absent: SturdyCache) -> None:
    absent.set_many({"a": 1, "b": 2}, 60)
    assert absent.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    assert absent.incr("a") == 2
    absent.clear()
    assert absent.get("a") is None


def test_a_server_that_hangs_up_is_left_alone_for_a_while(
    rude: tuple[str, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "PAUSE_SECONDS", 3600.0)
    address, calls = rude
    cache = SturdyCache(address, {})
    cache.set("key", "value", 60)
    after_first = len(calls)
    assert [cache.get("key") for _ in range(50)] == ["value"] * 50
    assert len(calls) == after_first


def test_part_of_a_second_is_not_nothing() -> None:
    assert caching._whole(0.2) == 1
    assert caching._whole(5.0) == 5
    assert caching._whole(None) is None


def test_a_server_that_says_nothing_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "TIMEOUTS", {"socket_connect_timeout": 0.05, "socket_timeout": 0.05})
    with socket.create_server(("127.0.0.1", 0)) as server:
        cache = SturdyCache(f"redis://127.0.0.1:{server.getsockname()[1]}", {})
        cache.set("key", "value", 60)
        assert cache.get("key") == "value"
