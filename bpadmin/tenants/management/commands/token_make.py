"""manage.py token_make"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.people.services import PeopleRefused
from bpadmin.tenants.people.tokens import DEFAULT_DAYS, LONGEST_DAYS, Scope, token_make


class Command(TenantCommand):
    """Make an API token."""

    help = "Make an API token for a person in a tenant and print it, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take for whom, for what, and for how long."""
        super().add_arguments(parser)
        parser.add_argument("username", metavar="USERNAME", help="as whom the script acts")
        parser.add_argument("--name", required=True, help="which script uses it")
        parser.add_argument(
            "--scope", action="append", required=True, choices=Scope.values, dest="scopes", help="may be given again"
        )
        parser.add_argument(
            "--days", type=int, default=DEFAULT_DAYS, help=f"1 to {LONGEST_DAYS}, default {DEFAULT_DAYS}"
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Make it and print it."""
        user = User.objects.filter(username__iexact=options["username"], is_active=True).first()
        if user is None:
            raise CommandRefused(f"Nobody signs in as “{options['username']}”.")
        try:
            token, text = token_make(
                tenant=tenant,
                user=user,
                name=options["name"],
                scopes=options["scopes"],
                days=options["days"],
                actor_name="shell",
            )
        except PeopleRefused as refused:
            raise CommandRefused(str(refused)) from refused
        self.say("Put it where the script finds it; it is stored nowhere:")
        self.say(text)
        return Result({"id": token.pk, "token": text, "ends_at": token.ends_at.isoformat()})
