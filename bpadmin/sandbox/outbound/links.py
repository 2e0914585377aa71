"""Link groups: campaigns that follow one another."""

from __future__ import annotations

from typing import Any

from bpadmin.sandbox.errors import bad_request, conflict, not_found
from bpadmin.sandbox.handlers.call import Call
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.outbound.settings import voice_campaign
from bpadmin.sandbox.outbound.state import LinkGroup

GROUPS_PAGE = 100


def get_link_groups(call: Call) -> Any:
    """Return a page of link groups; by the document a plain list, the cursor being the last one's number."""
    body = parameters.parse_object(call.body, ("limit", "cursor"))
    limit = parameters.size(body, "limit", GROUPS_PAGE)
    cursor = parameters.text(body, "cursor")
    ahead = [each for each in call.tenant.outbound.groups.values() if f"{each.serial:024x}" >= cursor]
    shown = [{"id": each.id, "name": each.name, "campaignsCount": len(each.campaigns)} for each in ahead[:limit]]
    if len(ahead) <= limit:
        return shown
    return {"next_cursor": f"{ahead[limit].serial:024x}", "records": shown}


def get_link_group(call: Call) -> Any:
    """Return one link group with its campaigns in their order."""
    group = _group(call, call.ids[0])
    named = [(id_, call.tenant.campaigns[id_].name) for id_ in group.campaigns]
    return {
        "name": group.name,
        "campaigns": [{"campaignId": id_, "name": name, "order": n} for n, (id_, name) in enumerate(named)],
    }


def create_link_group(call: Call) -> Any:
    """Make an empty link group."""
    body = parameters.parse_object(call.body, ("name",))
    name = parameters.text(body, "name", is_required=True)
    groups = call.tenant.outbound.groups
    if any(each.name == name for each in groups.values()):
        raise conflict(f"Duplicate name error: link group '{name}' already exists")
    made = LinkGroup(call.tenant.new_id(), name, max((each.serial for each in groups.values()), default=0) + 1)
    groups[made.id] = made
    return {"id": made.id}


def delete_link_group(call: Call) -> Any:
    """Delete a link group that has no campaigns."""
    group = _group(call, call.ids[0])
    if group.campaigns:
        raise conflict("Specified Link Group is not empty")
    del call.tenant.outbound.groups[group.id]


def link_campaign(call: Call) -> Any:
    """Put a campaign into a group, or at another place in it; it takes type and teams of those already there."""
    campaign = voice_campaign(call)
    body = parameters.parse_object(call.body, ("groupId", "startAfterCampaignId"))
    group = _group(call, parameters.text(body, "groupId", is_required=True))
    after = parameters.text(body, "startAfterCampaignId")
    others = [id_ for id_ in group.campaigns if id_ != campaign.id]
    if after and after not in others:
        raise bad_request(f"'startAfterCampaignId' has unsupported value '{after}'")
    outbound = call.tenant.outbound
    held = outbound.group_of(campaign.id)
    if held is not None and held is not group:
        held.campaigns.remove(campaign.id)
    if others and held is not group:
        first, mine = outbound.profile(others[0]), outbound.profile(campaign.id)
        mine.mode, mine.teams = first.mode, dict(first.teams)
    others.insert(others.index(after) + 1 if after else 0, campaign.id)
    group.campaigns = others


def unlink_campaign(call: Call) -> Any:
    """Take a campaign out of its group."""
    campaign = voice_campaign(call)
    group = call.tenant.outbound.group_of(campaign.id)
    if group is None:
        raise conflict("Specified campaign is not linked to the selected link group")
    group.campaigns.remove(campaign.id)


def _group(call: Call, group_id: str) -> LinkGroup:
    found = call.tenant.outbound.groups.get(group_id)
    if found is None:
        raise not_found("Specified Link Group")
    return found
