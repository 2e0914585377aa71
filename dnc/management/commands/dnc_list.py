"""manage.py dnc_list TENANT: the Do Not Call lists, what is known of their contents, and which campaigns use them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.commands import Result
from bpadmin.tenants.models import Tenant
from dnc.models import DncList, EntryState
from dnc.services import dnc_lists_refresh, dnc_read_back, ledger_counts
from dnc.terminal import DncCommand


class Command(DncCommand):
    """List a tenant's Do Not Call lists."""

    help = "List a tenant's Do Not Call lists with what is known of their contents."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --read-back."""
        super().add_arguments(parser)
        parser.add_argument("--read-back", metavar="DNC", help="first read this list's entries from the tenant")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Ask the campaigns for their lists and show all that are known."""
        error = ""
        try:
            dnc_lists_refresh(tenant=tenant)
        except PlatformError as refused:
            error = refused.message
            self.stderr.write(f"{error} These are the lists as they were known last.")
        if options["read_back"]:
            found = dnc_read_back(dnc_list=self.find(tenant, options["read_back"]), actor=self.actor)
            self.say(
                f"{found.total:,} entries read, {found.new:,} of them new here; {found.gone:,} known ones are gone."
            )
        rows = [_row(each) for each in DncList.objects.filter(tenant=tenant)]
        for row in rows:
            least = "" if row["is_complete"] else "at least "
            used = ", ".join(row["campaigns"]) or "no campaign"
            self.say(f"{row['name']}  {row['type']}  {least}{row['known']:,} entries  used by {used}  ({row['id']})")
        if not rows:
            self.say("No campaign of this tenant uses a Do Not Call list.")
        return Result({"lists": rows, "error": error}, 1 if error and not rows else 0)


def _row(dnc_list: DncList) -> dict[str, Any]:
    counts = ledger_counts(dnc_list)
    return {
        "id": dnc_list.remote_id,
        "name": dnc_list.name,
        "type": dnc_list.type,
        "known": counts.get(EntryState.PRESENT, 0),
        "unknown": counts.get(EntryState.UNKNOWN, 0),
        "is_complete": dnc_list.is_complete,
        "read_at": dnc_list.read_at.isoformat() if dnc_list.read_at else None,
        "data_as_of": dnc_list.data_as_of.isoformat() if dnc_list.data_as_of else None,
        "campaigns": [use["name"] for use in dnc_list.campaigns],
    }
