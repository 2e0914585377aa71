"""The cache that shrinks to memory while its server is away."""

from __future__ import annotations

import pickle
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from bpadmin.dialler import cache as caching
from bpadmin.dialler.cache import SturdyCache
from bpadmin.embedded.broker import server_path
from tests.stack import wait_until


@pytest.fixture
def absent(tmp_path: Path) -> SturdyCache:
    """A cache whose server does not run."""
    return SturdyCache(f"unix://{tmp_path / 'no.sock'}", {})


@pytest.fixture
def rude() -> Iterator[tuple[str, list[int]]]:
    """A server that hangs up on everybody; returns its address and the calls it got."""
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


class Shelf:
    """A Redis of which somebody else has the password: what lies in it can be looked at and changed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.held: dict[str, int | bytes] = {}
        redis = caching.RedisCache
        monkeypatch.setattr(redis, "set", lambda own, key, value, *more: self.held.update({own.make_key(key): value}))
        monkeypatch.setattr(
            redis, "get", lambda own, key, default=None, *more: self.held.get(own.make_key(key), default)
        )


def test_what_the_cache_holds_is_signed_and_nothing_else_is_unpickled(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(monkeypatch)
    cache = caching.SignedRedisCache("redis://127.0.0.1:1", {})
    cache.set("one", {"page": [1, "two"]})
    cache.set("count", 7)
    assert (cache.get("one"), cache.get("count"), cache.get("none", "x")) == ({"page": [1, "two"]}, 7, "x")
    (name, held), count = shelf.held.items()
    assert count[1] == 7  # a number stays one, so that the server can count with it
    # Put there by somebody else, moved to another key, or changed: as if it were not there.
    other = cache.make_key("other")
    for bad in (pickle.dumps(Explodes()), bytes(32) + pickle.dumps(Explodes()), held[:-1] + b"x"):
        shelf.held[other] = shelf.held[name] = bad
        assert (cache.get("one", "gone"), cache.get("other")) == ("gone", None)
    shelf.held[other] = held
    assert cache.get("other") is None


def test_clearing_takes_the_keys_of_this_cache_alone(tmp_path: Path) -> None:
    """The queues lie in the same database, and so do the caches of other test processes."""
    path = tmp_path / "redis.sock"
    quiet = ["--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen([server_path(), *quiet], stdout=subprocess.DEVNULL) as server:
        try:
            queues = redis.Redis(unix_socket_path=str(path))
            wait_until(path.exists, within=30, what="the server")
            queues.lpush("interactive", "a message")
            here, other = (SturdyCache(f"unix://{path}", {"KEY_PREFIX": prefix}) for prefix in ("a[1]*", "b"))
            for cache in (here, other):
                cache.set("one", "value", 60)
            here.clear()
            assert (here.get("one"), other.get("one"), queues.llen("interactive")) == (None, "value", 1)
        finally:
            server.terminate()


def test_a_new_secret_key_reads_what_the_old_one_signed(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    Shelf(monkeypatch)
    cache = caching.SignedRedisCache("redis://127.0.0.1:1", {})
    cache.set("one", "value")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert cache.get("one") == "value"
    settings.SECRET_KEY_FALLBACKS = []
    assert cache.get("one") is None


class Explodes:
    """What runs when it is unpickled."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("it was unpickled",))
