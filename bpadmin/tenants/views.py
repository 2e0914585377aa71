"""Tenants: choose, connect, change, test."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bpadmin.platforms import REGISTRY
from bpadmin.tenants.access import PersonRequest, TenantRequest, may_create_tenants, person_view, roles_of, tenant_view
from bpadmin.tenants.connections.capabilities import capabilities_probed_at, capabilities_told
from bpadmin.tenants.forms import TenantForm
from bpadmin.tenants.glances import tenant_glances
from bpadmin.tenants.limits import tenants_limited
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.services import TenantRefused, tenant_create, tenant_test, tenant_update, tenants_of


@require_safe
@person_view
def index(request: PersonRequest) -> HttpResponse:
    """Show the tenants a person may open, with their role in each."""
    roles = roles_of(request.user)
    found = list(tenants_of(user=request.user))
    glances: dict[int, Any] = {}
    limited = tenants_limited(request.user)
    for glance in tenant_glances:
        # What somebody is limited to is not told apart there.
        glances |= glance([tenant for tenant in found if tenant.pk not in limited])
    tenants = [(tenant, roles[tenant.pk], glances.get(tenant.pk)) for tenant in found]
    return render(request, "tenants/index.html", {"tenants": tenants, "platforms": REGISTRY})


@person_view
def create(request: PersonRequest) -> HttpResponse:
    """Connect a tenant, then test the connection."""
    if not may_create_tenants(request.user):
        raise PermissionDenied("Only the people who run this system can connect a tenant. Ask the operator.")
    info = REGISTRY.get(request.GET.get("platform", "")) or next(iter(REGISTRY.values()))
    form = TenantForm(request.POST or None, info=info)
    if request.method == "POST" and form.is_valid():
        try:
            tenant = tenant_create(platform=info.key, actor=request.user, **form.values())
        except TenantRefused as refused:
            form.add_refusal(refused)
        else:
            messages.success(request, f"{tenant.name} is connected, and you are its administrator.")
            return redirect(reverse("tenants:test", kwargs={"slug": tenant.slug}) + "?now=1")
    context = {"form": form, "info": info, "platforms": REGISTRY.values()}
    return render(request, "tenants/create.html", context)


@tenant_view(Role.ADMINISTRATOR, confirmed=True)
def settings(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Change a tenant's settings, then test the connection."""
    info = REGISTRY[tenant.platform]
    form = TenantForm(request.POST or None, info=info, tenant=tenant)
    if request.method == "POST" and form.is_valid():
        try:
            tenant_update(tenant=tenant, actor=request.user, **form.values())
        except TenantRefused as refused:
            form.add_refusal(refused)
            # What was refused must not show up as the tenant's name in the frame.
            tenant.refresh_from_db()
        else:
            messages.success(request, "The settings are saved.")
            return redirect(reverse("tenants:test", kwargs={"slug": tenant.slug}) + "?now=1")
    context = {
        "form": form,
        "info": info,
        "groups": capabilities_told(tenant),
        "found_at": capabilities_probed_at(tenant),
    }
    return render(request, "tenants/settings.html", context)


@tenant_view(Role.ADMINISTRATOR)
def test(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Test the connection when asked to by POST, and say in plain words what came of it."""
    context = {
        "info": REGISTRY[tenant.platform],
        "report": tenant_test(tenant) if request.method == "POST" else None,
        "starts_now": request.method == "GET" and "now" in request.GET,
    }
    return render(request, "tenants/_report.html" if request.htmx else "tenants/test.html", context)
