"""Requests put into a voice campaign from a file: one a call. A voice campaign is what other platforms have lists for.

By `add_request` and `read_requests`; what they raise is said there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from bpadmin.platforms.base import Answer
from bpadmin.platforms.conpeek import decode, endpoints
from bpadmin.platforms.conpeek.record_rules import IDENTIFIER, NAME, NOTE, NUMBER, bare, is_like
from bpadmin.platforms.conpeek.refusals import JUDGE
from bpadmin.platforms.conpeek.requests import RequestMethods
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.http.calling import address
from bpadmin.platforms.sources import Condition
from bpadmin.platforms.types import BatchResult, CallingList, Record

OPEN_STATES = ("OPEN", "PROCESSING")


class UploadMethods(RequestMethods):
    """What can be done to a voice campaign's requests as a whole."""

    def walk_lists(self, *, limit: int = 100) -> Iterator[CallingList]:
        """Return nothing: voice campaigns cannot be listed."""
        return iter(())

    def get_list(self, list_id: str) -> CallingList:
        """Return one voice campaign as what files go into; NotFound (CAMPAIGN_NOT_FOUND). By `read_requests`."""
        page = self.read_requests(list_id, limit=1)
        names = [str(each.entry.get("voice_campaign_name") or "") for each in page.items]
        return CallingList(id=list_id, name=next(filter(None, names), f"Voice campaign {list_id}"), campaigns=())

    def add_record(self, list_id: str, record: Mapping[str, Any]) -> None:
        """Add one request. By `add_request`."""
        self.add_request(
            list_id,
            name=_text(record, NAME),
            contact_number=_text(record, NUMBER),
            contact_identifier=_text(record, IDENTIFIER),
            note=_text(record, NOTE),
        )

    def add_many_records(self, list_id: str, body: bytes | Sequence[Mapping[str, Any]]) -> BatchResult:
        """Add requests, each by a call of its own. By `add_request`."""
        records: Sequence[Mapping[str, Any]] = orjson.loads(body) if isinstance(body, bytes) else body
        count = 0
        try:
            for record in records:
                self.add_record(list_id, record)
                count += 1
        except PlatformError as error:
            error.maybe_applied = error.maybe_applied or count > 0
            raise
        return BatchResult(count)

    def count_added(
        self, list_id: str, records: Sequence[Mapping[str, Any]], *, since: datetime | None = None
    ) -> tuple[int, ...]:
        """Count the requests for these numbers that are like these and were created since, by the server's clock.

        By `read_requests`, filtered by number and time; `since` is by ours, and how far the server's differs is told
        by the Date of its answers.
        """
        told = [] if since is None else [Condition("created_date", self._by_their_clock(list_id, since), "gte")]
        counts = []
        for record in records:
            conditions = [Condition(NUMBER, _text(record, NUMBER)), *told]
            pages = self.walk_requests(list_id, filter=conditions, exclude=decode.HISTORY)
            counts.append(sum(is_like(record, each.entry) for page in pages for each in page.items))
        return tuple(counts)

    def open_numbers(self, list_id: str) -> dict[str, str]:
        """Read the numbers that wait to be called in a voice campaign: their digits, each with its request's id.

        By `walk_requests`, filtered by state.
        """
        condition = Condition("state", OPEN_STATES)
        pages = self.walk_requests(list_id, filter=[condition], exclude=decode.HISTORY)
        return {bare(str(each.entry.get(NUMBER) or "")): each.id for page in pages for each in page.items}

    def _by_their_clock(self, list_id: str, moment: datetime) -> str:
        apart = timedelta()

        def noted(answer: Answer) -> tuple[Record, ...]:
            nonlocal apart
            found = JUDGE.read(answer, endpoints.READ_REQUESTS, decode.requests)
            theirs = _date_of(answer)
            if theirs is not None and answer.received is not None:
                apart = theirs - answer.received
            return found

        endpoint = endpoints.READ_REQUESTS
        path = address(endpoint, list_id, query={"limit": "1", "offset": "0"})
        self._transport.request(
            endpoint.method, path, decode=noted, effect=endpoint.effect, auth=self._auth, name=endpoint.name
        )
        # Their Date, and the time they keep of a request, are whole seconds.
        return (moment + apart - timedelta(seconds=1)).astimezone(UTC).replace(microsecond=0).isoformat()


def _date_of(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.header("date")).astimezone(UTC)
    except (TypeError, ValueError):
        return None


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return "" if value is None else str(value)
