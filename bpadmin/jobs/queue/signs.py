"""Signs of life in the database: workers and beat write them, pages and health checks read them."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from django.db import Error, connection
from django.utils import timezone

from bpadmin import VERSION
from bpadmin.installation.alive import alive_touch
from bpadmin.installation.clock import clock_skew
from bpadmin.jobs.models import WorkerBeat

log = logging.getLogger(__name__)

SIGN_SECONDS = 4.0
# Older ones are of a process that is gone, or hangs; much older ones are of no interest to anybody.
FRESH_SECONDS = 15.0
FORGOTTEN = timedelta(days=7)
# Beat serves no queue. Its row tells that it lives, its clock and its version.
BEAT = "beat@"


def signs_show(*, name: str, queues: str, slots: int, ended: threading.Event) -> None:
    """Show that a worker lives, every few seconds until `ended` is set; then take its name off the list."""
    try:
        WorkerBeat.objects.filter(seen_at__lt=timezone.now() - FORGOTTEN).delete()
        signs_forget(queues)
    except Error:
        log.warning("the names of long gone workers could not be taken off the list", exc_info=True)
    while True:
        try:
            sign_write(name=name, queues=queues, slots=slots)
            if queues:
                alive_touch("worker")
        except Error:
            log.warning("%s could not show that it lives", name, exc_info=True)
        finally:
            # A connection kept open here would be inherited by every child that is forked from now on.
            connection.close()
        if ended.wait(SIGN_SECONDS):
            break
    try:
        signs_forget(queues)
        WorkerBeat.objects.filter(name=name).delete()
    except Error:
        log.warning("%s could not take its name off the list", name, exc_info=True)
    finally:
        connection.close()


def signs_forget(queues: str) -> None:
    """Take the silent workers of the same queues off the list: when this one ends, they are not who was seen last."""
    silent = timezone.now() - timedelta(seconds=FRESH_SECONDS)
    WorkerBeat.objects.filter(queues=queues, seen_at__lt=silent).delete()


def sign_write(*, name: str, queues: str, slots: int = 0) -> None:
    """Store that a worker lives now, which queues (comma-separated) it listens to, and on how many jobs at once."""
    skew = round(clock_skew(), 3)
    seen = {"queues": queues, "slots": slots, "seen_at": timezone.now(), "clock_skew": skew, "version": VERSION}
    WorkerBeat.objects.update_or_create(name=name, defaults=seen)
