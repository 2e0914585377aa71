"""manage.py results_export TENANT CAMPAIGN: export results into a file, here and now, with no worker needed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser

from bpadmin.lookup import find_one
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CallingList, Campaign, RecordKind
from bpadmin.records.commands import ExportCommand, shape_of
from bpadmin.records.export_order import ExportOrder
from bpadmin.tenants.commands import CommandRefused, Result
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from campaigns.export_order import results_order
from campaigns.services import campaign_find


class Command(ExportCommand):
    """Export the results of a campaign."""

    help = "Export the results of a campaign or of one of its lists into a file, and say whether it is complete."
    needs = Capability.RESULTS_READ

    def add_arguments(self, parser: CommandParser) -> None:
        """Add CAMPAIGN and what of it is wanted."""
        super().add_arguments(parser)
        parser.add_argument("campaign", metavar="CAMPAIGN", help="name or id of the campaign")
        parser.add_argument("--list", default="", metavar="LIST", help="name or id of one of its lists")
        parser.add_argument("--kind", default=RecordKind.ALL.value, choices=[kind.value for kind in RecordKind])
        parser.add_argument("--from", dest="start", default="", metavar="T", help="ISO time, else the tenant's zone")
        parser.add_argument("--to", dest="end", default="", metavar="T", help="ISO time, else the tenant's zone")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Order the export, carry it out, and write the file."""
        return self.export(tenant, _order(tenant, options), output=options["output"])


def _order(tenant: Tenant, options: dict[str, Any]) -> ExportOrder:
    campaign = campaign_find(tenant=tenant, name_or_id=options["campaign"])
    instances: tuple[str, ...] = ()
    list_name = ""
    if options["list"]:
        instances, list_name = _instances(tenant, campaign, options["list"])
    return results_order(
        ((campaign.id, campaign.name),),
        instances=instances,
        list_name=list_name,
        kind=RecordKind(options["kind"]),
        start=_moment(options["start"], tenant),
        end=_moment(options["end"], tenant),
        **shape_of(options),
    )


def _instances(tenant: Tenant, campaign: Campaign, wanted: str) -> tuple[tuple[str, ...], str]:
    """Find the instances of a list in a campaign; the list may be bound to it more than once."""
    with tenant_client(tenant) as client:
        bindings = client.get_campaign(campaign.id).lists or ()
    lists = {binding.list_id: CallingList(binding.list_id, binding.list_name) for binding in bindings}
    found = find_one(list(lists.values()), wanted, noun="list", where=f"campaign “{campaign.name}”")
    return tuple(binding.instance_id for binding in bindings if binding.list_id == found.id), found.name


def _moment(given: str, tenant: Tenant) -> datetime | None:
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise CommandRefused(f"{given!r} is no time; write one such as 2026-03-01T00:00.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(tenant.time_zone))
