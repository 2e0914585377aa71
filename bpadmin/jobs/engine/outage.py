"""The database being away: a wait, never an error of ours.

A restart, a fail-over, a lock held for too long: what was to be stored is tried again for a while, and what cannot be
stored then is left to the next driver, who finds in the database what may have been sent.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import Error, InterfaceError, OperationalError, connection

from bpadmin.jobs.engine.shutdown import is_shutting_down

log = logging.getLogger(__name__)

STORE_AWAY = (OperationalError, InterfaceError)
# An answer that is known already is worth more than the lease: as long as nobody has taken over, it may be stored.
PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.25

Result = TypeVar("Result")


def connection_renew() -> None:
    """Close this thread's connection if it is broken, so that the next query opens a new one."""
    if connection.connection is None or connection.in_atomic_block:
        return
    try:
        is_good = connection.get_autocommit() == connection.settings_dict["AUTOCOMMIT"] and connection.is_usable()
    except Error:
        is_good = False
    if not is_good:
        connection.close()


def store_patiently(move: Callable[[], Result], *, seconds: float | None = None) -> Result:
    """Make a move in the database, again and again while it is away; returns what it gives.

    `move` must be one transaction that is guarded: it may have been stored although its answer was lost. Raises one of
    STORE_AWAY after `seconds` (None: PATIENCE_SECONDS), or at once when this process is to end.
    """
    until = time.monotonic() + (PATIENCE_SECONDS if seconds is None else seconds)
    while True:
        try:
            return move()
        except STORE_AWAY as error:
            connection_renew()
            if connection.in_atomic_block or is_shutting_down() or time.monotonic() >= until:
                raise
            log.warning("the database is away, what is to be stored is tried again: %s", error)
        time.sleep(PAUSE_SECONDS)
