"""The client of a toy platform: one method, which reads calls from an index on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from bpadmin.platforms.base import ConnectionReport, Effect, TokenStore
from bpadmin.platforms.calling import Calling
from bpadmin.platforms.connected import ConnectedClient
from bpadmin.platforms.endpoint import Endpoint
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.judging import Judge
from bpadmin.platforms.lenient import as_items, as_object, needed_text_in
from bpadmin.platforms.probing import failed_report
from bpadmin.platforms.sources import Condition, Source, SourceColumn
from bpadmin.platforms.transport import FixedAuth
from bpadmin.platforms.types import Page, Record

GET_CALLS = Endpoint("get_calls", "GET", "calls/{}", Effect.READ, "read the calls")


class ToyJudge(Judge):
    """Has no words of its own."""

    platform = "Toy dialler"


class ToyClient(Calling, ConnectedClient):
    """One team's toy."""

    label: ClassVar[str] = "Toy dialler"
    judge: ClassVar[Judge] = ToyJudge()

    def _sign_in_as(self, credentials: Mapping[str, str], tokens: TokenStore) -> None:
        self._team = credentials["team"]
        self._auth = FixedAuth(credentials["key"])

    def probe(self) -> ConnectionReport:
        """Read one call."""
        try:
            self.get_calls(limit=1)
        except PlatformError as error:
            return failed_report(error, platform=self.label, credentials="The key")
        return ConnectionReport(True, "The connection works.")

    def get_calls(self, *, start: int = 0, limit: int = 100) -> tuple[Record, ...]:
        """Read the team's calls from an index on."""
        query = {"from": str(start), "limit": str(limit)}
        return self._call(GET_CALLS, self._team, shape=_calls, query=query)

    def sources(self, group_id: str = "") -> tuple[Source, ...]:
        """Give the one source there is."""
        return (Source("calls", "All calls"),)

    def source_columns(self, source_id: str) -> tuple[SourceColumn, ...]:
        """Name what a call has."""
        return (SourceColumn("who", "Called", is_usual=True), SourceColumn("when", "At", is_usual=True))

    def walk_source(
        self,
        source_id: str,
        *,
        conditions: Sequence[Condition] = (),
        limit: int = 1000,
        cursor: str = "",
        with_history: bool = False,
    ) -> Iterator[Page[Record]]:
        """Read call after call by index."""
        start = int(cursor or 0)
        while True:
            calls = self.get_calls(start=start, limit=limit)
            start += len(calls)
            is_last = len(calls) < limit
            yield Page(calls, "" if is_last else str(start))
            if is_last:
                return


def _calls(value: Any) -> tuple[Record, ...]:
    found = [as_object(each, "a call") for each in as_items(value, "the answer")]
    return tuple(Record(entry=members, id=needed_text_in(members, "id")) for members in found)
