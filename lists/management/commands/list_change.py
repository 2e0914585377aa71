"""manage.py list_change TENANT LIST: rename a list, or say when its records are too old to be dialled."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import list_find
from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.platforms.campaign_details import EXPIRY_DAYS, ListExpiry
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant
from lists.manage.properties import list_properties_change


class Command(TenantCommand):
    """Change the properties of a list."""

    help = "Rename a calling list, or say when its records are too old to be dialled."
    needs = Capability.LISTS_FETCH
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, LookupRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add LIST and what is to be changed."""
        super().add_arguments(parser)
        parser.add_argument("list", metavar="LIST", help="name or id of the list")
        parser.add_argument("--name", default="", help="the new name")
        when = parser.add_mutually_exclusive_group()
        when.add_argument("--expire-after", type=int, metavar="DAYS", help="records expire so many days after")
        when.add_argument("--never-expire", action="store_true", help="records do not expire")
        parser.add_argument("--date-field", default="", metavar="FIELD", help="… the date in this field, not insertion")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Change it."""
        days = options["expire_after"]
        if days is not None and not EXPIRY_DAYS[0] <= days <= EXPIRY_DAYS[1]:
            raise CommandRefused(f"--expire-after has to be from {EXPIRY_DAYS[0]} to {EXPIRY_DAYS[1]} days.")
        expiry = ListExpiry(True, days, options["date_field"]) if days is not None else None
        if options["never_expire"]:
            expiry = ListExpiry(False)
        if not options["name"] and expiry is None:
            raise CommandRefused("Say what to change: --name, --expire-after or --never-expire.")
        found = list_find(tenant=tenant, name_or_id=options["list"])
        act = list_properties_change(
            tenant=tenant, calling_list=found, name=options["name"], expiry=expiry, actor=Actor(name="shell")
        )
        data = {"tenant": tenant.slug, "id": found.id, "outcome": act.outcome.value}
        if not act.is_done:
            raise CommandRefused(act.sentence, **data)
        self.say(act.sentence)
        return Result({**data, "message": act.sentence})
