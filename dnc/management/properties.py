"""What the commands on whole Do Not Call lists share: the options that say properties, and telling what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.dialler.types import Act
from bpadmin.platforms.types import DailyReset
from bpadmin.tenants.management.base import CommandRefused, Result
from bpadmin.tenants.models import Tenant
from dnc.lists.property_rules import Properties
from dnc.management.base import DncCommand
from dnc.models import DncKind

# By the names under which the platform creates them.
TYPES = {
    "INTERNAL": DncKind.INTERNAL,
    "GEOGRAPHIC_POSTAL": DncKind.GEOGRAPHIC_POSTAL,
    "AREA_CODES": DncKind.GEOGRAPHIC_AREACODE,
    "EXCLUSION": DncKind.EXCLUSION,
}


class ManagingCommand(DncCommand):
    """Base of the commands on whole lists."""

    def told(self, act: Act, **data: Any) -> Result:
        """Print what came of an act; one that was not done ends with exit code 1."""
        data = {**data, "outcome": act.outcome.value}
        if not act.is_done:
            raise CommandRefused(act.sentence, **data)
        self.say(act.sentence)
        return Result({**data, "message": act.sentence})


def add_properties(parser: CommandParser) -> None:
    """Add the options that say a list's properties; what is not given stays as it is."""
    parser.add_argument(
        "--country", metavar="C", help="of postal or area codes: US, CA, GB…; “prefixed”: area codes with their prefix"
    )
    parser.add_argument("--expire-days", type=int, metavar="N", help="entries expire after so many days, 0 to 365")
    parser.add_argument("--field", metavar="NAME", help="field of the calling lists whose values are excluded")
    parser.add_argument("--reset-daily", metavar="HH:MM", help="empty a list of excluded records at this time of day")
    parser.add_argument("--zone", metavar="ZONE", help="time zone of --reset-daily; without it that of the tenant")


def with_properties(tenant: Tenant, before: Properties, options: dict[str, Any]) -> Properties:
    """Return `before` with the properties that were given on the command line."""
    changes: dict[str, Any] = {}
    if options["country"] is not None:
        changes["country"] = options["country"]
    if options["expire_days"] is not None:
        changes["expire_days"] = options["expire_days"]
    if options["field"] is not None:
        changes["list_field"] = options["field"]
    if options["reset_daily"] is not None:
        changes["reset"] = DailyReset(options["reset_daily"], options["zone"] or tenant.time_zone)
    elif options["zone"] is not None:
        raise CommandRefused("--zone belongs to --reset-daily: say the time of day too.")
    return replace(before, **changes)
