"""manage.py contact_delete TENANT CONTACT: delete one contact by its id."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.records.contacts.services import EFFECT, contact_delete
from bpadmin.tenants.management.base import CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant


class Command(TenantCommand):
    """Delete one contact."""

    help = "Delete one contact by the dialler's id of it, where the platform offers that. It cannot be taken back."
    needs = Capability.CONTACTS_DELETE

    def add_arguments(self, parser: CommandParser) -> None:
        """Add CONTACT and the word that it is meant."""
        super().add_arguments(parser)
        parser.add_argument("contact", metavar="CONTACT", help="id of the contact, as the page of contacts has it")
        parser.add_argument("--yes", action="store_true", help="it is to be deleted; without it nothing happens")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Delete the contact."""
        if not options["yes"]:
            raise CommandRefused(f"{EFFECT} Say --yes to delete contact {options['contact']}.")
        act = contact_delete(tenant=tenant, contact_id=options["contact"], actor=Actor(name="shell"))
        data = {"tenant": tenant.slug, "contact": options["contact"], "outcome": act.outcome.value}
        if not act.is_done:
            raise CommandRefused(act.sentence, **data)
        self.say(act.sentence)
        return Result({**data, "message": act.sentence})
