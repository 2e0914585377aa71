"""manage.py dnc_drop TENANT DNC --reason R: delete a Do Not Call list with everything in it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.platforms.errors import NotFound
from bpadmin.platforms.types import DncListInfo
from bpadmin.tenants.management.base import Result, confirm_typed
from bpadmin.tenants.models import Tenant
from dnc.lists.delete import dnc_drop, drop_warning
from dnc.lists.effects import dnc_list_now
from dnc.lists.properties import managing_check
from dnc.management.properties import ManagingCommand


class Command(ManagingCommand):
    """Delete a Do Not Call list."""

    help = "Delete a Do Not Call list with everything in it: what it blocked may be dialled at once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add DNC, --reason and --yes."""
        super().add_arguments(parser)
        parser.add_argument("dnc", metavar="DNC", help="name or id of the list")
        parser.add_argument("--reason", required=True, help="why; kept in the evidence")
        parser.add_argument("--yes", action="store_true", help="do not ask; needed where there is no terminal")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Say what goes and what it protects, ask, and delete the list."""
        managing_check(tenant)
        dnc_list = self.find(tenant, options["dnc"])
        info: DncListInfo | None = None
        with suppress(NotFound):
            info = dnc_list_now(dnc_list)
        warning = " ".join((*drop_warning(dnc_list, info), "To keep it and let it block nothing: dnc_unbind."))
        confirm_typed(self, warning, name=dnc_list.name, is_sure=options["yes"])
        act = dnc_drop(dnc_list=dnc_list, typed_name=dnc_list.name, reason=options["reason"], actor=self.actor)
        return self.told(act, list=dnc_list.name, list_id=dnc_list.remote_id)
