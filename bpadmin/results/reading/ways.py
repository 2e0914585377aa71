"""How each platform's results can be read: what tells changes, what a whole reading needs, and whose clock is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bpadmin.platforms.results import KIND, START
from bpadmin.platforms.sources import Condition
from bpadmin.platforms.types import RecordKind

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

BRIGHT_PATTERN, LEGACY, JTEL = "brightpattern", "brightpattern_legacy", "jtel"


@dataclass(frozen=True, slots=True)
class Way:
    """`has_changes`: what was attempted since a moment can be asked for. `has_attempts`: a record brings all of them.

    `takes_last`: only the last attempt of a record is told. `is_whole`: all records come in one answer. `zone`: the
    platform's clock where it tells no UTC. `page`: records in a page.
    """

    has_changes: bool
    has_attempts: bool
    takes_last: bool = False
    is_whole: bool = False
    zone: tzinfo | None = None
    page: int = 1000

    def changes(self, since: datetime | None) -> Sequence[Condition]:
        """Return the conditions of a reading of changes, from the beginning where `since` is None."""
        found = [Condition(KIND, RecordKind.UPDATED.value)]
        if since is not None:
            found.append(Condition(START, since.isoformat()))
        return found


def way_of(tenant: Tenant) -> Way:
    """Return how a tenant's results can be read."""
    if tenant.platform == LEGACY:
        # Both documents say of all times that they are UTC; of what has changed v2 shows the times that it shows there.
        is_first = tenant.credentials.get("api_version") == "v1"
        return Way(not is_first, not is_first, takes_last=is_first)
    if tenant.platform == JTEL:
        return Way(False, False, is_whole=True, zone=ZoneInfo(tenant.time_zone))
    return Way(tenant.platform == BRIGHT_PATTERN, True)
