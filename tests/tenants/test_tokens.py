"""Access tokens in the cache."""

from __future__ import annotations

import threading
from typing import Any

from django.core.cache import cache

from bpadmin.platforms.types import Token
from bpadmin.tenants.connections.tokens import CacheTokens


def test_a_token_comes_back_under_its_scope_alone() -> None:
    CacheTokens("one").put("key", Token("abc", 3600), 600)
    found = CacheTokens("one").get("key")
    assert found is not None
    assert found.value == "abc"
    assert 3500 < found.lifetime <= 3600
    assert CacheTokens("two").get("key") is None


def test_it_lies_encrypted_in_the_cache() -> None:
    CacheTokens("one").put("key", Token("plain-token", 3600), 600)
    assert "plain-token" not in str(cache.get("token:one:key"))


def test_a_dropped_or_used_up_token_is_gone() -> None:
    store = CacheTokens("one")
    store.put("key", Token("abc", 3600), 600)
    store.drop("key")
    store.put("late", Token("abc", 10), 0)
    assert store.get("key") is None
    assert store.get("late") is None


def test_what_another_key_encrypted_counts_as_absent(settings: Any) -> None:
    CacheTokens("one").put("key", Token("abc", 3600), 600)
    settings.ENCRYPTION_KEY = "another-key"
    assert CacheTokens("one").get("key") is None


def test_one_at_a_time_holds_the_lock() -> None:
    inside, most, guard = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with CacheTokens("one").lock("key"):
            with guard:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.01)
            with guard:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
