"""What has no owner: files in storage that no job names, and what else a killed process left; found and collected.

A process that is killed cleans nothing up. So what it made is recognised by this: it is old, no job names it, and
nobody works on the job in whose folder it lies.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.core.files.storage import default_storage
from django.utils import timezone

from bpadmin.extensions import ExtensionPoint
from bpadmin.jobs.models import Job
from bpadmin.storage.local_work import work_collect

log = logging.getLogger(__name__)

UPLOADS, SPOOLS, EXPORTS = "uploads", "spools", "exports"
# An upload or a check that still runs after this writes its file all the time, which makes it young.
OLD = timedelta(hours=6)
# The parts of a file that still arrives do not show when the last one came; no file takes this long.
HALF_FINISHED_OLD = timedelta(days=1)
AT_ONCE = 500

Collector = Callable[[datetime], int]


@dataclass(frozen=True, slots=True)
class OrphanCollector:
    """Collects what has no owner: `collect` takes the time and returns how much it dropped of `what`."""

    what: str
    collect: Collector


orphan_collectors: ExtensionPoint[OrphanCollector] = ExtensionPoint()
"""What else a killed process may have left, beside files of jobs."""


def orphans_collect(now: datetime | None = None) -> dict[str, int]:
    """Remove what has no owner and give how much of what it was. What fails is logged and tried the next time."""
    now = now or timezone.now()
    steps: dict[str, Collector] = {
        "uploads": uploads_collect,
        "spool files": spools_collect,
        "export files": exports_collect,
        **{each.what: each.collect for each in orphan_collectors},
        "half-finished files": half_finished_collect,
        "files under way": lambda now: work_collect(now - OLD),
    }
    found = {}
    for what, collect in steps.items():
        try:
            found[what] = collect(now)
        except NotImplementedError:
            log.info("%s without an owner cannot be looked for: this storage lists nothing", what)
        except Exception:
            log.exception("%s without an owner could not be collected", what)
    if counts := {what: count for what, count in found.items() if count}:
        log.warning("collected what had no owner: %s", ", ".join(f"{count} {what}" for what, count in counts.items()))
    return found


def uploads_collect(now: datetime) -> int:
    """Remove received files that no job names: the process that received them was killed."""
    files, count = _files(UPLOADS), 0
    while paths := list(islice(files, AT_ONCE)):
        named = set(Job.objects.filter(upload_path__in=paths).values_list("upload_path", flat=True))
        count += _remove_old((path for path in paths if path not in named), now)
    return count


def spools_collect(now: datetime) -> int:
    """Remove files of checks that their job does not name: an unfinished check, or one that another one followed."""
    return sum(_folder_collect(f"{SPOOLS}/{name}", name, now, _is_of_spool) for name in _folders(SPOOLS))


def exports_collect(now: datetime) -> int:
    """Remove parts of exports that their job does not name: their writer was killed before it could say so."""
    return sum(_folder_collect(f"{EXPORTS}/{name}", name, now, _is_of_export) for name in _folders(EXPORTS))


def half_finished_collect(now: datetime) -> int:
    """Remove the parts of files that a killed process was writing into a storage that takes them in parts."""
    abort = getattr(default_storage, "unfinished_abort", None)
    return int(abort(now - HALF_FINISHED_OLD)) if abort else 0


def _folder_collect(folder: str, name: str, now: datetime, is_named: Callable[[Job, str], bool]) -> int:
    """Collect in the folder of one job; a job that somebody works on is left alone."""
    job = Job.objects.filter(pk=int(name)).first() if name.isascii() and name.isdecimal() and len(name) < 19 else None
    if job is not None and job.lease_until is not None and job.lease_until >= now:
        return 0
    count = _remove_old((path for path in _files(folder) if job is None or not is_named(job, path)), now)
    if count and (job is None or job.is_final) and not any(_files(folder)):
        _folder_remove(folder)
    return count


def _is_of_spool(job: Job, path: str) -> bool:
    return bool(job.spool_path) and path.startswith((f"{job.spool_path}.", f"{job.spool_path}/"))


def _is_of_export(job: Job, path: str) -> bool:
    return path in _texts((job.remote, job.report))


def _texts(value: Any) -> Iterator[str]:
    """Return every text inside plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _remove_old(paths: Iterable[str], now: datetime) -> int:
    count = 0
    for path in paths:
        try:
            if now - default_storage.get_modified_time(path) > OLD:
                default_storage.delete(path)
                count += 1
        except FileNotFoundError:
            continue  # moved into place, or removed by another sweep
    return count


def _folders(folder: str) -> list[str]:
    try:
        return list(default_storage.listdir(folder)[0])
    except FileNotFoundError:
        return []


def _files(folder: str) -> Iterator[str]:
    """Return the files in a folder of the storage and below it."""
    try:
        folders, files = default_storage.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in files:
        yield f"{folder}/{name}"
    for name in folders:
        yield from _files(f"{folder}/{name}")


def _folder_remove(folder: str) -> None:
    """Remove an empty folder, where the storage has such a thing."""
    try:
        default_storage.delete(folder)
    except OSError:
        log.debug("%s was not removed", folder)
