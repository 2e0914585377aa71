"""manage.py results_export TENANT CAMPAIGN: export results into a file, here and now, with no worker needed."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser

from bpadmin.acts import Actor
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_drive
from bpadmin.lookup import LookupRefused, find_one
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CallingList, Campaign, RecordKind
from bpadmin.tenants.commands import FAILED, OK, SOME_REJECTED, CommandRefused, Result, TenantCommand
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from campaigns.export_order import ExportFormat, ExportOrder, ExportRefused
from campaigns.export_orders import export_open, export_start
from campaigns.services import campaign_find

SHELL = Actor(name="shell")
EXIT_CODES = {JobState.SUCCEEDED: OK, JobState.PARTIAL: SOME_REJECTED}


class Command(TenantCommand):
    """Export the results of a campaign."""

    help = "Export the results of a campaign or of one of its lists into a file, and say whether it is complete."
    needs = Capability.RESULTS_READ
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, LookupRefused, ExportRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add CAMPAIGN and what of it is wanted."""
        super().add_arguments(parser)
        parser.add_argument("campaign", metavar="CAMPAIGN", help="name or id of the campaign")
        parser.add_argument("--list", default="", metavar="LIST", help="name or id of one of its lists")
        parser.add_argument("--kind", default=RecordKind.ALL.value, choices=[kind.value for kind in RecordKind])
        parser.add_argument("--from", dest="start", default="", metavar="T", help="ISO time, else the tenant's zone")
        parser.add_argument("--to", dest="end", default="", metavar="T", help="ISO time, else the tenant's zone")
        parser.add_argument("--attempts", action="store_true", help="with all attempts of each record")
        parser.add_argument("--per-attempt", action="store_true", help="a row for each attempt")
        parser.add_argument("--columns", default="", metavar="C,C…", help="only these columns, as in the header")
        parser.add_argument("--format", default="", choices=["", *ExportFormat.values], help="else by FILE's ending")
        parser.add_argument("-o", "--output", default="", metavar="FILE", help="else named after the campaign")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Order the export, carry it out, and write the file."""
        order = self._order(tenant, options)
        given = options["output"]
        if given and not Path(given).resolve().parent.is_dir():
            raise CommandRefused(f"There is no folder for {given}. Make it first.")
        job = export_start(tenant=tenant, order=order, actor=SHELL, ring=False)
        job_drive(job_id=job.pk, seconds=None, worker="shell")
        job.refresh_from_db()
        self.say(job.message)
        data = {"job": job.pk, "state": job.state, "message": job.message}
        if not job.report.get("result_path"):
            return Result(data, FAILED)
        path = Path(given or job.report["file_name"])
        _write(job, path)
        self.say(f"Written: {path}, and beside it what it says of itself: {_beside(path)}")
        result = job.report["result"]
        data |= {"file": str(path), **{name: result[name] for name in ("rows", "records", "complete")}}
        data |= {"first_time": result["first_time"], "last_time": result["last_time"]}
        return Result(data, EXIT_CODES.get(JobState(job.state), FAILED))

    def _order(self, tenant: Tenant, options: dict[str, Any]) -> ExportOrder:
        campaign = campaign_find(tenant=tenant, name_or_id=options["campaign"])
        instances: tuple[str, ...] = ()
        list_name = ""
        if options["list"]:
            instances, list_name = _instances(tenant, campaign, options["list"])
        return ExportOrder(
            campaigns=((campaign.id, campaign.name),),
            instances=instances,
            list_name=list_name,
            kind=RecordKind(options["kind"]),
            start=_moment(options["start"], tenant),
            end=_moment(options["end"], tenant),
            attempts=options["attempts"],
            per_attempt=options["per_attempt"],
            columns=tuple(options["columns"].split(",")) if options["columns"] else (),
            format=_format(options["format"], options["output"]),
        )


def _instances(tenant: Tenant, campaign: Campaign, wanted: str) -> tuple[tuple[str, ...], str]:
    """Find the instances of a list in a campaign; the list may be bound to it more than once."""
    with tenant_client(tenant) as client:
        bindings = client.get_campaign(campaign.id).lists or ()
    lists = {binding.list_id: CallingList(binding.list_id, binding.list_name) for binding in bindings}
    found = find_one(list(lists.values()), wanted, noun="list", where=f"campaign “{campaign.name}”")
    return tuple(binding.instance_id for binding in bindings if binding.list_id == found.id), found.name


def _format(said: str, output: str) -> ExportFormat:
    if said:
        return ExportFormat(said)
    ending = Path(output).suffix.lower().removeprefix(".")
    return ExportFormat(ending) if ending in ExportFormat.values else ExportFormat.CSV


def _moment(given: str, tenant: Tenant) -> datetime | None:
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise CommandRefused(f"{given!r} is no time; write one such as 2026-03-01T00:00.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(tenant.time_zone))


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.summary.json")


def _write(job: Job, path: Path) -> None:
    try:
        with export_open(job=job, actor=SHELL) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, 1024 * 1024)
        _beside(path).write_text(json.dumps(job.report["result"], indent=2, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise CommandRefused(f"{path} cannot be written: {error}. The file is kept under job {job.pk}.") from error
