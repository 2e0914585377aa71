"""What the dialler says now, read at most once per interval however many pages ask.

One reader of an interval becomes the refresher; the others get the last value at once. The refresher's call runs in a
thread and the page waits for it only a little, so that a slow dialler makes a page old, never slow.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
import re
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotReadyYet
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.core.cache import cache
from django.db import connections

from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.services import tenant_client

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

T = TypeVar("T")

logger = logging.getLogger(__name__)

KEEP_SECONDS = 24 * 3600
READ_TIMEOUT = 20.0
RETRY_SECONDS = 1.0  # the page asks again by itself, so the client need not
LOCK_SECONDS = 40
PATIENCE = 3.0  # how long a page waits for the dialler
STALE_AFTER = 4  # intervals
_SAFE = re.compile(r"[!-~]{1,180}")


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[T]):
    """What was read last. `error` is the sentence of the last attempt when it failed, else "".

    Without any success so far `fetched_at` is None and `value` is None; ask `has_value`, since None may be a value.
    """

    value: T
    fetched_at: datetime | None = None
    error: str = ""
    interval: float = 5.0

    @property
    def has_value(self) -> bool:
        """Tell whether anything was ever read."""
        return self.fetched_at is not None

    @property
    def age_seconds(self) -> float | None:
        """Seconds since the value was read, None without one."""
        return None if self.fetched_at is None else max(0.0, (datetime.now(UTC) - self.fetched_at).total_seconds())

    @property
    def is_stale(self) -> bool:
        """Tell whether the value is older than it should be."""
        age = self.age_seconds
        return age is None or bool(self.error) or age > STALE_AFTER * self.interval


@dataclass(frozen=True, slots=True)
class _Entry:
    """As kept in the cache; `checked_at` is the last attempt, successful or not (epoch seconds)."""

    value: Any = None
    fetched_at: datetime | None = None
    error: str = ""
    checked_at: float = 0.0


def live_read(
    tenant: Tenant,
    name: str,
    fetch: Callable[[PlatformClient], T],
    *,
    ttl: float = 5.0,
    patience: float = PATIENCE,
) -> Snapshot[T]:
    """Give what `fetch` reads, at most `ttl` seconds old when the dialler answers within `patience` seconds.

    `fetch` runs in a thread, without a database transaction; its result is pickled into the shared cache. A failure is
    remembered for `ttl` too, so that a dead tenant costs one call per interval; the last known value stays for a day.
    """
    key = _key(tenant, name)
    entry = _get(key)
    if time.time() - entry.checked_at < ttl:
        return _snapshot(entry, ttl)
    owner = uuid.uuid4().hex
    if cache.add(f"{key}:lock", owner, timeout=LOCK_SECONDS):
        entry = _get(key)
        if time.time() - entry.checked_at < ttl:  # another refresher ended between our look and our claim
            _let_go(key, owner)
            return _snapshot(entry, ttl)
        return _snapshot(_refresh(tenant, key, owner, fetch, patience), ttl)
    return _snapshot(entry if entry.fetched_at else _wait_for_another(key, entry, patience), ttl)


def live_forget(tenant: Tenant, name: str, *, amend: Callable[[Any], Any] | None = None) -> None:
    """Make the next reader ask the dialler, as after an act that changed it; the last known value is kept meanwhile.

    `amend` takes that value and gives it with what the act is known to have changed, for as long as nothing is read.
    A refresher that is under way may have read the state before the act, so it loses its claim as well.
    """
    key = _key(tenant, name)
    entry = _get(key)
    cache.delete(f"{key}:lock")
    if entry.checked_at:
        value = amend(entry.value) if amend and entry.fetched_at else entry.value
        cache.set(key, replace(entry, value=value, checked_at=0.0), timeout=KEEP_SECONDS)


def _refresh(tenant: Tenant, key: str, owner: str, fetch: Callable[[PlatformClient], Any], patience: float) -> _Entry:
    done: Future[_Entry] = Future()

    def run() -> None:
        try:
            done.set_result(_ask(tenant, key, owner, fetch))
        except Exception as exc:
            logger.exception("Reading %s failed", key)
            done.set_exception(exc)
        finally:
            connections.close_all()

    Thread(target=run, name=f"live {key}", daemon=True).start()
    try:
        return done.result(timeout=patience)
    except NotReadyYet:
        return _get(key)


def _ask(tenant: Tenant, key: str, owner: str, fetch: Callable[[PlatformClient], Any]) -> _Entry:
    """Call the dialler and keep what came of it, unless the claim was lost meanwhile."""
    lock = f"{key}:lock"
    try:
        try:
            with tenant_client(tenant, read_timeout=READ_TIMEOUT, patience=RETRY_SECONDS) as client:
                value = fetch(client)
            entry = _Entry(value=value, fetched_at=datetime.now(UTC), checked_at=time.time())
        except PlatformError as exc:
            entry = replace(_get(key), error=exc.message, checked_at=time.time())
        if cache.get(lock) == owner:
            cache.set(key, entry, timeout=KEEP_SECONDS)
        return entry
    finally:
        _let_go(key, owner)


def _let_go(key: str, owner: str) -> None:
    lock = f"{key}:lock"
    if cache.get(lock) == owner:
        cache.delete(lock)


def _wait_for_another(key: str, entry: _Entry, patience: float) -> _Entry:
    """Nothing was ever read and somebody else is reading: wait a little for them."""
    give_up = time.monotonic() + patience
    while not entry.checked_at and time.monotonic() < give_up:
        time.sleep(0.05)
        entry = _get(key)
    return entry


def _get(key: str) -> _Entry:
    try:
        entry = cache.get(key)
    except (pickle.UnpicklingError, AttributeError, ImportError, TypeError, ValueError):
        return _Entry()  # kept by another version of us, whose types were others
    return entry if isinstance(entry, _Entry) else _Entry()


def _snapshot(entry: _Entry, ttl: float) -> Snapshot[Any]:
    return Snapshot(value=entry.value, fetched_at=entry.fetched_at, error=entry.error, interval=ttl)


def _key(tenant: Tenant, name: str) -> str:
    # Ids may be names, which hold what not every cache takes in a key.
    safe = name if _SAFE.fullmatch(name) else hashlib.sha256(name.encode()).hexdigest()
    return f"live:{tenant.pk}:{safe}"
