"""Results of a campaign as records from a source: a list instance is a source, in the platform's own three walks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bpadmin.platforms.brightpattern.campaigns import CampaignMethods
from bpadmin.platforms.errors import Invalid, NotFound, Reason
from bpadmin.platforms.names import id_of, names_of
from bpadmin.platforms.source_reader import SourceReader
from bpadmin.platforms.sources import Condition, FilterKind, Source, SourceFilter
from bpadmin.platforms.types import Campaign, ListBinding, Page, Record, RecordKind

KIND, START, END = "kind", "startTime", "endTime"

FILTERS = (
    SourceFilter(
        KIND,
        "Records",
        FilterKind.CHOICE,
        choices=(
            (RecordKind.ALL.value, "All records"),
            (RecordKind.COMPLETED.value, "Completed records"),
            (RecordKind.UPDATED.value, "Records that were tried"),
        ),
    ),
    SourceFilter(START, "From", FilterKind.TIME, help="Completed or last tried at this time or later."),
    SourceFilter(END, "Before", FilterKind.TIME, help="Completed or last tried before this time."),
)


class SourceMethods(CampaignMethods, SourceReader):
    """The list instances of campaigns as sources."""

    def sources(self, group_id: str = "") -> tuple[Source, ...]:
        """Read the list instances of a campaign, or of every enabled one: a call for each campaign.

        Raises what `get_campaigns` and `get_campaign` raise.
        """
        ids = [group_id] if group_id else [campaign.id for campaign in self.get_campaigns()]
        campaigns = [self.get_campaign(campaign_id) for campaign_id in ids]
        return tuple(_source(campaign, binding) for campaign in campaigns for binding in campaign.lists or ())

    def get_source(self, source_id: str) -> Source:
        """Read one list instance of a campaign, enabled or not. NotFound (CAMPAIGN_NOT_FOUND, INSTANCE_NOT_FOUND)."""
        campaign_id, instance_id = instance_of(source_id)
        campaign = self.get_campaign(campaign_id)
        for binding in campaign.lists or ():
            if binding.instance_id == instance_id:
                return _source(campaign, binding)
        raise NotFound(
            f"This list is not bound to “{campaign.name}” any more.",
            reason=Reason.INSTANCE_NOT_FOUND,
        )

    def source_filters(self, source_id: str) -> tuple[SourceFilter, ...]:
        """Give the kind of records, and the window of time that applies to all kinds but ALL."""
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


def source_id_of(campaign_id: str, instance_id: str) -> str:
    """Name the source that is this instance of a list in this campaign."""
    return id_of(campaign_id, instance_id)


def instance_of(source_id: str) -> tuple[str, str]:
    """Give the campaign and the instance that a source is. Raises Invalid for an id that names none."""
    names = names_of(source_id)
    if len(names) != 2:
        raise Invalid("This address names no list of a campaign. Go back to the records.", reason=Reason.BAD_REQUEST)
    return names[0], names[1]


def _source(campaign: Campaign, binding: ListBinding) -> Source:
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


def wanted_of(conditions: Sequence[Condition]) -> tuple[RecordKind, datetime | None, datetime | None]:
    """Give the kind of records and the window of time that conditions ask for. Invalid for what cannot be."""
    given = {condition.name: str(condition.value) for condition in conditions}
    unknown = given.keys() - {KIND, START, END}
    if unknown:
        raise Invalid(f"Results cannot be filtered by {', '.join(sorted(unknown))}.", reason=Reason.BAD_REQUEST)
    try:
        kind = RecordKind(given.get(KIND, RecordKind.ALL.value))
        times = [datetime.fromisoformat(given[name]) if name in given else None for name in (START, END)]
    except ValueError as error:
        raise Invalid(f"The filter cannot be understood: {error}.", reason=Reason.BAD_REQUEST) from error
    if kind is RecordKind.ALL and any(times):
        raise Invalid(
            "All records are read whatever their time, since a record that was never called has none. Choose completed "
            "records or records that were tried, or leave the times empty.",
            reason=Reason.BAD_REQUEST,
        )
    return kind, times[0], times[1]
