"""What beat's messages do for Do Not Call lists."""

from __future__ import annotations

from celery import shared_task

from bpadmin.dialler.types import Actor
from dnc.entries import expiry, read_back
from dnc.models import DncList


@shared_task(name="dnc.tasks.dnc_expire")
def dnc_expire() -> None:
    """Begin to take out the entries whose day has come."""
    expiry.dnc_expire_due()


@shared_task(name="dnc.tasks.dnc_read_back")
def dnc_read_back(dnc_list_id: int) -> None:
    """Read a list's entries from the tenant into the ledger."""
    dnc_list = DncList.every.select_related("tenant").get(pk=dnc_list_id)
    read_back.dnc_read_back(dnc_list=dnc_list, actor=Actor(name="the system"))
