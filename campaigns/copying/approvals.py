"""Deleting a campaign, where two people have to want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpadmin.approvals.kinds import ApprovalKind
from bpadmin.audit.models import Outcome
from bpadmin.dialler.catalogue import campaign_find
from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Act
from bpadmin.platforms.errors import PlatformError
from campaigns.copying.services import campaign_delete, campaigns_matching

if TYPE_CHECKING:
    from bpadmin.approvals.models import Approval
    from bpadmin.dialler.types import Actor
    from bpadmin.platforms.types import Campaign
    from bpadmin.tenants.models import Tenant


class CampaignDeletion(ApprovalKind):
    """Deleting a campaign."""

    def facts(self, tenant: Tenant, target_id: str) -> dict[str, str]:
        """Ask the dialler for its state and lists."""
        try:
            found = campaign_find(tenant=tenant, name_or_id=target_id)
        except (LookupRefused, PlatformError) as error:
            return {"The campaign": f"could not be looked at: {error}"}
        names = dict.fromkeys(binding.list_name for binding in found.lists or ())
        return {"Name": found.name, "State": str(found.state or "not told"), "Lists": ", ".join(names) or "none told"}

    def carry_out(self, approval: Approval, actor: Actor) -> Act:
        """Delete it."""
        by_name = bool(approval.wanted["by_name"])
        try:
            campaign = _campaign(approval, by_name)
        except (LookupRefused, PlatformError) as refused:
            return Act(Outcome.REFUSED, str(refused))
        if campaign is None:
            return Act(Outcome.REFUSED, f"“{approval.target_name}” is not there any more, or not alone.")
        return campaign_delete(
            tenant=approval.tenant,
            campaign=campaign,
            by_name=by_name,
            reason=approval.wanted["reason"],
            actor=actor,
            approval=approval,
        )


def _campaign(approval: Approval, by_name: bool) -> Campaign | None:
    """Return the campaign that was meant; by its name only where it alone has it."""
    if not by_name:
        return campaign_find(tenant=approval.tenant, name_or_id=approval.target_id)
    found = [
        each
        for each in campaigns_matching(tenant=approval.tenant, name=approval.target_name)
        if each.name == approval.target_name
    ]
    return found[0] if len(found) == 1 and found[0].id == approval.target_id else None
