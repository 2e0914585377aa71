"""What beat's messages do for Do Not Call lists."""

from __future__ import annotations

from celery import shared_task

from dnc import expiring


@shared_task(name="dnc.tasks.dnc_expire")
def dnc_expire() -> None:
    """Begin to take out the entries whose day has come."""
    expiring.dnc_expire_due()
