"""What the broker's messages do; they carry nothing and may come twice or never."""

from __future__ import annotations

from celery import shared_task

from bpadmin.reports import deliveries, making


@shared_task(name="bpadmin.reports.tasks.reports_sweep")
def reports_sweep() -> None:
    """Take over the files of exports that have ended, and deliver what is due."""
    making.editions_look()
    deliveries.deliveries_send()


@shared_task(name="bpadmin.reports.tasks.reports_tidy")
def reports_tidy() -> None:
    """Remove files and rows that are kept no longer."""
    making.editions_tidy()
