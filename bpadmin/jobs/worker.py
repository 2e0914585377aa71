"""What a worker process does beside its tasks: it shows that it lives, and gives its leases back when it is to end."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from types import FrameType
from typing import Any

from celery.signals import worker_init, worker_ready, worker_shutdown
from django.db import DatabaseError, connection
from django.utils import timezone

from bpadmin.jobs.doorbell import QUEUES
from bpadmin.jobs.health import FORGOTTEN
from bpadmin.jobs.models import WorkerBeat
from bpadmin.jobs.shutdown import shutdown_ask, shutdown_forget

log = logging.getLogger(__name__)

BEAT_SECONDS = 4.0
_ended = threading.Event()


def worker_name() -> str:
    """Name this machine and process, as a lease's owner begins."""
    return f"worker@{socket.gethostname()}"


@worker_init.connect
def _begin(**_: Any) -> None:
    shutdown_forget()
    _ended.clear()


@worker_ready.connect
def _show(sender: Any = None, **_: Any) -> None:
    """Begin to show signs of life, from the worker's main process."""
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
        _hear_first(number)
    queues = _queues(sender)
    name = f"{getattr(sender, 'hostname', worker_name())}/{os.getpid()}"[:120]
    threading.Thread(target=_beat_on, args=(name, queues, _slots(sender)), name="worker-beat", daemon=True).start()


def _hear_first(number: signal.Signals) -> None:
    """Pass the word on when a signal arrives, before Celery sees it.

    Celery's own notice comes after its soft shutdown, which sleeps in the signal handler: too late to end in peace.
    """
    then = signal.getsignal(number)

    def hear(received: int, frame: FrameType | None) -> None:
        shutdown_ask()
        if callable(then):
            then(received, frame)

    signal.signal(number, hear)


@worker_shutdown.connect
def _hide(**_: Any) -> None:
    _ended.set()


def _queues(sender: Any) -> str:
    try:
        names = [str(name) for name in sender.app.amqp.queues.consume_from]
    except AttributeError:
        names = list(QUEUES)
    return ",".join(names)[:120]


def _slots(sender: Any) -> int:
    return int(getattr(getattr(sender, "pool", None), "limit", 0) or 0)


def _beat_on(name: str, queues: str, slots: int) -> None:
    try:
        WorkerBeat.objects.filter(seen_at__lt=timezone.now() - FORGOTTEN).delete()
    except DatabaseError:
        log.warning("the names of long gone workers could not be taken off the list", exc_info=True)
    while True:
        try:
            beat_write(name=name, queues=queues, slots=slots)
        except DatabaseError:
            log.warning("this worker could not show that it lives", exc_info=True)
        finally:
            # A connection kept open here would be inherited by every child that is forked from now on.
            connection.close()
        if _ended.wait(BEAT_SECONDS):
            break
    try:
        WorkerBeat.objects.filter(name=name).delete()
    except DatabaseError:
        log.warning("this worker could not take its name off the list", exc_info=True)
    finally:
        connection.close()


def beat_write(*, name: str, queues: str, slots: int = 0) -> None:
    """Store that a worker lives now, which queues (comma-separated) it listens to, and on how many jobs at once."""
    seen = {"queues": queues, "slots": slots, "seen_at": timezone.now()}
    WorkerBeat.objects.update_or_create(name=name, defaults=seen)
