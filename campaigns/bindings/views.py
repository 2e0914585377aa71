"""Binding, changing, ordering and unbinding a campaign's lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from bpadmin.acts import Act, Actor
from bpadmin.audit.models import Outcome
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import Campaign, CampaignState, ListBinding
from bpadmin.telling import tell
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from campaigns.binding_forms import BindingForm, PickForm, lists_found
from campaigns.bindings import (
    BindingRefused,
    binding_change,
    binding_find,
    bindings_in_order,
    bindings_reorder,
    campaign_now,
    list_bind,
    list_unbind,
)
from lists.formats import format_fields, format_get
from lists.services import lists_read


def campaign_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give a view the campaign as it is now; what cannot be read or done is said on the campaign's page."""

    @wraps(view)
    def wrapped(request: TenantRequest, tenant: Tenant, campaign_id: str, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, tenant, campaign_now(tenant=tenant, campaign_id=campaign_id), **kwargs)
        except (BindingRefused, PlatformError) as refused:
            messages.error(request, str(refused))
            return redirect("campaigns:detail", slug=tenant.slug, campaign_id=campaign_id)

    return wrapped


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.LIST_BIND)
@campaign_view
def bind(request: TenantRequest, tenant: Tenant, campaign: Campaign) -> HttpResponse:
    """Bind a list to the campaign."""
    snapshot = lists_read(tenant)
    said = request.POST if request.method == "POST" else None
    lists = lists_found(snapshot.value or (), request.GET.get("q", "") if said is None else "")
    pick = PickForm(said, lists=lists, initial={"list": request.GET.get("list", "")})
    form = BindingForm(said)
    if said is not None and pick.is_valid() and form.is_valid():
        chosen = pick.cleaned_data["list"]
        wish = form.wish(ListBinding(list_id=chosen.id, list_name=chosen.name, instance_id=""))
        try:
            act = list_bind(tenant=tenant, campaign=campaign, wish=wish, actor=Actor(request.user))
        except BindingRefused as refused:
            form.add_error("sorting", str(refused))
        else:
            if act.outcome != Outcome.REFUSED:
                return _told(request, tenant, campaign, act)
            form.add_error(None, act.sentence)
    context = {"campaign": campaign, "pick": pick, "form": form, "snapshot": snapshot, "q": request.GET.get("q", "")}
    is_search = request.htmx.target == "pick"
    return render(request, "campaigns/bindings/_pick.html" if is_search else "campaigns/bindings/bind.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.LIST_BIND)
@campaign_view
def change(request: TenantRequest, tenant: Tenant, campaign: Campaign, instance_id: str) -> HttpResponse:
    """Change every property of a list instance."""
    binding = binding_find(campaign, instance_id)
    known = format_get(tenant=tenant, list_id=binding.list_id)
    names = [field.name for field in format_fields(known)]
    form = BindingForm(request.POST if request.method == "POST" else None, binding=binding, names=names)
    if form.is_bound and form.is_valid():
        try:
            wish = form.wish(binding)
            act = binding_change(tenant=tenant, campaign=campaign, wish=wish, actor=Actor(request.user))
        except BindingRefused as refused:
            form.add_error("sorting", str(refused))
        else:
            if act.outcome != Outcome.REFUSED:
                return _told(request, tenant, campaign, act)
            form.add_error(None, act.sentence)
    context = {"campaign": campaign, "binding": binding, "form": form}
    is_dialog = request.htmx.target == "act-body"
    return render(request, f"campaigns/bindings/{'_change' if is_dialog else 'change'}.html", context)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.LIST_BIND)
@campaign_view
def toggle(request: TenantRequest, tenant: Tenant, campaign: Campaign, instance_id: str) -> HttpResponse:
    """Enable or disable an instance, as the button said; everything else stays as it is."""
    binding = binding_find(campaign, instance_id)
    wish = replace(binding, enabled=request.POST.get("enabled") == "1")
    act = binding_change(tenant=tenant, campaign=campaign, wish=wish, actor=Actor(request.user))
    return _told(request, tenant, campaign, act)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.LIST_BIND)
@campaign_view
def reorder(request: TenantRequest, tenant: Tenant, campaign: Campaign) -> HttpResponse:
    """Put the instances into the order in which they were dragged, or move one up or down."""
    ids = request.POST.getlist("instance")
    if moved := request.POST.get("move", ""):
        direction, _, instance_id = moved.partition(":")
        ids = _moved(campaign, instance_id, -1 if direction == "up" else 1)
    acts = bindings_reorder(tenant=tenant, campaign=campaign, instance_ids=ids, actor=Actor(request.user))
    for act in acts:
        if not act.is_done:
            tell(request, act)
    if acts and all(act.is_done for act in acts):
        places = "1 of the lists has a new place" if len(acts) == 1 else f"{len(acts)} of the lists have a new place"
        messages.success(request, f"The order is changed: {places}.")
    return redirect("campaigns:detail", slug=tenant.slug, campaign_id=campaign.id)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.LIST_BIND)
@campaign_view
def unbind(request: TenantRequest, tenant: Tenant, campaign: Campaign, instance_id: str) -> HttpResponse:
    """Say what unbinding does to live calls, offer to disable instead, and unbind."""
    binding = binding_find(campaign, instance_id)
    if request.method == "POST":
        act = list_unbind(tenant=tenant, campaign=campaign, binding=binding, actor=Actor(request.user))
        return _told(request, tenant, campaign, act)
    context = {"campaign": campaign, "binding": binding, "is_running": campaign.state == CampaignState.RUNNING}
    return render(request, "campaigns/bindings/unbind.html", context)


def _moved(campaign: Campaign, instance_id: str, by: int) -> list[str]:
    """Give the instances in dialling order with one of them moved by one place."""
    ids = [each.instance_id for each in bindings_in_order(campaign)]
    if instance_id in ids:
        at = ids.index(instance_id)
        to = min(max(at + by, 0), len(ids) - 1)
        ids.insert(to, ids.pop(at))
    return ids


def _told(request: TenantRequest, tenant: Tenant, campaign: Campaign, act: Act) -> HttpResponse:
    tell(request, act)
    return redirect("campaigns:detail", slug=tenant.slug, campaign_id=campaign.id)
