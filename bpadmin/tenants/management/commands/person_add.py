"""manage.py person_add"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.people.services import PeopleRefused, membership_add


class Command(TenantCommand):
    """Add somebody who can sign in already."""

    help = "Add somebody who can sign in already, without asking them. Only the operator can: pages invite people."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whom, and as what."""
        super().add_arguments(parser)
        parser.add_argument("username", metavar="USERNAME", help="what they sign in with")
        parser.add_argument("--role", choices=Role.values, default=Role.VIEWER.value, help="default: viewer")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Add them."""
        try:
            added = membership_add(tenant=tenant, username=options["username"], role=Role(options["role"]), actor=None)
        except PeopleRefused as refused:
            raise CommandRefused(str(refused)) from refused
        self.say(f"{added.user} is now {Role(added.role).label} in {tenant.name}.")
        return Result({"username": added.user.get_username(), "role": added.role})
