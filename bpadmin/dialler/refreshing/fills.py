"""Readings that a page begins, of what is missing or was changed by an act here, in a thread that outlives the page.

A worker does the same, and all the rest; pages must not depend on there being one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock, Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING

from django.db import connection, connections

from bpadmin.dialler.refreshing.refresher import Refresher, refresher_claim

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

log = logging.getLogger(__name__)
LOOK_SECONDS = 0.02
_lock = Lock()
_running: dict[Thread, Refresher] = {}


def fill_begin(tenant: Tenant) -> None:
    """Begin to read what is missing, unless somebody is at it. Within a transaction it is read here and now."""
    owner = refresher_claim(tenant)
    if not owner:
        return
    refresher = Refresher(tenant, owner, is_first=True)
    if connection.in_atomic_block:
        refresher.run()  # another connection would see nothing of what is stored here
        return
    thread = Thread(target=_run, args=(refresher,), name=f"catalogue of {tenant.pk}", daemon=True)
    with _lock:
        _running[thread] = refresher
    thread.start()


def fill_wait(is_there: Callable[[], bool], *, patience: float) -> bool:
    """Wait until something is there, and tell whether it is."""
    give_up = monotonic() + patience
    while not (found := is_there()) and monotonic() < give_up:
        sleep(LOOK_SECONDS)
    return found


def fills_end() -> None:
    """End all readings of this process, and wait for what is under way."""
    with _lock:
        running = dict(_running)
    for refresher in running.values():
        refresher.is_stopping = True
    for thread in running:
        thread.join()


def _run(refresher: Refresher) -> None:
    from threading import current_thread

    try:
        refresher.run()
    except Exception:
        log.exception("The catalogue of %s could not be read", refresher.tenant)
    finally:
        with _lock:
            _running.pop(current_thread(), None)
        connections.close_all()
