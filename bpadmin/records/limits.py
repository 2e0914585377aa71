"""What a source of records is, for roles that are limited to some campaigns and lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpadmin.platforms.errors import Invalid
from bpadmin.platforms.results import instance_of, list_of_source
from bpadmin.tenants.limits import CAMPAIGNS, LISTS

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


def source_object(tenant: Tenant, source_id: str) -> tuple[str, str] | None:
    """Return the list that a source is, or the campaign that it is in; None for what names neither."""
    if list_id := list_of_source(source_id):
        return LISTS, list_id
    try:
        return CAMPAIGNS, instance_of(source_id)[0]
    except Invalid:
        return None
