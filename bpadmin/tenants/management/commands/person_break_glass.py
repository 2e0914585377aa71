"""manage.py person_break_glass"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import CommandRefused, PlainCommand, Result
from bpadmin.tenants.people.services import PeopleRefused
from bpadmin.tenants.sign_on.break_glass import HOURS, break_glass_end, break_glass_make


class Command(PlainCommand):
    """Make an account for when the identity provider is away."""

    help = (
        "Make an account that runs the system for some hours, by a one-time password, also where passwords are "
        "switched off (BPADMIN_LOCAL_SIGN_IN=0): for when the identity provider is away. --end ends it now."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take its name, why, and for how long."""
        super().add_arguments(parser)
        parser.add_argument("username", metavar="USERNAME", help="what it signs in with; nobody's name")
        parser.add_argument("--reason", default="", help="why it is needed, for the log")
        parser.add_argument("--hours", type=int, default=HOURS, help=f"for how long, 1 to 72; default: {HOURS}")
        parser.add_argument("--end", action="store_true", help="end it now, with its sessions")

    def run(self, options: dict[str, Any]) -> Result:
        """Make it and print the password, or end it."""
        try:
            if options["end"]:
                user = break_glass_end(username=options["username"], actor_name="shell")
                self.say(f"The break-glass account {user} is over.")
                return Result({"username": user.get_username(), "is_open": False})
            user, password, ends_at = break_glass_make(
                username=options["username"], reason=options["reason"], hours=options["hours"], actor_name="shell"
            )
        except PeopleRefused as refused:
            raise CommandRefused(str(refused)) from refused
        self.say(f"{user} can sign in until {ends_at:%c} (UTC), under “Other ways to sign in”, with:")
        self.say(password)
        return Result({"username": user.get_username(), "password": password, "ends_at": ends_at.isoformat()})
