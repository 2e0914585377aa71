"""What a test or the demo may do to the dialler from outside."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

from bpadmin.sandbox.errors import bad_request, not_found
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.jtel.handlers import PIECE
from bpadmin.sandbox.jtel.seed import make_contacts
from bpadmin.sandbox.jtel.state import DiallerCampaign
from bpadmin.sandbox.state.tenant import Tenant

Action = Callable[[Tenant, dict[str, Any]], Any]


def campaign_make(tenant: Tenant, body: dict[str, Any]) -> Any:
    """Make a campaign, `fields` set, with contacts."""
    name = parameters.text(body, "name", is_required=True)
    made = tenant.jtel.campaign_add(name, tenant.clock.now(), body.get("fields") or {})
    contacts = _given(body)
    return {"id": made.id, "contacts": tenant.jtel.contacts_add(made.id, contacts)}


def contacts_make(tenant: Tenant, body: dict[str, Any]) -> Any:
    """Add contacts to a campaign: those given, and `count` made up ones."""
    campaign = _campaign(tenant, body.get("campaign"))
    ids = tenant.jtel.contacts_add(campaign.id, _given(body))
    count = int(body.get("count") or 0)
    if count:
        chance = random.Random(campaign.id)  # noqa: S311
        tenant.jtel.contacts_add(campaign.id, make_contacts(campaign, chance, count, tenant.clock.now()))
    return {"ids": ids, "count": len(ids) + count}


def dump(tenant: Tenant, body: dict[str, Any]) -> Any:
    """Return campaigns with the number of their contacts."""
    shown = []
    for campaign in tenant.jtel.campaigns.values():
        contacts = len(tenant.jtel.contacts(campaign.id))
        shown.append({"id": campaign.id, "name": campaign.name, "contacts": contacts, "fields": campaign.fields})
    return {"campaigns": shown}


def contact_lines(tenant: Tenant, query: str) -> Iterator[bytes]:
    """Return contacts in the order of their ids, a JSON object a line; of one campaign where the query names it."""
    wanted = parse_qs(query).get("campaign", [""])[0]
    with tenant.lock:
        contacts = tenant.jtel.contacts(_campaign(tenant, wanted).id if wanted else None)
    ordered = sorted(contacts, key=lambda one: one.id)
    pieces = (ordered[start : start + PIECE] for start in range(0, len(ordered), PIECE))
    return (b"".join([one.own + one.rest + b"\n" for one in piece]) for piece in pieces)


ACTIONS: dict[tuple[str, str], Action] = {
    ("POST", "jtel/campaigns"): campaign_make,
    ("POST", "jtel/contacts"): contacts_make,
    ("GET", "dump/jtel"): dump,
}


def _campaign(tenant: Tenant, wanted: Any) -> DiallerCampaign:
    found = tenant.jtel.campaigns.get(int(wanted)) if str(wanted).isdecimal() else None
    if found is None:
        raise not_found(f"campaign {wanted!r} of the jtel dialler")
    return found


def _given(body: dict[str, Any]) -> list[dict[str, Any]]:
    contacts: list[dict[str, Any]] = body.get("contacts") or []
    if any(not isinstance(contact, dict) or not contact.get("Name") for contact in contacts):
        raise bad_request("each contact needs a 'Name'")
    return contacts
