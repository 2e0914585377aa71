"""What the broker's messages do for records."""

from __future__ import annotations

from celery import shared_task

from bpadmin.records.exports import services


@shared_task(name="bpadmin.records.tasks.exports_sweep")
def exports_sweep() -> None:
    """Remove the files of exports that are kept no longer."""
    services.exports_expire()
