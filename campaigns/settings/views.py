"""The page of a campaign's settings."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from bpadmin.audit.models import Outcome
from bpadmin.dialler.catalogue import campaign_read
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.platforms.campaign_details import CampaignDetails
from bpadmin.platforms.types import Campaign, CampaignState
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.messages import tell
from campaigns.settings.forms import SettingsForm
from campaigns.settings.services import details_read, settings_change


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(needs=Capability.CAMPAIGN_SETTINGS)
def settings(request: TenantRequest, tenant: Tenant, campaign_id: str) -> HttpResponse:
    """Show how a campaign dials, and change it."""
    snapshot = details_read(tenant, campaign_id)
    details = known_or_404(snapshot)
    context = {"campaign_id": campaign_id, "part": "settings", "snapshot": snapshot, "details": details}
    if details is None:
        return render(request, "campaigns/settings/settings.html", context)
    may_change = request.role.covers(Role.SUPERVISOR)
    form = SettingsForm(request.POST or None, details=details)
    if request.method == "POST" and may_change and form.is_valid():
        campaign = Campaign(campaign_id, details.name, CampaignState.UNKNOWN)
        act = settings_change(tenant=tenant, campaign=campaign, wanted=form.cleaned_data, actor=Actor(request.user))
        if act.outcome != Outcome.REFUSED:
            tell(request, act)
            return redirect("campaigns:settings", slug=tenant.slug, campaign_id=campaign_id)
        form.add_error(None, act.sentence)
    context |= {"form": form, "is_running": is_running(tenant, campaign_id)}
    return render(request, "campaigns/settings/settings.html", context)


def is_running(tenant: Tenant, campaign_id: str) -> bool:
    """Return whether the campaign ran when it was read last."""
    campaign = campaign_read(tenant, campaign_id).value
    return campaign is not None and campaign.state == CampaignState.RUNNING


def known_or_404(snapshot: object) -> CampaignDetails | None:
    """Return the settings, None where they could not be read; Http404 where there is no such campaign."""
    value, has_value, error = (getattr(snapshot, name) for name in ("value", "has_value", "error"))
    if has_value and value is None and not error:
        raise Http404("The dialler knows no such campaign: it was deleted, or this tenant's user may not see it.")
    return value if isinstance(value, CampaignDetails) else None
