"""A cache that shrinks to this process's memory while the server behind it is away.

Commands work without any broker running, and pages go on while Redis restarts: then every process keeps tokens and
live readings of its own, which costs a few more calls and loses nothing.
"""

from __future__ import annotations

import hmac
import logging
import pickle
import re
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

logger = logging.getLogger(__name__)

# After a failure the server is left alone this long, so that a page with ten readings does not wait ten times.
PAUSE_SECONDS = 2.0
# A server that accepts and then says nothing must not hold up a page for long either (seconds).
MAC_BYTES = 32
TIMEOUTS = {"socket_connect_timeout": 1.0, "socket_timeout": 1.5}


class _AsItIs:
    """What Redis gets: whole numbers, which it counts with, and bytes."""

    def dumps(self, value: int | bytes) -> int | bytes:
        """Pass on."""
        return value

    def loads(self, data: bytes) -> int | bytes:
        """Tell numbers from what was signed, which is longer than any of them."""
        return data if len(data) > MAC_BYTES else int(data)


class SignedRedisCache(RedisCache):
    """Redis whose values are signed, each for its key: nothing that somebody else put there is ever unpickled."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        options = {**params.get("OPTIONS", {}), "serializer": _AsItIs()}
        super().__init__(location, {**params, "OPTIONS": options})

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(super().add(key, self._signed(key, value, version), timeout, version))

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        super().set(key, self._signed(key, value, version), timeout, version)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        found = super().get(key, None, version)
        if found is None or isinstance(found, int):
            return default if found is None else found
        mac, data = found[:MAC_BYTES], found[MAC_BYTES:]
        name = self.make_key(key, version)
        if not any(hmac.compare_digest(mac, _mac(secret, name, data)) for secret in _secrets()):
            logger.warning("A value in the cache was not put there by this installation; it is passed over")
            return default
        return pickle.loads(data)  # noqa: S301 - signed by us, for this key

    def clear(self) -> None:
        """Take off the keys of this cache alone: Django's way empties the whole database, the queues in it included."""
        client = self._cache.get_client(None, write=True)
        pattern = re.sub(r"([\\*?\[\]])", r"\\\1", self.make_key("")) + "*"
        for key in client.scan_iter(match=pattern, count=1000):
            client.unlink(key)

    def _signed(self, key: Any, value: Any, version: int | None) -> int | bytes:
        if type(value) is int:
            return value
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        return _mac(settings.SECRET_KEY, self.make_key(key, version), data) + data


def _secrets() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def _mac(secret: str, name: str, data: bytes) -> bytes:
    message = len(name.encode()).to_bytes(4, "big") + name.encode() + data
    return hmac.digest(b"bpadmin cache " + secret.encode(), message, "sha256")


def _trouble() -> tuple[type[Exception], ...]:
    """Return what a Redis that is away raises; most processes that have the module never ask one."""
    from redis.exceptions import RedisError

    return RedisError, OSError


class SturdyCache(BaseCache):
    """Redis while it answers, memory while it does not."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        options = {**TIMEOUTS, **params.get("OPTIONS", {})}
        self._redis = SignedRedisCache(location, {**params, "OPTIONS": options})
        self._memory = LocMemCache(f"beside {location}", {})
        self._away_until = 0.0

    def _do(self, ask: Callable[[BaseCache], Any]) -> Any:
        if time.monotonic() >= self._away_until:
            try:
                return ask(self._redis)
            except _trouble() as exc:
                self._away_until = time.monotonic() + PAUSE_SECONDS
                logger.warning(
                    "The cache does not answer (%s); this process uses its memory meanwhile", type(exc).__name__
                )
        return ask(self._memory)

    def add(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._do(lambda cache: cache.add(key, value, _whole(timeout), version)))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._do(lambda cache: cache.get(key, default, version))

    def set(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._do(lambda cache: cache.set(key, value, _whole(timeout), version))

    def touch(self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._do(lambda cache: cache.touch(key, _whole(timeout), version)))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(self._do(lambda cache: cache.delete(key, version)))

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return bool(self._do(lambda cache: cache.has_key(key, version)))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return int(self._do(lambda cache: cache.incr(key, delta, version)))

    def clear(self) -> None:
        self._do(lambda cache: cache.clear())


def _whole(timeout: float | None) -> Any:
    """Round up to whole seconds, all that Redis takes here; 0.5 s must not become "delete at once"."""
    return -int(-timeout // 1) if isinstance(timeout, float) else timeout
