"""How contacts come in and go: imported one a call, overwritten by their UserData, deleted."""

from __future__ import annotations

from typing import Any

import orjson

from bpadmin.sandbox.errors import bad_request
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.jtel.fields import CONTACT_FIELDS, PHONES
from bpadmin.sandbox.jtel.handlers import JtelCall, missing, whole
from bpadmin.sandbox.jtel.state import DiallerCampaign

PHONE_NAMES = tuple(f"PhoneNumber{n}" for n in PHONES)
CAMPAIGN_ID, CAMPAIGN_NAME, RESET = "DiallerCampaignsID", "DiallerCampaignsName", "ResetContact"
# Characters, from release 3.19 on; what has 64 there had 32 before.
LENGTHS = {
    **dict.fromkeys(("UserData", "Client", "Service", "ReferenceNumber", "Name", "FirstName", "Company"), 64),
    **dict.fromkeys(("Address", "City", "Country", "AccountOwner"), 64),
    **dict.fromkeys(("Salutation", "Title"), 16),
    **dict.fromkeys(("PostalCode", "AccountNationalBankCode"), 10),
    **dict.fromkeys(("Region", "Email"), 256),
    **dict.fromkeys(PHONE_NAMES, 32),
    "AccountBIC": 11,
    "AccountNumber": 20,
    "AccountIBAN": 34,
    "AccountBank": 32,
}
# What dialling has made of a contact; it begins anew where the import says so.
_DIALLED = tuple(
    name
    for name in CONTACT_FIELDS
    if name.startswith(("n", "b", "dt", "Last")) or name in ("DiallerCampaignsResultCodesID", "ResultCodesExportKey")
)


def import_contact(call: JtelCall) -> Any:
    """Add a contact, or overwrite the one of its campaign that has the same UserData."""
    overwrites = call.query.get("overwriteDuplicates", "false").lower()
    if overwrites not in ("true", "false"):
        raise bad_request("Invalid parameter: overwriteDuplicates is true or false")
    body = parameters.parse_object(call.body)
    campaign = _campaign(call, body)
    is_older = call.tenant.options.jtel_is_older
    resets = body.pop(RESET, None) is True and not is_older
    given = {name: value for name, value in body.items() if name not in (CAMPAIGN_ID, CAMPAIGN_NAME, "ID")}
    if unknown := given.keys() - CONTACT_FIELDS.keys():
        raise bad_request(f"Unknown parameter: {sorted(unknown)[0]}")
    if not str(given.get("Name") or "").strip():
        raise bad_request("Missing parameter: Name")
    if not any(str(given.get(name) or "").strip() for name in PHONE_NAMES):
        raise bad_request("Missing parameter: PhoneNumber1")
    for name, value in given.items():
        most = LENGTHS.get(name, 0)
        most = 32 if is_older and most == 64 else most
        if most and len(str(value or "")) > most:
            raise bad_request(f"Invalid parameter: {name} is longer than {most} characters")
    user_data = str(given.get("UserData") or "")
    found = call.dialler.contact_with(campaign.id, user_data) if overwrites == "true" and user_data else None
    if found is None:
        made = call.dialler.contacts_add(campaign.id, [given])[0]
    else:
        kept = orjson.loads(found.own + found.rest)
        kept = {name: value for name, value in kept.items() if value != CONTACT_FIELDS.get(name)}
        kept = {name: value for name, value in kept.items() if not (resets and name in _DIALLED)}
        made = call.dialler.contact_replace(found, {**kept, **given})
    contact = call.dialler.contact(made)
    assert contact is not None  # noqa: S101
    if call.tenant.options.jtel_import_tells == "nothing":
        return None
    if call.tenant.options.jtel_import_tells == "count":
        return {"count": 1, "status": 200}
    return {"records": [orjson.loads(contact.own + contact.rest)], "count": 1, "status": 200}


def delete_contact(call: JtelCall) -> Any:
    """Delete a contact."""
    _drop(call, call.dialler.contact(whole(call.ids[0], "DiallerContactsID")))
    return {"status": 200}


def delete_contact_by_user_data(call: JtelCall) -> Any:
    """Delete one contact of this UserData, any one of several, of whatever campaign."""
    wanted = call.needed("userData")
    _drop(call, next((one for one in call.dialler.contacts() if one.user_data == wanted), None))
    return {"status": 200}


def _drop(call: JtelCall, contact: Any) -> None:
    if contact is None:
        raise missing("Dialler contact not found")
    call.dialler.contact_drop(contact.id)


def _campaign(call: JtelCall, body: dict[str, Any]) -> DiallerCampaign:
    if body.get(CAMPAIGN_ID):
        return call.campaign(str(body[CAMPAIGN_ID]))
    name = str(body.get(CAMPAIGN_NAME) or "")
    if not name:
        raise bad_request(f"Missing parameter: {CAMPAIGN_ID}")
    found = call.dialler.campaign_named(name)
    if found is None:
        raise missing("Dialler campaign not found")
    return found
