"""manage.py webhook_remove TENANT NAME"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.types import Actor
from bpadmin.notifications.management.people import webhook_find
from bpadmin.notifications.webhooks import webhook_remove
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Remove a webhook."""

    help = "Remove a webhook of a tenant, with the record of what it was told."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which."""
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Remove it."""
        hook = webhook_find(tenant, options["name"])
        webhook_remove(webhook=hook, actor=Actor(name="shell"))
        self.say(f"The webhook {hook.name} is removed.")
        return Result({"removed": hook.name})
