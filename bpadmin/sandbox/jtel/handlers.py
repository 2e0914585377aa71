"""The methods of the dialler: campaigns, their result codes, and contacts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from bpadmin.sandbox.errors import Refusal, bad_request, conflict
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.http.wire import Answer
from bpadmin.sandbox.jtel.state import Contact, Dialler, DiallerCampaign, Language
from bpadmin.sandbox.state.tenant import Tenant

# Contacts in one piece of an answer: some 400 kB.
PIECE = 200
_WHOLE_LIST = {"filter": "", "limitStart": 0, "limitPageSize": -1}
_ORDER = {"orderBy": "Name", "ascending": True, "status": 200}


@dataclass(slots=True)
class JtelCall:
    """A call: the ids from its path, its query, and its body."""

    tenant: Tenant
    ids: Sequence[str]
    query: Mapping[str, str]
    body: bytearray

    @property
    def dialler(self) -> Dialler:
        """Return what the dialler holds."""
        return self.tenant.jtel

    def needed(self, name: str) -> str:
        """Return a parameter of the query that has to be there."""
        value = self.query.get(name, "")
        if not value:
            raise bad_request(f"Missing parameter: {name}")
        return value

    def campaign(self, text: str) -> DiallerCampaign:
        """Return the campaign with an id, or refuse with 404."""
        found = self.dialler.campaigns.get(whole(text, "DiallerCampaignsID"))
        if found is None:
            raise missing("Dialler campaign not found")
        return found


def get_campaigns(call: JtelCall) -> Any:
    """Return every campaign, by name."""
    campaigns = sorted(call.dialler.campaigns.values(), key=lambda one: (one.name, one.id))
    return {**_WHOLE_LIST, "records": [one.fields for one in campaigns], "count": len(campaigns), **_ORDER}


def get_campaign(call: JtelCall) -> Any:
    """Return one campaign."""
    return _found([call.campaign(call.ids[0]).fields])


def find_campaigns(call: JtelCall) -> Any:
    """Return the campaigns whose names hold a text, whatever its case."""
    wanted = call.needed("name").casefold()
    campaigns = sorted(call.dialler.campaigns.values(), key=lambda one: (one.name, one.id))
    found = [one.fields for one in campaigns if wanted in one.name.casefold()]
    if not found:
        raise missing("Dialler campaign not found")
    return _found(found)


def get_result_codes(call: JtelCall) -> Any:
    """Return a campaign's result codes in English (1) or German (2)."""
    number = whole(call.needed("languagesID"), "languagesID")
    if number not in set(Language):
        raise bad_request(f"Unsupported languagesID: {number}")
    campaign = call.campaign(call.ids[0])
    return _found([code.as_json(campaign.id, Language(number)) for code in campaign.codes])


def clone_campaign(call: JtelCall) -> Any:
    """Copy a campaign with its result codes, without its contacts."""
    body = parameters.parse_object(call.body)
    names = [parameters.text(body, name) for name in ("source", "destination")]
    if absent := [name for name, value in zip(("source", "destination"), names, strict=True) if not value]:
        raise bad_request(f"Missing parameter: {absent[0]}")
    changes: dict[str, Any] = {name: moment_text(body[name], name) for name in ("dtFrom", "dtTo") if body.get(name)}
    if user_data := parameters.text(body, "userData"):
        changes["UserData"] = user_data
    source, destination = names
    original = call.dialler.campaign_named(source)
    if original is None:
        raise missing("Dialler campaign not found")
    if call.dialler.campaign_named(destination) is not None:
        raise conflict("Dialler campaign already exists")
    codes = [code.plan for code in original.codes]
    made = call.dialler.campaign_add(destination, call.tenant.clock.now(), {**original.fields, **changes}, codes)
    return _found([made.fields])


def delete_campaign(call: JtelCall) -> Any:
    """Delete a campaign, contacts and all."""
    call.dialler.campaign_drop(call.campaign(call.ids[0]).id)
    return {"status": 200}


def delete_campaign_by_name(call: JtelCall) -> Any:
    """Delete the campaign with exactly this name, contacts and all."""
    found = call.dialler.campaign_named(call.needed("name"))
    if found is None:
        raise missing("Dialler campaign not found")
    call.dialler.campaign_drop(found.id)
    return {"status": 200}


def get_contacts(call: JtelCall) -> Any:
    """Return every contact, or those of a campaign, by name; an older server knows no parameter and gives all."""
    campaign_id = None
    if call.query.get("diallerCampaignsID") and not call.tenant.options.jtel_ignores_campaign:
        campaign_id = call.campaign(call.query["diallerCampaignsID"]).id
    contacts = call.dialler.contacts(campaign_id)
    begin = orjson.dumps(_WHOLE_LIST)[:-1] + b',"records":['
    end = b"]," + orjson.dumps({"count": len(contacts), **_ORDER})[1:]
    length = len(begin) + len(end) + max(0, len(contacts) - 1) + sum([len(one.own) + len(one.rest) for one in contacts])
    return Answer(stream=_pieces(begin, contacts, end), length=length)


def get_contact(call: JtelCall) -> Any:
    """Return one contact."""
    wanted = whole(call.ids[0], "DiallerContactsID")
    return _found_contacts([one for one in call.dialler.contacts() if one.id == wanted])


def find_contacts(call: JtelCall) -> Any:
    """Return the contacts with exactly this UserData, of whatever campaign."""
    wanted = call.needed("userData")
    return _found_contacts([one for one in call.dialler.contacts() if one.user_data == wanted])


def missing(text: str) -> Refusal:
    """404: the endpoint exists, the object does not."""
    return Refusal(404, "not_found", text)


def whole(text: str, name: str) -> int:
    """Read an id."""
    if not (text.isascii() and text.isdecimal()):
        raise bad_request(f"Invalid parameter: {name} is not a number")
    return int(text)


def moment_text(value: Any, name: str) -> str:
    """Read a time and write it as the dialler does: no zone, with milliseconds."""
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=None).isoformat(timespec="milliseconds")
    except ValueError:
        raise bad_request(f"Invalid parameter: {name} is not a date and time") from None


def _found(records: list[dict[str, Any]]) -> dict[str, Any]:
    return {"records": records, "count": len(records), "status": 200}


def _found_contacts(contacts: list[Contact]) -> Any:
    if not contacts:
        raise missing("Dialler contact not found")
    return _found([orjson.loads(one.own + one.rest) for one in contacts])


def _pieces(begin: bytes, contacts: Sequence[Contact], end: bytes) -> Iterator[bytes]:
    yield begin
    for start in range(0, len(contacts), PIECE):
        piece = b",".join([one.own + one.rest for one in contacts[start : start + PIECE]])
        yield b"," + piece if start else piece
    yield end
