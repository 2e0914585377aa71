"""Several campaigns at once: the question, and one line of outcome for each."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CampaignState
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from campaigns.bulk import MOST, campaigns_change
from campaigns.services import campaigns_read


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.CAMPAIGN_START_STOP)
def bulk(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Ask first, with what each campaign is doing now; then start or stop them all and say what came of each.

    Whoever comes without a choice (by a bookmark, or after signing in again) is led to where one chooses.
    """
    ids = request.POST.getlist("campaign")[:MOST]
    is_start = request.POST.get("wanted") == "start"
    if not ids:
        return redirect("campaigns:index", slug=tenant.slug)
    context: dict[str, object] = {"is_start": is_start, "wanted": "start" if is_start else "stop"}
    context["platform"] = REGISTRY[tenant.platform].label
    if "sure" not in request.POST:
        chosen = [each for each in campaigns_read(tenant).value or () if each.id in ids]
        wanted = CampaignState.RUNNING if is_start else CampaignState.STOPPED
        to_do = [each for each in chosen if each.state != wanted]
        done = [each for each in chosen if each.state == wanted]
        return render(request, "campaigns/bulk/confirm.html", {**context, "to_do": to_do, "done": done})
    state = CampaignState.RUNNING if is_start else CampaignState.STOPPED
    results = campaigns_change(tenant=tenant, campaign_ids=ids, wanted=state, actor=request.user)
    refused = [each for each in results if not each.is_done]
    return render(request, "campaigns/bulk/results.html", {**context, "results": results, "refused": refused})
