"""What every platform's client has: a connection that can be tested and closed, and records from sources."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import ClassVar, Self

import orjson

from bpadmin.platforms.base import Capability, ConnectionReport
from bpadmin.platforms.errors import NotFound, Reason, Unsupported
from bpadmin.platforms.sources import Condition, Source, SourceColumn, SourceFilter
from bpadmin.platforms.types import Page, Record


def record_id_of(record: Record) -> str:
    """Tell a record from the others of its source: by the platform's id, else by a digest of what is stored."""
    if record.id:
        return record.id
    return hashlib.sha256(orjson.dumps(dict(record.entry), option=orjson.OPT_SORT_KEYS)).hexdigest()[:20]


class SourceReader:
    """What every platform has: a connection, and records from sources."""

    label: ClassVar[str] = "This platform"
    # Whether records have attempts, which `walk_source` brings when it is asked for the history.
    has_attempts: ClassVar[bool] = True

    def _unsupported(self) -> Unsupported:
        return Unsupported(f"{self.label} does not offer this through its API.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the pooled connections."""
        raise self._unsupported()

    def probe(self) -> ConnectionReport:
        """Test the connection with harmless reads; never raises a PlatformError."""
        raise self._unsupported()

    def probe_capabilities(self, held: frozenset[Capability]) -> frozenset[Capability]:
        """Find out what this tenant offers, with one harmless read where its platform has versions.

        `held` is what the registry says of such a tenant, those of a newer version included.
        """
        return held

    # Records from a source

    def sources(self, group_id: str = "") -> tuple[Source, ...]:
        """Read the sources that the platform can list, of one campaign where `group_id` names it."""
        raise self._unsupported()

    def source_of_campaign(self, campaign_id: str) -> str:
        """Name the source that is all of a campaign's records, "" where it has one for each list. Asks nobody."""
        return ""

    def get_source(self, source_id: str) -> Source:
        """Read one source, with its total as far as the platform tells. NotFound where it lists no such one."""
        for source in self.sources():
            if source.id == source_id:
                return source
        raise NotFound(
            "The platform lists nothing under this address any more. Go back to the records and choose there.",
            reason=Reason.LIST_NOT_FOUND,
        )

    def source_filters(self, source_id: str) -> tuple[SourceFilter, ...]:
        """Return the source's own filters. Asks nobody."""
        return ()

    def source_columns(self, source_id: str) -> tuple[SourceColumn, ...]:
        """Return the members of the source's records that the documents name. Asks nobody."""
        return ()

    def lacks_attempts(self, source_id: str, conditions: Sequence[Condition] = ()) -> str:
        """Say why records that meet these conditions come without their attempts, "" where they bring them.

        Asks nobody. `source_id` may be "" where only the conditions are known.
        """
        return "" if self.has_attempts else f"{self.label} gives no attempts."

    def walk_source(
        self,
        source_id: str,
        *,
        conditions: Sequence[Condition] = (),
        limit: int = 1000,
        cursor: str = "",
        with_history: bool = False,
    ) -> Iterator[Page[Record]]:
        """Read the records that meet all conditions page by page, from `cursor` on.

        `with_history` brings each record's attempts where they cost more. Invalid for a condition that the platform
        does not know; Broken (CURSOR_REPEATED) where it leads in a circle.
        """
        raise self._unsupported()

    def source_record(
        self,
        source_id: str,
        record_id: str,
        *,
        conditions: Sequence[Condition] = (),
        limit: int = 50,
        cursor: str = "",
    ) -> Record:
        """Read one record, with its history. NotFound (RECORD_NOT_FOUND).

        Conditions, limit and cursor name the page on which it was seen, for platforms that cannot be asked for one.
        """
        pages = self.walk_source(source_id, conditions=conditions, limit=limit, cursor=cursor, with_history=True)
        for page in pages:
            for record in page.items:
                if record_id_of(record) == record_id:
                    return record
            break
        raise NotFound(
            "This record is not where it was any more: records before it were added, removed or called since. "
            "Go back to the records and look for it there.",
            reason=Reason.RECORD_NOT_FOUND,
        )
