"""What scripts undo: a start, and an addition to a Do Not Call list, by the number of the act."""

from __future__ import annotations

from django.http import JsonResponse

from bpadmin.api import schemas
from bpadmin.api.gate import ApiRefused, ApiRequest, Endpoint, body_of, endpoint
from bpadmin.api.schemas import TEXT
from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.undo import UndoRefused, act_undo, undo_find
from bpadmin.platforms.base import Capability
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.people.tokens import Scope

STATUSES = {Outcome.DONE: 200, Outcome.REFUSED: 409, Outcome.UNKNOWN: 502}


@endpoint(
    Endpoint(
        name="act_undo",
        method="POST",
        scope=Scope.CAMPAIGNS_CONTROL,
        needs=Capability.CAMPAIGN_START_STOP,
        summary="Undo a start, by the number of its act: the campaign is stopped, unless something has changed since. "
        "Calls in progress may be cut off. 409: it cannot be undone any more, and why.",
        answer=schemas.UNDO,
    )
)
def start_undo(request: ApiRequest, tenant: Tenant, act: int) -> JsonResponse:
    """Undo a start."""
    body_of(request)
    return _undone(request, tenant, act, Verb.CAMPAIGN_START)


@endpoint(
    Endpoint(
        name="dnc_act_undo",
        method="POST",
        scope=Scope.DNC_WRITE,
        needs=Capability.DNC_WRITE,
        summary="Undo an addition to a Do Not Call list, by the number of its act, with the reason; more than one key "
        "needs the name of the list. 409: it cannot be undone any more, and why.",
        body={"type": "object", "properties": {"reason": TEXT, "typed_name": TEXT}, "required": ["reason"]},
        answer=schemas.UNDO,
    )
)
def addition_undo(request: ApiRequest, tenant: Tenant, act: int) -> JsonResponse:
    """Undo an addition."""
    said = body_of(request, reason=str, typed_name=str)
    reason, typed_name = said.get("reason", ""), said.get("typed_name", "")
    return _undone(request, tenant, act, Verb.DNC_ADD, reason=reason, typed_name=typed_name)


def _undone(
    request: ApiRequest, tenant: Tenant, number: int, verb: Verb, *, reason: str = "", typed_name: str = ""
) -> JsonResponse:
    try:
        action = undo_find(tenant=tenant, number=number)
    except UndoRefused as refused:
        raise ApiRefused(str(refused), 404) from refused
    if action.verb != verb:
        raise ApiRefused(f"Act {number} is none that is undone here: it {action.called}.", 409)
    try:
        done = act_undo(action=action, actor=request.actor, reason=reason, typed_name=typed_name)[-1]
    except UndoRefused as refused:
        raise ApiRefused(str(refused), 409) from refused
    told = {"undo_of": number, "outcome": done.outcome.value, "message": done.sentence, "act": done.number}
    return JsonResponse(told, status=STATUSES.get(done.outcome, 502))
