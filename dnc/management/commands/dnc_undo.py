"""manage.py dnc_undo TENANT NUMBER --reason R: take out again what an act has added."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import Result, confirm_typed
from bpadmin.tenants.models import Tenant
from dnc.entries.clear import protection_words
from dnc.entries.undo import dnc_undo, undo_of
from dnc.management.base import DncCommand


class Command(DncCommand):
    """Take back an act."""

    help = (
        "Take out of a Do Not Call list what the dialler reported as added by one act, such as a dnc_add, and nothing "
        "else. NUMBER is that of the act in the evidence; dnc_add prints it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add NUMBER, --reason and --yes."""
        super().add_arguments(parser)
        parser.add_argument("number", type=int, metavar="NUMBER", help="number of the act in the evidence")
        parser.add_argument("--reason", required=True, help="why; kept in the evidence")
        parser.add_argument("--yes", action="store_true", help="do not ask; needed where there is no terminal")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Say what is taken out, ask where it is more than one entry, and do it."""
        found = undo_of(tenant=tenant, number=options["number"])
        entries = (
            f"{len(found.keys):,} of what act {options['number']} has added to “{found.dnc_list.name}” is taken out."
        )
        if found.left:
            entries += f" {found.left_words}"
        if len(found.keys) > 1:
            warning = f"{entries} {protection_words(found.dnc_list)}"
            confirm_typed(self, warning, name=found.dnc_list.name, is_sure=options["yes"])
        else:
            self.say(entries)
        said = {"reason": options["reason"], "actor": self.actor, "is_sure": True}
        return self.outcomes_told((dnc_undo(tenant=tenant, number=options["number"], **said),))
