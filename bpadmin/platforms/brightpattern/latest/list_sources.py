"""Lists as sources of records, whether a campaign has them or not: read without results, from newer tenants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bpadmin.platforms.brightpattern.latest.lists import UnboundListMethods
from bpadmin.platforms.brightpattern.lists import ListMethods
from bpadmin.platforms.brightpattern.sources import SourceMethods
from bpadmin.platforms.errors import Invalid, Reason
from bpadmin.platforms.results import list_of_source
from bpadmin.platforms.sources import Condition, Source, SourceFilter
from bpadmin.platforms.types import Page, Record


class ListSourceMethods(SourceMethods, UnboundListMethods, ListMethods):
    """The list instances of campaigns as sources, and the lists themselves."""

    def get_source(self, source_id: str) -> Source:
        """Read one list instance of a campaign, or one list. NotFound (CAMPAIGN_, INSTANCE_ or LIST_NOT_FOUND)."""
        list_id = list_of_source(source_id)
        if not list_id:
            return super().get_source(source_id)
        found = self.get_list(list_id)
        return Source(source_id, found.name, total=found.total_records, list_id=list_id)

    def source_filters(self, source_id: str) -> tuple[SourceFilter, ...]:
        """Return the filters of results; the records of a list itself have none."""
        return () if list_of_source(source_id) else super().source_filters(source_id)

    def walk_source(
        self,
        source_id: str,
        *,
        conditions: Sequence[Condition] = (),
        limit: int = 1000,
        cursor: str = "",
        with_history: bool = False,
    ) -> Iterator[Page[Record]]:
        """Read an instance's records, or those of a list in the order in which they were put in."""
        list_id = list_of_source(source_id)
        if not list_id:
            return super().walk_source(
                source_id, conditions=conditions, limit=limit, cursor=cursor, with_history=with_history
            )
        if conditions:
            raise Invalid("The records of a list itself cannot be filtered by results.", reason=Reason.BAD_REQUEST)
        return self.walk_list(list_id, limit=limit, cursor=cursor)
