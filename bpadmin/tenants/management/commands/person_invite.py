"""manage.py person_invite"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.people.invitations import invitation_make
from bpadmin.tenants.people.services import PeopleRefused


class Command(TenantCommand):
    """Invite somebody to a tenant by a link."""

    help = "Invite somebody to a tenant: prints the path of a link that works once, for seven days."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take for whom, and as what."""
        super().add_arguments(parser)
        parser.add_argument("whom", metavar="WHOM", help="for whom the link is: a name or an e-mail address")
        parser.add_argument("--role", choices=Role.values, default=Role.VIEWER.value, help="default: viewer")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Make the invitation and print its path."""
        try:
            made = invitation_make(
                tenant=tenant, role=Role(options["role"]), whom=options["whom"], actor=None, actor_name="shell"
            )
        except PeopleRefused as refused:
            raise CommandRefused(str(refused)) from refused
        self.say(f"Hand this over, behind the address of bpadmin. It works once, until {made.invitation.ends_at:%c}:")
        self.say(made.path)
        return Result({"path": made.path, "ends_at": made.invitation.ends_at.isoformat()})
