"""Read results to their end before records are taken away from here: what is gone cannot be read later."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.utils import timezone

from bpadmin.results.models import Gap, GapReason, ResultSource
from bpadmin.results.reading.discovery import READ_BEFORE
from bpadmin.results.reading.turns import tenant_read

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

log = logging.getLogger(__name__)

# Seconds that an act on a list may wait for its results to be read.
PATIENCE = 8.0


def results_read_before(*, tenant: Tenant, list_id: str = "", instance_id: str = "") -> None:
    """Read what was attempted in a list, or in one of its instances, that is about to go. Never keeps an act from it.

    What could not be read to its end becomes a gap.
    """
    found = ResultSource.objects.filter(tenant=tenant, is_bound=True)
    found = found.filter(instance_id=instance_id) if instance_id else found.filter(list_id=list_id)
    began = timezone.now()
    wanted = list(found)
    if not wanted:
        return
    # Whatever its age: a reading of changes is due at once.
    found.update(read_at=None, due_at=None)
    before = {each.pk: each.read_at for each in wanted}
    try:
        tenant_read(
            tenant=tenant, seconds=PATIENCE, wants=list(before), changes_only=True, heeds_budget=False, waits=True
        )
    except Exception:
        # The act is what the person wants; the gap says what it costs.
        log.exception("results could not be read before an act on list %s", list_id or instance_id)
    for source in ResultSource.objects.filter(pk__in=before):
        if source.read_at is not None and source.read_at >= began and not source.cursor:
            ResultSource.objects.filter(pk=source.pk).update(trouble=READ_BEFORE if instance_id else "")
            continue
        last = before[source.pk]
        ResultSource.objects.filter(pk=source.pk, read_at__isnull=True).update(read_at=last)
        Gap.objects.create(source=source, reason=GapReason.UNREAD, began_at=last, ended_at=timezone.now())
