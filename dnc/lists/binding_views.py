"""The pages that bind Do Not Call lists to campaigns and take them off, where a tenant offers that."""

from __future__ import annotations

from collections.abc import Sequence
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from bpadmin.dialler.catalogue import campaign_now, campaigns_read
from bpadmin.dialler.types import Act, Actor
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import Campaign, CampaignState
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.messages import tell
from dnc.lists.binding_forms import CampaignsForm, ListForm, UnbindForm
from dnc.lists.bindings import (
    dispositions_common,
    dispositions_known,
    dispositions_of,
    dnc_bind,
    dnc_bind_several,
    dnc_unbind,
    guarding_check,
    unbind_warning,
)
from dnc.lists.sync import DncRefused, dnc_lists_read
from dnc.lists.views import View, list_view, looked_at, offered
from dnc.models import DncList


def campaign_view(view: View) -> View:
    """Return a view the campaign as it is now; what cannot be read is said on the campaign's page."""

    @wraps(view)
    def wrapped(request: TenantRequest, tenant: Tenant, campaign_id: str, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, tenant, campaign_now(tenant=tenant, campaign_id=campaign_id), **kwargs)
        except PlatformError as error:
            messages.error(request, error.message)
            return redirect("campaigns:detail", slug=tenant.slug, campaign_id=campaign_id)

    return wrapped


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
@offered(guarding_check)
@list_view
def bind(request: TenantRequest, tenant: Tenant, dnc_list: DncList) -> HttpResponse:
    """Choose the campaigns that a list is to guard."""
    snapshot = campaigns_read(tenant)
    guarded = {use["id"] for use in dnc_list.campaigns}
    free = sorted((each for each in snapshot.value or () if each.id not in guarded), key=lambda each: each.name)
    known = dispositions_known(tenant)
    form = CampaignsForm(
        request.POST or None, dnc_list=dnc_list, campaigns=free, initial={"disposition": next(iter(known), "")}
    )
    note = _disposition_ask(request, tenant, form)
    if request.method == "POST" and form.is_valid() and not form.waits and "disposition" in request.POST:
        campaigns, actor = form.cleaned_data["campaigns"], Actor(request.user)
        try:
            acts = dnc_bind_several(dnc_list=dnc_list, campaigns=campaigns, guard=form.guard(), actor=actor)
        except DncRefused as refused:
            form.add_error(None, str(refused))
        else:
            _told(request, acts, campaigns)
            return redirect("dnc:detail", slug=tenant.slug, list_pk=dnc_list.pk)
    context = {"form": form, "dnc_list": dnc_list, "free": free, "snapshot": snapshot, "dispositions": known}
    return render(request, "dnc/lists/bind.html", {**context, "note": note})


def _disposition_ask(request: TenantRequest, tenant: Tenant, form: CampaignsForm) -> str:
    """Have the disposition chosen among those that the chosen campaigns share, where the platform tells them.

    Returns what is to be said where they share none; without a campaign chosen there is nothing to choose among yet.
    """
    if Capability.CAMPAIGN_SETTINGS not in capabilities_known(tenant):
        return ""
    chosen = [form.by_id[each] for each in request.POST.getlist("campaigns") if each in form.by_id]
    names = dispositions_common(tenant, chosen)
    if names:
        form.choose_disposition(names)
        if "disposition" not in request.POST:
            form.errors.pop("disposition", None)
        return ""
    if not chosen:
        form.wait_for_choice()
        return ""
    return "These campaigns share no disposition, as far as the dialler tells: bind them in several goes, or type one."


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
@offered(guarding_check)
@campaign_view
def bind_to(request: TenantRequest, tenant: Tenant, campaign: Campaign) -> HttpResponse:
    """Choose the list that is to guard a campaign."""
    dnc_lists_read(tenant=tenant)
    bound = [each.id for each in campaign.dnc_lists or ()]
    lists = DncList.objects.filter(tenant=tenant).exclude(remote_id__in=bound).select_related("tenant")
    known = dispositions_known(tenant)
    initial = {"disposition": next(iter(known), ""), "dnc_list": request.GET.get("list", "")}
    form = ListForm(request.POST or None, lists=list(lists), initial=initial)
    form.choose_disposition(dispositions_of(tenant, campaign.id))
    if request.method == "POST" and form.is_valid():
        dnc_list, actor = form.cleaned_data["dnc_list"], Actor(request.user)
        try:
            act = dnc_bind(dnc_list=dnc_list, campaign=campaign, guard=form.guard(), actor=actor)
        except DncRefused as refused:
            form.add_error(None, str(refused))
        else:
            tell(request, act)
            return redirect("campaigns:detail", slug=tenant.slug, campaign_id=campaign.id)
    context = {"form": form, "campaign": campaign, "lists": form.by_id, "dispositions": known}
    return render(request, "dnc/lists/bind_to.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
@offered(guarding_check)
@campaign_view
def unbind(request: TenantRequest, tenant: Tenant, campaign: Campaign, list_id: str) -> HttpResponse:
    """Say what may be dialled when a list is taken off a campaign, have a reason given, and take it off."""
    if not DncList.objects.filter(tenant=tenant, remote_id=list_id).exists():
        dnc_lists_read(tenant=tenant)
    dnc_list = get_object_or_404(DncList.objects.select_related("tenant"), tenant=tenant, remote_id=list_id)
    form = UnbindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor, reason = Actor(request.user), form.cleaned_data["reason"]
        try:
            act = dnc_unbind(dnc_list=dnc_list, campaign=campaign, reason=reason, actor=actor)
        except DncRefused as refused:
            form.add_error(None, str(refused))
        else:
            tell(request, act)
            return redirect("campaigns:detail", slug=tenant.slug, campaign_id=campaign.id)
    context = {
        "form": form,
        "dnc_list": dnc_list,
        "campaign": campaign,
        "is_bound": list_id in {each.id for each in campaign.dnc_lists or ()},
        "is_running": campaign.state == CampaignState.RUNNING,
        "warning": unbind_warning(dnc_list, campaign, looked_at(dnc_list)[0]),
    }
    return render(request, "dnc/lists/unbind.html", context)


def _told(request: TenantRequest, acts: Sequence[Act], campaigns: Sequence[Campaign]) -> None:
    """Say what came of each campaign: those that went well in one sentence, the others one by one."""
    done = [campaign.name for campaign, act in zip(campaigns, acts, strict=False) if act.is_done]
    if len(acts) > 1 and done:
        names = ", ".join(f"“{name}”" for name in done)
        messages.success(request, f"Bound to {len(done)} of {len(campaigns)} campaigns: {names}.")
    for act in acts:
        if len(acts) == 1 or not act.is_done:
            tell(request, act)
    if left := [campaign.name for campaign in campaigns[len(acts) :]]:
        messages.warning(request, f"Not asked for after that: {', '.join(f'“{name}”' for name in left)}.")
