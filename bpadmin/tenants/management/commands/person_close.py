"""manage.py person_close"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import CommandRefused, PlainCommand, Result
from bpadmin.tenants.people.services import PeopleRefused, person_close, person_open


class Command(PlainCommand):
    """Close a sign-in, or open it again."""

    help = "Close a sign-in: it is signed out everywhere, and its tokens are revoked. --open opens it again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whose."""
        super().add_arguments(parser)
        parser.add_argument("username", metavar="USERNAME", help="what they sign in with")
        parser.add_argument("--open", action="store_true", help="open a closed sign-in again")

    def run(self, options: dict[str, Any]) -> Result:
        """Close or open it."""
        user = User.objects.filter(username__iexact=options["username"]).first()
        if user is None:
            raise CommandRefused(f"Nobody signs in as “{options['username']}”.")
        try:
            (person_open if options["open"] else person_close)(user=user, actor=None, actor_name="shell")
        except PeopleRefused as refused:
            raise CommandRefused(str(refused)) from refused
        self.say(f"The sign-in of {user} is {'open' if options['open'] else 'closed'}.")
        return Result({"username": user.get_username(), "is_open": options["open"]})
