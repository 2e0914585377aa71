"""Results of a campaign as records from a source: a list instance is a source, in the platform's own three walks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bpadmin.platforms.brightpattern.campaigns import CampaignMethods
from bpadmin.platforms.errors import NotFound, Reason
from bpadmin.platforms.results import FILTERS, instance_of, source_id_of, wanted_of
from bpadmin.platforms.source_reader import SourceReader
from bpadmin.platforms.sources import Condition, Source, SourceFilter
from bpadmin.platforms.types import Campaign, ListBinding, Page, Record


class SourceMethods(CampaignMethods, SourceReader):
    """The list instances of campaigns as sources."""

    def sources(self, group_id: str = "") -> tuple[Source, ...]:
        """Read the list instances of a campaign, or of every enabled one: a call for each campaign.

        Raises what `get_campaigns` and `get_campaign` raise.
        """
        ids = [group_id] if group_id else [campaign.id for campaign in self.get_campaigns()]
        campaigns = [self.get_campaign(campaign_id) for campaign_id in ids]
        return tuple(source_of_binding(campaign, binding) for campaign in campaigns for binding in campaign.lists or ())

    def get_source(self, source_id: str) -> Source:
        """Read one list instance of a campaign, enabled or not. NotFound (CAMPAIGN_NOT_FOUND, INSTANCE_NOT_FOUND)."""
        campaign_id, instance_id = instance_of(source_id)
        campaign = self.get_campaign(campaign_id)
        for binding in campaign.lists or ():
            if binding.instance_id == instance_id:
                return source_of_binding(campaign, binding)
        raise NotFound(
            f"This list is not bound to “{campaign.name}” any more.",
            reason=Reason.INSTANCE_NOT_FOUND,
        )

    def source_filters(self, source_id: str) -> tuple[SourceFilter, ...]:
        """Return the kind of records, and the window of time that applies to all kinds but ALL."""
        return FILTERS

    def walk_source(
        self,
        source_id: str,
        *,
        conditions: Sequence[Condition] = (),
        limit: int = 1000,
        cursor: str = "",
        with_history: bool = False,
    ) -> Iterator[Page[Record]]:
        """Read an instance's records; see `walk_records`. A time where all records are wanted is Invalid."""
        campaign_id, instance_id = instance_of(source_id)
        kind, start, end = wanted_of(conditions)
        return self.walk_records(
            kind,
            campaign_id,
            instance_id=instance_id,
            start_time=start,
            end_time=end,
            extract_attempts=with_history,
            limit=limit,
            cursor=cursor,
        )


def source_of_binding(campaign: Campaign, binding: ListBinding) -> Source:
    """Return the source that a list instance of a campaign is."""
    return Source(
        source_id_of(campaign.id, binding.instance_id),
        binding.list_name or binding.instance_name,
        campaign.id,
        campaign.name,
        binding.total_records,
        list_id=binding.list_id,
        instance_id=binding.instance_id,
        part=binding.instance_name,
    )
