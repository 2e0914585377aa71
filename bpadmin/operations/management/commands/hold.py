"""manage.py hold"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.operations.holding import hold_by, release_by
from bpadmin.tenants.management.base import PlainCommand, Result


class Command(PlainCommand):
    """Keep bpadmin from sending anything, or let it send again."""

    help = (
        "Keep everything from being sent to any dialler until it is released, or with --release let it send again; "
        "without either, say how it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--begin", metavar="REASON", help="hold, for this reason")
        what.add_argument("--release", action="store_true", help="let it send again")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> Result:
        """Do it and say how it is now."""
        if options["begin"]:
            hold_by(reason=options["begin"], actor=None, actor_name="shell")
        elif options["release"]:
            release_by(actor=None, actor_name="shell")
        from bpadmin.installation.hold import hold_reason

        reason = hold_reason()
        self.say(f"Held: {reason}" if reason else "Not held: jobs and people may send.")
        return Result({"held": reason})
