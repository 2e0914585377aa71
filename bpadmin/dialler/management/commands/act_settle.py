"""manage.py act_settle TENANT NUMBER: settle an act whose outcome nobody knows."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.models import Action
from bpadmin.dialler.services import ActionRefused, action_read_now, action_settle
from bpadmin.dialler.types import Actor
from bpadmin.tenants.management.base import FAILED, OK, CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Settle an act of unknown outcome."""

    help = "Settle an act whose outcome nobody knows: by reading the dialler again, or by what you have seen there."
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, ActionRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add NUMBER and the three ways."""
        super().add_arguments(parser)
        parser.add_argument("number", metavar="NUMBER", type=int, help="the act's number, as acts_open shows it")
        ways = parser.add_mutually_exclusive_group(required=True)
        ways.add_argument("--read-again", action="store_true", help="ask the dialler what is true now")
        ways.add_argument("--done", action="store_true", help="you have seen that it was done")
        ways.add_argument("--not-done", action="store_true", help="you have seen that it was not done")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Read again, or take the person's word."""
        action = Action.objects.select_related("tenant").filter(tenant=tenant, pk=options["number"]).first()
        if action is None:
            raise CommandRefused(f"{tenant.name} has no act {options['number']}. See acts_open.")
        if options["read_again"]:
            action = action_read_now(action=action)
        else:
            action = action_settle(action=action, is_done=options["done"], actor=Actor(name="shell"))
        self.say(action.sentence)
        data = {"number": action.pk, "outcome": action.state, "message": action.sentence}
        return Result(data, FAILED if action.is_open else OK)
