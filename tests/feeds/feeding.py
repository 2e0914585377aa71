"""What tests of feeds share: feeds made in one line, files put where they look, and a worker's turns."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bpadmin.dialler.types import Actor
from bpadmin.feeds.models import Feed, FeedRun
from bpadmin.feeds.runs.looking import feed_look, feeds_sweep
from bpadmin.feeds.runs.turns import run_go_on
from bpadmin.feeds.services import FeedWish, feed_add
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_drive, job_prepare_now
from bpadmin.platforms.types import FieldSpec, FieldType
from tests.plans.planning import SHELL

FIELDS = [
    {"name": "id", "type": "OTHER", "key": True},
    {"name": "phone", "type": "PHONE", "phoneType": "US_CANADA"},
    {"name": "due", "type": "DATETIME", "format": "MM-dd-yyyy"},
]
SPECS = (
    FieldSpec("id", key=True, required=True),
    FieldSpec("phone", FieldType.PHONE, phone_type="US_CANADA"),
    FieldSpec("due", FieldType.DATETIME, date_format="MM-dd-yyyy"),
)
NOW = datetime(2026, 6, 1, 5, 0, tzinfo=UTC)
SETTLED = timedelta(minutes=2)


def rows(count: int, *, first: int = 0, bad: int = 0, header: str = "id,phone,due") -> str:
    """Return a file of so many rows with keys from `first` on, the last of them with numbers that are none."""
    lines = [header]
    for n in range(first, first + count):
        phone = "12" if n >= first + count - bad else f"650555{n % 10_000:04}"
        lines.append(f"K{n},{phone},06-{n % 13 + 14:02}-2026")
    return "\n".join(lines) + "\n"


def fed(tenant: Any, list_name: str = "Spring", *, now: datetime = NOW, actor: Actor = SHELL, **said: Any) -> Feed:
    """Make a feed from the tenant's folder, of files that appear when they are complete, whenever they come."""
    wish = {
        "name": "Leads",
        "source": "folder",
        "pattern": "leads*.csv",
        "complete": "at_once",
        "target": "list",
        "target_name": list_name,
        "time_zone": "UTC",
        "first_day": date(2026, 1, 1),
    }
    return feed_add(tenant=tenant, wish=FeedWish(**(wish | said)), actor=actor, now=now)


def put(folder: Path, name: str, text: str | bytes, *, at: datetime = NOW) -> Path:
    """Put a file into a folder, as of a moment."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def turn(now: datetime) -> None:
    """Let workers do what is due: look, check, judge, send, follow."""
    feeds, _ = feeds_sweep(now=now)
    for feed_id in feeds:
        feed_look(feed_id=feed_id, now=now)
    for _ in range(3):
        _, runs = feeds_sweep(now=now)
        for job in Job.objects.filter(state=JobState.PREPARING):
            job_prepare_now(job_id=job.pk, worker="test")
        for run_id in runs:
            run_go_on(run_id=run_id, now=now)
        for job in Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING]):
            job_drive(job_id=job.pk, seconds=None, worker="test")


def came(feed: Feed, folder: Path, name: str, text: str | bytes, *, at: datetime) -> FeedRun:
    """Let a file come at a moment and be taken; returns its run."""
    put(folder, name, text, at=at)
    Feed.objects.filter(pk=feed.pk).update(next_look_at=at)
    turn(at)
    return FeedRun.objects.filter(feed=feed, file_name=name).select_related("job").order_by("-found_at", "-pk")[0]
