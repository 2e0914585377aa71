"""The end of a whole reading: what it met, what is gone, and whether the kept counts are what the ledger adds up to."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from bpadmin.results.models import (
    Attempt,
    Gap,
    GapReason,
    HourCount,
    Place,
    RecordState,
    Recount,
    ResultSource,
    StockCount,
)
from bpadmin.results.reading.lease import Lease
from bpadmin.results.reading.ledger import DEEPEST, hour_of

HourKey = tuple[datetime, int, bool]
StockKey = tuple[int, int, int]


def recount_finish(*, source: ResultSource, lease: Lease, sets_age: bool) -> Recount:
    """Finish a whole reading and return what it found other than was known.

    `sets_age`: where nothing tells changes, what is known is as old as the beginning of the whole reading.
    """
    number, began = source.walk_number, source.walk_began_at or timezone.now()
    unmet = RecordState.objects.filter(source=source, walk__lt=number).exclude(place=Place.GONE)
    # Passed as never attempted, and attempted since: changes told of them while the reading went on.
    passed = unmet.filter(born=number).count()
    unseen_before = _unseen(source)
    with transaction.atomic():
        lease.hold()
        gone = unmet.exclude(born=number).update(place=Place.GONE)
        source.never = source.walk_never - passed
        source.base_total = source.total
        source.walk_began_at, source.walk_cursor, source.walk_done_at = None, "", timezone.now()
        source.same_at = began
        if sets_age:
            source.read_at = began
            source.first_read_at = source.first_read_at or began
        source.save()
    differed = counts_rebuild(source=source, lease=lease, expects_gone=gone)
    unseen = _unseen(source) - unseen_before
    if unseen > 0 and sets_age:
        before = Recount.objects.filter(source=source).first()
        Gap.objects.create(
            source=source,
            reason=GapReason.BETWEEN,
            began_at=before.began_at if before else None,
            ended_at=began,
            count=unseen,
        )
    return Recount.objects.create(
        source=source,
        why=source.walk_why,
        began_at=began,
        ended_at=timezone.now(),
        records=source.walk_read,
        found=source.walk_found if number > 1 and not sets_age else 0,
        changed=source.walk_changed if number > 1 and not sets_age else 0,
        gone=gone,
        counts_differed=differed,
    )


def counts_rebuild(*, source: ResultSource, lease: Lease, expects_gone: int = 0) -> int:
    """Count the ledger and the states anew, replace the kept counts, and return how many of them were wrong.

    The ledger is gone through row by row in flat memory, outside a transaction: the lease keeps others from writing.
    """
    zone = ZoneInfo(source.tenant.time_zone)
    hours: Counter[HourKey] = Counter()
    seconds: Counter[HourKey] = Counter()
    rows = Attempt.objects.filter(source=source).values_list("at", "disposition_id", "is_call", "seconds")
    for at, disposition, is_call, length in rows.iterator(chunk_size=5000):
        key = (hour_of(at, zone), disposition, is_call)
        hours[key] += 1
        seconds[key] += length or 0
    kept = {
        (row.hour, row.disposition_id, row.is_call): row for row in HourCount.objects.filter(source=source).iterator()
    }
    wrong = [key for key in hours.keys() | kept.keys() if hours[key] != (kept[key].count if key in kept else 0)]
    stock = _stock_counted(source)
    with transaction.atomic():
        lease.hold()
        for key in wrong:
            where: dict[str, Any] = {"source": source, "hour": key[0], "disposition_id": key[1], "is_call": key[2]}
            if hours[key]:
                HourCount.objects.update_or_create(**where, defaults={"count": hours[key], "seconds": seconds[key]})
            else:
                HourCount.objects.filter(**where).delete()
        differed = _stock_replace(source, stock, ignores_gone=bool(expects_gone))
    return len(wrong) + differed


def _stock_counted(source: ResultSource) -> dict[StockKey, tuple[int, int, int]]:
    found: dict[StockKey, tuple[int, int, int]] = {}
    rows = (
        RecordState.objects.filter(source=source)
        .values_list("place", "disposition_id", "told", "kept")
        .annotate(n=Count("id"))
        .order_by()
    )
    for place, disposition, told, had, n in rows.iterator(chunk_size=5000):
        key = (place, disposition, min(DEEPEST, max(1, told)))
        records, attempts, unseen = found.get(key, (0, 0, 0))
        found[key] = (records + n, attempts + n * told, unseen + n * max(0, told - had))
    return found


def _stock_replace(source: ResultSource, counted: dict[StockKey, tuple[int, int, int]], *, ignores_gone: bool) -> int:
    """Put the counted stock in place of the kept one; what has just gone makes no difference worth telling."""
    kept = {
        (row.place, row.disposition_id, row.depth): (row.records, row.attempts, row.unseen)
        for row in StockCount.objects.filter(source=source)
    }
    empty = (0, 0, 0)
    wrong = [key for key in counted.keys() | kept.keys() if counted.get(key, empty) != kept.get(key, empty)]
    for place, disposition, depth in wrong:
        records, attempts, unseen = counted.get((place, disposition, depth), empty)
        StockCount.objects.update_or_create(
            source=source,
            place=place,
            disposition_id=disposition,
            depth=depth,
            defaults={"records": records, "attempts": attempts, "unseen": unseen},
        )
    return 0 if ignores_gone else len(wrong)


def _unseen(source: ResultSource) -> int:
    return StockCount.objects.filter(source=source).exclude(place=Place.GONE).aggregate(n=Sum("unseen"))["n"] or 0
