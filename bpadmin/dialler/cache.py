"""A cache that shrinks to this process's memory while the server behind it is away.

Commands work without any broker running, and pages go on while Redis restarts: then every process keeps tokens and
live readings of its own, which costs a few more calls and loses nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# After a failure the server is left alone this long, so that a page with ten readings does not wait ten times.
PAUSE_SECONDS = 2.0
# A server that accepts and then says nothing must not hold up a page for long either (seconds).
TIMEOUTS = {"socket_connect_timeout": 1.0, "socket_timeout": 1.5}


class SturdyCache(BaseCache):
    """Redis while it answers, memory while it does not."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        options = {**TIMEOUTS, **params.get("OPTIONS", {})}
        self._redis = RedisCache(location, {**params, "OPTIONS": options})
        self._memory = LocMemCache(f"beside {location}", {})
        self._away_until = 0.0

    def _do(self, ask: Callable[[BaseCache], Any]) -> Any:
        if time.monotonic() >= self._away_until:
            try:
                return ask(self._redis)
            except (RedisError, OSError) as exc:
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
