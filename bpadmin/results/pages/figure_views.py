"""The page of one figure: its formula, what it is made of, until when it is known, and its rows one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bpadmin.platforms.base import Capability
from bpadmin.results.figures.figure_rows import mark_words
from bpadmin.results.figures.periods import HOUR, OWN, RANGE_NAMES, UNTIL, Period
from bpadmin.results.opening import NAMES, FigureUnknown, Term, figure_asked, figure_open
from bpadmin.results.pages.shared import figure_address
from bpadmin.results.reading.identity import settings_of
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Tenant

ROWS = 50


def figure_url(
    request: TenantRequest, tenant: Tenant, period: Period, *, campaign_id: str, list_id: str, lists: str = ""
) -> str:
    """Return the address of the figures of a page, for the name of a figure to be added to."""
    span = {name: request.GET.get(name, "") for name in ("from", "to")} if period.key == OWN else {"range": period.key}
    return figure_address(tenant, campaign=campaign_id, list=list_id, lists=lists, **span)


@require_safe
@tenant_view(needs=Capability.SOURCES_READ)
def figure(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show what a figure is made of, and what it counts, newest first."""
    try:
        asked = figure_asked(tenant=tenant, given=request.GET)
    except FigureUnknown as unknown:
        raise Http404(str(unknown)) from unknown
    opened = figure_open(tenant=tenant, asked=asked)
    page = Paginator(opened.rows, ROWS).get_page(request.GET.get("page")) if opened.rows is not None else None
    by_pk = {each.pk: each for each in opened.sources}
    context = {
        "asked": asked,
        "part": asked.part,
        "opened": opened,
        "terms": [(each, _term_url(tenant, request.GET, each)) for each in opened.terms],
        "period": asked.period,
        "is_moment": asked.period.key in (UNTIL, HOUR),
        "page": page,
        "rows": [_row(each, by_pk) for each in page.object_list] if page is not None else [],
        "keeps_agents": settings_of(tenant).keeps_agents,
        "back": _back(request, tenant, asked.period, asked.campaign_id, asked.list_id),
        "back_name": _name(by_pk, asked.campaign_id, asked.list_id),
        "sources": opened.sources,
    }
    return render(request, "results/figure.html", context)


def _term_url(tenant: Tenant, given: Mapping[str, str], term: Term) -> str:
    """Return the address of a figure that another one is made of."""
    return f"{figure_address(tenant, **{name: given.get(name, '') for name in NAMES})}{term.of}"


def _row(found: Any, sources: dict[int, Any]) -> dict[str, Any]:
    """Return a row with its list and the mark of its record."""
    if isinstance(found, dict):
        return {**found, "source": sources[found["source_id"]], "mark": mark_words(found["record"])}
    return {"it": found, "source": sources[found.source_id], "mark": mark_words(found.record)}


def _name(sources: dict[int, Any], campaign_id: str, list_id: str) -> str:
    first = next(iter(sources.values()), None)
    if first is None or not (campaign_id or list_id):
        return "All campaigns"
    return str(first.campaign_name if campaign_id else first.title)


def _back(request: TenantRequest, tenant: Tenant, period: Period, campaign_id: str, list_id: str) -> str:
    """Return the address of the page of results that the figure stands on."""
    name, args = ("whole", [])
    if campaign_id:
        name, args = "campaign", [campaign_id]
    elif list_id:
        name, args = "list", [list_id]
    span = {key: request.GET.get(key, "") for key in ("from", "to")} if period.key == OWN else {"range": period.key}
    known = period.key == OWN or period.key in RANGE_NAMES
    return f"{reverse(f'results:{name}', args=[tenant.slug, *args])}{f'?{urlencode(span)}' if known else ''}"
