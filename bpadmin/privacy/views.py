"""Pages: find and erase a person; export a tenant; remove it."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from bpadmin.dialler.types import Actor
from bpadmin.privacy.forms import PersonForm
from bpadmin.privacy.matching import PersonRefused
from bpadmin.privacy.removal import RemovalRefused, removal_refusal, tenant_export, tenant_remove
from bpadmin.privacy.services import ELSEWHERE, person_erase, person_find
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.downloads import whole_file


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.ADMINISTRATOR, confirmed=True)
def person(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Find a person in what is kept, or erase them from it."""
    form = PersonForm(request.POST or None)
    report = None
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("what") == "erase":
                report = person_erase(tenant=tenant, known_by=form.lines(), actor=Actor(request.user))
            else:
                report = person_find(tenant=tenant, known_by=form.lines(), actor=Actor(request.user))
        except PersonRefused as refused:
            form.add_error("known_by", str(refused))
    proof = json.dumps(report.as_json(), ensure_ascii=False, indent=1) if report else ""
    context = {"form": form, "report": report, "proof": proof, "elsewhere": ELSEWHERE}
    return render(request, "privacy/person.html", context)


@require_POST
@tenant_view(Role.ADMINISTRATOR, confirmed=True)
def export(request: TenantRequest, tenant: Tenant) -> HttpResponseBase:
    """Send everything that is kept of the tenant."""
    file = tenant_export(tenant=tenant, actor=Actor(request.user))
    return whole_file(file, name=f"{tenant.slug} {timezone.now():%Y-%m-%d}.zip", content_type="application/zip")


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.ADMINISTRATOR, confirmed=True)
def remove(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Remove the tenant with everything kept of it, once it was exported and its name was typed."""
    if request.method == "POST":
        try:
            tenant_remove(tenant=tenant, typed=request.POST.get("name", ""), actor=Actor(request.user))
        except RemovalRefused as refused:
            messages.error(request, str(refused))
            return redirect("privacy:remove", slug=tenant.slug)
        messages.success(request, f"{tenant.name} was removed with everything that was kept of it here.")
        return redirect("tenants:index")
    return render(request, "privacy/remove.html", {"refusal": removal_refusal(tenant)})
