"""manage.py automation_import TENANT FILE: take plans, recipes, rules and reports in from one file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.plans.management.base import SHELL, PlanCommand
from bpadmin.plans.transfer import TransferRefused, automation_take
from bpadmin.tenants.management.base import OK, SOME_REJECTED, CommandRefused, Result
from bpadmin.tenants.models import Tenant


class Command(PlanCommand):
    """Import what acts by itself."""

    help = (
        "Take in what automation_export wrote; what it names must be here. Plans come in held. Exit code 0: all came "
        "in; 3: some did not, each with its reason."
    )
    refusals: ClassVar[tuple[type[Exception], ...]] = (*PlanCommand.refusals, TransferRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add FILE and --replace."""
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", help="- reads standard input")
        parser.add_argument("--replace", action="store_true", help="replace what has the same name; never plans")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Take it in."""
        try:
            data = sys.stdin.buffer.read() if options["file"] == "-" else Path(options["file"]).read_bytes()
        except OSError as error:
            raise CommandRefused(f"{options['file']} cannot be read: {error.strerror}.") from error
        taken = automation_take(tenant=tenant, data=data, actor=SHELL, replaces=options["replace"])
        for each in taken:
            self.say(f"{each.part}: {each.name}{f': {each.why}' if each.why else ''}")
        items = [{"part": each.part, "name": each.name, "refused": each.why or None} for each in taken]
        code = SOME_REJECTED if any(each.why for each in taken) else OK
        return Result({"tenant": tenant.slug, "items": items}, code)
