"""What the broker's messages do; they carry nothing and may come twice or never."""

from __future__ import annotations

from celery import shared_task

from bpadmin.results.hooks import counting
from bpadmin.results.reading import retention, turns


@shared_task(name="bpadmin.results.tasks.results_read")
def results_read() -> None:
    """Read what is due of every tenant's results."""
    turns.results_sweep()


@shared_task(name="bpadmin.results.tasks.results_tidy")
def results_tidy() -> None:
    """Remove what is older than results are kept."""
    retention.results_tidy()


@shared_task(name="bpadmin.results.tasks.sent_results_count")
def sent_results_count(tenant_id: int) -> None:
    """Count what a tenant's platform sent, unless somebody reads its results just now, who does so then."""
    counting.sent_results_count(tenant_id=tenant_id)
