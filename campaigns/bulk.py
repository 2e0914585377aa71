"""Starting and stopping several campaigns in one act, with one outcome each."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connections

from bpadmin.audit.models import Outcome
from bpadmin.dialler.catalogue import campaigns_now, campaigns_read
from bpadmin.platforms.types import CampaignState
from bpadmin.tenants.services import tenant_client
from campaigns.services import StateChange, campaign_start, campaign_stop

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.platforms.types import CallingList, Campaign
    from bpadmin.tenants.models import Tenant

AT_ONCE = 4
MOST = 100


class StopRefused(Exception):
    """No campaign of a list can be stopped; the message says why. Nothing was asked."""


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What came of one campaign of several."""

    campaign_id: str
    name: str
    change: StateChange

    @property
    def is_done(self) -> bool:
        """Return whether the platform surely did it."""
        return self.change.outcome == Outcome.DONE


def campaigns_dialling(*, tenant: Tenant, calling_list: CallingList) -> list[Campaign]:
    """Return the campaigns with a list that are not stopped, as the platform tells now.

    Raises StopRefused where there is none, or where it does not tell, and PlatformError.
    """
    with tenant_client(tenant) as client:
        uses = client.get_list(calling_list.id).campaigns
    if uses is None:
        raise StopRefused("The dialler does not tell which campaigns this list is bound to.")
    ids = {use.campaign_id for use in uses}
    found = [each for each in campaigns_now(tenant=tenant) if each.id in ids and each.state != CampaignState.STOPPED]
    if not found:
        raise StopRefused(f"No running campaign has “{calling_list.name}”.")
    return found


def campaigns_change(
    *, tenant: Tenant, campaign_ids: Sequence[str], wanted: CampaignState, actor: User | None, actor_name: str = ""
) -> list[BulkResult]:
    """Start or stop campaigns, some at a time, each audited; one result a campaign, in the order asked for."""
    ids = list(dict.fromkeys(campaign_ids))[:MOST]
    names = {each.id: each.name for each in campaigns_read(tenant).value or ()}
    service = campaign_start if wanted == CampaignState.RUNNING else campaign_stop

    def one(campaign_id: str) -> BulkResult:
        name = names.get(campaign_id, campaign_id)
        try:
            change = service(tenant=tenant, campaign_id=campaign_id, name=name, actor=actor, actor_name=actor_name)
        finally:
            connections.close_all()
        return BulkResult(campaign_id, name, change)

    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="bulk") as pool:
        return list(pool.map(one, ids))
