"""The pages that change Do Not Call lists by hand: add, remove, everywhere, empty."""

from __future__ import annotations

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from bpadmin.acts import Actor
from bpadmin.platforms.base import Capability
from bpadmin.telling import tell
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from dnc import services
from dnc.forms import AddForm, ClearForm, EverywhereForm, RemoveForm
from dnc.models import DncKind, DncList
from dnc.services import Dates, DncRefused, ListOutcome
from dnc.showing import READ_ONLY, is_editable


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def add(request: TenantRequest, tenant: Tenant, list_pk: int) -> HttpResponse:
    """Add a number or a pasted block to one list."""
    dnc_list = _list(tenant, list_pk)
    form = AddForm(request.POST or None)
    outcome = None
    if request.method == "POST" and is_editable(dnc_list) and form.is_valid():
        said = form.cleaned_data
        try:
            (outcome,) = services.dnc_add(
                tenant=tenant,
                text=said["text"],
                actor=Actor(request.user),
                lists=[dnc_list],
                comment=said["comment"],
                dates=Dates(expires_on=said["expires_on"]),
            )
        except DncRefused as refused:
            form.add_error("text", str(refused))
    return _answer(request, "dnc/add.html", dnc_list, form, outcome)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def remove(request: TenantRequest, tenant: Tenant, list_pk: int) -> HttpResponse:
    """Take a number or a pasted block out of one list."""
    dnc_list = _list(tenant, list_pk)
    form = RemoveForm(request.POST or None, initial={"text": request.GET.get("key", "")})
    outcome = None
    if request.method == "POST" and is_editable(dnc_list) and form.is_valid():
        said = form.cleaned_data
        try:
            (outcome,) = services.dnc_delete(
                tenant=tenant, text=said["text"], actor=Actor(request.user), lists=[dnc_list], comment=said["reason"]
            )
        except DncRefused as refused:
            form.add_error("text", str(refused))
    return _answer(request, "dnc/remove.html", dnc_list, form, outcome)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def everywhere(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Put a number into every list of numbers, and tell what became of it in each."""
    form = EverywhereForm(request.POST or None, initial={"number": request.GET.get("number", "")})
    outcomes: tuple[ListOutcome, ...] = ()
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            outcomes = services.dnc_add(
                tenant=tenant, text=said["number"], actor=Actor(request.user), comment=said["comment"]
            )
        except DncRefused as refused:
            form.add_error("number", str(refused))
    context = {
        "form": form,
        "outcomes": outcomes,
        "lists": DncList.objects.filter(tenant=tenant, type=DncKind.INTERNAL),
        "is_everywhere": bool(outcomes) and all(outcome.is_done for outcome in outcomes),
    }
    return render(request, "dnc/everywhere.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def clear(request: TenantRequest, tenant: Tenant, list_pk: int) -> HttpResponse:
    """Say what emptying a list does, have its name typed and a reason given, and empty it."""
    dnc_list = _list(tenant, list_pk)
    form = ClearForm(request.POST or None)
    if request.method == "POST" and is_editable(dnc_list) and form.is_valid():
        try:
            act = services.dnc_clear(dnc_list=dnc_list, actor=Actor(request.user), **form.cleaned_data)
        except DncRefused as refused:
            form.add_error(None, str(refused))
        else:
            tell(request, act)
            return redirect("dnc:detail", slug=tenant.slug, list_pk=dnc_list.pk)
    if not is_editable(dnc_list):
        return _answer(request, "dnc/clear.html", dnc_list, form, None)
    context = {"dnc_list": dnc_list, "form": form, "warning": services.clear_warning(dnc_list)}
    return render(request, "dnc/clear.html", context)


def _list(tenant: Tenant, list_pk: int) -> DncList:
    return get_object_or_404(DncList.objects.select_related("tenant"), tenant=tenant, pk=list_pk)


def _answer(
    request: TenantRequest, page: str, dnc_list: DncList, form: Form, outcome: ListOutcome | None
) -> HttpResponse:
    """Show the form, or what became of it; of a list that nobody may change, only why."""
    if not is_editable(dnc_list):
        return render(request, "dnc/read_only.html", {"dnc_list": dnc_list, "words": READ_ONLY}, status=409)
    return render(request, page, {"dnc_list": dnc_list, "form": form, "outcome": outcome})
