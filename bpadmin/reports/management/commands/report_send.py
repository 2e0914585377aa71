"""manage.py report_send TENANT FILE: send the file of a report once more."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.reports.deliveries import deliveries_drive, edition_send
from bpadmin.reports.destinations import destination_find
from bpadmin.reports.management.base import SHELL, ReportCommand, edition_json
from bpadmin.reports.models import DeliveryState, Edition
from bpadmin.tenants.management.base import FAILED, OK, CommandRefused, Result
from bpadmin.tenants.models import Tenant


class Command(ReportCommand):
    """Send a file again."""

    help = "Send the file of a report once more, or one that is not complete all the same. Exit code 0: it arrived."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add FILE and --to."""
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", type=int, help="number of the file, as report_show has it")
        parser.add_argument("--to", action="append", default=[], metavar="NAME", help="this destination, else all")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Send it."""
        edition = Edition.objects.filter(tenant=tenant, pk=options["file"]).select_related("report__tenant").first()
        if edition is None:
            raise CommandRefused(f"There is no file {options['file']} in {tenant.name}: report_show lists them.")
        wanted = [destination_find(tenant=tenant, name=name) for name in options["to"]] or None
        made = edition_send(edition=edition, actor=SHELL, destinations=wanted)
        deliveries_drive(edition)
        for each in made:
            each.refresh_from_db()
            self.say(f"{each.destination_name}: {each.state}. {each.sentence}")
        arrived = all(each.state == DeliveryState.SENT for each in made)
        return Result({"tenant": tenant.slug, **edition_json(edition)}, OK if arrived else FAILED)
