"""manage.py webhook_list TENANT"""

from __future__ import annotations

from typing import Any

from bpadmin.notifications.models import Webhook
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """List the webhooks of a tenant."""

    help = "List the webhooks of a tenant with how they are; neither address nor key is shown."

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """List them."""
        found = list(Webhook.objects.filter(tenant=tenant))
        for each in found:
            state = "off" if each.is_off else f"failing: {each.trouble}" if each.failures else "well"
            self.say(f"{each.name}  {each.host}  {each.form}  {state}")
        rows = [
            {
                "webhook": each.name,
                "host": each.host,
                "form": each.form,
                "topics": each.topics,
                "names": each.tells_names,
                "off": each.is_off,
                "failures": each.failures,
                "failing_since": each.failing_since.isoformat() if each.failing_since else None,
                "trouble": each.trouble,
            }
            for each in found
        ]
        return Result({"tenant": tenant.slug, "webhooks": rows})
