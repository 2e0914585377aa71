"""What a role may be limited to among Do Not Call lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpadmin.dialler.limits import named_one
from bpadmin.tenants.limits import DNC
from dnc.models import DncList

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


def list_named(tenant: Tenant, text: str) -> tuple[str, str] | None:
    """Find a list by its id or name: its id and name, None for none or several."""
    return named_one(DncList.objects.filter(tenant=tenant), text)


def list_numbered(tenant: Tenant, list_pk: int) -> tuple[str, str] | None:
    """Return the list with our number, by the platform's id."""
    found = DncList.objects.filter(tenant=tenant, pk=list_pk).values_list("remote_id", flat=True).first()
    return (DNC, found) if found else None
