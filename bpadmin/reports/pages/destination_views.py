"""The pages of the places that reports go to."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.reports.delivery.types import DestinationRefused
from bpadmin.reports.destinations import (
    destination_add,
    destination_place,
    destination_remove,
    destinations_of,
    way_role,
)
from bpadmin.reports.models import Way
from bpadmin.reports.pages.forms import DestinationForm
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant

NEEDS = Capability.SOURCES_READ


@require_safe
@tenant_view(needs=NEEDS)
def destinations(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the places that reports go to."""
    rows = [(each, destination_place(each), each.reports.all()) for each in destinations_of(tenant=tenant)]
    ways = [(way.value, way.label) for way in Way if request.role.covers(way_role(way))]
    return render(request, "reports/destinations.html", {"rows": rows, "ways": ways})


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def add(request: TenantRequest, tenant: Tenant, way: str) -> HttpResponse:
    """Add a place."""
    if way not in Way.values:
        raise Http404("There is no such way.")
    form = DestinationForm(request.POST or None, way=Way(way))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        secret = said.get("secret", "")
        try:
            made = destination_add(
                tenant=tenant,
                name=said["name"],
                way=way,
                said=form.said(),
                secret=secret,
                actor=Actor(request.user),
            )
        except DestinationRefused as refused:
            form.refuse(str(refused), refused.field)
        else:
            messages.success(request, f"Reports can go to “{made.name}” now.")
            return redirect("reports:destinations", slug=tenant.slug)
    context = {"form": form, "way": Way(way)}
    return render(request, "reports/destination_add.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def remove(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Ask, then remove a place."""
    found = get_object_or_404(destinations_of(tenant=tenant), pk=pk)
    if request.method != "POST":
        return render(
            request, "reports/destination_remove.html", {"destination": found, "reports": found.reports.all()}
        )
    try:
        destination_remove(destination=found, actor=Actor(request.user))
        messages.success(request, f"“{found.name}” is removed.")
    except DestinationRefused as refused:
        messages.error(request, str(refused))
    return redirect("reports:destinations", slug=tenant.slug)
