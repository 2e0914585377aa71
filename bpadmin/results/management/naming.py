"""Find sources by what a person types on the shell."""

from __future__ import annotations

from bpadmin.results.models import ResultSource
from bpadmin.results.services import ResultsRefused, sources_of
from bpadmin.tenants.models import Tenant


def source_find(*, tenant: Tenant, campaign: str = "", calling_list: str = "") -> list[ResultSource]:
    """Return the sources of a campaign or list, named or by id, or all of the tenant. Raises ResultsRefused."""
    found = sources_of(tenant=tenant)
    for typed, noun, id_name, title in (
        (campaign, "campaign", "campaign_id", "campaign_name"),
        (calling_list, "list", "list_id", "list_name"),
    ):
        if not typed:
            continue
        by_id = [each for each in found if getattr(each, id_name) == typed]
        found = by_id or [each for each in found if getattr(each, title).casefold() == typed.strip().casefold()]
        ids = sorted({getattr(each, id_name) for each in found})
        if len(ids) > 1:
            raise ResultsRefused(f"{len(ids)} {noun}s are named “{typed}”. Say which one by its id: {', '.join(ids)}.")
        if not found:
            raise ResultsRefused(f"No results of a {noun} “{typed}” were read in {tenant.name}.")
    return found
