"""What the broker's messages do; they may come twice or never."""

from __future__ import annotations

from celery import shared_task

from bpadmin.dialler import sweep
from bpadmin.dialler.refreshing import services


@shared_task(name="bpadmin.dialler.tasks.actions_sweep")
def actions_sweep() -> None:
    """Settle acts whose outcome was not written down, as far as the platforms tell."""
    sweep.actions_sweep()


@shared_task(name="bpadmin.dialler.tasks.catalogues_sweep")
def catalogues_sweep() -> None:
    """Have the tenants read of which something is due, each by whichever worker is free."""
    for tenant_id in services.catalogues_due():
        catalogue_refresh.apply_async(args=[tenant_id], queue="bulk", expires=30)


@shared_task(name="bpadmin.dialler.tasks.catalogue_refresh")
def catalogue_refresh(tenant_id: int) -> None:
    """Read for some seconds what is due of a tenant, and go on where something cannot wait for the next sweep."""
    if services.catalogue_refresh(tenant_id=tenant_id):
        catalogue_refresh.apply_async(args=[tenant_id], queue="bulk", expires=30)
