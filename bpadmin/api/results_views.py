"""What scripts ask about results: figures, what one counts, lists beside others, and what became of uploads."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse

from bpadmin.api import results_schemas
from bpadmin.api.gate import ApiRefused, ApiRequest, Endpoint, endpoint
from bpadmin.api.schemas import TEXT
from bpadmin.platforms.base import Capability
from bpadmin.results.figures.comparison import comparison_json, comparisons_of
from bpadmin.results.figures.periods import HOUR, RANGE_NAMES, WEEK_AGO, period_of
from bpadmin.results.figures.words import BY_KEY
from bpadmin.results.management.naming import source_find
from bpadmin.results.opening import BOUND, ENABLED, figure_asked, figure_open, opened_json, rows_json
from bpadmin.results.services import results_json, results_of
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.people.tokens import Scope
from lists.reached.services import reached_json, uploads_reached
from lists.uploads.target.place import target_find

MOST_ROWS = 1000
CAMPAIGN = {**TEXT, "description": "a campaign, by its id or name"}
LIST = {**TEXT, "description": "a calling list, by its id or name"}
DAY = {**TEXT, "format": "date"}
SPAN: dict[str, dict[str, Any]] = {
    "range": {"enum": [*RANGE_NAMES, WEEK_AGO, HOUR], "description": "default: 24h"},
    "from": {**DAY, "description": "first day, with `to`"},
    "to": {**DAY, "description": "last day"},
}
NUMBER = {"type": "integer"}


@endpoint(
    Endpoint(
        name="results",
        method="GET",
        scope=Scope.RESULTS_READ,
        needs=Capability.SOURCES_READ,
        summary="Read what came of a campaign, of a list or of all, as it was read; the platform is not asked.",
        query={"campaign": CAMPAIGN, "list": LIST, **SPAN},
        answer=results_schemas.RESULTS,
    )
)
def results(request: ApiRequest, tenant: Tenant) -> JsonResponse:
    """Return results under the names of the dictionary."""
    given = request.GET
    sources = source_find(tenant=tenant, campaign=given.get("campaign", ""), calling_list=given.get("list", ""))
    return JsonResponse(results_json(results_of(tenant=tenant, sources=sources, period=period_of(tenant, given))))


@endpoint(
    Endpoint(
        name="results_figure",
        method="GET",
        scope=Scope.RESULTS_READ,
        needs=Capability.SOURCES_READ,
        summary="Open a figure: what it is made of, until when it is known, and what it counts one by one.",
        query={
            "of": {"enum": sorted(BY_KEY), "required": True, "description": "its name in the dictionary"},
            "campaign": CAMPAIGN,
            "list": LIST,
            "lists": {"enum": [BOUND, ENABLED], "description": "only lists that are bound, or enabled"},
            **SPAN,
            "until": {**TEXT, "format": "date-time", "description": "all until then"},
            "before": {"enum": ["1"], "description": "1: the like span just before"},
            "disposition": {**TEXT, "description": "only what ended like this"},
            "group": {**TEXT, "description": "only what counts as this group, or none"},
            "ending": {**TEXT, "description": "only result codes of this type, or none"},
            "first": {**NUMBER, "description": "leave out so many rows"},
            "most": {**NUMBER, "description": f"return so many rows, at most {MOST_ROWS:,}; default: 100"},
        },
        answer=results_schemas.FIGURE,
    )
)
def figure(request: ApiRequest, tenant: Tenant) -> JsonResponse:
    """Return a figure with some of its rows."""
    given: dict[str, str] = {name: str(value) for name, value in request.GET.items()}
    for name, field in (("campaign", "campaign_id"), ("list", "list_id")):
        if given.get(name):
            found = source_find(tenant=tenant, **{"calling_list" if name == "list" else name: given[name]})
            given[name] = getattr(found[0], field)
    first, most = _count(given, "first", 0), min(MOST_ROWS, _count(given, "most", 100))
    opened = figure_open(tenant=tenant, asked=figure_asked(tenant=tenant, given=given))
    rows = rows_json(tenant=tenant, opened=opened, first=first, most=most)
    return JsonResponse({**opened_json(opened), "rows": rows})


@endpoint(
    Endpoint(
        name="results_beside",
        method="GET",
        scope=Scope.RESULTS_READ,
        needs=Capability.SOURCES_READ,
        summary="Compare the lists of a campaign, or a list, with the other lists at the same penetration. Ask again "
        "while lists are not looked at.",
        query={"campaign": CAMPAIGN, "list": LIST},
        answer=results_schemas.BESIDE,
    )
)
def beside(request: ApiRequest, tenant: Tenant) -> JsonResponse:
    """Return lists beside the others."""
    campaign, calling_list = request.GET.get("campaign", ""), request.GET.get("list", "")
    if not campaign and not calling_list:
        raise ApiRefused("Say of which campaign or list: ?campaign=… or ?list=…", 400)
    sources = source_find(tenant=tenant, campaign=campaign, calling_list=calling_list)
    return JsonResponse({"lists": [comparison_json(each) for each in comparisons_of(tenant=tenant, sources=sources)]})


@endpoint(
    Endpoint(
        name="uploads_reached",
        method="GET",
        scope=Scope.RESULTS_READ,
        needs=Capability.LISTS_READ,
        summary="Say of each of the newest uploads into a list how many of its rows were dialled and reached since. "
        "Ask again until is_whole.",
        answer=results_schemas.REACHED,
    )
)
def reached(request: ApiRequest, tenant: Tenant, list_: str) -> JsonResponse:
    """Return what became of uploads."""
    found = target_find(tenant=tenant, name_or_id=list_)
    return JsonResponse(reached_json(found.id, uploads_reached(tenant=tenant, list_id=found.id)))


def _count(given: dict[str, str], name: str, usual: int) -> int:
    text = given.pop(name, "")
    if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ApiRefused(f"“{name}” must be a number.", 400)
    return int(text) if text else usual
