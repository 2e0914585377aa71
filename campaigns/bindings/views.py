"""Binding, changing, ordering and unbinding a campaign's lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from bpadmin.audit.models import Outcome
from bpadmin.dialler.catalogue import campaign_now, lists_read
from bpadmin.dialler.extensions import list_fields
from bpadmin.dialler.types import Act, Actor
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import Campaign, CampaignState, ListBinding
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.messages import tell, with_undo
from bpadmin.web.tables import fingerprint
from campaigns.bindings.forms import BindingForm, PickForm, lists_found
from campaigns.bindings.order import bindings_in_order, orders_changed, orders_dragged, orders_moved
from campaigns.bindings.services import (
    BindingRefused,
    binding_change,
    binding_find,
    bindings_reorder,
    list_bind,
    list_unbind,
)

NOTHING_MOVED = (
    "Nothing was changed. Lists of the same order share the calls by their ratio and move together; to take one out, "
    "give it another order with “Change”."
)


def campaign_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return a view the campaign as it is now; what cannot be read or done is said on the campaign's page."""

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
    names = [field.name for field in list_fields(tenant=tenant, list_id=binding.list_id)]
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


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.LIST_BIND)
@campaign_view
def reorder(request: TenantRequest, tenant: Tenant, campaign: Campaign) -> HttpResponse:
    """Move a list up or down, or to where it was dragged; of a campaign that may be dialling the new order is shown."""
    said = request.POST if request.method == "POST" else request.GET
    orders = _orders(campaign, said)
    now = fingerprint(*((each.instance_id, each.order) for each in bindings_in_order(campaign)))
    is_sure = campaign.state == CampaignState.STOPPED or said.get("seen") == now
    if request.method == "POST" and is_sure:
        acts = bindings_reorder(tenant=tenant, campaign=campaign, orders=orders, actor=Actor(request.user))
        return _reordered(request, tenant, campaign, acts)
    if request.method == "POST":
        query = QueryDict(mutable=True)
        for name in ("move", "instance", "dragged"):
            query.setlist(name, said.getlist(name))
        return redirect(f"{request.path}?{query.urlencode()}")
    rows = orders_changed(campaign, orders)
    context = {"campaign": campaign, "rows": rows, "seen": now, "said": [*said.lists()]}
    context["is_same"] = all(each.order == order for each, order in rows)
    return render(request, "campaigns/bindings/reorder.html", context)


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


def _orders(campaign: Campaign, said: QueryDict) -> dict[str, int]:
    """Return the orders that the buttons or the dragging ask for."""
    if moved := said.get("move", ""):
        direction, _, instance_id = moved.partition(":")
        return orders_moved(campaign, instance_id, -1 if direction == "up" else 1)
    return orders_dragged(campaign, said.getlist("instance"), said.get("dragged", ""))


def _reordered(request: TenantRequest, tenant: Tenant, campaign: Campaign, acts: list[Act]) -> HttpResponse:
    for act in acts:
        if not act.is_done:
            tell(request, act)
    if acts and all(act.is_done for act in acts):
        places = "1 list has" if len(acts) == 1 else f"{len(acts)} lists have"
        messages.success(request, with_undo(request, f"The order is changed: {places} a new place.", acts[0]))
    if not acts:
        messages.info(request, NOTHING_MOVED)
    return redirect("campaigns:detail", slug=tenant.slug, campaign_id=campaign.id)


def _told(request: TenantRequest, tenant: Tenant, campaign: Campaign, act: Act) -> HttpResponse:
    tell(request, act)
    return redirect("campaigns:detail", slug=tenant.slug, campaign_id=campaign.id)
