"""What the broker's messages do for campaigns."""

from __future__ import annotations

from celery import shared_task

from campaigns import export_orders


@shared_task(name="campaigns.tasks.exports_sweep")
def exports_sweep() -> None:
    """Remove the files of exports that are kept no longer."""
    export_orders.exports_expire()
