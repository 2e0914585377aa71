"""manage.py person_factors_remove"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import CommandRefused, PlainCommand, Result
from bpadmin.tenants.people.services import factors_remove


class Command(PlainCommand):
    """Take away the second factors of somebody who lost theirs."""

    help = "Take away all second factors of a person: authenticator app, passkeys and recovery codes."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whose."""
        super().add_arguments(parser)
        parser.add_argument("username", metavar="USERNAME", help="what they sign in with")

    def run(self, options: dict[str, Any]) -> Result:
        """Take them away."""
        user = User.objects.filter(username__iexact=options["username"]).first()
        if user is None:
            raise CommandRefused(f"Nobody signs in as “{options['username']}”.")
        removed = factors_remove(user=user, actor=None, actor_name="shell")
        self.say(f"{user} signs in with the password alone now." if removed else f"{user} had no second factor.")
        return Result({"username": user.get_username(), "removed": removed})
