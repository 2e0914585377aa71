"""What the broker's messages do for records."""

from __future__ import annotations

from celery import shared_task

from bpadmin.records import export_orders


@shared_task(name="bpadmin.records.tasks.exports_sweep")
def exports_sweep() -> None:
    """Remove the files of exports that are kept no longer."""
    export_orders.exports_expire()
