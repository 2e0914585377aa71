"""How long results are kept: attempts go by their age, in small pieces, and so do the hours that count them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from bpadmin.results.models import Attempt, Gap, HourCount, Recount, SentResult

AT_ONCE = 5000
# What was sent of a tenant whose results nobody reads any more.
SENT_KEPT = timedelta(days=7)


def results_tidy(now: datetime | None = None) -> int:
    """Remove attempts, hours, gaps and recounts that are older than they are kept; return how many attempts went."""
    now = now or timezone.now()
    SentResult.objects.filter(made_at__lt=now - SENT_KEPT).delete()
    if not settings.RESULTS_KEEP_DAYS:
        return 0
    before = now - timedelta(days=settings.RESULTS_KEEP_DAYS)
    # By whole hours, so that what is left of an hour adds up.
    before = before.replace(minute=0, second=0, microsecond=0)
    count = 0
    while ids := list(Attempt.objects.filter(at__lt=before).order_by("id").values_list("id", flat=True)[:AT_ONCE]):
        Attempt.objects.filter(id__in=ids).delete()
        count += len(ids)
    HourCount.objects.filter(hour__lt=before).delete()
    Gap.objects.filter(ended_at__lt=before).delete()
    Recount.objects.filter(ended_at__lt=before).delete()
    return count
