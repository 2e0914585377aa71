"""How many records a list instance has left: the API has no counter, so completed records are walked and counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bpadmin.dialler.live import Snapshot, live_read
from bpadmin.platforms.types import ListBinding, RecordKind
from bpadmin.web.tables import fingerprint

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

# Seconds. Counting costs a request for every 1,000 completed records, so it is done seldom and not for large lists.
TTL = 120.0
PATIENCE = 1.0
MOST_RECORDS = 20_000


def remaining_read(
    tenant: Tenant, campaign_id: str, bindings: Sequence[ListBinding]
) -> Snapshot[dict[str, int] | None]:
    """Return the records left by instance id; None before the first count. Instances too large to count are absent."""
    counted = [each for each in bindings if each.enabled and 0 < (each.total_records or 0) <= MOST_RECORDS]

    def fetch(client: PlatformClient) -> dict[str, int] | None:
        return {each.instance_id: (each.total_records or 0) - _completed(client, campaign_id, each) for each in counted}

    which = fingerprint(*((each.instance_id, each.total_records) for each in counted))
    return live_read(tenant, f"left:{campaign_id}:{which}", fetch, ttl=TTL, patience=PATIENCE)


def _completed(client: PlatformClient, campaign_id: str, binding: ListBinding) -> int:
    pages = client.walk_records(RecordKind.COMPLETED, campaign_id, instance_id=binding.instance_id)
    return sum(len(page.items) for page in pages)
