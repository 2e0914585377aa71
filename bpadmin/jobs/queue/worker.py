"""What a worker process does beside its tasks: it shows that it lives, and gives its leases back when it is to end."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import threading
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

from celery.signals import (
    task_postrun,
    task_prerun,
    worker_before_create_process,
    worker_init,
    worker_ready,
    worker_shutdown,
)
from django.conf import settings
from django.db import Error, connection

from bpadmin.extensions import extensions_load
from bpadmin.installation.tallies import tallies_flush
from bpadmin.jobs.engine.dispatch import QUEUES
from bpadmin.jobs.engine.lease import leases_expire_dead
from bpadmin.jobs.engine.shutdown import (
    Work,
    is_shutting_down,
    shutdown_ask,
    shutdown_forget,
    work_begin,
    work_end,
    work_wait,
)
from bpadmin.jobs.handlers import handlers_load
from bpadmin.jobs.models import WorkerBeat
from bpadmin.jobs.queue import restored
from bpadmin.jobs.queue.signs import signs_forget, signs_show
from bpadmin.platforms import platforms_load

log = logging.getLogger(__name__)

TURNS = ("bpadmin.jobs.tasks.job_prepare", "bpadmin.jobs.tasks.job_run")
# Of the stop grace, what is left for ending in order after the last answer; and how long other tasks than turns have.
RESERVE_SECONDS = 5.0
OTHERS_SECONDS = 3.0
LEAVE_SECONDS = 2.0
_ended = threading.Event()


def worker_name() -> str:
    """Name this machine and process, as a lease's owner begins."""
    return f"worker@{socket.gethostname()}"


@worker_init.connect
def _begin(**_: Any) -> None:
    shutdown_forget()
    _ended.clear()
    restored.start()
    connection.close()


@worker_before_create_process.connect
def _share(**_: Any) -> None:
    """Have a process of the pool share what this one has in memory.

    The collector writes a mark into each object that it looks at, which would copy nearly all of it into each process.
    """
    if not gc.get_freeze_count():
        handlers_load()
        extensions_load()
        platforms_load()
        gc.collect()
    gc.freeze()


@worker_ready.connect
def _show(sender: Any = None, **_: Any) -> None:
    """Begin to show signs of life, from the worker's main process."""
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
        _hear_first(number, sender)
    queues = _queues(sender)
    name = f"{getattr(sender, 'hostname', worker_name())}/{os.getpid()}"[:120]
    told = {"name": name, "queues": queues, "slots": _slots(sender), "ended": _ended}
    threading.Thread(target=signs_show, kwargs=told, name="worker-sign", daemon=True).start()


@task_prerun.connect
def _at_work(task: Any = None, **_: Any) -> None:
    work_begin(Work.TURN if task is not None and task.name in TURNS else Work.OTHER)


@task_postrun.connect
def _at_rest(**_: Any) -> None:
    work_end()
    tallies_flush(is_due=True)


def _hear_first(number: signal.Signals, consumer: Any) -> None:
    """End this worker when a signal arrives, as soon as the answers under way are there; Celery sees a second signal.

    Celery's own soft shutdown sleeps in its signal handler for as long as it was told to, whether anybody is at work
    or not, and then takes seconds to take its pool apart.
    """
    then = signal.getsignal(number)

    def hear(received: int, frame: FrameType | None) -> None:
        children = _children(consumer)
        if children and not is_shutting_down():
            shutdown_ask()
            turns = max(0.0, settings.STOP_GRACE_SECONDS - RESERVE_SECONDS)
            work_wait(turns=turns, others=min(turns, OTHERS_SECONDS))
            _end(consumer, children)
        shutdown_ask()
        if callable(then):
            then(received, frame)

    signal.signal(number, hear)


def _children(consumer: Any) -> list[int]:
    """Return the process ids of the pool's processes, none where tasks run in this process."""
    pool = getattr(getattr(consumer, "pool", None), "_pool", None)
    return [process.pid for process in getattr(pool, "_pool", [])]


def _end(consumer: Any, children: list[int]) -> NoReturn:
    """End this process and the pool's at once: whoever had not come to an end by now was killed.

    Other workers get the messages that this one had taken, and the jobs whose drivers were killed.
    """
    for pid in children:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
        with suppress(OSError):
            os.waitpid(pid, 0)
    # In a thread, since what this signal has interrupted may hold a lock.
    leave = threading.Thread(target=_leave, args=[consumer], name="worker-leave", daemon=True)
    leave.start()
    leave.join(LEAVE_SECONDS)
    os._exit(0)


def _leave(consumer: Any) -> None:
    try:
        leases_expire_dead()
        signs_forget(_queues(consumer))
        WorkerBeat.objects.filter(name__endswith=f"/{os.getpid()}", name__startswith=f"{consumer.hostname}/").delete()
    except Error:
        log.warning("this worker could not say that it ends", exc_info=True)
    try:
        consumer.connection.close()
    except Exception:
        log.warning("the broker could not be told that this worker ends", exc_info=True)


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
