"""manage.py approval_list"""

from __future__ import annotations

from typing import Any

from bpadmin.approvals.services import approvals_open
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """List what waits for a second person."""

    help = "List what one person asked for and another one has to approve."

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """List it."""
        found = list(approvals_open(tenant=tenant))
        for each in found:
            self.say(f"{each.pk}  {each.sentence}  asked by {each.asked_by_name}, until {each.ends_at:%c} (UTC)")
        if not found:
            self.say("Nothing waits for anybody.")
        data = [
            {
                "number": each.pk,
                "kind": each.kind,
                "sentence": each.sentence,
                "asked_by": each.asked_by_name,
                "ends_at": each.ends_at.isoformat(),
            }
            for each in found
        ]
        return Result({"tenant": tenant.slug, "approvals": data})
