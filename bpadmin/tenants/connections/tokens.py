"""Access tokens of the platforms, shared by all processes through the cache, encrypted while they lie there."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

from bpadmin.installation.encryption import SecretUnreadable, decrypt, encrypt
from bpadmin.platforms.types import Token

LOCK_SECONDS = 30.0
WAIT_SECONDS = 20.0


class CacheTokens:
    """A TokenStore (see bpadmin.platforms.base) on Django's cache.

    `scope` keeps tenants apart: it is made of the tenant and its credentials, so that a tenant set up with another
    one's client id but not its secret never gets the other one's token.
    """

    def __init__(self, scope: str) -> None:
        self._scope = scope

    def get(self, key: str) -> Token | None:
        """Return the stored token, None when there is none or it cannot be read."""
        stored = cache.get(self._name(key))
        if not isinstance(stored, str):
            return None
        try:
            value, expires_at = json.loads(decrypt(stored))
        except (SecretUnreadable, ValueError):
            return None
        return Token(value=value, lifetime=max(0.0, expires_at - time.time()))

    def put(self, key: str, token: Token, ttl: float) -> None:
        """Keep a token for `ttl` seconds."""
        if ttl > 0:
            cache.set(self._name(key), encrypt(json.dumps([token.value, time.time() + token.lifetime])), timeout=ttl)

    def drop(self, key: str) -> None:
        """Forget a token, as after a 401."""
        cache.delete(self._name(key))

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """Let one process at a time ask for a token; after a while the others go on anyway, without it."""
        name, owner = f"{self._name(key)}:lock", uuid.uuid4().hex
        give_up = time.monotonic() + WAIT_SECONDS
        while not (is_held := cache.add(name, owner, timeout=LOCK_SECONDS)) and time.monotonic() < give_up:
            time.sleep(0.05)
        try:
            yield
        finally:
            if is_held and cache.get(name) == owner:
                cache.delete(name)

    def _name(self, key: str) -> str:
        return f"token:{self._scope}:{key}"
