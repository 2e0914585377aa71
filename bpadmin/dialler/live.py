"""What the dialler says now, read at most once per interval however many pages ask.

One reader of an interval becomes the refresher; the others get the last value at once. The refresher's call runs in a
thread. A page waits for it, a little, only where nothing is known yet or an act here has changed it: a slow dialler
makes a page old, never slow.
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
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.core.cache import cache
from django.db import connections

from bpadmin.installation.counters import count
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
LOCK_SECONDS = 40  # a claim that nobody renews is over after this
PATIENCE = 1.0  # how long a page waits for what was never read
STALE_AFTER = 4  # intervals
# A tenant that does not answer holds this many threads of a process, whatever is asked of it.
EACH_TENANT = 6
_SAFE = re.compile(r"[!-~]{1,180}")


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[T]):
    """What was read last. `error` is the sentence of the last attempt when it failed, else "".

    Of what is read by parts `read` of `total` were, and `fetched_at` is when the oldest of them was; `total` is None
    as long as nobody knows how many there are, `read` where it is read at once. `began_at` is when the reading began.

    Without any success so far `fetched_at` is None and `value` is None; ask `has_value`, since None may be a value.
    """

    value: T
    fetched_at: datetime | None = None
    error: str = ""
    interval: float = 5.0
    read: int | None = None
    total: int | None = None
    began_at: datetime | None = None

    @property
    def is_partial(self) -> bool:
        """Return whether parts are still missing."""
        return self.read is not None and (self.total is None or self.read < self.total)

    @property
    def has_value(self) -> bool:
        """Return whether anything was ever read."""
        return self.fetched_at is not None

    @property
    def age_seconds(self) -> float | None:
        """Seconds since the value was read, None without one."""
        return None if self.fetched_at is None else max(0.0, (datetime.now(UTC) - self.fetched_at).total_seconds())

    @property
    def is_stale(self) -> bool:
        """Return whether the value is older than it should be."""
        age = self.age_seconds
        return age is None or bool(self.error) or age > STALE_AFTER * self.interval


@dataclass(frozen=True, slots=True)
class _Entry:
    """As kept in the cache; `checked_at` is the last attempt, successful or not (epoch seconds).

    The value lies beside it: whoever only asks how old it is need not load thousands of campaigns.
    """

    fetched_at: datetime | None = None
    error: str = ""
    checked_at: float = 0.0
    began_at: datetime | None = None

    @property
    def is_known(self) -> bool:
        """Return whether there is a value that no act here has overtaken."""
        return self.fetched_at is not None and self.checked_at > 0


def live_read(
    tenant: Tenant,
    name: str,
    fetch: Callable[[PlatformClient], T],
    *,
    ttl: float = 5.0,
    patience: float | None = None,
    brings_value: bool = True,
) -> Snapshot[T]:
    """Return what was read last, and have `fetch` read it again where that is more than `ttl` seconds ago.

    Only where nothing is known, or an act here has changed it, it is waited for, `patience` seconds (PATIENCE).
    Without `brings_value` only when and how it was read is given, which costs little whatever the value is.

    `fetch` runs in a thread, without a database transaction; its result is pickled into the shared cache. A failure is
    remembered for `ttl` too, so that a dead tenant costs one call per interval; the last known value stays for a day.
    """
    key = _key(tenant, name)
    entry = _get(key)
    patience = PATIENCE if patience is None else patience
    if time.time() - entry.checked_at >= ttl:
        entry = _read_again(tenant, key, fetch, entry, ttl, patience)
    value: Any = _value(key) if brings_value and entry.fetched_at else None
    if value is _GONE:  # evicted, or kept by another version of us
        cache.delete(key)
        entry = _read_again(tenant, key, fetch, _Entry(), ttl, patience)
        value = _value(key) if entry.fetched_at else None
    has_value = entry.fetched_at if value is not _GONE else None
    value = None if value is _GONE else value
    return Snapshot(value=value, fetched_at=has_value, error=entry.error, interval=ttl, began_at=entry.began_at)


def _read_again(
    tenant: Tenant, key: str, fetch: Callable[[PlatformClient], Any], entry: _Entry, ttl: float, patience: float
) -> _Entry:
    owner = uuid.uuid4().hex
    if not cache.add(f"{key}:lock", owner, timeout=LOCK_SECONDS):
        return entry if entry.fetched_at else _wait_for_another(key, entry, patience)
    entry = _get(key)
    # Another refresher may have ended between our look and our claim.
    if time.time() - entry.checked_at < ttl or (entry.is_known and not _is_within_budget(tenant)):
        _let_go(key, owner)
        return entry
    return _refresh(tenant, key, owner, fetch, 0.0 if entry.is_known else patience)


def live_value(tenant: Tenant, name: str) -> Any:
    """Return the value alone, as it was read last."""
    value = _value(_key(tenant, name))
    return None if value is _GONE else value


def _is_within_budget(tenant: Tenant) -> bool:
    """Count a request of this minute: half of what the tenant's reading may cost is for what people look at."""
    key = f"live-calls:{tenant.pk}:{int(time.time() // 60)}"
    return count(key, 120) <= tenant.catalogue_calls / 2


def live_forget(tenant: Tenant, name: str, *, amend: Callable[[Any], Any] | None = None) -> None:
    """Make the next reader ask the dialler, as after an act that changed it; the last known value is kept meanwhile.

    `amend` takes that value and gives it with what the act is known to have changed, for as long as nothing is read.
    A refresher that is under way may have read the state before the act, so it loses its claim as well.
    """
    key = _key(tenant, name)
    entry = _get(key)
    cache.delete(f"{key}:lock")
    _reading_overtaken(tenant, key)
    if entry.checked_at:
        value = _value(key) if amend and entry.fetched_at else None
        if amend and value is not None and value is not _GONE:
            cache.set(f"{key}:value", amend(value), timeout=KEEP_SECONDS)
        cache.set(key, replace(entry, checked_at=0.0), timeout=KEEP_SECONDS)


_readings_changed = Condition()
# By tenant: the owner of each reading of this process, and what it reads, marked where an act has overtaken it.
OVERTAKEN = " overtaken"
_readings: dict[int, dict[str, str]] = {}


def _reading_begin(tenant: Tenant, key: str, owner: str, patience: float) -> bool:
    """Note a reading of this process; False where the same one, or too many of the tenant's, do not end in time.

    A claim in the cache runs out before a slow reading ends.
    """

    def is_free() -> bool:
        readings = _readings.get(tenant.pk, {})
        return key not in readings.values() and len(readings) < EACH_TENANT

    with _readings_changed:
        if not _readings_changed.wait_for(is_free, timeout=patience):
            return False
        _readings.setdefault(tenant.pk, {})[owner] = key
        _renewing_begin()
        return True


_renewer: list[Thread] = []


def _renewing_begin() -> None:
    """See to it that the claims of this process's readings are renewed for as long as they work; called locked."""
    if not _renewer:
        _renewer.append(Thread(target=_renew_claims, name="live claims", daemon=True))
        _renewer[0].start()


def _renew_claims() -> None:
    while True:
        time.sleep(LOCK_SECONDS / 4)
        with _readings_changed:
            held = [(owner, key) for each in _readings.values() for owner, key in each.items()]
            if not held:
                _renewer.clear()
                return
        for owner, key in held:
            if not key.endswith(OVERTAKEN) and cache.get(f"{key}:lock") == owner:
                cache.touch(f"{key}:lock", LOCK_SECONDS)


def _reading_overtaken(tenant: Tenant, key: str) -> None:
    """Let the next reader of this process go on at once: what is being read is of before the act.

    One such reading of a key is left running, no more.
    """
    with _readings_changed:
        readings = _readings.get(tenant.pk, {})
        if key + OVERTAKEN not in readings.values():
            readings.update({owner: key + OVERTAKEN for owner, reads in readings.items() if reads == key})
            _readings_changed.notify_all()


def _reading_end(tenant: Tenant, owner: str) -> None:
    with _readings_changed:
        readings = _readings.get(tenant.pk, {})
        readings.pop(owner, None)
        if not readings:
            _readings.pop(tenant.pk, None)
        _readings_changed.notify_all()


def _refresh(tenant: Tenant, key: str, owner: str, fetch: Callable[[PlatformClient], Any], patience: float) -> _Entry:
    if not _reading_begin(tenant, key, owner, patience):
        _let_go(key, owner)
        return _get(key)
    done: Future[_Entry] = Future()

    def run() -> None:
        try:
            done.set_result(_ask(tenant, key, owner, fetch))
        except Exception as exc:
            logger.exception("Reading %s failed", key)
            done.set_exception(exc)
        finally:
            _reading_end(tenant, owner)
            connections.close_all()

    Thread(target=run, name=f"live {key}", daemon=True).start()
    try:
        return done.result(timeout=patience)
    except NotReadyYet:
        return _get(key)


def _ask(tenant: Tenant, key: str, owner: str, fetch: Callable[[PlatformClient], Any]) -> _Entry:
    """Call the dialler and keep what came of it, unless the claim was lost meanwhile."""
    lock = f"{key}:lock"
    value, began = None, datetime.now(UTC)
    try:
        try:
            with tenant_client(tenant, read_timeout=READ_TIMEOUT, patience=RETRY_SECONDS) as client:
                value = fetch(client)
            entry = _Entry(fetched_at=datetime.now(UTC), checked_at=time.time(), began_at=began)
        except PlatformError as exc:
            entry = replace(_get(key), error=exc.message, checked_at=time.time())
        if cache.get(lock) != owner:
            return _get(key)
        if entry.began_at == began:
            cache.set(f"{key}:value", value, timeout=KEEP_SECONDS)
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


_GONE = object()


def _value(key: str) -> Any:
    try:
        return cache.get(f"{key}:value", _GONE)
    except (pickle.UnpicklingError, AttributeError, ImportError, TypeError, ValueError):
        return _GONE


def _key(tenant: Tenant, name: str) -> str:
    # Ids may be names, which hold what not every cache takes in a key.
    safe = name if _SAFE.fullmatch(name) else hashlib.sha256(name.encode()).hexdigest()
    return f"live:{tenant.pk}:{safe}"
