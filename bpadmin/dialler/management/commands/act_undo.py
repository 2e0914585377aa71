"""manage.py act_undo TENANT NUMBER: take an act back while nothing has changed since."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.types import Actor
from bpadmin.dialler.undo import UndoRefused, act_undo, undo_find, undo_look
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand, confirm_typed, confirm_yes
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Undo an act."""

    help = (
        "Take back an act that has a plain inverse (a start, a change of a bound list, an addition to Do Not Call by "
        "hand) while nothing has changed since. NUMBER is that of the act; commands print it, and Activity leads to it."
    )
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, UndoRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add NUMBER, --reason and --yes."""
        super().add_arguments(parser)
        parser.add_argument("number", type=int, metavar="NUMBER", help="number of the act")
        parser.add_argument("--reason", default="", help="why; needed for Do Not Call, and kept in the evidence")
        parser.add_argument("--yes", action="store_true", help="do not ask; needed where there is no terminal")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Say what the undo does, ask where it may cut calls or lets somebody be called, and do it."""
        action = undo_find(tenant=tenant, number=options["number"])
        undo = undo_look(action)
        for _, inverse in undo.parts:
            self.say(inverse.words)
        if undo.typed_name:
            confirm_typed(self, " ".join(undo.warnings), name=undo.typed_name, is_sure=options["yes"])
        elif undo.is_danger:
            confirm_yes(self, " ".join(undo.warnings), is_sure=options["yes"])
        acts = act_undo(action=action, actor=Actor(name="shell"), reason=options["reason"], is_sure=True)
        data = {
            "undo_of": action.pk,
            "outcome": acts[-1].outcome.value,
            "acts": [{"act": act.number, "outcome": act.outcome.value, "message": act.sentence} for act in acts],
        }
        if not acts[-1].is_done:
            raise CommandRefused(acts[-1].sentence, **data)
        for act in acts:
            self.say(act.sentence)
        return Result(data)
