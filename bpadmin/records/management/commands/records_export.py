"""manage.py records_export TENANT SOURCE: export the records of a source into a file, here and now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.platforms.base import Capability
from bpadmin.records.exports.order import ExportOrder
from bpadmin.records.management.exporting import ExportCommand, shape_of
from bpadmin.records.management.filters import FILTER_HELP, conditions_argument
from bpadmin.records.services import source_find
from bpadmin.tenants.management.base import Result
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
            help=FILTER_HELP,
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Order the export, carry it out, and write the file."""
        source = source_find(tenant=tenant, name_or_id=options["source"])
        with tenant_client(tenant) as client:
            filters = client.source_filters(source.id)
        conditions = conditions_argument(options["filter"], filters, tenant)
        order = ExportOrder(sources=(source,), conditions=conditions, **shape_of(options, tenant))
        return self.export(tenant, order, output=options["output"], filters=filters)
