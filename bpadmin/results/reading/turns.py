"""Whose turn it is: lists that are dialled first, then the rest; whole readings with what is left of the budget."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from bpadmin.installation.hold import hold_shown
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import AuthFailed, Conflict, Forbidden, NotFound, PlatformError, Reason
from bpadmin.results.hooks.counting import waiting_count
from bpadmin.results.models import ResultSource, ResultsSettings
from bpadmin.results.reading.discovery import sources_find, unbound
from bpadmin.results.reading.identity import settings_of
from bpadmin.results.reading.lease import Lease, LeaseLost
from bpadmin.results.reading.reader import Reader
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

# Seconds that one tenant's reading may take before others have their turn.
SLICE_SECONDS = 20.0
READ_TIMEOUT, RETRY_SECONDS = 60.0, 2.0
URGENT_AFTER = timedelta(seconds=60)
OTHERS_AFTER = timedelta(minutes=15)
# Older than this, lists that are dialled go before everything.
LATE_AFTER = timedelta(minutes=4)
RECOUNT_AFTER_CHANGE = timedelta(minutes=10)
REFUSED_AFTER = timedelta(minutes=5)
LONGEST_WAIT = timedelta(minutes=15)
NIGHT_BEGINS, NIGHT_ENDS = 1, 6
UNBOUND_REASONS = (
    *(Reason.INSTANCE_NOT_BOUND, Reason.INSTANCE_NOT_FOUND),
    *(Reason.CAMPAIGN_NOT_FOUND, Reason.LIST_NOT_FOUND),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What to read next: changes of a source, or the next page of a whole reading."""

    source: ResultSource
    is_walk: bool


def results_sweep(seconds: float = SLICE_SECONDS) -> int:
    """Read what is due of every tenant, each for a slice of time; return how many pages were read."""
    if hold_shown():
        return 0
    return sum(
        tenant_read(tenant=tenant, seconds=seconds)
        for tenant in Tenant.objects.order_by("id")
        if Capability.SOURCES_READ in capabilities_known(tenant)
    )


def tenant_read(
    *,
    tenant: Tenant,
    seconds: float = SLICE_SECONDS,
    wants: Sequence[int] = (),
    changes_only: bool = False,
    heeds_budget: bool = True,
    waits: bool = False,
) -> int:
    """Read what is due of a tenant, within its budget of calls; return how many pages were read.

    With `wants`, only these sources are read, each to the end of what is due of it; with `changes_only`, no whole
    reading is begun or gone on with. `waits`: a process that reads this tenant is asked to stop, and waited for.
    """
    settings = settings_of(tenant)
    lease = Lease(settings)
    until = time.monotonic() + seconds
    if not settings.is_reading or _rests(settings) or not (lease.wait(until) if waits else lease.take()):
        return 0
    try:
        sources_find(tenant=tenant, settings=settings)
        waiting_count(tenant, lease)
        with tenant_client(tenant, read_timeout=READ_TIMEOUT, patience=RETRY_SECONDS) as client:
            reader = Reader(tenant, client, lease)
            choose = partial(turn_next, tenant, reader, wants=wants, changes_only=changes_only)
            return _turns(reader, lease, until, choose, heeds_budget)
    except (AuthFailed, Forbidden) as error:
        _refused(settings, error)
    except PlatformError as error:
        log.info("Results of %s cannot be read: %s", tenant.slug, error.message)
    except LeaseLost:
        log.info("Results of %s are read by another process", tenant.slug)
    finally:
        lease.give_back()
    return 0


def _turns(reader: Reader, lease: Lease, until: float, choose: Callable[..., Turn | None], heeds_budget: bool) -> int:
    pages = 0
    while time.monotonic() < until:
        now = timezone.now()
        turn = choose(now, turn=lease.settings.turn)
        if turn is None or (heeds_budget and lease.is_asked_for()) or (not lease.call_take(now) and heeds_budget):
            break
        step: Callable[[ResultSource], object] = reader.walk_step if turn.is_walk else reader.changes_step
        try:
            step(turn.source)
        except (AuthFailed, Forbidden):
            raise
        except PlatformError as error:
            _failed(turn.source, error)
        else:
            pages += 1
            _worked(lease.settings)
        # What the platform sends meanwhile waits for whoever has the lease.
        waiting_count(reader.tenant, lease)
    return pages


def turn_next(
    tenant: Tenant,
    reader: Reader,
    now: datetime,
    *,
    turn: int = 0,
    wants: Sequence[int] = (),
    changes_only: bool = False,
) -> Turn | None:
    """Choose what is read next, None where nothing is due.

    Lists that are dialled come first. Of every three steps one is of the others, unless those are late.
    """
    found = ResultSource.objects.filter(Q(due_at__isnull=True) | Q(due_at__lte=now), tenant=tenant, is_bound=True)
    sources = list(found)
    for each in sources:
        each.tenant = tenant
    if wants:
        sources = [each for each in sources if each.pk in set(wants)]
    changes = sorted(
        (each for each in sources if reader.way.has_changes and _changes_due(each, now)), key=lambda each: _age(each)
    )
    walks = [] if changes_only else [each for each in sources if _walk_due(each, now, reader)]
    walks.sort(
        key=lambda each: (each.walk_began_at is None, each.walk_done_at is not None, not each.is_urgent, each.pk)
    )
    urgent = [each for each in changes if each.is_urgent]
    others = [each for each in changes if not each.is_urgent]
    is_late = any(each.read_at is None or now - each.read_at > LATE_AFTER for each in urgent)
    first = [urgent, others, walks]
    if not is_late and turn % 3 == 2:
        first = [walks, others, urgent] if turn % 2 else [others, walks, urgent]
    for group in first:
        if group:
            return Turn(group[0], group is walks)
    return None


def _age(source: ResultSource) -> tuple[bool, datetime]:
    """What is half read comes first, then what was never read, then the oldest."""
    return not source.cursor, source.read_at or source.made_at - timedelta(days=36_500)


def _changes_due(source: ResultSource, now: datetime) -> bool:
    if source.cursor or source.read_at is None:
        return True
    return now - source.read_at >= (URGENT_AFTER if source.is_urgent else OTHERS_AFTER)


def _walk_due(source: ResultSource, now: datetime, reader: Reader) -> bool:
    if source.walk_began_at is not None or source.walk_wanted:
        # Changes are read to their end before a whole reading begins: it must know who was attempted before.
        return not reader.way.has_changes or source.walk_began_at is not None or source.read_at is not None
    if source.walk_done_at is None:
        return True
    if not reader.way.has_changes:
        return now - source.walk_done_at >= reader.whole_every
    is_changed = source.total is not None and source.total != source.base_total
    if is_changed and now - source.walk_done_at >= RECOUNT_AFTER_CHANGE:
        return True
    zone = ZoneInfo(source.tenant.time_zone)
    there, done = now.astimezone(zone), source.walk_done_at.astimezone(zone)
    return NIGHT_BEGINS <= there.hour < NIGHT_ENDS and done.date() < there.date()


def _rests(settings: ResultsSettings) -> bool:
    """Return whether the API user was refused a moment ago: asking on would lock it out."""
    now = timezone.now()
    return settings.is_refused and settings.trouble_at is not None and now - settings.trouble_at < REFUSED_AFTER


def _refused(settings: ResultsSettings, error: PlatformError) -> None:
    settings.trouble, settings.is_refused, settings.trouble_at = error.message, True, timezone.now()
    settings.save(update_fields=["trouble", "is_refused", "trouble_at"])


def _worked(settings: ResultsSettings) -> None:
    if settings.is_refused or settings.trouble:
        settings.trouble, settings.is_refused, settings.trouble_at = "", False, None
        settings.save(update_fields=["trouble", "is_refused", "trouble_at"])


def _failed(source: ResultSource, error: PlatformError) -> None:
    """Note why a source was not read, and when it is tried again; a list that is not there any more is let go."""
    now = timezone.now()
    source.refresh_from_db()
    if isinstance(error, Conflict | NotFound) and error.reason in UNBOUND_REASONS:
        with transaction.atomic():
            unbound(source, now)
        return
    source.failures = min(30, source.failures + 1)
    wait = min(LONGEST_WAIT, timedelta(seconds=FIRST_WAIT * 2 ** min(source.failures - 1, 10)))
    source.trouble, source.due_at = error.message, now + wait
    names = ["failures", "trouble", "due_at"]
    if error.reason is Reason.CURSOR_REPEATED or error.reason is Reason.BAD_REQUEST:
        # The cursor leads nowhere: begin anew, what was read stays.
        source.cursor = source.walk_cursor = ""
        names += ["cursor", "walk_cursor"]
        if source.walk_began_at is not None:
            source.walk_began_at, source.walk_wanted = None, source.walk_why
            names += ["walk_began_at", "walk_wanted"]
    source.save(update_fields=names)


FIRST_WAIT = 20.0 * django_settings.TIME_SCALE
