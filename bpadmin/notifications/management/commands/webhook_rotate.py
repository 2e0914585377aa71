"""manage.py webhook_rotate TENANT NAME"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.types import Actor
from bpadmin.notifications.management.people import webhook_find
from bpadmin.notifications.webhooks import WebhookRefused, webhook_rotate
from bpadmin.tenants.management.base import Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Return a webhook a new key."""

    help = "Give a webhook a new signing key and print it, this once; for a day the former key signs as well."
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, WebhookRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which."""
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Renew it."""
        key = webhook_rotate(webhook=webhook_find(tenant, options["name"]), actor=Actor(name="shell"))
        self.say(f"The new key of {options['name']}: {key}")
        return Result({"webhook": options["name"], "key": key})
