"""Campaigns that run and have nothing to dial: a running campaign says so for as long as it is so.

The table of campaigns is read without their lists, so each running one is asked for its own, once a minute for all who
look. Whether a list has records left is told by the first one found that is not completed: mostly on its first page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bpadmin.dialler.catalogue import campaigns_acted
from bpadmin.dialler.live import live_read
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import Campaign, CampaignState, RecordKind
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.web.tables import fingerprint

if TYPE_CHECKING:
    from datetime import datetime

    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

TTL, PATIENCE = 60.0, 1.0
MOST_CAMPAIGNS = 50
# Pages of 1,000 records; a list whose first 20,000 are completed is taken to have others.
MOST_PAGES = 20


def idle_read(tenant: Tenant, campaigns: Sequence[Campaign]) -> dict[str, str]:
    """Return why running campaigns have nothing to dial, by their ids; those that dial, or may, are absent."""
    running = [each.id for each in campaigns if each.state == CampaignState.RUNNING][:MOST_CAMPAIGNS]
    offered = capabilities_known(tenant)
    if not running or not {Capability.LISTS_READ, Capability.RESULTS_READ} <= offered:
        return {}

    def fetch(client: PlatformClient) -> dict[str, str]:
        told = {campaign_id: _asked(client, campaign_id) for campaign_id in running}
        return {campaign_id: words for campaign_id, words in told.items() if words}

    # What was found before an act from here, such as an upload that has ended since, tells nothing any more.
    acted = sorted(campaigns_acted(tenant=tenant, campaign_ids=running).items())
    found = live_read(tenant, f"idle:{fingerprint(*running, *acted)}", fetch, ttl=TTL, patience=PATIENCE)
    return found.value or {}


def idle_words(campaign: Campaign, *, is_counted: bool = True) -> str:
    """Say why a campaign has nothing to dial as far as its lists tell, "" where they have records.

    `is_counted` False: their records have changed from here since they were counted.
    """
    lists = campaign.lists
    if lists is None or any(each.enabled is None for each in lists):
        return ""
    if not lists:
        return "No list is bound to it: there is nothing to dial."
    enabled = [each for each in lists if each.enabled]
    if not enabled:
        its = "Its only list is disabled" if len(lists) == 1 else f"None of its {len(lists)} lists is enabled"
        return f"{its}: there is nothing to dial."
    if is_counted and all(each.total_records == 0 for each in enabled):
        its = "Its enabled list is empty" if len(enabled) == 1 else "Its enabled lists are empty"
        return f"{its}: there is nothing to dial."
    return ""


def is_newer(counted_at: datetime | None, acted_at: datetime | None) -> bool:
    """Return whether records were counted after the last thing that was done from here to what holds them."""
    return acted_at is None or (counted_at is not None and counted_at > acted_at)


ALL_DONE = "Every record of its enabled lists is completed: there is nothing to dial."


def _asked(client: PlatformClient, campaign_id: str) -> str:
    try:
        campaign = client.get_campaign(campaign_id)
        if words := idle_words(campaign):
            return words
        enabled = [each for each in campaign.lists or () if each.enabled and each.total_records != 0]
        is_done = bool(enabled) and all(_is_done(client, campaign_id, each.instance_id) for each in enabled)
    except PlatformError:
        return ""
    return ALL_DONE if is_done else ""


def _is_done(client: PlatformClient, campaign_id: str, instance_id: str) -> bool:
    pages = client.walk_records(RecordKind.ALL, campaign_id, instance_id=instance_id)
    for n, page in enumerate(pages):
        if n >= MOST_PAGES or any(record.status is None or not record.status.completed for record in page.items):
            return False
    return True
