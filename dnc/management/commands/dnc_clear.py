"""manage.py dnc_clear TENANT DNC --reason R: remove everything from a Do Not Call list."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import FAILED, OK, Result, confirm_typed
from bpadmin.tenants.models import Tenant
from dnc.entries.clear import clear_warning, dnc_clear
from dnc.management.base import DncCommand


class Command(DncCommand):
    """Empty a Do Not Call list."""

    help = "Remove everything from a Do Not Call list."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add DNC, --reason and --yes."""
        super().add_arguments(parser)
        parser.add_argument("dnc", metavar="DNC", help="name or id of the list")
        parser.add_argument("--reason", required=True, help="why; kept in the evidence")
        parser.add_argument("--yes", action="store_true", help="do not ask; needed where there is no terminal")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Say what goes and what it protects, ask, and empty the list."""
        dnc_list = self.find(tenant, options["dnc"])
        confirm_typed(self, clear_warning(dnc_list), name=dnc_list.name, is_sure=options["yes"])
        act = dnc_clear(dnc_list=dnc_list, typed_name=dnc_list.name, reason=options["reason"], actor=self.actor)
        self.say(act.sentence)
        data = {"list": dnc_list.name, "list_id": dnc_list.remote_id, "outcome": act.outcome, "message": act.sentence}
        return Result(data, OK if act.is_done else FAILED)
