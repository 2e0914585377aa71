"""What the commands on campaigns share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.audit.models import Outcome
from bpadmin.dialler.catalogue import campaign_find
from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Act, Actor
from bpadmin.platforms.base import Capability
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant
from campaigns.services import StateChange

SHELL = Actor(name="shell")


class CampaignCommand(TenantCommand):
    """Base of the commands on one campaign."""

    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, LookupRefused)

    # Whether CAMPAIGN must be given.
    is_one: ClassVar[bool] = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Add CAMPAIGN after TENANT."""
        super().add_arguments(parser)
        count: dict[str, Any] = {} if self.is_one else {"nargs": "?", "default": ""}
        parser.add_argument("campaign", metavar="CAMPAIGN", help="name or id of the campaign", **count)


class ChangeCommand(CampaignCommand):
    """Base of the commands that change a campaign's state through `service`."""

    service: Callable[..., StateChange]
    needs = Capability.CAMPAIGN_START_STOP

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Find the campaign, change its state, and say what came of it."""
        campaign = campaign_find(tenant=tenant, name_or_id=options["campaign"])
        change = self.service(
            tenant=tenant, campaign_id=campaign.id, name=campaign.name, actor=None, actor_name=SHELL.name
        )
        data = {"tenant": tenant.slug, "id": campaign.id, "name": campaign.name, "state": change.state}
        if change.outcome != Outcome.DONE:
            raise CommandRefused(change.sentence, **data, outcome=change.outcome.value)
        self.say(change.sentence)
        undo_say(self, tenant, change.number, has_undo=change.has_undo)
        return Result({**data, "outcome": change.outcome.value, "message": change.sentence, "act": change.number})


def told(command: TenantCommand, act: Act, data: dict[str, Any]) -> Result:
    """Say what came of an act. Raises CommandRefused unless it was surely done."""
    data = {**data, "outcome": act.outcome.value}
    if not act.is_done:
        raise CommandRefused(act.sentence, **data)
    command.say(act.sentence)
    return Result({**data, "message": act.sentence, "act": act.number})


def undo_say(command: TenantCommand, tenant: Tenant, number: int | None, *, has_undo: bool) -> None:
    """Say by which command an act is taken back, where it can be."""
    if has_undo:
        command.say(f"  Undo: act_undo {tenant.slug} {number}")
