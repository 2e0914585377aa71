"""manage.py records_export TENANT SOURCE: export the records of a source into a file, here and now."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser

from bpadmin.platforms.base import Capability
from bpadmin.platforms.sources import Condition, SourceFilter
from bpadmin.records.commands import ExportCommand, shape_of
from bpadmin.records.conditions import ConditionRefused, conditions_read
from bpadmin.records.export_order import ExportOrder
from bpadmin.records.services import source_find
from bpadmin.tenants.commands import CommandRefused, Result
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client


class Command(ExportCommand):
    """Export the records of a source."""

    help = "Export the records of a source (a list in a campaign, contacts, requests) into a file, and say whether it "
    help += "is complete."
    needs = Capability.SOURCES_READ

    def add_arguments(self, parser: CommandParser) -> None:
        """Add SOURCE and which of its records are wanted."""
        super().add_arguments(parser)
        parser.add_argument("source", metavar="SOURCE", help="name or id, as the page of records has it")
        parser.add_argument(
            "--filter",
            default="",
            metavar="JSON",
            help='list of conditions: [{"name": …, "value": …, "operator": …, "key": …}]; times are the tenant\'s own '
            "unless they have an offset",
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Order the export, carry it out, and write the file."""
        source = source_find(tenant=tenant, name_or_id=options["source"])
        with tenant_client(tenant) as client:
            filters = client.source_filters(source.id)
        conditions = _conditions(options["filter"], filters, tenant)
        order = ExportOrder(sources=(source,), conditions=conditions, **shape_of(options))
        return self.export(tenant, order, output=options["output"], filters=filters)


def _conditions(text: str, filters: tuple[SourceFilter, ...], tenant: Tenant) -> tuple[Condition, ...]:
    if not text:
        return ()
    try:
        given = json.loads(text)
    except ValueError as error:
        raise CommandRefused(f"--filter is no JSON: {error}.") from error
    if not isinstance(given, list):
        raise CommandRefused('--filter is a JSON list of objects such as {"name": …, "value": …}.')
    try:
        return conditions_read(given, filters, zone=ZoneInfo(tenant.time_zone))
    except ConditionRefused as refused:
        raise CommandRefused(str(refused)) from refused
