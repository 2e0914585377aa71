"""manage.py report_add TENANT NAME: make a report of results, or of the records of a source."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import CommandParser

from bpadmin.platforms.sources import Condition
from bpadmin.records.exports.order import ExportOrder
from bpadmin.records.exports.presets import Period
from bpadmin.records.management.filters import FILTER_HELP, conditions_argument
from bpadmin.records.services import source_find
from bpadmin.reports.content import Figures, Records
from bpadmin.reports.destinations import destination_find
from bpadmin.reports.management.base import SHELL, ReportCommand, report_json
from bpadmin.reports.models import ReportFormat
from bpadmin.reports.services import FILE_NAME, ReportWish, report_find, report_save
from bpadmin.results.management.naming import source_find as results_find
from bpadmin.results.pages.tables import TABLES
from bpadmin.results.services import ResultsRefused
from bpadmin.tenants.management.base import CommandRefused, Result
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client


class Command(ReportCommand):
    """Make a report."""

    refusals: ClassVar[tuple[type[Exception], ...]] = (*ReportCommand.refusals, ResultsRefused)

    help = "Make a report of the results of a campaign, a list or all, or of the records of a source. plan_add TENANT "
    help += "report.make --set report=NAME has it made by plan."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add NAME and what it shows."""
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--campaign", default="", metavar="CAMPAIGN", help="results of this campaign, else of all")
        what.add_argument("--list", default="", metavar="LIST", help="results of this list")
        what.add_argument("--source", default="", metavar="SOURCE", help="records of this source")
        parser.add_argument("--table", action="append", default=[], choices=list(TABLES), help="of results, else all")
        parser.add_argument("--filter", default="", metavar="JSON", help=f"of records; {FILTER_HELP}")
        parser.add_argument("--attempts", action="store_true", help="of records: with all attempts of each")
        parser.add_argument("--per-attempt", action="store_true", help="of records: a row for each attempt")
        parser.add_argument("--columns", default="", metavar="C,C…", help="of records: only these, as in the header")
        parser.add_argument("--period", default="", choices=["", *Period.values], help="days before it is made")
        parser.add_argument("--format", default=ReportFormat.XLSX.value, choices=ReportFormat.values)
        parser.add_argument("--zone", default="", metavar="Z", help="the clock of its days, else the tenant's")
        parser.add_argument("--file-name", default=FILE_NAME, metavar="PATTERN", help=f"default: {FILE_NAME}")
        parser.add_argument("--to", action="append", default=[], metavar="NAME", help="a destination")
        parser.add_argument("--replace", action="store_true", help="take the place of the report of that name")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Make it."""
        content = _records(tenant, options) if options["source"] else _figures(tenant, options)
        wish = ReportWish(
            name=options["name"],
            content=content,
            period=options["period"] or ("" if options["source"] else Period.YESTERDAY.value),
            format=options["format"],
            time_zone=options["zone"],
            file_name=options["file_name"],
            destinations=[destination_find(tenant=tenant, name=name) for name in options["to"]],
        )
        before = report_find(tenant=tenant, name_or_number=options["name"]) if options["replace"] else None
        report = report_save(tenant=tenant, wish=wish, actor=SHELL, report=before)
        self.say(f"“{report.name}” ({report.pk}) is kept.")
        return Result(report_json(report))


def _figures(tenant: Tenant, options: dict[str, Any]) -> Figures:
    tables = tuple(options["table"])
    if not options["campaign"] and not options["list"]:
        return Figures(tables=tables)
    sources = results_find(tenant=tenant, campaign=options["campaign"], calling_list=options["list"])
    first = sources[0]
    if options["campaign"]:
        return Figures(campaign_id=first.campaign_id, campaign_name=first.campaign_name, tables=tables)
    return Figures(list_id=first.list_id, list_name=first.list_name, tables=tables)


def _records(tenant: Tenant, options: dict[str, Any]) -> Records:
    if options["table"]:
        raise CommandRefused("--table is for results; of records say --columns.")
    source = source_find(tenant=tenant, name_or_id=options["source"])
    with tenant_client(tenant) as client:
        filters = client.source_filters(source.id)
    conditions: tuple[Condition, ...] = conditions_argument(options["filter"], filters, tenant)
    order = ExportOrder(
        sources=(source,),
        conditions=conditions,
        attempts=options["attempts"] or options["per_attempt"],
        per_attempt=options["per_attempt"],
        columns=tuple(options["columns"].split(",")) if options["columns"] else (),
        time_zone=options["zone"] or tenant.time_zone,
    )
    return Records(order)
