"""The opt-out queue, a list's settings, and reading a list back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.messages import tell
from dnc.entries.expiry import tenant_today
from dnc.entries.manual import ListOutcome
from dnc.entries.read_back import can_read_back, read_back_ring
from dnc.forms import RequestForm, SettingsForm
from dnc.lists.sync import DncRefused, dnc_list_change
from dnc.models import DncEntry, DncKind, DncList, PhoneRule, Purpose
from dnc.requests.services import request_carry_out, request_take, requests_open

PER_PAGE = 50
SETTINGS = ("type", "phone_rule", "country", "data_as_of", "fresh_days", "max_shrink")


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(needs=Capability.DNC_WRITE)
def requests(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the requests that are not carried out, the most urgent first, and take new ones."""
    today = tenant_today(tenant)
    form = RequestForm(request.POST or None, initial={"received_on": today})
    outcomes: tuple[ListOutcome, ...] = ()
    if request.method == "POST":
        if not request.role.covers(Role.SUPERVISOR):
            raise PermissionDenied("Taking a request needs the role Supervisor.")
        if form.is_valid():
            try:
                outcomes = request_take(tenant=tenant, actor=Actor(request.user), **form.cleaned_data)
            except DncRefused as refused:
                form.add_error(None, str(refused))
            else:
                form = RequestForm(initial={"received_on": today})
    page = Paginator(requests_open(tenant=tenant), PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "dnc/requests/requests.html", {"form": form, "page": page, "today": today, "outcomes": outcomes}
    )


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def carry_out(request: TenantRequest, tenant: Tenant, entry_pk: int) -> HttpResponse:
    """Put the number of an open request into its list."""
    entry = get_object_or_404(DncEntry.objects.select_related("dnc_list"), dnc_list__tenant=tenant, pk=entry_pk)
    try:
        for outcome in request_carry_out(entry=entry, actor=Actor(request.user)):
            tell(request, outcome)
    except DncRefused as refused:
        messages.error(request, str(refused))
    return redirect("dnc:requests", slug=tenant.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def settings(request: TenantRequest, tenant: Tenant, list_pk: int) -> HttpResponse:
    """Let a supervisor say what the platform does not tell about a list."""
    dnc_list = get_object_or_404(DncList.objects.select_related("tenant"), tenant=tenant, pk=list_pk)
    form = SettingsForm(request.POST or None, initial=_settings(dnc_list))
    if request.method == "POST" and form.is_valid():
        kinds: dict[str, Any] = {
            "type": DncKind(form.cleaned_data["type"]),
            "phone_rule": PhoneRule(form.cleaned_data["phone_rule"]),
        }
        kinds |= {"purpose": Purpose(form.cleaned_data["purpose"])}
        try:
            dnc_list_change(dnc_list=dnc_list, actor=Actor(request.user), **{**form.cleaned_data, **kinds})
        except DncRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"The settings of “{dnc_list.name}” are saved.")
            return redirect("dnc:detail", slug=tenant.slug, list_pk=dnc_list.pk)
    return render(request, "dnc/requests/settings.html", {"form": form, "dnc_list": dnc_list})


def _settings(dnc_list: DncList) -> dict[str, Any]:
    return {**{name: getattr(dnc_list, name) for name in SETTINGS}, "purpose": dnc_list.told_purpose}


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def read_back(request: TenantRequest, tenant: Tenant, list_pk: int) -> HttpResponse:
    """Ask a worker to read a list from the tenant."""
    dnc_list = get_object_or_404(DncList, tenant=tenant, pk=list_pk)
    if not can_read_back(tenant):
        messages.error(request, "This tenant's version of the platform cannot be asked what its lists hold.")
    elif read_back_ring(dnc_list):
        messages.success(request, "The list is being read from the tenant. Load this page again in a moment.")
    else:
        messages.error(request, "The list cannot be read now, because no worker can be reached. Try again later.")
    return redirect("dnc:detail", slug=tenant.slug, list_pk=dnc_list.pk)
