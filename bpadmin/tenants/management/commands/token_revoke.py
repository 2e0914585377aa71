"""manage.py token_revoke"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.people.tokens import token_revoke, tokens_of


class Command(TenantCommand):
    """List a tenant's API tokens, or revoke one."""

    help = "List the API tokens of a tenant; with the number of one, revoke it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which."""
        super().add_arguments(parser)
        parser.add_argument("number", metavar="NUMBER", type=int, nargs="?", help="of the token, as listed")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """List them or revoke one."""
        found = list(tokens_of(tenant=tenant))
        if options["number"] is None:
            for each in found:
                self.say(f"{each.pk}  {each.name} …{each.hint} of {each.user}, until {each.ends_at:%Y-%m-%d}")
            return Result(
                {"tokens": [{"id": each.pk, "name": each.name, "username": str(each.user)} for each in found]}
            )
        token = next((each for each in found if each.pk == options["number"]), None)
        if token is None:
            raise CommandRefused(f"{tenant.name} has no token {options['number']}.")
        token_revoke(token=token, actor=None, actor_name="shell")
        self.say(f"The token {token.name} is revoked.")
        return Result({"revoked": token.pk})
