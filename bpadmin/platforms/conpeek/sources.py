"""Requests as records from a source.

A voice campaign is a source, which a person names, since none can be listed. Servers with the newer methods have one
more: the summaries of requests over all voice campaigns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bpadmin.platforms.conpeek.columns import COLUMNS
from bpadmin.platforms.conpeek.decode import HISTORY
from bpadmin.platforms.conpeek.filters import FILTERS, SUMMARY_FILTERS, filter_text
from bpadmin.platforms.conpeek.requests import RequestMethods
from bpadmin.platforms.errors import Invalid, Reason, Unsupported
from bpadmin.platforms.source_reader import SourceReader
from bpadmin.platforms.sources import Condition, Source, SourceColumn, SourceFilter
from bpadmin.platforms.types import Page, Record

# One segment of an address: the platform's own ids are 24 hexadecimal digits.
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


# No voice campaign has a tilde in its id.
SUMMARY = Source("~summary", "Summaries over all voice campaigns")


class SourceMethods(RequestMethods, SourceReader):
    """The voice campaigns as sources."""

    def sources(self, group_id: str = "") -> tuple[Source, ...]:
        """Return the summaries where the server has them; voice campaigns cannot be listed and are named by hand.

        Raises what `read_summary` raises, but for Unsupported.
        """
        try:
            self.read_summary(limit=1)
        except Unsupported:
            return ()
        return (SUMMARY,)

    def source_filters(self, source_id: str) -> tuple[SourceFilter, ...]:
        """Return every property that the documents let requests, or summaries, be filtered by."""
        return SUMMARY_FILTERS if source_id == SUMMARY.id else FILTERS

    def source_columns(self, source_id: str) -> tuple[SourceColumn, ...]:
        """Return the members of requests that the documents name."""
        return COLUMNS

    def lacks_attempts(self, source_id: str, conditions: Sequence[Condition] = ()) -> str:
        """Say that summaries are without the calls."""
        return "Summaries come without attempts." if source_id == SUMMARY.id else ""

    def walk_source(
        self,
        source_id: str,
        *,
        conditions: Sequence[Condition] = (),
        limit: int = 1000,
        cursor: str = "",
        with_history: bool = False,
    ) -> Iterator[Page[Record]]:
        """Read a voice campaign's requests page by page; `cursor` is the offset. Raises what `walk_requests` does.

        The histories are what makes requests large: they are asked for `with_history` only.
        """
        if cursor and not (cursor.isascii() and cursor.isdecimal()):
            raise Invalid("This address names no page of requests. Go back to the records.", reason=Reason.BAD_REQUEST)
        offset = int(cursor or 0)
        if source_id == SUMMARY.id:
            filter_text(conditions, SUMMARY_FILTERS)
            return self.walk_summaries(conditions=conditions, limit=limit, offset=offset)
        filter_text(conditions)
        return self.walk_requests(
            source_id,
            limit=limit,
            offset=offset,
            filter=conditions,
            exclude=() if with_history else HISTORY,
        )


def source_named(values: Mapping[str, str]) -> Source:
    """Make the source of what a person says of it: the ID of a voice campaign. ValueError for what is none."""
    id_ = values.get("voice_campaign_id", "").strip()
    if not id_:
        raise ValueError("Give the ID of a voice campaign, such as 5b7c389fe8df7b60af688989.")
    if not _ID.fullmatch(id_):
        raise ValueError(
            "An ID of a voice campaign is letters and digits only, such as 5b7c389fe8df7b60af688989. Copy the ID "
            "alone, without an address around it."
        )
    return Source(id_, f"Voice campaign {id_}", takes_requests=True)
