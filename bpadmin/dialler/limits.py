"""What a role may be limited to, as the catalogue knows it: campaigns and calling lists by name or id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpadmin.dialler.models import Action, CatalogueCampaign, CatalogueList
from bpadmin.tenants.limits import CAMPAIGNS, DNC, LISTS

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from bpadmin.tenants.models import Tenant

ACTED_ON = {"campaign": CAMPAIGNS, "list": LISTS, "dnc": DNC}


def campaign_named(tenant: Tenant, text: str) -> tuple[str, str] | None:
    """Find a campaign: its id and name, None for none or several."""
    return named_one(CatalogueCampaign.objects.filter(tenant=tenant), text)


def list_named(tenant: Tenant, text: str) -> tuple[str, str] | None:
    """Find a calling list: its id and name, None for none or several."""
    return named_one(CatalogueList.objects.filter(tenant=tenant, is_gone=False), text)


def act_numbered(tenant: Tenant, number: int) -> tuple[str, str] | None:
    """Return what the act of a number is about: kind and id of a campaign or list, None for anything else."""
    found = Action.objects.filter(tenant=tenant, pk=number).values_list("target_kind", "target_id").first()
    return (ACTED_ON[found[0]], found[1]) if found and found[0] in ACTED_ON else None


def named_one(rows: QuerySet[Any], text: str) -> tuple[str, str] | None:
    """Return id and name of the one row whose id, or else name, is this; None for none or several."""
    for found in (rows.filter(remote_id=text)[:2], rows.filter(name=text)[:2]):
        if len(hits := list(found)) == 1:
            return hits[0].remote_id, hits[0].name
    return None
