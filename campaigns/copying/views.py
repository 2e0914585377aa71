"""Copying and deleting campaigns, on platforms whose API offers that."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from bpadmin.audit.models import Outcome
from bpadmin.dialler.catalogue import campaign_read
from bpadmin.dialler.types import Act, Actor
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import Campaign
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.messages import tell
from campaigns.copying.forms import CloneForm, DeleteCampaignForm
from campaigns.copying.services import campaign_clone, campaign_delete, campaigns_matching, takes_no_search


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.CAMPAIGN_CLONE)
def clone(request: TenantRequest, tenant: Tenant, campaign_id: str) -> HttpResponse:
    """Say what the copy is to be called, and make it."""
    campaign, snapshot = _campaign(tenant, campaign_id)
    form = CloneForm(request.POST or None, has_times=not takes_no_search(tenant))
    if request.method == "POST" and campaign and form.is_valid():
        act = campaign_clone(tenant=tenant, source=campaign, actor=Actor(request.user), **form.cleaned_data)
        if act.outcome != Outcome.REFUSED:
            return _told(request, tenant, act)
        form.add_error("destination", act.sentence)
    context = {"campaign": campaign, "campaign_id": campaign_id, "form": form, "snapshot": snapshot}
    return render(request, "campaigns/copying/clone.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.CAMPAIGN_DELETE, confirmed=True)
def delete(request: TenantRequest, tenant: Tenant, campaign_id: str) -> HttpResponse:
    """Say what goes with the campaign, have its name typed, and delete it."""
    campaign, snapshot = _campaign(tenant, campaign_id)
    has_reason = takes_no_search(tenant)
    form = DeleteCampaignForm(request.POST or None, campaign=campaign, has_reason=has_reason) if campaign else None
    if request.method == "POST" and campaign and form and form.is_valid():
        reason = form.cleaned_data.get("reason", "")
        act = campaign_delete(tenant=tenant, campaign=campaign, reason=reason, actor=Actor(request.user))
        return _told(request, tenant, act)
    context = {"campaign": campaign, "campaign_id": campaign_id, "form": form, "snapshot": snapshot}
    return render(request, "campaigns/copying/delete.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.CAMPAIGN_SEARCH, confirmed=True)
def delete_by_name(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show what answers to a name, and delete the one campaign that has exactly this name once it is typed again."""
    name = request.GET.get("name", "").strip()
    context: dict[str, Any] = {"name": name}
    if name:
        try:
            found = campaigns_matching(tenant=tenant, name=name)
        except PlatformError as error:
            context["error"] = error
        else:
            exact = [campaign for campaign in found if campaign.name == name]
            campaign = exact[0] if len(exact) == 1 else None
            form = DeleteCampaignForm(request.POST or None, campaign=campaign) if campaign else None
            if request.method == "POST" and campaign and form and form.is_valid():
                actor = Actor(request.user)
                return _told(
                    request, tenant, campaign_delete(tenant=tenant, campaign=campaign, by_name=True, actor=actor)
                )
            context |= {"found": found, "exact": exact, "campaign": campaign, "form": form}
    return render(request, "campaigns/copying/delete_by_name.html", context)


def _campaign(tenant: Tenant, campaign_id: str) -> tuple[Campaign | None, Any]:
    snapshot = campaign_read(tenant, campaign_id)
    if snapshot.has_value and snapshot.value is None and not snapshot.error:
        raise Http404("The dialler knows no such campaign: it was deleted, or this tenant's user may not see it.")
    return snapshot.value, snapshot


def _told(request: TenantRequest, tenant: Tenant, act: Act) -> HttpResponse:
    tell(request, act)
    if act.is_done and act.id:
        return redirect("campaigns:detail", slug=tenant.slug, campaign_id=act.id)
    return redirect("campaigns:index", slug=tenant.slug)
