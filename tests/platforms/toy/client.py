"""The client of a toy platform: calls are read from an index on, and people are put into rounds that are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import orjson

from bpadmin.platforms.base import ConnectionReport, Effect, TokenStore
from bpadmin.platforms.errors import NotFound, PlatformError, Reason
from bpadmin.platforms.http.calling import Calling
from bpadmin.platforms.http.connected import ConnectedClient
from bpadmin.platforms.http.endpoint import Endpoint
from bpadmin.platforms.http.judging import Judge
from bpadmin.platforms.http.lenient import as_items, as_object, needed_integer_in, needed_text_in
from bpadmin.platforms.http.transport import FixedAuth
from bpadmin.platforms.probing import failed_report
from bpadmin.platforms.sources import Condition, Source, SourceColumn
from bpadmin.platforms.types import BatchResult, CallingList, Page, Record

GET_CALLS = Endpoint("get_calls", "GET", "calls/{}", Effect.READ, "read the calls")
GET_ROUNDS = Endpoint("get_rounds", "GET", "rounds/{}", Effect.READ, "read the rounds")
ADD_PEOPLE = Endpoint("add_people", "POST", "rounds/{}/{}", Effect.ONCE, "add people to the round")


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

    def walk_lists(self, *, limit: int = 100) -> Iterator[CallingList]:
        """Read the team's rounds, which are what others have lists for."""
        return iter(self._call(GET_ROUNDS, self._team, shape=_rounds))

    def get_list(self, list_id: str) -> CallingList:
        """Find one round among them."""
        for each in self.walk_lists():
            if each.id == list_id:
                return each
        raise NotFound("There is no such round.", reason=Reason.LIST_NOT_FOUND)

    def add_many_records(self, list_id: str, body: bytes | Sequence[Mapping[str, Any]]) -> BatchResult:
        """Add people to a round, all of one answer."""
        people = orjson.loads(body) if isinstance(body, bytes) else list(body)
        return self._call(ADD_PEOPLE, self._team, list_id, shape=_added, body={"people": people})

    def sources(self, group_id: str = "") -> tuple[Source, ...]:
        """Return the one source there is."""
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


def _rounds(value: Any) -> tuple[CallingList, ...]:
    found = [as_object(each, "a round") for each in as_items(value, "the answer")]
    return tuple(
        CallingList(
            id=needed_text_in(members, "id"),
            name=needed_text_in(members, "name"),
            campaigns=(),
            total_records=needed_integer_in(members, "size"),
        )
        for members in found
    )


def _added(value: Any) -> BatchResult:
    return BatchResult(needed_integer_in(as_object(value, "the answer"), "added"))


def _calls(value: Any) -> tuple[Record, ...]:
    found = [as_object(each, "a call") for each in as_items(value, "the answer")]
    return tuple(Record(entry=members, id=needed_text_in(members, "id")) for members in found)
