"""manage.py dnc_why TENANT NUMBER: why a number is blocked, or whether it would be."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from bpadmin.tenants.management.base import Result
from bpadmin.tenants.models import Tenant
from dnc.entries.lookup import Match, dnc_why
from dnc.management.base import DncCommand
from dnc.models import EntryState


class Command(DncCommand):
    """Say why a number is blocked."""

    help = "Say why a number is blocked: which list, which rule, who added it, when and from what."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add NUMBER and what else is known of the record."""
        super().add_arguments(parser)
        parser.add_argument("number", metavar="NUMBER", help="a number, or any other value")
        parser.add_argument("--postal-code", default="", help="the record's postal code")
        parser.add_argument("--value", default="", help="the record's value of an exclusion field")

    def run_for(self, tenant: Tenant, options: dict[str, Any]) -> Result:
        """Look into the ledger."""
        why = dnc_why(
            tenant=tenant,
            number_or_value=options["number"],
            postal_code=options["postal_code"],
            value=options["value"],
        )
        self.say(why.sentence)
        for match in why.matches:
            self.say(f"  {match.sentence}")
        data = {"typed": why.typed, "is_blocked": why.is_blocked, "message": why.sentence}
        return Result({**data, "matches": [_match(match) for match in why.matches], "unread": len(why.unread)})


def _match(match: Match) -> dict[str, Any]:
    entry = match.entry
    return {
        "list": match.dnc_list.name,
        "list_id": match.dnc_list.remote_id,
        "rule": match.rule,
        "key": entry.key,
        "state": EntryState.UNKNOWN.name.lower() if match.is_unsure else EntryState(entry.state).name.lower(),
        "doubt": match.doubt,
        "comment": entry.comment,
        "added_at": entry.added_at.isoformat(),
        "added_by": entry.source.put_in_by,
        "from": entry.source.text,
        "expires_on": entry.expires_on.isoformat() if entry.expires_on else None,
        "campaigns": match.campaigns,
    }
