"""Lists beside other lists at the same penetration: a part of a page of results, a page of its own, and a file."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bpadmin.platforms.base import Capability
from bpadmin.results.figures.comparison import LEAST_CALLS, comparisons_of
from bpadmin.results.pages.files import csv_response
from bpadmin.results.pages.shared import figure_address
from bpadmin.results.pages.tables import beside_table
from bpadmin.results.services import sources_of
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Tenant

# Of all comparisons of a page together; their file has all.
OTHERS_SHOWN = 30


@require_safe
@tenant_view(needs=Capability.SOURCES_READ)
def campaign_beside(request: TenantRequest, tenant: Tenant, campaign_id: str) -> HttpResponse:
    """Show the lists of a campaign beside the others."""
    return _beside(request, tenant, campaign_id=campaign_id)


@require_safe
@tenant_view(needs=Capability.SOURCES_READ)
def list_beside(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Show a list, in each campaign that dials it, beside the others."""
    return _beside(request, tenant, list_id=list_id)


def _beside(request: TenantRequest, tenant: Tenant, campaign_id: str = "", list_id: str = "") -> HttpResponse:
    sources = sources_of(tenant=tenant, campaign_id=campaign_id, list_id=list_id)
    is_file = request.GET.get("format") == "csv"
    found = comparisons_of(tenant=tenant, sources=sources)
    if is_file:
        return csv_response(beside_table(found).as_csv(), f"same-penetration-{tenant.slug}")
    first = sources[0] if sources else None
    name = (first.campaign_name if campaign_id else first.list_name) if first else campaign_id or list_id
    of = "campaign" if campaign_id else "list"
    context = {
        "comparisons": found,
        "least": LEAST_CALLS,
        "most_others": max(3, OTHERS_SHOWN // max(1, len(found))),
        "is_open": any(each.is_open for each in found),
        "beside_url": request.path,
        "figure_base": figure_address(tenant),
        "list_id": list_id,
        "title": name,
        "back": reverse(f"results:{of}", args=[tenant.slug, campaign_id or list_id]),
    }
    template = "_beside.html" if request.htmx.target == "beside" else "beside.html"
    return render(request, f"results/{template}", context)
