"""manage.py results_export TENANT CAMPAIGN: export results into a file, here and now, with no worker needed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser
from django.utils import timezone

from bpadmin.dialler.catalogue import campaign_find
from bpadmin.dialler.lookup import find_one
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CallingList, Campaign, RecordKind
from bpadmin.records.exports.order import ExportFormat, ExportOrder
from bpadmin.records.exports.presets import Period, Preset, preset_find, preset_keep
from bpadmin.records.management.exporting import ExportCommand, shape_of
from bpadmin.tenants.management.base import CommandRefused, Result
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from bpadmin.tenants.times.local_times import TimeUnclear, moment_said
from campaigns.exports.order import results_order


class Command(ExportCommand):
    """Export the results of a campaign."""

    help = "Export the results of a campaign or of one of its lists into a file, and say whether it is complete."
    needs = Capability.RESULTS_READ

    def add_arguments(self, parser: CommandParser) -> None:
        """Add CAMPAIGN and what of it is wanted."""
        super().add_arguments(parser)
        parser.add_argument("campaign", metavar="CAMPAIGN", help="name or id of the campaign")
        parser.add_argument("--list", default="", metavar="LIST", help="name or id of one of its lists")
        parser.add_argument("--kind", default="", choices=[kind.value for kind in RecordKind])
        parser.add_argument("--from", dest="start", default="", metavar="T", help="ISO time, else the tenant's zone")
        parser.add_argument("--period", choices=Period.values, help="days meant anew each time, on the clock of --zone")
        parser.add_argument("--preset", default="", metavar="NAME", help="kind, period, columns, zone, format as kept")
        parser.add_argument("--keep-preset", default="", metavar="NAME", help="keep what is said here under this name")
        parser.add_argument("--to", dest="end", default="", metavar="T", help="ISO time, else the tenant's zone")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Order the export, carry it out, and write the file."""
        preset = preset_find(tenant=tenant, name=options["preset"]) if options["preset"] else None
        order = _order(tenant, options, preset)
        if options["keep_preset"]:
            period = options["period"] or (preset.period if preset else "")
            kept = Preset.of(order, period=period)
            preset_keep(tenant=tenant, name=options["keep_preset"], preset=kept, by_name="shell")
            self.say(f"Kept as the export preset “{options['keep_preset']}”.")
        return self.export(tenant, order, output=options["output"])


def _order(tenant: Tenant, options: dict[str, Any], preset: Preset | None) -> ExportOrder:
    campaign = campaign_find(tenant=tenant, name_or_id=options["campaign"])
    instances: tuple[str, ...] = ()
    list_name = ""
    if options["list"]:
        instances, list_name = _instances(tenant, campaign, options["list"])
    shape, kind, period = shape_of(options, tenant), options["kind"], options["period"] or ""
    if preset is not None:
        shape = _said_besides(shape, preset, options)
        kind, period = kind or preset.kind, period or preset.period
    start, end = _moment(options["start"], tenant), _moment(options["end"], tenant)
    if period and (start or end):
        if options["period"]:
            raise CommandRefused("Say either --period, or --from and --to.")
    elif period:
        start, end = Period(period).window(shape["time_zone"], timezone.now())
    return results_order(
        ((campaign.id, campaign.name),),
        instances=instances,
        list_name=list_name,
        kind=RecordKind(kind or RecordKind.ALL.value),
        start=start,
        end=end,
        **shape,
    )


def _said_besides(shape: dict[str, Any], preset: Preset, options: dict[str, Any]) -> dict[str, Any]:
    """Return what the preset says, but for what is said beside it."""
    kept: dict[str, Any] = {
        "attempts": preset.attempts or shape["attempts"],
        "per_attempt": preset.per_attempt or shape["per_attempt"],
        "columns": shape["columns"] or preset.columns,
        "time_zone": options["zone"] or preset.time_zone,
    }
    is_said = options["format"] or options["output"].endswith(tuple(f".{each}" for each in ExportFormat.values))
    return {**kept, "format": shape["format"] if is_said else ExportFormat(preset.format)}


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
        return moment_said(given, ZoneInfo(tenant.time_zone))
    except TimeUnclear as unclear:
        raise CommandRefused(str(unclear)) from unclear
    except ValueError as error:
        raise CommandRefused(f"{given!r} is no time; write one such as 2026-03-01T00:00.") from error
