"""What a person chooses for the table of campaigns: columns and density, and views of it under names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from bpadmin.dialler.models import CatalogueCampaign
from bpadmin.platforms.base import Capability
from bpadmin.records.models import Density
from bpadmin.records.saved import ViewRefused
from bpadmin.records.tables import table_choose, table_view_save, table_views_of
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Tenant
from bpadmin.web.tables import Table
from campaigns.tables import CHOICE, COLUMN_KEYS, TABLE, campaign_query


def table_options(
    request: TenantRequest, tenant: Tenant, table: Table[CatalogueCampaign], columns: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """Return what the page shows of this person's choices beside the table itself."""
    views = list(table_views_of(user=request.user, tenant=tenant, table=TABLE))
    current = next((view for view in views if view.query == table.query.url(page=1)), None)
    return {
        "columns": [(key, label, key in table.keys) for key, label in columns],
        "densities": Density.choices,
        "density": table.query.filter("density"),
        "views": views,
        "current_view": current,
    }


@require_POST
@tenant_view(needs=Capability.CAMPAIGNS_READ)
def columns(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Remember the columns and the density that this person wants."""
    chosen = [] if "usual" in request.POST else request.POST.getlist("column")
    density = request.POST.get("density", "")
    table_choose(user=request.user, tenant=tenant, table=TABLE, columns=chosen, known=COLUMN_KEYS, density=density)
    return _back(tenant, campaign_query(_given(request)).url(**dict.fromkeys(CHOICE, "")))


@require_POST
@tenant_view(needs=Capability.CAMPAIGNS_READ)
def view_save(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Keep what the table shows under a name."""
    query = campaign_query(_given(request)).url(page=1)
    try:
        view = table_view_save(
            user=request.user, tenant=tenant, table=TABLE, name=request.POST.get("name", ""), query=query
        )
    except ViewRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"The view “{view.name}” is kept. Only you see it.")
    return _back(tenant, query)


@require_POST
@tenant_view(needs=Capability.CAMPAIGNS_READ)
def view_delete(request: TenantRequest, tenant: Tenant, view_id: int) -> HttpResponse:
    """Forget a view of one's own."""
    view = get_object_or_404(table_views_of(user=request.user, tenant=tenant, table=TABLE), pk=view_id)
    view.delete()
    messages.success(request, f"The view “{view.name}” is removed.")
    return _back(tenant, "")


def _given(request: TenantRequest) -> dict[str, str]:
    """Return the table's own query string, which the forms carry in a field."""
    return dict(parse_qsl(request.POST.get("query", "").removeprefix("?")[:4000]))


def _back(tenant: Tenant, query: str) -> HttpResponse:
    address = reverse("campaigns:index", kwargs={"slug": tenant.slug})
    return redirect(f"{address}{query}" if query != "?" else address)
