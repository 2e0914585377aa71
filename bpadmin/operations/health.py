"""How every part of this installation is: what answers, when it was last seen, and what to do where it does not.

One reading for all faces: `/readyz`, `manage.py status`, the operator's page, the metrics and a waiting job's page.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import redis
from django.db import Error, connection
from django.utils import timezone

from bpadmin.installation.clock import clock_skew
from bpadmin.installation.database import database_ask
from bpadmin.installation.disk import LITTLE, MEGABYTE, disk_full_words, free_bytes
from bpadmin.installation.files import files_problem
from bpadmin.installation.hold import hold_reason
from bpadmin.installation.life import broker_ask
from bpadmin.installation.models import Installation
from bpadmin.jobs.engine.dispatch import QUEUES
from bpadmin.jobs.models import WorkerBeat
from bpadmin.jobs.queue.signs import BEAT
from bpadmin.jobs.queue.worker_health import SWEEP_SILENCE

# A worker shows itself every four seconds and beat rings every two.
WORKER_SILENCE = 15.0
FORGOTTEN = timedelta(days=1)
LOW = 500 * MEGABYTE
# Messages of the sweep are thrown away when they are six seconds old.
MOST_SKEW = 3.0


@dataclass(frozen=True, slots=True)
class Part:
    """One part. `words` says how it is, and what to do where `is_ok` is False; `figures` are numbers for machines."""

    name: str
    is_ok: bool
    words: str
    figures: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return a plain dict."""
        return {"name": self.name, "ok": self.is_ok, "words": self.words, **self.figures}


def parts_read() -> list[Part]:
    """Look at every part now; takes some milliseconds, and about two seconds when the broker hangs.

    Without the database nothing else that is kept in it can be told, so the list ends there.
    """
    database = _database()
    if not database.is_ok:
        return [database, _broker(), _disk()]
    return [database, *_workers(), _sweep(), _broker(), _disk(), _files(), _clock(), _hold()]


def is_ready(parts: list[Part]) -> bool:
    """Return whether pages can be served: the database answers and files can be written. The rest is waited for."""
    return all(part.is_ok for part in parts if part.name in ("database", "disk", "files"))


def _database() -> Part:
    began = time.perf_counter()
    try:
        database_ask()
    except Error as error:
        return Part(
            "database", is_ok=False, words=f"The database does not answer: {str(error).strip().splitlines()[0]}"
        )
    milliseconds = round((time.perf_counter() - began) * 1000, 1)
    return Part("database", is_ok=True, words=f"{connection.vendor} answers", figures={"milliseconds": milliseconds})


def _workers() -> list[Part]:
    now = timezone.now()
    beats = list(WorkerBeat.objects.filter(seen_at__gt=now - FORGOTTEN).order_by("-seen_at"))
    return [_queue(name, beats, now) for name in QUEUES]


def _queue(name: str, beats: list[WorkerBeat], now: datetime) -> Part:
    mine = [beat for beat in beats if name in beat.queues.split(",")]
    living = [beat for beat in mine if (now - beat.seen_at).total_seconds() <= WORKER_SILENCE]
    figures: dict[str, Any] = {"workers": len(living)}
    if mine:
        figures["seen_seconds_ago"] = round(max(0.0, (now - mine[0].seen_at).total_seconds()), 1)
    part = f"worker-{name}"
    if living:
        return Part(part, is_ok=True, words=f"{len(living)} worker{'s' if len(living) > 1 else ''}", figures=figures)
    since = f" since {mine[0].seen_at:%Y-%m-%d %H:%M:%S} UTC" if mine else ""
    return Part(part, is_ok=False, words=f"No worker serves the queue “{name}”{since}. Start one.", figures=figures)


def _sweep() -> Part:
    swept_at = Installation.objects.filter(pk=1).values_list("swept_at", flat=True).first()
    if swept_at is None:
        return Part("beat", is_ok=False, words=f"The sweep has never run. {_beat_advice()}")
    seconds = max(0.0, (timezone.now() - swept_at).total_seconds())
    figures = {"seconds_ago": round(seconds, 1)}
    if seconds <= SWEEP_SILENCE:
        return Part("beat", is_ok=True, words=f"the sweep ran {seconds:.0f} s ago", figures=figures)
    words = (
        f"The sweep has not run since {swept_at:%Y-%m-%d %H:%M:%S} UTC, so what waits for a time or for a worker "
        f"stands still. {_beat_advice()}"
    )
    return Part("beat", is_ok=False, words=words, figures=figures)


def _beat_advice() -> str:
    """Say what to do: a beat that lives need not be started."""
    since = timezone.now() - timedelta(seconds=WORKER_SILENCE)
    beat = WorkerBeat.objects.filter(name__startswith=BEAT, queues="", seen_at__gt=since).first()
    if beat is None:
        return "Start beat."
    return (
        f"Beat lives ({beat.name}): look whether the broker takes what it sends, whether the worker of the queue "
        "“interactive” does, and whether their clocks agree."
    )


def _broker() -> Part:
    began = time.perf_counter()
    try:
        waiting = broker_ask(QUEUES)
    except (redis.RedisError, OSError) as error:
        words = f"The broker does not take commands ({error}). Jobs stand still until it does; nothing is lost."
        return Part("broker", is_ok=False, words=words)
    figures = {"milliseconds": round((time.perf_counter() - began) * 1000, 1), "messages": waiting}
    return Part("broker", is_ok=True, words="answers and takes commands", figures=figures)


def _disk() -> Part:
    free = free_bytes()
    if free is None:
        return Part("disk", is_ok=False, words="It cannot be told how much is free for data and files.")
    figures = {"free_mb": free // MEGABYTE}
    if free < LITTLE:
        words = f"{disk_full_words()} Make room; jobs wait and go on by themselves."
        return Part("disk", is_ok=False, words=words, figures=figures)
    low = " That is little." if free < LOW else ""
    return Part("disk", is_ok=True, words=f"{free // MEGABYTE:,} MB free.{low}", figures=figures)


def _files() -> Part:
    problem = files_problem()
    return Part("files", is_ok=not problem, words=problem or "can be written, and are the same for all parts")


def _clock() -> Part:
    """Compare this machine's clock, and those by which workers and beat showed themselves, with the database's."""
    skews = {"this machine": clock_skew()}
    fresh = WorkerBeat.objects.filter(seen_at__gt=timezone.now() - timedelta(seconds=60))
    skews |= {beat.name: beat.clock_skew for beat in fresh if beat.clock_skew is not None}
    name, worst = max(skews.items(), key=lambda item: abs(item[1]))
    figures = {"skew_seconds": round(worst, 2)}
    if abs(worst) <= MOST_SKEW:
        return Part("clock", is_ok=True, words="the machines agree", figures=figures)
    words = (
        f"The clock of {name} is {abs(worst):.0f} s {'ahead of' if worst > 0 else 'behind'} the database's. Run an NTP "
        "client on every machine: one that is ahead throws away as too old what the others send."
    )
    return Part("clock", is_ok=False, words=words, figures=figures)


def _hold() -> Part:
    reason = hold_reason()
    return Part("sending", is_ok=not reason, words=reason or "allowed")
