"""Results as records from a source: a list in a campaign, both told by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from bpadmin.platforms.brightpattern_legacy.caller import MOST_RECORDS
from bpadmin.platforms.brightpattern_legacy.form_fields import CAMPAIGN, LIST
from bpadmin.platforms.brightpattern_legacy.lists import ListMethods
from bpadmin.platforms.brightpattern_legacy.records import RecordMethods
from bpadmin.platforms.brightpattern_legacy.walking import walk_on
from bpadmin.platforms.errors import Invalid, Reason
from bpadmin.platforms.names import id_of, names_of
from bpadmin.platforms.results import FILTERS, KIND, instance_of, source_id_of, wanted_of
from bpadmin.platforms.source_reader import SourceReader
from bpadmin.platforms.sources import Condition, Source, SourceFilter
from bpadmin.platforms.types import Page, Record, RecordKind


class SourceMethods(ListMethods, SourceReader):
    """The lists of enabled campaigns as sources; others are told by name."""

    def sources(self, group_id: str = "") -> tuple[Source, ...]:
        """Read the lists of a campaign, or of every enabled one. Raises what `get_campaign(s)` raises."""
        campaigns = (self.get_campaign(group_id),) if group_id else self.get_campaigns()
        return tuple(
            _source(campaign.id, campaign.name, binding.list_id, binding.list_name)
            for campaign in campaigns
            for binding in campaign.lists or ()
        )

    def source_filters(self, source_id: str) -> tuple[SourceFilter, ...]:
        """Return the kind of records, and the window of time that applies to all kinds but ALL."""
        return FILTERS

    def lacks_attempts(self, source_id: str, conditions: Sequence[Condition] = ()) -> str:
        """Say that only records that were tried bring their attempts."""
        if any(each.name == KIND and each.value == RecordKind.UPDATED for each in conditions):
            return ""
        return f"{self.label} gives attempts only with records that were tried. Choose those to have them."

    def walk_source(
        self,
        source_id: str,
        *,
        conditions: Sequence[Condition] = (),
        limit: int = MOST_RECORDS,
        cursor: str = "",
        with_history: bool = False,
    ) -> Iterator[Page[Record]]:
        """Read the records of a list in a campaign; see `walk_records`. A time where all are wanted is Invalid."""
        campaign_id, list_id = instance_of(source_id)
        kind, start, end = wanted_of(conditions)
        return self.walk_records(
            kind, campaign_id, instance_id=list_id, start_time=start, end_time=end, limit=limit, cursor=cursor
        )


class FirstSourceMethods(RecordMethods, SourceReader):
    """Lists in campaigns as sources where the platform tells of none: a person names them, and all records are read."""

    has_attempts: ClassVar[bool] = False

    def sources(self, group_id: str = "") -> tuple[Source, ...]:
        """Return none: this version of the API does not tell of lists or campaigns."""
        return ()

    def get_source(self, source_id: str) -> Source:
        """Return the list and the campaign that the id names; whether they are there shows when they are read.

        Invalid for an id that does not name both.
        """
        campaign, list_name = (names_of(each)[0] for each in instance_of(source_id))
        try:
            return source_named({CAMPAIGN: campaign, LIST: list_name})
        except ValueError as error:
            raise Invalid(str(error), reason=Reason.BAD_REQUEST) from error

    def walk_source(
        self,
        source_id: str,
        *,
        conditions: Sequence[Condition] = (),
        limit: int = MOST_RECORDS,
        cursor: str = "",
        with_history: bool = False,
    ) -> Iterator[Page[Record]]:
        """Read all records of a list in a campaign. A condition is Invalid: there are no filters."""
        if conditions:
            raise Invalid(
                "This version of the platform's API gives all records of a list, without a filter. Take the filter "
                "away.",
                reason=Reason.BAD_REQUEST,
            )
        campaign_id, list_id = instance_of(source_id)
        return walk_on(lambda at: self._all_answered(campaign_id, list_id, limit, at), cursor)


def source_named(said: Mapping[str, str]) -> Source:
    """Return the source that a person names by list and campaign. ValueError where one of them is missing."""
    names = [(said.get(name) or "").strip() for name in (LIST, CAMPAIGN)]
    if not all(names):
        raise ValueError("Name both: the list as it stands under Lists, and the campaign that dials it.")
    list_name, campaign = names
    return _source(id_of(campaign), campaign, id_of(list_name), list_name)


def _source(campaign_id: str, campaign: str, list_id: str, list_name: str) -> Source:
    id_ = source_id_of(campaign_id, list_id)
    return Source(id_, list_name, campaign_id, campaign, list_id=list_id, instance_id=list_id)
