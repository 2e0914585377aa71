"""Several campaigns at once: the question, and one line of outcome for each."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from bpadmin.dialler.catalogue import campaigns_read
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CampaignState
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.answers import answer_given, answer_redirect
from campaigns.bulk import MOST, campaigns_change


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.CAMPAIGN_START_STOP)
def bulk(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Ask first, with what each campaign is doing now; then start or stop them all and say what came of each.

    Whoever comes without a choice (by a bookmark, or after signing in again) is led to where one chooses.
    """
    if request.method == "POST":
        return _said(request, tenant)
    given = answer_given(request)
    if given is None:
        return redirect("campaigns:index", slug=tenant.slug)
    context: dict[str, object] = {
        "is_start": given["wanted"] == "start",
        "wanted": given["wanted"],
        "platform": REGISTRY[tenant.platform].label,
    }
    if "results" in given:
        results = given["results"]
        refused = [each for each in results if not each.is_done]
        return render(request, "campaigns/bulk/results.html", {**context, "results": results, "refused": refused})
    chosen = [each for each in campaigns_read(tenant).value or () if each.id in given["ids"]]
    to_do = [each for each in chosen if each.state != _state(given["wanted"])]
    done = [each for each in chosen if each.state == _state(given["wanted"])]
    return render(request, "campaigns/bulk/confirm.html", {**context, "to_do": to_do, "done": done})


def _said(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Lead to the question, or do what it was answered with and lead to what came of it."""
    ids = request.POST.getlist("campaign")[:MOST]
    wanted = "start" if request.POST.get("wanted") == "start" else "stop"
    if not ids:
        messages.info(request, "No campaign was chosen. Tick those that you mean in the table, then press the button.")
        return redirect("campaigns:index", slug=tenant.slug)
    if "sure" not in request.POST:
        return answer_redirect(request, {"wanted": wanted, "ids": ids})
    results = campaigns_change(tenant=tenant, campaign_ids=ids, wanted=_state(wanted), actor=request.user)
    return answer_redirect(request, {"wanted": wanted, "results": results})


def _state(wanted: str) -> CampaignState:
    return CampaignState.RUNNING if wanted == "start" else CampaignState.STOPPED
