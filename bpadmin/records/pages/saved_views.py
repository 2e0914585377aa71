"""What people do with filters they keep: saved from the page that shows them, shared, removed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.records.models import SavedView
from bpadmin.records.pages.forms import FilterForm
from bpadmin.records.pages.source_page import page_client, trouble
from bpadmin.records.saved import ViewRefused, view_delete, view_save, view_share, views_of
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.redirects import back_url


@require_POST
@tenant_view(needs=Capability.SOURCES_READ)
def save(request: TenantRequest, tenant: Tenant, source_id: str) -> HttpResponse:
    """Keep the conditions of the address under a name."""
    try:
        with page_client(tenant) as client:
            filters = client.source_filters(source_id)
    except PlatformError as error:
        return trouble(request, error)
    form = FilterForm(request.GET, filters=filters, time_zone=tenant.time_zone)
    try:
        view = view_save(
            tenant=tenant,
            user=request.user,
            source_id=source_id,
            name=request.POST.get("name", ""),
            conditions=form.conditions,
            is_shared="shared" in request.POST and request.role.covers(Role.SUPERVISOR),
        )
    except ViewRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"The view “{view.name}” is saved.")
    url = reverse("records:browse", args=[tenant.slug, source_id])
    return redirect(f"{url}{form.query}")


@require_POST
@tenant_view(needs=Capability.SOURCES_READ)
def share(request: TenantRequest, tenant: Tenant, view_id: int) -> HttpResponse:
    """Let everybody see a view of one's own, or nobody else any more."""
    view = get_object_or_404(SavedView, tenant=tenant, owner=request.user, pk=view_id)
    is_shared = request.POST.get("shared") == "1" and request.role.covers(Role.SUPERVISOR)
    try:
        view_share(view=view, is_shared=is_shared)
    except ViewRefused as refused:
        messages.error(request, str(refused))
    else:
        who = "Everybody in the tenant sees" if is_shared else "Only you see"
        messages.success(request, f"{who} the view “{view.name}” now.")
    return _back(request, view)


@require_POST
@tenant_view(needs=Capability.SOURCES_READ)
def delete(request: TenantRequest, tenant: Tenant, view_id: int) -> HttpResponse:
    """Forget a view of one's own; a supervisor also one that somebody else shares."""
    views = views_of(tenant=tenant, user=request.user)
    if not request.role.covers(Role.SUPERVISOR):
        views = views.filter(owner=request.user)
    view = get_object_or_404(views, pk=view_id)
    view_delete(view=view)
    messages.success(request, f"The view “{view.name}” is removed.")
    return _back(request, view)


def _back(request: TenantRequest, view: SavedView) -> HttpResponse:
    return redirect(back_url(request, reverse("records:browse", args=[request.tenant.slug, view.source_id])))
