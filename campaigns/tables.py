"""The table of campaigns: its columns, and the tabs that filter it by state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import Campaign, CampaignState
from bpadmin.tables import Column, Table, TableQuery, is_found, natural, table_build

STATES = {"running": CampaignState.RUNNING, "stopped": CampaignState.STOPPED, "unknown": CampaignState.UNKNOWN}
STATE_LABELS = (("", "All"), ("running", "Running"), ("stopped", "Stopped"), ("unknown", "Unknown"))
STATE_ORDER = (CampaignState.RUNNING, CampaignState.STOPPED, CampaignState.UNKNOWN)

# With the capability that a column is about.
COLUMNS: tuple[tuple[Capability, Column[Campaign]], ...] = (
    (Capability.CAMPAIGNS_READ, Column("name", "Campaign", lambda campaign: natural(campaign.name))),
    (
        Capability.CAMPAIGN_STATE,
        Column("state", "State", lambda campaign: (STATE_ORDER.index(campaign.state), natural(campaign.name))),
    ),
    (Capability.CAMPAIGN_START_STOP, Column("act", "Last start or stop from here")),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """One state to filter by, with the number of campaigns in it (of those that match the search)."""

    label: str
    url: str
    count: int
    is_current: bool


def campaign_query(given: Mapping[str, str]) -> TableQuery:
    """Read what the reader asked for."""
    return TableQuery.read(given, sortable=("name", "state"), default="name", filters=("state",))


def campaign_table(campaigns: Sequence[Campaign], query: TableQuery, *, offered: Set[Capability]) -> Table[Campaign]:
    """Search by name and id, filter by state, sort and page; with the columns that the platform has a use for."""
    wanted = STATES.get(query.filter("state"))
    return table_build(
        campaigns,
        query,
        columns=tuple(column for needed, column in COLUMNS if needed in offered),
        texts=lambda campaign: (campaign.name,),
        identity=lambda campaign: campaign.id,
        is_wanted=lambda campaign: wanted is None or campaign.state == wanted,
    )


def campaign_tabs(campaigns: Sequence[Campaign], query: TableQuery) -> list[Tab]:
    """Give the tabs; a state that nobody ever sees (unknown) gets one only while something is in it."""
    states = [campaign.state for campaign in campaigns if is_found(query.text, (campaign.name,), campaign.id)]
    tabs = []
    for key, label in STATE_LABELS:
        count = states.count(STATES[key]) if key else len(states)
        is_current = query.filter("state") == key
        if key != "unknown" or count or is_current:
            tabs.append(Tab(label, query.url(state=key), count, is_current))
    return tabs
