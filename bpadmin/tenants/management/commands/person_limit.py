"""manage.py person_limit"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.limits import KINDS
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.people.limits import membership_limit
from bpadmin.tenants.people.services import PeopleRefused, memberships_of


class Command(TenantCommand):
    """Limit one of a tenant's people to named campaigns and lists."""

    help = "Limit one of a tenant's people to named campaigns and lists; --none lifts the limit."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whom, and to what."""
        super().add_arguments(parser)
        parser.add_argument("username", metavar="USERNAME", help="what they sign in with")
        for kind, label in KINDS.items():
            parser.add_argument(
                f"--{kind}", nargs="+", default=[], metavar="NAME", help=f"{label} that stay open, by id or name"
            )
        parser.add_argument("--none", action="store_true", help="the whole tenant is open to them again")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Limit them."""
        membership = memberships_of(tenant=tenant).filter(user__username__iexact=options["username"]).first()
        if membership is None:
            raise CommandRefused(f"“{options['username']}” is none of the people of {tenant.name}.")
        wanted = {kind: options[kind] for kind in KINDS}
        if options["none"] == any(wanted.values()):
            raise CommandRefused("Name campaigns or lists, or give --none.")
        try:
            names = membership_limit(
                membership=membership, wanted=None if options["none"] else wanted, actor=None, actor_name="shell"
            )
        except PeopleRefused as refused:
            raise CommandRefused(str(refused)) from refused
        told = "; ".join(f"{KINDS[kind]}: {', '.join(found)}" for kind, found in names.items() if found)
        self.say(f"{membership.user} is limited to {told}." if told else f"{membership.user} sees the whole tenant.")
        return Result({"username": membership.user.get_username(), "limits": membership.limits})
