"""manage.py dnc_list TENANT: the Do Not Call lists, what is known of their contents, and which campaigns use them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.counts import counted
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant
from dnc.entries.ledger import ledger_counts
from dnc.entries.read_back import dnc_read_back
from dnc.lists.sync import dnc_list_type_in, dnc_lists_refresh
from dnc.management.base import DncCommand
from dnc.models import DncKind, DncList, EntryState

TYPES = tuple(DncKind.values)


class Command(DncCommand):
    """List a tenant's Do Not Call lists."""

    help = "List a tenant's Do Not Call lists with what is known of their contents."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what makes a list known that no campaign names, and --read-back."""
        super().add_arguments(parser)
        add = parser.add_argument
        add("--add", metavar="NAME", help="first take a list that no campaign names: its name as it stands there")
        add("--id", default="", metavar="ID", help="with --add, where the platform knows lists by ids: the list's")
        add("--type", choices=TYPES, default=DncKind.INTERNAL.value, help="with --add: what it holds")
        add("--country", default="", metavar="C", help="with --add, of area and postal codes: US, CA, UK…")
        parser.add_argument("--read-back", metavar="DNC", help="first read this list's entries from the tenant")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Ask the campaigns for their lists and show all that are known."""
        error = ""
        if options["add"]:
            taken = dnc_list_type_in(
                tenant=tenant,
                name=options["add"],
                remote_id=options["id"],
                type=DncKind(options["type"]),
                country=options["country"],
                actor=self.actor,
            )
            self.say(f"“{taken.name}” is known now. The first act tells whether the platform knows it too.")
        try:
            dnc_lists_refresh(tenant=tenant)
        except PlatformError as refused:
            error = refused.message
            self.stderr.write(f"{error} These are the lists as they were known last.")
        if options["read_back"]:
            found = dnc_read_back(dnc_list=self.find(tenant, options["read_back"]), actor=self.actor)
            self.say(
                f"{counted(found.total, 'entry')} read, {found.new:,} of them new here; "
                f"{found.gone:,} known before and gone now."
            )
        rows = [_row(each) for each in DncList.objects.filter(tenant=tenant)]
        for row in rows:
            least = "" if row["is_complete"] else "at least "
            used = ", ".join(row["campaigns"]) or "no campaign that is known"
            self.say(
                f"{row['name']}  {row['type']}  {least}{counted(row['known'], 'entry')}  used by {used}  ({row['id']})"
            )
        if not rows:
            self.say("No Do Not Call list is known here. One that no campaign names is taken by --add NAME.")
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
