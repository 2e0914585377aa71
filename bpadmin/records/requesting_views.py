"""Adding a request to a source, and putting one back into dialling."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bpadmin.acts import Actor
from bpadmin.audit.models import Outcome
from bpadmin.back import back_url
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.records.page import source_of_page, trouble
from bpadmin.records.requesting import request_add, request_recall
from bpadmin.records.requesting_forms import RecallForm, RequestForm
from bpadmin.records.services import platform_of
from bpadmin.telling import tell
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.REQUEST_ADD)
def add(request: TenantRequest, tenant: Tenant, source_id: str) -> HttpResponse:
    """Say who is to be called, and add it."""
    try:
        source = source_of_page(tenant, source_id)
    except PlatformError as error:
        return trouble(request, error)
    form = RequestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        act = request_add(tenant=tenant, source=source, actor=Actor(request.user), **form.cleaned_data)
        if act.outcome != Outcome.REFUSED:
            tell(request, act)
            return redirect("records:browse", slug=tenant.slug, source_id=source.id)
        form.add_error(None, act.sentence)
    return render(request, "records/requests/add.html", {"form": form, "source": source})


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.REQUEST_RECALL)
def recall(request: TenantRequest, tenant: Tenant, source_id: str) -> HttpResponse:
    """Say on which terms a request goes back into dialling, and put it there."""
    request_id = request.GET.get("id", "")
    back = back_url(request, reverse("records:browse", args=[tenant.slug, source_id]))
    if not request_id:
        return redirect(back)
    try:
        source = source_of_page(tenant, source_id)
    except PlatformError as error:
        return trouble(request, error)
    title = f"{platform_of(tenant).record_noun.capitalize()} {request_id}"
    form = RecallForm(request.POST if request.method == "POST" else None, time_zone=tenant.time_zone)
    if request.method == "POST" and form.is_valid():
        act = request_recall(
            tenant=tenant,
            source=source,
            request_id=request_id,
            title=title,
            terms=form.terms(),
            actor=Actor(request.user),
        )
        if act.outcome != Outcome.REFUSED:
            tell(request, act)
            return redirect(back)
        form.add_error(None, act.sentence)
    context = {"form": form, "source": source, "title": title, "back": back}
    return render(request, "records/requests/recall.html", context)
