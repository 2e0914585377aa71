"""Count what a platform sent by itself, in the same ledger and by the same keys as what is read: whichever came first.

Events come repeated, late and in any order. An attempt counts once; how a record stands is taken from an event only
where nothing newer is known of it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from bpadmin.installation.hold import hold_shown
from bpadmin.results.models import Place, RecordState, ResultSource, SentResult
from bpadmin.results.reading.facts import RecordFacts, facts_of
from bpadmin.results.reading.identity import settings_of
from bpadmin.results.reading.lease import Lease, LeaseLost
from bpadmin.results.reading.ledger import Dispositions, page_store
from bpadmin.tenants.models import Tenant

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger(__name__)

TASK = "bpadmin.results.tasks.sent_results_count"
AT_ONCE = 200
# How far the platform's clock may be from ours before an event seems older than a reading.
SKEW = timedelta(minutes=2)


def sent_results_count(*, tenant_id: int) -> int:
    """Count what waits of a tenant, unless its results are being read: whoever reads counts it. Returns how many."""
    tenant = Tenant.objects.filter(pk=tenant_id).first()
    if tenant is None or hold_shown():
        return 0
    lease = Lease(settings_of(tenant))
    if not lease.take():
        return 0
    try:
        return waiting_count(tenant, lease)
    except LeaseLost:
        return 0
    finally:
        lease.give_back()


def count_soon(tenant_id: int) -> None:
    """Have it counted by the next worker; where the broker is away, whoever reads the tenant's results does so."""
    from bpadmin.celery import app

    try:
        app.send_task(TASK, args=[tenant_id], queue="interactive", expires=60)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("what was sent waits for the next reading, since the broker cannot be reached: %s", error)


def waiting_count(tenant: Tenant, lease: Lease) -> int:
    """Count what waits of a tenant under a lease that is held; return how many events. Raises LeaseLost."""
    done = 0
    dispositions = Dispositions(tenant.pk)
    while found := list(SentResult.objects.filter(tenant=tenant).order_by("id")[:AT_ONCE]):
        sources = {
            each.source_id: each
            for each in ResultSource.objects.filter(tenant=tenant, source_id__in={sent.source_id for sent in found})
        }
        for source_id, group in groupby(found, key=lambda each: each.source_id):
            sent = list(group)
            with transaction.atomic():
                lease.hold()
                if source_id in sources:
                    _store(sources[source_id], sent, dispositions, keeps_agents=lease.settings.keeps_agents)
                SentResult.objects.filter(pk__in=[each.pk for each in sent]).delete()
        done += len(found)
    return done


def _store(source: ResultSource, sent: Sequence[SentResult], dispositions: Dispositions, *, keeps_agents: bool) -> None:
    # One at a time: two events of one record would be one to the ledger, and the later of them may be the older.
    for each in sorted(sent, key=lambda each: (each.at, each.pk)):
        facts = facts_of(each.facts)
        state = RecordState.objects.filter(source=source, record=facts.record).first()
        is_late = _is_late(source, each, facts, state)
        if not is_late and state is None and facts.told and source.never is not None and _is_new(source, each):
            # It was added since all records were counted, and is among those that are no longer untried.
            source.never += 1
        stored = page_store(
            source=source,
            facts=[facts],
            dispositions=dispositions,
            keeps_agents=keeps_agents,
            born=source.walk_number if source.walk_began_at else 0,
            late={facts.record} if is_late else (),
        )
        source.newest = max(filter(None, (source.newest, stored.newest)), default=None)
    source.heard_at = timezone.now()
    source.save(update_fields=["never", "newest", "heard_at"])


def _is_late(source: ResultSource, sent: SentResult, facts: RecordFacts, state: RecordState | None) -> bool:
    """Tell whether something newer is known of a record than what was sent of it."""
    if state is None:
        # Never attempted, as far as was read: that tells nothing older.
        return False
    if facts.told != state.told:
        return facts.told < state.told
    if state.place == Place.COMPLETED and not facts.is_completed:
        return True
    read = _read_at(source, state)
    return read is not None and sent.at < read - SKEW


def _read_at(source: ResultSource, state: RecordState) -> datetime | None:
    """Return since when, at least, a record is known to stand as it does."""
    if source.walk_began_at is not None and state.walk == source.walk_number:
        return source.walk_began_at
    return source.read_at


def _is_new(source: ResultSource, sent: SentResult) -> bool:
    began = source.read_at
    return began is not None and sent.record_made_at is not None and sent.record_made_at > began
