"""manage.py campaign_clone TENANT CAMPAIGN NAME: copy a campaign without its contacts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import campaign_find
from bpadmin.platforms.base import Capability
from bpadmin.tenants.management.base import CommandRefused, Result
from bpadmin.tenants.models import Tenant
from campaigns.copying.services import campaign_clone
from campaigns.management.base import SHELL, CampaignCommand, told


class Command(CampaignCommand):
    """Copy a campaign with everything but its contacts."""

    help = "Copy a campaign with everything but its contacts, on platforms whose API offers that."
    needs = Capability.CAMPAIGN_CLONE

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the copy's name, and what else may be said of it."""
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME", help="name of the copy")
        parser.add_argument("--user-data", default="", help="a text that other systems find the copy by")
        parser.add_argument("--from", dest="start", default="", metavar="T", help="active from, in the dialler's time")
        parser.add_argument("--to", dest="end", default="", metavar="T", help="active until, in the dialler's time")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Find the campaign and copy it."""
        source = campaign_find(tenant=tenant, name_or_id=options["campaign"])
        act = campaign_clone(
            tenant=tenant,
            source=source,
            destination=options["name"].strip(),
            user_data=options["user_data"],
            start=_moment(options["start"]),
            end=_moment(options["end"]),
            actor=SHELL,
        )
        return told(self, act, {"tenant": tenant.slug, "source": source.id, "id": act.id, "name": options["name"]})


def _moment(given: str) -> datetime | None:
    """Read a time without a zone: the dialler takes it as its own."""
    if not given:
        return None
    try:
        return datetime.fromisoformat(given).replace(tzinfo=None)
    except ValueError as error:
        raise CommandRefused(f"{given!r} is no time; write one such as 2026-03-01T08:00.") from error
