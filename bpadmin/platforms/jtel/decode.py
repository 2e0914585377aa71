"""Turn jtel's answers into types: no I/O, so that every oddity is tested without a socket.

All answers have one envelope: `records`, their `count`, and the `status`. Members are kept as they came, since the
documents name only a part of them.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from bpadmin.platforms.base import Answer
from bpadmin.platforms.codes import ResultCode, ResultType
from bpadmin.platforms.http.endpoint import Endpoint
from bpadmin.platforms.http.lenient import (
    Misshapen,
    as_items,
    as_object,
    bool_in,
    integer_in,
    is_web_page,
    needed_text_in,
    text_in,
)
from bpadmin.platforms.jtel.refusals import JUDGE
from bpadmin.platforms.types import Campaign, CampaignState, Record

_TYPES = {
    "bDone": ResultType.DONE,
    "bAborted": ResultType.ABORTED,
    "bDelay": ResultType.DELAY,
    "bAppointment": ResultType.APPOINTMENT,
}


def records(value: object) -> list[dict[str, Any]]:
    """Read the envelope, and give what is in it."""
    members = as_object(value, "the answer")
    done(members)
    found = [as_object(item, "a record") for item in as_items(members.get("records"), "records")]
    check_count(members, len(found))
    return found


def check_count(envelope: Mapping[str, Any], came: int) -> None:
    """Refuse an envelope that speaks of another number of records than came with it."""
    count = integer_in(envelope, "count")
    if count is not None and count != came:
        raise Misshapen(f"count says {count}, but {came} records came")


def done(value: object) -> None:
    """Accept a success that tells nothing, unless the status inside it says that it is none."""
    status = None if value is None else integer_in(as_object(value, "the answer"), "status")
    if status is not None and not 200 <= status < 300:
        raise Misshapen(f"the status inside it is {status}")


def campaigns(value: object) -> tuple[Campaign, ...]:
    """Read campaigns."""
    return tuple(_campaign(members, "") for members in records(value))


def campaign(value: object, campaign_id: str) -> Campaign:
    """Read the one campaign that was asked for, or made; `campaign_id` is "" where only the answer tells it."""
    return _campaign(_one(records(value)), campaign_id)


def _campaign(members: dict[str, Any], campaign_id: str) -> Campaign:
    return Campaign(
        id=campaign_id or text_in(members, "ID") or needed_text_in(members, "DiallerCampaignsID"),
        name=text_in(members, "Name"),
        state=CampaignState.UNKNOWN,
        fields=members,
    )


def result_codes(value: object) -> tuple[ResultCode, ...]:
    """Read result codes."""
    return tuple(map(_result_code, records(value)))


def _result_code(members: dict[str, Any]) -> ResultCode:
    types = [kind for name, kind in _TYPES.items() if bool_in(members, name)]
    return ResultCode(
        id=needed_text_in(members, "ID"),
        name=text_in(members, "Content"),
        type=types[0] if len(types) == 1 else ResultType.UNKNOWN,
        type_name=text_in(members, "DiallerResultCodesTypesContent"),
        export_key=text_in(members, "ExportKey"),
        delay=integer_in(members, "TimeOffset"),
        agent_bound=bool_in(members, "bAgentBound"),
        fields=members,
    )


def contacts(value: object) -> tuple[Record, ...]:
    """Read contacts."""
    return tuple(map(contact, records(value)))


def one_contact(value: object) -> Record:
    """Read the one contact that was asked for."""
    return contact(_one(records(value)))


def imported(value: object) -> Record:
    """Read what importing a contact answers: the contact where it comes, or that it was a success.

    An answer that is empty or was cut tells of no success, nor does one that counts another number than one: nobody
    knows then whether the contact was taken.
    """
    members = as_object(value, "the answer")
    if isinstance(members.get("records"), list):
        return one_contact(members)
    done(members)
    status, count = integer_in(members, "status"), integer_in(members, "count")
    if count not in (None, 1):
        raise Misshapen(f"one contact was imported, but count says {count}")
    if status is None and count is None:
        raise Misshapen("it tells nothing of the contact")
    return Record(entry={})


def contact(members: Mapping[str, Any]) -> Record:
    """Read one contact. Its campaign, by which contacts are told apart, has to be readable as well."""
    text_in(members, "DiallerCampaignsID")
    return Record(entry=members, id=text_in(members, "ID") or text_in(members, "DiallerContactsID"))


def _one(found: list[dict[str, Any]]) -> dict[str, Any]:
    if len(found) != 1:
        raise Misshapen(f"one record was asked for, but {len(found)} came")
    return found[0]


def opened(answer: Answer, endpoint: Endpoint) -> tuple[Answer, Generator[bytes, None, None]]:
    """Judge a stream by how it begins; give that as an answer of its own, and all parts."""
    parts = answer.parts
    if parts is None:
        JUDGE.check(answer, endpoint)
        parts = _parts(answer.body)
    first = next(parts, b"")
    beginning = Answer(answer.status, answer.headers, first, answer.received)
    if is_web_page(first, answer.header("content-type")):
        parts.close()
        raise JUDGE.web_page(beginning, endpoint)
    return beginning, _rejoined(first, parts)


def _parts(body: bytes) -> Generator[bytes, None, None]:
    yield body


def _rejoined(first: bytes, parts: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    try:
        yield first
        yield from parts
    finally:
        parts.close()
