"""What the commands that start and stop campaigns share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.audit.models import Outcome
from bpadmin.lookup import LookupRefused
from bpadmin.tenants.commands import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant
from campaigns.services import StateChange, campaign_find

SHELL = "shell"


class ChangeCommand(TenantCommand):
    """Base of the commands that change a campaign's state through `service`."""

    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, LookupRefused)
    service: Callable[..., StateChange]

    def add_arguments(self, parser: CommandParser) -> None:
        """Add CAMPAIGN after TENANT."""
        super().add_arguments(parser)
        parser.add_argument("campaign", metavar="CAMPAIGN", help="name or id of the campaign")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Find the campaign, change its state, and say what came of it."""
        campaign = campaign_find(tenant=tenant, name_or_id=options["campaign"])
        change = self.service(tenant=tenant, campaign_id=campaign.id, name=campaign.name, actor=None, actor_name=SHELL)
        data = {"tenant": tenant.slug, "id": campaign.id, "name": campaign.name, "state": change.state}
        if change.outcome != Outcome.DONE:
            raise CommandRefused(change.sentence, **data, outcome=change.outcome.value)
        self.say(change.sentence)
        return Result({**data, "outcome": change.outcome.value, "message": change.sentence})
