"""The methods for requests of voice campaigns, in the documents' order.

Besides what each docstring names, every method may raise Unreachable, TlsFailed, Broken, Forbidden (the key is refused,
or may not) and Unsupported (the server does not have the method). Source: the vendor's "API v1.3", of which each
docstring gives the part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol

import orjson

from bpadmin.platforms.conpeek import decode, endpoints
from bpadmin.platforms.conpeek.filters import DOUBTFUL, SUMMARY_FILTERS, filter_text, is_heeded
from bpadmin.platforms.conpeek.refusals import JUDGE
from bpadmin.platforms.errors import Broken, Invalid, Reason, Unsupported
from bpadmin.platforms.http.calling import Calling
from bpadmin.platforms.http.judging import Judge
from bpadmin.platforms.http.paging import repeated
from bpadmin.platforms.source_reader import record_id_of
from bpadmin.platforms.sources import Condition, SourceFilter
from bpadmin.platforms.types import Page, Record

LIMIT = 1000
RECALL_FIELDS = frozenset(
    {
        *("process_not_before", "process_date", "process_from_date", "process_to_date", "process_days"),
        *("process_time", "process_from_time", "process_to_time", "process_hours", "assign_to", "set_priority"),
    }
)
PRIORITY_CHANGES = ("SET", "ADD", "MINUS")


class _Asking(Protocol):
    def __call__(self, *, as_list: bool) -> tuple[Record, ...]: ...


class RequestMethods(Calling):
    """What can be asked of requests."""

    judge: ClassVar[Judge] = JUDGE

    def read_requests(
        self,
        voice_campaign_id: str,
        *,
        limit: int = LIMIT,
        offset: int = 0,
        filter: Sequence[Condition] = (),
        exclude: Sequence[str] = (),
    ) -> Page[Record]:
        """Read up to `limit` requests of a voice campaign from the offset on, without the members in `exclude`.

        GET voice_campaign/{voice_campaign_id}/request. NotFound (CAMPAIGN_NOT_FOUND); Invalid for a condition that
        the platform does not know. A full page names the offset behind it as its cursor. Part "Read Voice Campaign
        Requests".
        """
        query = {"limit": str(limit), "offset": str(offset)}
        left_out = {"exclude": orjson.dumps(list(exclude)).decode()} if exclude else {}

        def ask(*, as_list: bool = False) -> tuple[Record, ...]:
            text = filter_text(filter, as_list=as_list)
            told = query | ({"filter": text} if text else {}) | left_out
            return self._call(endpoints.READ_REQUESTS, voice_campaign_id, shape=decode.requests, query=told)

        is_doubtful = any(each.name == DOUBTFUL for each in filter)
        return _page(self._spelt(ask, filter) if is_doubtful else ask(), limit, offset)

    # Whether the server takes the doubtful filter as a list, None while no answer has told.
    _takes_list: bool | None = None

    def _spelt(self, ask: _Asking, conditions: Sequence[Condition]) -> tuple[Record, ...]:
        """Ask by the spelling that the server takes; until an answer tells, by both.

        A spelling is taken where nothing comes but what it asks for. One that is refused, that finds nothing, or in
        whose answer something else is, may be the wrong one. Raises Broken where neither is heeded.
        """
        if self._takes_list is not None:
            found = ask(as_list=self._takes_list)
            if is_heeded(conditions, (each.entry for each in found)):
                return found
            # It only looked as if it were: there was nothing else to bring.
            self._takes_list = None
        came: list[tuple[Record, ...]] = []
        refused: Invalid | None = None
        for as_list in (False, True):
            try:
                found = ask(as_list=as_list)
            except Invalid as error:
                refused = error
                continue
            if found and is_heeded(conditions, (each.entry for each in found)):
                self._takes_list = as_list
                return found
            came.append(found)
        if not came and refused is not None:
            raise refused
        if came and all(came):
            # Each brought requests that were not asked for. An empty answer, beside one that brings whatever
            # there is, is from the spelling that is heeded.
            raise Broken(
                "The server does not heed the filter by number, in neither of the two ways in which its document "
                "writes it, so that nothing can be told by it.",
                detail=f"{len(came)} answers with requests for other numbers",
                reason=Reason.UNEXPECTED_SHAPE,
            )
        return ()

    def walk_requests(
        self,
        voice_campaign_id: str,
        *,
        limit: int = LIMIT,
        offset: int = 0,
        filter: Sequence[Condition] = (),
        exclude: Sequence[str] = (),
    ) -> Iterator[Page[Record]]:
        """Read requests page by page as they are asked for, until a page is empty.

        Raises what `read_requests` raises, and Broken (CURSOR_REPEATED) where the server pays no heed to the offset.
        """

        def fetch(at: int) -> Page[Record]:
            return self.read_requests(voice_campaign_id, limit=limit, offset=at, filter=filter, exclude=exclude)

        return _walk(fetch, offset)

    def add_request(
        self, source_id: str, *, name: str, contact_number: str, contact_identifier: str = "", note: str = ""
    ) -> Record:
        """Add one request to a voice campaign, and give it as far as the platform tells of it.

        POST voice_campaign/{voice_campaign_id}/request. NotFound (CAMPAIGN_NOT_FOUND). Never repeated on a guess,
        which would call somebody twice. Source: a public adapter for this API; the vendor's page is not at hand.
        """
        if not name.strip() or not contact_number.strip():
            raise Invalid(
                "A request needs a name and a number to call. Give both and try again.", reason=Reason.BAD_REQUEST
            )
        data = {"name": name.strip(), "contact_number": contact_number.strip()}
        data |= {
            member: value for member, value in (("contact_identifier", contact_identifier), ("note", note)) if value
        }
        return self._call(endpoints.ADD_REQUEST, source_id, shape=decode.added, body={"data": data})

    def set_recall(self, source_id: str, request_id: str, recall: Mapping[str, Any]) -> None:
        """Put a request back into dialling, on the terms in `recall`, whose members are RECALL_FIELDS.

        POST voice_campaign/{voice_campaign_id}/request/{request_id}/set_recall. Times of day are seconds;
        `set_priority` is {"type": SET, ADD or MINUS, "value": number}. NotFound (RECORD_NOT_FOUND). Never repeated on
        a guess. Part "Set recall".
        """
        unknown = recall.keys() - RECALL_FIELDS
        if unknown:
            raise Invalid(f"A recall has no {', '.join(sorted(unknown))}.", reason=Reason.BAD_REQUEST)
        priority = recall.get("set_priority")
        if priority is not None and not _is_priority(priority):
            raise Invalid(
                "The priority of a recall has to be SET, ADD or MINUS with a whole number.", reason=Reason.BAD_REQUEST
            )
        self._call(endpoints.SET_RECALL, source_id, request_id, shape=decode.done, body=dict(recall))

    def read_summary(self, *, conditions: Sequence[Condition] = (), limit: int = 100, offset: int = 0) -> Page[Record]:
        """Read summaries of requests over several campaigns; Invalid for a condition that the platform does not know.

        GET voice_campaign_request_summary. Part "Read Voice Campaign Request Summary".
        """
        query = _query(limit, offset, conditions, SUMMARY_FILTERS)
        try:
            found = self._call(endpoints.READ_SUMMARY, shape=decode.requests, query=query)
        except Broken as error:
            if error.status not in (404, 405, 501):
                raise
            # A server that does not know the method may say so with a web page.
            sentence = JUDGE.sentences[Reason.URL_NOT_FOUND]
            raise Unsupported(sentence, status=error.status, body=error.body, reason=Reason.URL_NOT_FOUND) from error
        return _page(found, limit, offset)

    def walk_summaries(
        self, *, conditions: Sequence[Condition] = (), limit: int = 100, offset: int = 0
    ) -> Iterator[Page[Record]]:
        """Read summaries page by page as they are asked for, until a page is empty.

        Raises what `read_summary` raises, and Broken (CURSOR_REPEATED) where the server pays no heed to the offset.
        """
        return _walk(lambda at: self.read_summary(conditions=conditions, limit=limit, offset=at), offset)


def _walk(fetch: Callable[[int], Page[Record]], offset: int) -> Iterator[Page[Record]]:
    beginnings: set[str] = set()
    page = fetch(offset)
    while page.items:
        beginning = record_id_of(page.items[0])
        if beginning in beginnings:
            raise repeated(f"request {beginning} came first on two pages")
        beginnings.add(beginning)
        offset += len(page.items)
        if page.next_cursor:
            yield Page(page.items, str(offset))
            page = fetch(offset)
            continue
        # How many a server gives at most is written nowhere: fewer than asked for may be its ceiling, so that only an
        # empty page is the end.
        following = fetch(offset)
        yield Page(page.items, str(offset) if following.items else "")
        if not following.items:
            return
        page = following
    yield page


def _query(limit: int, offset: int, conditions: Sequence[Condition], filters: Sequence[SourceFilter]) -> dict[str, str]:
    query = {"limit": str(limit), "offset": str(offset)}
    text = filter_text(conditions, filters)
    return query | {"filter": text} if text else query


def _page(found: tuple[Record, ...], limit: int, offset: int) -> Page[Record]:
    return Page(found, str(offset + len(found)) if len(found) >= limit else "")


def _is_priority(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and value.keys() == {"type", "value"}
        and value["type"] in PRIORITY_CHANGES
        and isinstance(value["value"], int)
    )
