"""Read one page of one source, and store it: changes from a cursor with overlap, or the whole source page by page.

Each step costs one call and ends with one transaction, so that a cut, a restart or a lost lease costs one page at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from bpadmin.platforms.errors import Broken, Reason
from bpadmin.platforms.types import Page, Record
from bpadmin.results.models import Attempt, Gap, GapReason, Place, RecordState, ResultSource
from bpadmin.results.reading.discovery import RECORDS_REMOVED
from bpadmin.results.reading.facts import FactReader, RecordFacts
from bpadmin.results.reading.identity import Hasher
from bpadmin.results.reading.lease import Lease
from bpadmin.results.reading.ledger import Dispositions, Stored, page_store, some
from bpadmin.results.reading.recount import recount_finish
from bpadmin.results.reading.ways import Way, way_of

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

# How far behind the newest attempt seen a reading of changes begins: a call is told when it has ended, by the time when
# it began. Once an hour it looks back further, for the longest of calls and whatever the platform writes late.
OVERLAP = timedelta(minutes=30)
# Why a list is read anew as a whole: what was attempted at its former records is lost since the last reading.
FILLED_ANEW = "the list was filled anew"
DEEP_OVERLAP, DEEP_EVERY = timedelta(hours=6), timedelta(hours=1)


class Reader:
    """Reads a tenant's sources through one client, under one lease."""

    def __init__(self, tenant: Tenant, client: PlatformClient, lease: Lease) -> None:
        self.tenant = tenant
        self._client, self._lease = client, lease
        self.way: Way = way_of(tenant)
        self.whole_every = timedelta(minutes=lease.settings.whole_every_minutes)
        self._platform = tenant.platform
        self._dispositions = Dispositions(tenant.pk)

    def changes_step(self, source: ResultSource) -> None:
        """Read one page of what was attempted since, and store it. Raises PlatformError and LeaseLost."""
        now = timezone.now()
        if not source.cursor:
            source.reading_began_at, source.reading_from = now, _beginning(source, now)
        page = self._page(source, source.cursor, changes=True)
        is_single = not source.cursor and not page.next_cursor
        facts = self._facts(source).read(page.items)
        with transaction.atomic():
            self._lease.hold()
            met = _met_again(source, {each.record for each in facts}) if is_single else None
            stored = self._store(source, facts, born=source.walk_number if source.walk_began_at else 0)
            if (stored.removed or met is False) and not _is_counted_anew(source):
                _reloaded(source, source.same_at, now)
                source.walk_wanted = FILLED_ANEW
            elif met or source.first_read_at is None:
                source.same_at = source.reading_began_at
            if page.next_cursor:
                source.cursor = page.next_cursor
            else:
                source.cursor = ""
                source.read_at = source.reading_began_at
                source.first_read_at = source.first_read_at or source.read_at
            source.newest = max(filter(None, (source.newest, stored.newest)), default=None)
            _well(source)
            source.save()

    def _walk_reason(self, source: ResultSource) -> str:
        """Say why a whole reading begins: as somebody asked, or what makes it due by itself."""
        if source.walk_wanted:
            return source.walk_wanted
        if not self.way.has_changes:
            return "in its turn"
        has_changed = source.total is not None and source.total != source.base_total
        return "the dialler's total has changed" if has_changed else "every night"

    def walk_step(self, source: ResultSource) -> bool:
        """Read the next page of the whole source, and finish the reading with the last; tell whether it was the last.

        Raises PlatformError and LeaseLost.
        """
        if source.walk_began_at is None:
            source.walk_number += 1
            source.walk_began_at = timezone.now()
            source.walk_why, source.walk_wanted = self._walk_reason(source), ""
            source.walk_cursor = ""
            source.walk_read = source.walk_never = source.walk_found = source.walk_changed = 0
        if self.way.is_whole:
            self._walk_at_once(source)
        else:
            page = self._page(source, source.walk_cursor, changes=False)
            self._walk_store(source, page.items, page.next_cursor)
            if page.next_cursor:
                return False
        recount_finish(source=source, lease=self._lease, sets_age=not self.way.has_changes)
        return True

    def _walk_at_once(self, source: ResultSource) -> None:
        """Store an answer that has all records as it comes; after a cut it begins anew, and nothing counts twice."""
        source.walk_read = source.walk_never = 0
        pages = self._client.walk_source(source.source_id, limit=self.way.page)
        for page in pages:
            self._walk_store(source, page.items, "")

    def _walk_store(self, source: ResultSource, records: Sequence[Record], cursor: str) -> None:
        facts = self._facts(source).read(records)
        with transaction.atomic():
            self._lease.hold()
            stored = self._store(source, facts, walk=source.walk_number)
            source.walk_read += len(facts)
            source.walk_never += stored.never
            source.walk_found += stored.attempts
            source.walk_changed += stored.changed
            source.walk_cursor = cursor
            source.newest = max(filter(None, (source.newest, stored.newest)), default=None)
            if stored.removed and source.walk_why not in (FILLED_ANEW, RECORDS_REMOVED):
                _reloaded(source, source.walk_done_at or source.first_read_at, source.walk_began_at or timezone.now())
            _well(source)
            source.save()

    def _store(self, source: ResultSource, facts: Sequence[RecordFacts], *, walk: int = 0, born: int = 0) -> Stored:
        return page_store(
            source=source,
            facts=facts,
            dispositions=self._dispositions,
            keeps_agents=self._lease.settings.keeps_agents,
            walk=walk,
            born=born,
        )

    def _facts(self, source: ResultSource) -> FactReader:
        hasher = Hasher(self._lease.settings, source.key_fields)
        return FactReader(hasher, self._platform, self.way.zone, self.way.takes_last)

    def _page(self, source: ResultSource, cursor: str, *, changes: bool) -> Page[Record]:
        """Ask for one page; a cursor that leads to itself would lead in a circle."""
        conditions = self.way.changes(source.reading_from) if changes else ()
        walk = self._client.walk_source(
            source.source_id,
            conditions=conditions,
            limit=self.way.page,
            cursor=cursor,
            with_history=self.way.has_attempts,
        )
        page = next(iter(walk), Page(()))
        if cursor and page.next_cursor == cursor:
            raise Broken(
                "The platform gave the same page again, so the reading of results goes on later.",
                detail=f"the cursor {cursor[:80]} came twice",
                reason=Reason.CURSOR_REPEATED,
            )
        return page


def _beginning(source: ResultSource, now: datetime) -> datetime | None:
    if source.newest is None:
        return None
    is_deep = source.deep_at is None or now - source.deep_at >= DEEP_EVERY
    if is_deep:
        source.deep_at = now
    return source.newest - (DEEP_OVERLAP if is_deep else OVERLAP)


def _well(source: ResultSource) -> None:
    source.failures, source.trouble, source.due_at = 0, "", None


def _met_again(source: ResultSource, records: set[int]) -> bool | None:
    """Return whether all records that were dialled since the reading's beginning, as far as is known, came again.

    False says that some are gone: deleted, or filled in anew. None where there was none to be met.
    """
    if source.reading_from is None:
        return None
    dialled = Attempt.objects.filter(source=source, at__gte=source.reading_from, is_call=True)
    known = set(dialled.values_list("record", flat=True).distinct())
    missing = known - records
    gone = RecordState.objects.filter(source=source, place=Place.GONE)
    for piece in some(missing):
        missing = missing - set(gone.filter(record__in=piece).values_list("record", flat=True))
    return not missing if known else None


def _is_counted_anew(source: ResultSource) -> bool:
    """Tell whether it was found out already that the list was filled anew, and each record is being looked at again."""
    is_under_way = source.walk_began_at is not None and source.walk_why in (FILLED_ANEW, RECORDS_REMOVED)
    return is_under_way or source.walk_wanted in (FILLED_ANEW, RECORDS_REMOVED)


def _reloaded(source: ResultSource, began: datetime | None, ended: datetime) -> None:
    """Name the span in which a list was emptied and filled again, once for each reading that finds it."""
    if not Gap.objects.filter(source=source, reason=GapReason.RELOADED, ended_at=ended).exists():
        Gap.objects.create(source=source, reason=GapReason.RELOADED, began_at=began, ended_at=ended)
