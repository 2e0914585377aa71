"""manage.py campaign_dispositions TENANT CAMPAIGN: list, add, change or delete dispositions."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.catalogue import campaign_find
from bpadmin.jobs.files.rejects import expansion_limit
from bpadmin.platforms.base import Capability
from bpadmin.platforms.campaign_details import Disposition
from bpadmin.tabular.readers import looked_at
from bpadmin.tabular.types import TabularError
from bpadmin.tenants.management.base import CommandRefused, Result
from bpadmin.tenants.models import Tenant
from campaigns.management.base import SHELL, CampaignCommand, told
from campaigns.settings.dispositions import (
    COLUMNS,
    DispositionRefused,
    disposition_change,
    disposition_delete,
    disposition_made,
    dispositions_add,
    dispositions_in,
    value_read,
)
from campaigns.settings.services import details_now


class Command(CampaignCommand):
    """List, add, change or delete the dispositions of a campaign."""

    help = "Print a campaign's dispositions with their dial rules; or add, change and delete some."
    refusals = (*CampaignCommand.refusals, DispositionRefused, TabularError)
    needs = Capability.CAMPAIGN_SETTINGS

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what is to be done."""
        super().add_arguments(parser)
        parser.add_argument("--add", metavar="NAME", help="add a disposition of this name")
        parser.add_argument(
            "--file", metavar="FILE", help=f"add those in a table with the columns {', '.join(COLUMNS)}"
        )
        parser.add_argument("--change", metavar="NAME", help="change the disposition of this name or id")
        parser.add_argument("--delete", metavar="NAME", help="delete the disposition of this name or id")
        parser.add_argument(
            "--set", action="append", default=[], metavar="COLUMN=VALUE", help="a property of what is added or changed"
        )

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Do the one thing that was asked for."""
        campaign = campaign_find(tenant=tenant, name_or_id=options["campaign"])
        known = details_now(tenant=tenant, campaign_id=campaign.id).dispositions or ()
        said: dict[str, Any] = {"tenant": tenant, "campaign": campaign, "actor": SHELL}
        data = {"tenant": tenant.slug, "id": campaign.id}
        values = dict(map(_pair, options["set"]))
        if options["add"]:
            made = disposition_made({"name": options["add"], **values})
            return told(self, dispositions_add(dispositions=[made], **said), data)
        if options["file"]:
            act = dispositions_add(dispositions=_in_file(options["file"]), **said)
            return told(self, act, {**data, **dict(act.details)})
        if options["change"]:
            held = _named(known, options["change"])
            return told(self, disposition_change(held=held, wanted=disposition_made(values, held=held), **said), data)
        if options["delete"]:
            return told(self, disposition_delete(held=_named(known, options["delete"]), **said), data)
        for each in known:
            self.say(f"{each.id}  {each.type:<12}  {each.folder:<20}  {each.name}")
        return Result({**data, "dispositions": [asdict(each) for each in known]})


def _pair(given: str) -> tuple[str, Any]:
    name, has_value, text = given.partition("=")
    if not has_value or name not in COLUMNS:
        raise CommandRefused(f"--set {given}: write COLUMN=VALUE with one of the columns {', '.join(COLUMNS)}.")
    try:
        return name, value_read(name, text.strip())
    except ValueError as error:
        raise CommandRefused(f"--set {given}: {error}") from error


def _in_file(path: str) -> list[Disposition]:
    try:
        with Path(path).open("rb") as file:
            look = looked_at(file, limit=expansion_limit())
    except OSError as error:
        raise CommandRefused(f"{path} cannot be read: {error}") from error
    return dispositions_in(look.header, [row for row in look.records[1:] if any(cell.strip() for cell in row)])


def _named(known: tuple[Disposition, ...], wanted: str) -> Disposition:
    found = [each for each in known if wanted in (each.id, each.name)]
    if len(found) != 1:
        names = ", ".join(f"“{each.name}”" for each in known)
        raise CommandRefused(f"The campaign has {'no' if not found else 'several'} “{wanted}”. It has: {names}.")
    return found[0]
