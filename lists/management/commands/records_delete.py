"""manage.py records_delete TENANT LIST [filter] | --all: delete records, and watch until the platform has done it."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser

from bpadmin.approvals.services import ApprovalNeeded
from bpadmin.dialler.catalogue import list_find
from bpadmin.dialler.lookup import LookupRefused, find_one
from bpadmin.dialler.types import Actor
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.pages.kind_presenters import job_view
from bpadmin.jobs.services import job_drive
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CallingList, DeletePolicy
from bpadmin.tabular.types import TabularError
from bpadmin.tenants.management.base import (
    FAILED,
    OK,
    CommandRefused,
    Result,
    TenantCommand,
    confirm_typed,
    confirm_yes,
)
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.services import tenant_client
from bpadmin.tenants.times.local_times import TimeUnclear, moment_said
from lists.deletions.forms import column_values
from lists.deletions.options import FilterRefused, RecordFilter, deletion_remote, total_told
from lists.deletions.question import Question, calls_words
from lists.deletions.services import deletion_ask, deletion_begin
from lists.old_values.services import KEEP_OLD_HELP, OldValuesRefused, old_values_cost, old_values_of, old_values_words


class Command(TenantCommand):
    """Delete records of a list by a filter, or all of them."""

    help = "Delete records of a list by a filter, or all of them, and wait until the platform has done it."
    needs = Capability.RECORDS_DELETE_ALL
    refusals: ClassVar[tuple[type[Exception], ...]] = (
        *TenantCommand.refusals,
        LookupRefused,
        FilterRefused,
        ApprovalNeeded,
        OldValuesRefused,
    )

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
        parser.add_argument("--keep-old", action="store_true", help=KEEP_OLD_HELP)
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and delete nothing")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Read the filter back, ask, delete and watch."""
        actor = Actor(name="shell")
        found = list_find(tenant=tenant, name_or_id=options["list"])
        criteria = self._criteria(tenant, found, options)
        question = deletion_ask(tenant=tenant, list_id=found.id, list_name=found.name, criteria=criteria, seconds=None)
        self._show(tenant, question)
        if options["keep_old"]:
            self.stderr.write(old_values_cost(tenant=tenant, list_id=found.id, deletes=question.criteria).words)
        if options["dry_run"]:
            return Result(self._counted(question))
        if question.wants_name:
            confirm_typed(self, "It cannot be undone.", name=found.name, is_sure=options["yes"])
        else:
            confirm_yes(self, "It cannot be undone.", is_sure=options["yes"])
        job = deletion_begin(tenant=tenant, question=question, actor=actor, ring=False, keep_old=options["keep_old"])
        job_drive(job_id=job.pk, seconds=None, worker="shell")
        job.refresh_from_db()
        self.say(job_view(job).told)
        self.say(job.told_message)
        return self._told(job, question)

    def _show(self, tenant: Tenant, question: Question) -> None:
        """Say what would go, as the page does."""
        preview = question.preview
        note = REGISTRY[tenant.platform].delete_all_note if question.takes_all else ""
        lines = [f"This deletes {question.sentence}.", preview.words, preview.note, note]
        if names := ", ".join(each.name for each in preview.dialled_by):
            lines.append(f"Dialled by {names}. {calls_words(question)}")
        if preview.campaigns and not preview.takes_nothing:
            campaign = preview.campaigns[0].name
            way = shlex.join(["results_export", tenant.slug, campaign, "--list", question.list_name])
            lines.append(f"To keep a copy first: {way}")
        for line in filter(None, lines):
            self.stderr.write(line)
        if preview.sample:
            self.stderr.write(f"{preview.sample_words}:")
        for record in preview.sample:
            self.stderr.write("  " + ", ".join(f"{name} {value}" for name, value in record.items()))

    def _counted(self, question: Question) -> dict[str, Any]:
        preview = question.preview
        return {
            "sentence": question.sentence,
            "counted": preview.least if preview.is_counted else None,
            "at_least": preview.least,
            "at_most": preview.most,
            "records": preview.total,
            "sample": list(preview.sample),
            "dialled_by": [each.name for each in preview.dialled_by],
        }

    def _told(self, job: Job, question: Question) -> Result:
        remote = deletion_remote(job)
        data = {
            **self._counted(question),
            "job": job.pk,
            "state": job.state,
            "deleted": None if remote.count_is_unknown else remote.deleted,
            "records_before": total_told(remote.total_before),
            "records_after": total_told(remote.total_after),
            "message": job.told_message,
        }
        if (old := old_values_of(job)) is not None:
            data["kept"] = old.n_kept
            self.say(old_values_words(old))
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
        return moment_said(given, ZoneInfo(tenant.time_zone))
    except TimeUnclear as unclear:
        raise CommandRefused(str(unclear)) from unclear
    except ValueError as error:
        raise CommandRefused(f"{given!r} is no time; write one such as 2026-03-01T00:00.") from error
