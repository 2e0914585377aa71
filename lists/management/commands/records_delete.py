"""manage.py records_delete TENANT LIST [filter] | --all: delete records, and watch until the platform has done it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser

from bpadmin.acts import Actor
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_drive
from bpadmin.lookup import LookupRefused, find_one
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CallingList, DeletePolicy
from bpadmin.tabular.types import TabularError
from bpadmin.tenants.commands import FAILED, OK, CommandRefused, Result, TenantCommand, confirm_typed
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from lists.delete_forms import column_values
from lists.delete_orders import deletion_confirm, deletion_draft
from lists.deleting import FilterRefused, RecordFilter, deletion_options, deletion_remote, total_told
from lists.services import list_find


class Command(TenantCommand):
    """Delete records of a list by a filter, or all of them."""

    help = "Delete records of a list by a filter, or all of them, and wait until the platform has done it."
    needs = Capability.RECORDS_DELETE_ALL
    refusals: ClassVar[tuple[type[Exception], ...]] = (*TenantCommand.refusals, LookupRefused, FilterRefused)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add LIST, the filter and --yes."""
        super().add_arguments(parser)
        parser.add_argument("list", metavar="LIST", help="name or id of the list")
        parser.add_argument("--field", action="append", default=[], metavar="F=V,V…", help="field and its values")
        parser.add_argument(
            "--field-file", action="append", default=[], metavar="F=FILE", help="field and a file with its values"
        )
        parser.add_argument("--campaign", default="", metavar="C", help="name or id of a campaign the list is bound to")
        parser.add_argument("--policy", default="ALL", choices=[policy.value for policy in DeletePolicy])
        parser.add_argument(
            "--created-from", default="", metavar="T", help="ISO time, in the tenant's zone if it has none"
        )
        parser.add_argument(
            "--created-to", default="", metavar="T", help="ISO time, in the tenant's zone if it has none"
        )
        parser.add_argument("--all", action="store_true", help="delete every record")
        parser.add_argument(
            "--yes", action="store_true", help="do it without asking; needed where there is no terminal"
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Read the filter back, ask, delete and watch."""
        actor = Actor(name="shell")
        found = list_find(tenant=tenant, name_or_id=options["list"])
        criteria = self._criteria(tenant, found, options)
        job = deletion_draft(tenant=tenant, list_id=found.id, list_name=found.name, criteria=criteria, actor=actor)
        note = REGISTRY[tenant.platform].delete_all_note
        warning = f"This deletes {deletion_options(job).sentence}. It cannot be undone.{' ' if note else ''}{note}"
        try:
            confirm_typed(self, warning, name=found.name, is_sure=options["yes"])
        except CommandRefused:
            job.delete()
            raise
        deletion_confirm(job=job, actor=actor, ring=False)
        job_drive(job_id=job.pk, seconds=None, worker="shell")
        job.refresh_from_db()
        self.say(job.message)
        return self._told(job)

    def _told(self, job: Job) -> Result:
        remote = deletion_remote(job)
        data = {
            "job": job.pk,
            "state": job.state,
            "deleted": None if remote.count_is_unknown else remote.deleted,
            "records_before": total_told(remote.total_before),
            "records_after": total_told(remote.total_after),
            "message": job.message,
        }
        return Result(data, OK if job.state == JobState.SUCCEEDED else FAILED)

    def _criteria(self, tenant: Tenant, found: CallingList, options: dict[str, Any]) -> RecordFilter:
        fields: dict[str, list[str]] = {}
        for given in options["field"]:
            name, values = _split(given, "--field")
            fields.setdefault(name, []).extend(values.split(","))
        for given in options["field_file"]:
            name, path = _split(given, "--field-file")
            try:
                with Path(path).open("rb") as file:
                    fields.setdefault(name, []).extend(column_values(file, name))
            except (OSError, TabularError) as error:
                raise CommandRefused(f"{path} cannot be read: {error}") from error
        campaign_id = campaign_name = ""
        if options["campaign"]:
            with tenant_client(tenant) as client:
                campaign = find_one(client.get_campaigns(), options["campaign"], noun="campaign", where=tenant.name)
            campaign_id, campaign_name = campaign.id, campaign.name
        return RecordFilter(
            is_all=options["all"],
            fields=tuple((name, tuple(values)) for name, values in fields.items()),
            campaign_id=campaign_id,
            campaign_name=campaign_name,
            policy=DeletePolicy(options["policy"]),
            created_from=_moment(options["created_from"], tenant),
            created_to=_moment(options["created_to"], tenant),
        )


def _split(given: str, option: str) -> tuple[str, str]:
    name, sign, rest = given.partition("=")
    if not sign or not name.strip():
        raise CommandRefused(f"{option} {given!r} is not of the form FIELD=VALUE.")
    return name.strip(), rest


def _moment(given: str, tenant: Tenant) -> datetime | None:
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise CommandRefused(f"{given!r} is no time; write one such as 2026-03-01T00:00.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(tenant.time_zone))
