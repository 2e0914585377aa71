"""Campaign methods: reading campaigns, starting and stopping them, binding lists."""

from __future__ import annotations

from typing import Any

from bpadmin.sandbox.errors import bad_request, conflict, not_found
from bpadmin.sandbox.handlers.call import Call
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.http.wire import Answer
from bpadmin.sandbox.outbound.settings import included
from bpadmin.sandbox.state.campaigns import Campaign, DncBinding, Instance, Sorting
from bpadmin.sandbox.state.lists import CallingList

_INSTANCE_PARAMETERS = ("instanceName", "enabled", "order", "dialingRatio", "sortingOrder")


def get_campaigns(call: Call) -> Any:
    """Return the enabled campaigns that the user may manage."""
    return [
        {"id": c.id, "name": c.name, "state": c.state}
        for c in call.tenant.campaigns.values()
        if c.enabled and call.user.may_manage(c.id)
    ]


def get_campaign(call: Call) -> Any:
    """Return one campaign with its lists and DNC lists."""
    campaign = call.campaign()
    whole = {
        **_state_of(campaign),
        "lists": [instance.as_json() for instance in campaign.instances.values()],
        "dncLists": [_dnc_binding(call, binding) for binding in campaign.dnc if binding.is_bound],
    }
    has_parts = "include=" in call.query and call.tenant.options.newer_campaigns
    return included(call, campaign, whole) if has_parts else whole


def get_campaign_status(call: Call) -> Any:
    """Return one campaign's state."""
    return _state_of(call.campaign())


def start(call: Call) -> Any:
    """Start an enabled, stopped campaign."""
    campaign = call.campaign()
    if not campaign.enabled:
        raise conflict("Specified campaign is disabled")
    if campaign.is_running:
        raise conflict("Specified campaign is already running")
    campaign.is_running = True
    campaign.ticked = call.now()
    return _new_state(call, campaign)


def stop(call: Call) -> Any:
    """Stop an enabled, running campaign."""
    campaign = call.campaign()
    if not campaign.enabled:
        raise conflict("Specified campaign is disabled")
    if not campaign.is_running:
        raise conflict("Specified campaign is already stopped")
    campaign.is_running = False
    return _new_state(call, campaign)


def bind_list(call: Call) -> Any:
    """Bind a list to a campaign as a new instance."""
    campaign = call.campaign()
    body = parameters.parse_object(call.body, ("listId", *_INSTANCE_PARAMETERS))
    held = call.tenant.list_with(parameters.text(body, "listId", is_required=True))
    draft = Instance("", held)
    _configure(draft, body)
    instance = call.tenant.bind(campaign, held)
    _configure(instance, body)
    return {"instanceId": instance.id, "totalRecords": held.total}


def update_list(call: Call) -> Any:
    """Change an instance; blank and null put a parameter back to its default."""
    campaign = call.campaign()
    body = parameters.parse_object(call.body, ("instanceId", *_INSTANCE_PARAMETERS))
    instance = _instance(call, campaign, body)
    draft = Instance("", instance.list)
    _configure(draft, body)
    _configure(instance, body)
    return {"totalRecords": instance.list.total}


def unbind_list(call: Call) -> Any:
    """Remove an instance with its results."""
    campaign = call.campaign()
    body = parameters.parse_object(call.body, ("instanceId",))
    del campaign.instances[_instance(call, campaign, body).id]


def _instance(call: Call, campaign: Campaign, body: dict[str, Any]) -> Instance:
    wanted = parameters.text(body, "instanceId", is_required=True)
    if found := campaign.instances.get(wanted):
        return found
    if any(wanted in other.instances for other in call.tenant.campaigns.values()):
        raise conflict("Specified instance is not bound to the selected campaign")
    raise not_found("Specified instance")


def _configure(instance: Instance, body: dict[str, Any]) -> None:
    if "instanceName" in body:
        instance.name = parameters.text(body, "instanceName")
    if "enabled" in body:
        instance.enabled = parameters.boolean(body, "enabled")
    if "order" in body:
        instance.order = parameters.positive(body, "order")
    if "dialingRatio" in body:
        instance.dialing_ratio = parameters.positive(body, "dialingRatio")
    if "sortingOrder" in body:
        instance.sorting = _sorting(body["sortingOrder"], instance.list)


def _sorting(value: Any, held: CallingList) -> Sorting:
    """Read a sorting: the document's table has a plain string, its example an object."""
    if value is None or value == "":
        return Sorting()
    if isinstance(value, str):
        value = {"type": value}
    if not isinstance(value, dict):
        raise bad_request(f"'sortingOrder' has unsupported value '{value}': object is expected")
    kind = parameters.text(value, "type").upper() or "NATURAL"
    if kind not in {"NATURAL", "RANDOM", "CUSTOM"}:
        raise bad_request(f"'sortingOrder.type' has unsupported value '{kind}'")
    if kind != "CUSTOM":
        return Sorting(kind)
    items = value.get("sortingFields")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise bad_request("'sortingOrder.sortingFields' is required for custom sorting")
    fields = []
    for item in items:
        name = parameters.text(item, "fieldName", is_required=True)
        order = parameters.text(item, "sortOrder").upper() or "ASC"
        if name not in held.format.places:
            raise bad_request(f"'sortingOrder.sortingFields.fieldName' has unsupported value '{name}'")
        if order not in {"ASC", "DESC"}:
            raise bad_request(f"'sortingOrder.sortingFields.sortOrder' has unsupported value '{order}'")
        fields.append((name, order))
    return Sorting(kind, tuple(fields))


def _state_of(campaign: Campaign) -> dict[str, Any]:
    return {"name": campaign.name, "enabled": campaign.enabled, "state": campaign.state}


def _dnc_binding(call: Call, binding: DncBinding) -> dict[str, Any]:
    return {**call.tenant.dnc_lists[binding.dnc_id].as_binding(), "disposition": binding.disposition}


def _new_state(call: Call, campaign: Campaign) -> Any:
    if call.tenant.options.document_oddities:
        return Answer(body=f'{{\n  "state": “{campaign.state}”\n}}'.encode())
    return {"state": campaign.state}
