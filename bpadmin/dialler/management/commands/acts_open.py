"""manage.py acts_open TENANT: the acts whose outcome nobody knows."""

from __future__ import annotations

from typing import Any

from bpadmin.dialler.models import Action
from bpadmin.dialler.services import actions_open
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.times.local_times import clock_line


class Command(TenantCommand):
    """List the acts of unknown outcome."""

    help = "List what was asked of the dialler and whose outcome nobody knows; act_settle settles one."

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Say who asked for what and when."""
        actions = list(actions_open(tenant=tenant))
        for action in actions:
            at = clock_line(action.asked_at, tenant.time_zone)
            self.say(f"{action.pk}  {at}  {action.actor_name} asked to {action.asked}")
            if action.sentence:
                self.say(f"    {action.sentence}")
        if not actions:
            self.say("Every outcome is known.")
        return Result({"count": len(actions), "acts": [_as_data(action) for action in actions]})


def _as_data(action: Action) -> dict[str, Any]:
    return {
        "number": action.pk,
        "verb": action.verb,
        "asked": action.asked,
        "by": action.actor_name,
        "at": action.asked_at.isoformat(),
        "state": action.state,
        "target": action.target_name,
        "target_id": action.target_id,
        "message": action.sentence,
    }
