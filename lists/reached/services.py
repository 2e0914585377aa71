"""How many rows of an upload were dialled since, and how many reached a person: by the hashes of their keys.

Rows are read from the upload's own files, which are kept for some time only; the ledger of results has hashes alone.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from django.core.cache import cache

from bpadmin.jobs.files.spool import Spool
from bpadmin.jobs.handlers import JobRefused
from bpadmin.jobs.models import Chunk, ChunkState, Job
from bpadmin.jobs.reasons import ALREADY_THERE
from bpadmin.platforms.record_rules.phone import digits_of
from bpadmin.results.figures.events import CONTACTS
from bpadmin.results.models import Attempt, ResultSource
from bpadmin.results.reading.identity import Hasher, settings_of
from bpadmin.storage.troubles import StorageAway
from lists.kinds import LIST_UPLOAD

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

UPLOADS = 10
# Somebody waits for the part; what is not done by then goes on with the next look.
SECONDS = 1.5
# More attempts than these are not held in memory for a page.
MOST_ATTEMPTS = 500_000
KEPT_SECONDS = 300
GONE = "No longer known: the rows of this upload are no longer kept."
KEYLESS = "Not known: this list has no key by which its rows could be found again."
UNREAD = "Not known: no result of this list was read yet."
TOO_MANY = "Not compared: more attempts were made since than are compared on a page."


@dataclass(frozen=True, slots=True)
class Reached:
    """What became of an upload: of `looked` rows in the list `dialled` were since, and `reached` had a contact.

    `is_whole`: every row was looked at. `trouble` says why nothing can be told.
    """

    job: Job
    looked: int = 0
    dialled: int = 0
    reached: int = 0
    is_whole: bool = False
    trouble: str = ""


def uploads_reached(*, tenant: Tenant, list_id: str, seconds: float = SECONDS) -> list[Reached]:
    """Return what became of the newest uploads into a list; stops after some seconds, and goes on when asked again."""
    jobs = Job.objects.filter(tenant=tenant, target_id=list_id, kind=LIST_UPLOAD).exclude(started_at=None)
    jobs = jobs.select_related("tenant").order_by("-pk")[:UPLOADS]
    sources = list(ResultSource.objects.filter(tenant=tenant, list_id=list_id))
    until = time.monotonic() + seconds
    return [_reached(job, sources, until) for job in jobs]


def reached_json(list_id: str, found: Sequence[Reached]) -> dict[str, Any]:
    """Return what became of uploads, for commands and the API; what is not known is null."""
    return {
        "list": list_id,
        "is_whole": all(each.is_whole or bool(each.trouble) for each in found),
        "uploads": [
            {
                "job": each.job.pk,
                "file": each.job.file_name,
                "started_at": each.job.started_at.isoformat() if each.job.started_at else None,
                "rows": each.job.n_in_list,
                "looked_at": None if each.trouble else each.looked,
                "dialled": None if each.trouble else each.dialled,
                "reached": None if each.trouble else each.reached,
                "is_whole": each.is_whole,
                "trouble": each.trouble,
            }
            for each in found
        ],
    }


def _reached(job: Job, sources: Sequence[ResultSource], until: float) -> Reached:
    if not job.spool_path:
        return Reached(job, trouble=GONE)
    read = [each for each in sources if each.read_at is not None]
    if not read:
        return Reached(job, trouble=UNREAD)
    keys = read[0].key_fields
    if not keys:
        return Reached(job, trouble=KEYLESS)
    newest = max(str(each.read_at) for each in read)
    place = f"lists:reached:{job.pk}:{job.spool_path}"
    kept = cache.get(place)
    is_new = kept is None or (kept["is_whole"] and kept["newest"] != newest)
    found: dict[str, Any] = {"newest": newest, "next": 0, "looked": 0, "dialled": 0, "reached": 0, "is_whole": False}
    found = found if is_new else dict(kept)
    if found["is_whole"] or time.monotonic() > until:
        return _told(job, found)
    dialled = _marks(job, read)
    if dialled is None:
        return Reached(job, trouble=TOO_MANY)
    try:
        _look(job, found, Hasher(settings_of(job.tenant), keys), keys, dialled, until)
    except (JobRefused, StorageAway, OSError):
        return Reached(job, trouble=GONE)
    cache.set(place, found, timeout=KEPT_SECONDS)
    return _told(job, found)


def _told(job: Job, found: dict[str, Any]) -> Reached:
    return Reached(job, found["looked"], found["dialled"], found["reached"], found["is_whole"])


def _marks(job: Job, sources: Sequence[ResultSource]) -> dict[int, bool] | None:
    """Return the records dialled since an upload began, each with whether a person was reached; None for too many."""
    attempts = Attempt.objects.filter(
        source__in=[each.pk for each in sources], at__gte=job.started_at, is_call=True
    ).order_by()
    contacts = {group.value for group in CONTACTS}
    marks: dict[int, bool] = {}
    rows = attempts.values_list("record", "disposition__group")[: MOST_ATTEMPTS + 1]
    for count, (record, group) in enumerate(rows.iterator(chunk_size=5000), 1):
        if count > MOST_ATTEMPTS:
            return None
        marks[record] = marks.get(record, False) or group in contacts
    return marks


def _look(
    job: Job, found: dict[str, Any], hasher: Hasher, keys: Sequence[str], dialled: dict[int, bool], until: float
) -> None:
    """Go on through the rows that came into the list or were there, chunk by chunk."""
    names = [name.casefold() for name in keys]
    with Spool.open(job) as spool:
        chunks = Chunk.objects.filter(job=job, number__gte=found["next"], state=ChunkState.DONE).order_by("number")
        for chunk in chunks.iterator(chunk_size=100):
            left_out = {
                row
                for code, rows in chunk.outcome.items()
                if code != "detail" and code not in ALREADY_THERE
                for row in rows
            }
            for row, record in zip(spool.rows(chunk), orjson.loads(spool.body(chunk)), strict=True):
                if row in left_out:
                    continue
                values = {str(name).casefold(): value for name, value in record.items()}
                marks = [
                    dialled[mark] for mark in _hashes(hasher, [values.get(name) for name in names]) if mark in dialled
                ]
                found["looked"] += 1
                found["dialled"] += bool(marks)
                found["reached"] += any(marks)
            found["next"] = chunk.number + 1
            if time.monotonic() > until:
                break
        else:
            found["is_whole"] = True


def _hashes(hasher: Hasher, values: Sequence[Any]) -> set[int]:
    """Return the hashes under which a row may be kept: as it was sent, and a single number also by its digits alone."""
    texts = [str(value) for value in values]
    hashes = {hasher.of("key", *texts)}
    if len(texts) == 1 and texts[0].startswith("+"):
        hashes.add(hasher.of("key", digits_of(texts)[0]))
    return hashes
