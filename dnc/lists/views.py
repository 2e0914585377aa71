"""The pages that make Do Not Call lists, change their properties and delete them, where a tenant offers that."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from bpadmin.audit.models import Outcome
from bpadmin.dialler.extensions import list_field_names
from bpadmin.dialler.types import Act, Actor
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import NotFound, PlatformError
from bpadmin.platforms.types import DncListInfo
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.messages import tell
from dnc.entries.selectors import READ_ONLY, is_editable
from dnc.lists.bindings import can_guard
from dnc.lists.delete import dnc_drop, drop_warning
from dnc.lists.effects import dnc_list_now, guarded_uses
from dnc.lists.forms import DropForm, PropertiesForm
from dnc.lists.properties import dnc_create, dnc_properties_change, managing_check
from dnc.lists.property_rules import CREATABLE, properties_of
from dnc.lists.sync import DncRefused
from dnc.models import DncKind, DncList

View = Callable[..., HttpResponse]


def offered(check: Callable[[Tenant], None]) -> Callable[[View], View]:
    """Show one sentence in place of a page that the tenant's version of the platform does not offer."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: TenantRequest, tenant: Tenant, **kwargs: Any) -> HttpResponse:
            try:
                check(tenant)
            except DncRefused as refused:
                return render(request, "dnc/not_offered.html", {"words": str(refused)}, status=409)
            return view(request, tenant, **kwargs)

        return wrapped

    return decorate


def list_view(view: View) -> View:
    """Give a view the list as it is known here; where the platform cannot be read, that is said on the list's page."""

    @wraps(view)
    def wrapped(request: TenantRequest, tenant: Tenant, list_pk: int, **kwargs: Any) -> HttpResponse:
        dnc_list = get_object_or_404(DncList.objects.select_related("tenant"), tenant=tenant, pk=list_pk)
        try:
            return view(request, tenant, dnc_list, **kwargs)
        except PlatformError as error:
            messages.error(request, error.message)
            return redirect("dnc:detail", slug=tenant.slug, list_pk=list_pk)

    return wrapped


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
@offered(managing_check)
def create(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Make an empty list of the type that the address says."""
    said = request.GET.get("type", "")
    kind = DncKind(said) if said in CREATABLE else DncKind.INTERNAL
    form = PropertiesForm(request.POST or None, kind=kind, time_zone=tenant.time_zone)
    if request.method == "POST" and form.is_valid():
        act = tried(lambda: dnc_create(tenant=tenant, wish=form.wish(), actor=Actor(request.user)))
        if act.outcome != Outcome.REFUSED:
            tell(request, act)
            made = DncList.objects.filter(tenant=tenant, remote_id=act.id).first() if act.id else None
            if made is None:
                return redirect("dnc:index", slug=tenant.slug)
            return redirect("dnc:detail", slug=tenant.slug, list_pk=made.pk)
        form.add_error(None, act.sentence)
    context = {"form": form, "kind": kind, "kinds": CREATABLE, "fields_known": list_field_names(tenant=tenant)}
    return render(request, "dnc/lists/create.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
@offered(managing_check)
@list_view
def properties(request: TenantRequest, tenant: Tenant, dnc_list: DncList) -> HttpResponse:
    """Show what the platform keeps of a list beside its entries, and change it."""
    if not is_editable(dnc_list):
        return render(request, "dnc/read_only.html", {"dnc_list": dnc_list, "words": READ_ONLY}, status=409)
    info = dnc_list_now(dnc_list)
    now = properties_of(info, dnc_list)
    form = PropertiesForm(
        request.POST or None, kind=now.type, time_zone=tenant.time_zone, now=now, reset_words=info.reset_time
    )
    if request.method == "POST" and form.is_valid():
        change, actor = dnc_properties_change, Actor(request.user)
        act = tried(lambda: change(dnc_list=dnc_list, now=now, wish=form.wish(), actor=actor))
        if act.outcome != Outcome.REFUSED:
            tell(request, act)
            return redirect("dnc:detail", slug=tenant.slug, list_pk=dnc_list.pk)
        form.add_error(None, act.sentence)
    context = {"form": form, "dnc_list": dnc_list, "kind": now.type, "fields_known": list_field_names(tenant=tenant)}
    return render(request, "dnc/lists/properties.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE, confirmed=True)
@offered(managing_check)
@list_view
def drop(request: TenantRequest, tenant: Tenant, dnc_list: DncList) -> HttpResponse:
    """Say what deleting a list does, offer the gentle way, have its name typed and a reason given, and delete it."""
    if not is_editable(dnc_list):
        return render(request, "dnc/read_only.html", {"dnc_list": dnc_list, "words": READ_ONLY}, status=409)
    form = DropForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said, actor = form.cleaned_data, Actor(request.user)
        act = tried(lambda: dnc_drop(dnc_list=dnc_list, actor=actor, **said))
        if act.outcome != Outcome.REFUSED:
            tell(request, act)
            return redirect("dnc:index", slug=tenant.slug)
        form.add_error(None, act.sentence)
    info, is_there = looked_at(dnc_list)
    context = {
        "form": form,
        "dnc_list": dnc_list,
        "is_there": is_there,
        "warning": drop_warning(dnc_list, info),
        "uses": guarded_uses(dnc_list, info),
        "can_guard": can_guard(tenant),
    }
    return render(request, "dnc/lists/drop.html", context)


def looked_at(dnc_list: DncList) -> tuple[DncListInfo | None, bool]:
    """Return what the platform tells of a list (None for nothing), and whether it is there as far as is known."""
    try:
        return dnc_list_now(dnc_list), True
    except NotFound:
        return None, False
    except PlatformError:
        return None, True


def tried(service: Callable[[], Act]) -> Act:
    """Return what came of an act; what cannot be asked for is refused like what the platform refuses."""
    try:
        return service()
    except DncRefused as refused:
        return Act(Outcome.REFUSED, str(refused))
