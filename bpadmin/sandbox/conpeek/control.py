"""What a test or the demo may do to the server from outside."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import orjson

from bpadmin.sandbox.conpeek.hooks import subscribe
from bpadmin.sandbox.conpeek.seed import make_requests
from bpadmin.sandbox.conpeek.state import VoiceCampaign
from bpadmin.sandbox.errors import bad_request, not_found
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.state.tenant import Tenant

Action = Callable[[Tenant, dict[str, Any]], Any]


def campaign_make(tenant: Tenant, body: dict[str, Any]) -> Any:
    """Make a voice campaign with requests."""
    name = parameters.text(body, "name", is_required=True)
    project = parameters.text(body, "project") or "Project"
    method = parameters.text(body, "dialing_method") or "PROGRESSIVE"
    made = tenant.conpeek.campaign_add(name, project, method)
    return {"id": made.id, "requests": _add(tenant, made, body)}


def requests_make(tenant: Tenant, body: dict[str, Any]) -> Any:
    """Add requests to a campaign: those given, and `count` made up ones."""
    campaign = _campaign(tenant, body.get("campaign"))
    ids = _add(tenant, campaign, body)
    count = int(body.get("count") or 0)
    made = make_requests(campaign, random.Random(count), count, tenant.clock.now())  # noqa: S311
    for given in made:
        tenant.conpeek.request_add(campaign, given, tenant.clock.now())
    return {"ids": ids, "count": len(ids) + count}


def dump(tenant: Tenant, body: dict[str, Any]) -> Any:
    """Return the voice campaigns with the number of their requests."""
    return {
        "campaigns": [
            {"id": one.id, "name": one.name, "project_id": one.project_id, "requests": len(one.requests)}
            for one in tenant.conpeek.campaigns.values()
        ]
    }


def request_lines(tenant: Tenant, query: str) -> Iterator[bytes]:
    """Return requests as the API shows them, a JSON object a line; of one campaign where the query names it."""
    wanted = parse_qs(query).get("campaign", [""])[0]
    with tenant.lock:
        campaigns = [_campaign(tenant, wanted)] if wanted else list(tenant.conpeek.campaigns.values())
        requests = [one for campaign in campaigns for one in campaign.requests.values()]
    return (orjson.dumps(one.as_json(), option=orjson.OPT_APPEND_NEWLINE) for one in requests)


ACTIONS: dict[tuple[str, str], Action] = {
    ("POST", "conpeek/campaigns"): campaign_make,
    ("POST", "conpeek/requests"): requests_make,
    ("POST", "conpeek/hooks"): subscribe,
    ("GET", "dump/conpeek"): dump,
}


def _campaign(tenant: Tenant, wanted: Any) -> VoiceCampaign:
    found = tenant.conpeek.campaigns.get(wanted) if isinstance(wanted, str) else None
    if found is None:
        raise not_found(f"voice campaign {wanted!r}")
    return found


def _add(tenant: Tenant, campaign: VoiceCampaign, body: dict[str, Any]) -> list[str]:
    given: list[Any] = body.get("requests") or []
    if any(not isinstance(one, dict) or not isinstance(one.get("custom", {}), dict) for one in given):
        raise bad_request("each request is an object, and its 'custom' another")
    now = tenant.clock.now()
    return [str(tenant.conpeek.request_add(campaign, one, now).fields["id"]) for one in given]
