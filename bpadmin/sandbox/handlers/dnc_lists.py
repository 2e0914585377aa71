"""The newer DNC methods: reading lists and what is in them, making, changing and deleting lists, binding them."""

from __future__ import annotations

from typing import Any

from bpadmin.sandbox.clock import stamp
from bpadmin.sandbox.errors import bad_request, conflict
from bpadmin.sandbox.handlers.call import Call
from bpadmin.sandbox.handlers.dnc import editable_dnc_list
from bpadmin.sandbox.handlers.dnc_settings import PROPERTIES, settings_apply
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.state.campaigns import Campaign, DncBinding
from bpadmin.sandbox.state.dnc import DncList, DncType
from bpadmin.sandbox.state.tenant import Tenant

LISTS_PAGE = 100
RECORDS_PAGE = 1000

# Each method has its own names for the types: these are getAll's, those of getDNCList are createDNCList's.
_TITLES = {
    DncType.INTERNAL: "Internal",
    DncType.GEOGRAPHIC_POSTAL: "Geographic (Postal)",
    DncType.GEOGRAPHIC_STATE: "Geographic (State/Province)",
    DncType.GEOGRAPHIC_AREACODE: "Geographic (Area Codes)",
    DncType.EXCLUSION: "Record Exclusion",
}


def get_dnc_records(call: Call) -> Any:
    """Return a page of entries in the order of adding; lists of states can be read like the others."""
    held = call.tenant.dnc_list_with(call.ids[0])
    body = _paging(call)
    limit = parameters.size(body, "limit", RECORDS_PAGE)
    cursor = parameters.text(body, "cursor")
    page: list[Any] = []
    for entry in held.entries.since(_serial(cursor)):
        if len(page) == limit:
            return {"next_cursor": f"{entry.serial:024x}", "records": page}
        page.append(held.entry_as_json(entry))
    return {"next_cursor": None, "records": page}


def get_dnc_lists(call: Call) -> Any:
    """Return a page of DNC lists, sorted by database id; `next_cursor` is null on the last page."""
    body = _paging(call)
    limit = parameters.size(body, "limit", LISTS_PAGE)
    cursor = parameters.text(body, "cursor")
    _serial(cursor)
    ordered = sorted(call.tenant.dnc_lists.values(), key=lambda held: held.sort_id)
    ahead = [held for held in ordered if held.sort_id >= cursor]
    following = ahead[limit].sort_id if len(ahead) > limit else None
    records = [{"id": held.id, **_facts(held, _TITLES[held.type])} for held in ahead[:limit]]
    return {"next_cursor": following, "records": records}


def get_dnc_list(call: Call) -> Any:
    """Return one DNC list with its settings, as far as its type has them, and the campaigns it guards."""
    held = call.tenant.dnc_list_with(call.ids[0])
    shown = {"id": held.id, **_facts(held, "AREA_CODES" if held.type is DncType.GEOGRAPHIC_AREACODE else held.type)}
    if held.country:
        shown["country"] = held.country
    if held.type in (DncType.INTERNAL, DncType.EXCLUSION):
        shown |= {"expireRecords": held.expire_records, "defaultExpirationPeriod": held.period}
    if held.type is DncType.EXCLUSION:
        shown |= {"exclusionField": held.list_field, "resetDaily": held.reset_daily, "resetTime": held.reset_time}
    return {**shown, "campaigns": [_use(*use) for use in _uses(call.tenant, held)]}


def create_dnc_list(call: Call) -> Any:
    """Make an empty DNC list."""
    body = parameters.parse_object(call.body, PROPERTIES)
    draft = DncList("", "", DncType.INTERNAL)
    settings_apply(call.tenant, draft, body, is_new=True)
    made = call.tenant.dnc_list_add(draft.name, draft.type)
    settings_apply(call.tenant, made, body, is_new=True)
    return {"id": made.id}


def update_dnc_properties(call: Call) -> Any:
    """Change the settings of a DNC list; what is not named stays as it is."""
    held = editable_dnc_list(call)
    settings_apply(call.tenant, held, parameters.parse_object(call.body, (*PROPERTIES, "resetTime")), is_new=False)


def delete_dnc_list(call: Call) -> Any:
    """Delete a DNC list; whatever it blocked may be dialled again."""
    call.tenant.dnc_list_drop(editable_dnc_list(call).id)


def bind_dnc_list(call: Call) -> Any:
    """Let a DNC list guard a campaign; one that does already gets the new disposition."""
    campaign = call.campaign()
    spelling = _id_spelling(call)
    body = parameters.parse_object(call.body, (spelling, "disposition", "applyToLinkGroup", "allowAppend"))
    held = call.tenant.dnc_list_with(parameters.text(body, spelling, is_required=True))
    disposition = parameters.text(body, "disposition", is_required=True)
    parameters.boolean(body, "applyToLinkGroup")
    allow_append = parameters.boolean(body, "allowAppend")
    if allow_append and held.type is not DncType.INTERNAL:
        raise bad_request("'allowAppend' is not supported for this type of list")
    binding = _binding(campaign, held.id)
    if binding is None:
        campaign.dnc.append(DncBinding(held.id, disposition, allow_append))
    else:
        binding.disposition, binding.allow_append = disposition, allow_append


def unbind_dnc_list(call: Call) -> Any:
    """Take a DNC list off a campaign."""
    campaign = call.campaign()
    spelling = _id_spelling(call)
    body = parameters.parse_object(call.body, (spelling,))
    held = call.tenant.dnc_list_with(parameters.text(body, spelling, is_required=True))
    binding = _binding(campaign, held.id)
    if binding is None:
        raise conflict("Specified DNC list is not bound to the selected campaign")
    binding.is_bound = False


def _id_spelling(call: Call) -> str:
    """Return the member that names the list: the document's table and its example differ."""
    return "dncListid" if call.tenant.options.document_oddities else "dncListId"


def _paging(call: Call) -> dict[str, Any]:
    # These are GET requests with a body; a body that got lost on the way shows as a missing limit.
    return parameters.parse_object(call.body or b"{}", ("limit", "cursor"))


def _serial(cursor: str) -> int:
    """Read a database id; "" is the first."""
    if not cursor:
        return 0
    if len(cursor) != 24 or any(character not in "0123456789abcdef" for character in cursor):
        raise bad_request(f"wrong cursor '{cursor}'")
    return int(cursor, 16)


def _facts(held: DncList, kind: str) -> dict[str, Any]:
    return {
        "name": held.name,
        "type": kind,
        "creationDate": stamp(held.created),
        "totalRecords": len(held.entries),
    }


def _uses(tenant: Tenant, held: DncList) -> list[tuple[Campaign, DncBinding]]:
    found = [(campaign, _binding(campaign, held.id)) for campaign in tenant.campaigns.values()]
    return [(campaign, binding) for campaign, binding in found if binding is not None]


def _use(campaign: Campaign, binding: DncBinding) -> dict[str, Any]:
    return {
        "campaignName": campaign.name,
        "campaignId": campaign.id,
        "disposition": binding.disposition,
        "allowAppend": binding.allow_append,
    }


def _binding(campaign: Campaign, dnc_list_id: str) -> DncBinding | None:
    return next((one for one in campaign.dnc if one.is_bound and one.dnc_id == dnc_list_id), None)
