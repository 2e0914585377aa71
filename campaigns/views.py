"""The campaign pages: a table that renews itself, one campaign, and the questions before a start or a stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bpadmin.back import back_url, moved
from bpadmin.fragments import live_response
from bpadmin.jobs.models import Job
from bpadmin.live import Snapshot
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import Campaign, CampaignState, DncBinding
from bpadmin.telling import tell
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.capabilities import capabilities_known
from bpadmin.tenants.models import Role, Tenant
from campaigns import services
from campaigns.dnc_notes import Note, notes_of
from campaigns.managing import LANGUAGES, campaign_described, result_codes_read
from campaigns.preflight import Check, Preflight, preflight_checks
from campaigns.remaining import remaining_read
from campaigns.tables import campaign_query, campaign_table, campaign_tabs
from lists.services import list_jobs

# Where pages were that have an address of their own now.
OLD_WORDS = {
    "delete": "campaigns:delete_by_name",
    "several": "campaigns:bulk",
    "export": "campaigns:export_several",
}


@require_safe
@tenant_view(needs=Capability.CAMPAIGNS_READ)
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the campaigns with their states, live."""
    snapshot = services.campaigns_read(tenant)
    campaigns = snapshot.value or ()
    query = campaign_query(request.GET)
    table = campaign_table(campaigns, query, offered=capabilities_known(tenant))
    acts = services.campaign_acts(tenant=tenant, campaign_ids=[campaign.id for campaign in table.page])
    rows = [(campaign, acts.get(campaign.id)) for campaign in table.page]
    tabs = campaign_tabs(campaigns, query)
    return live_response(
        request,
        page="campaigns/index.html",
        fragment="campaigns/_table.html",
        target="campaigns",
        what="the campaigns",
        snapshot=snapshot,
        shows=(
            [(campaign, act and act.pk) for campaign, act in rows],
            (table.url, tabs, table.total, snapshot.has_value, snapshot.error),
        ),
        context={"table": table, "rows": rows, "tabs": tabs},
    )


@require_safe
@tenant_view(needs=Capability.CAMPAIGNS_READ)
def detail(request: TenantRequest, tenant: Tenant, campaign_id: str) -> HttpResponse:
    """Show one campaign with its lists and DNC lists, live."""
    try:
        snapshot = _read_or_404(tenant, campaign_id)
    except Http404 as gone:
        return moved(request, tenant.slug, OLD_WORDS.get(campaign_id), gone)
    campaign = snapshot.value
    bindings = sorted(campaign.lists or (), key=lambda each: (each.order, each.list_name)) if campaign else []
    jobs = list_jobs(tenant=tenant, list_ids={binding.list_id for binding in bindings})
    act = services.campaign_acts(tenant=tenant, campaign_ids=[campaign_id]).get(campaign_id)
    checks = _checks(tenant, campaign, jobs) if campaign else []
    dnc_lists = _dnc_lists(tenant, campaign)
    described = _described(request, tenant, campaign) if campaign else {}
    return live_response(
        request,
        page="campaigns/detail.html",
        fragment="campaigns/_campaign.html",
        target="campaign",
        what="this campaign",
        snapshot=snapshot,
        shows=(
            campaign,
            snapshot.has_value,
            snapshot.error,
            act and act.pk,
            (checks, dnc_lists),
            described,
            [(j.pk, j.state, j.accounted) for j in jobs],
        ),
        context={
            "campaign": campaign,
            "campaign_id": campaign_id,
            "bindings": bindings,
            "jobs": jobs,
            "act": act,
            "checks": checks,
            "dnc_lists": dnc_lists,
            **described,
            "can_guard": Capability.DNC_BIND in capabilities_known(tenant),
            "platform": REGISTRY[tenant.platform].label,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.CAMPAIGN_START_STOP)
def start(request: TenantRequest, tenant: Tenant, campaign_id: str) -> HttpResponse:
    """Ask before a start, and start."""
    return _act(request, tenant, campaign_id, CampaignState.RUNNING, services.campaign_start)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.CAMPAIGN_START_STOP)
def stop(request: TenantRequest, tenant: Tenant, campaign_id: str) -> HttpResponse:
    """Ask before a stop, and stop."""
    return _act(request, tenant, campaign_id, CampaignState.STOPPED, services.campaign_stop)


def _act(
    request: TenantRequest,
    tenant: Tenant,
    campaign_id: str,
    wanted: CampaignState,
    service: Callable[..., services.StateChange],
) -> HttpResponse:
    snapshot = _read_or_404(tenant, campaign_id)
    page = reverse("campaigns:detail", kwargs={"slug": tenant.slug, "campaign_id": campaign_id})
    back = back_url(request, page)
    if request.method == "POST":
        name = snapshot.value.name if snapshot.value else campaign_id
        change = service(tenant=tenant, campaign_id=campaign_id, name=name, actor=request.user)
        tell(request, change)
        return redirect(back)
    context: dict[str, Any] = {
        "snapshot": snapshot,
        "campaign": snapshot.value,
        "preflight": Preflight(snapshot.value, wanted) if snapshot.value else None,
        "checks": _checks(tenant, snapshot.value) if snapshot.value and wanted == CampaignState.RUNNING else [],
        "campaign_id": campaign_id,
        "is_start": wanted == CampaignState.RUNNING,
        "platform": REGISTRY[tenant.platform].label,
        "back": back,
    }
    is_dialog = request.htmx.target == "act-body"
    return render(request, "campaigns/_confirm.html" if is_dialog else "campaigns/confirm.html", context)


def _checks(tenant: Tenant, campaign: Campaign, jobs: Sequence[Job] | None = None) -> list[Check]:
    bindings = campaign.lists or ()
    if jobs is None:
        jobs = list_jobs(tenant=tenant, list_ids={binding.list_id for binding in bindings})
    counted = remaining_read(tenant, campaign.id, bindings)
    is_counting = not counted.has_value and not counted.error
    notes = notes_of(tenant, campaign)
    return preflight_checks(campaign, left=counted.value, jobs=jobs, is_counting=is_counting, notes=notes)


def _described(request: TenantRequest, tenant: Tenant, campaign: Campaign) -> dict[str, Any]:
    """Give what the page shows of a campaign that its platform describes in members of its own."""
    offered = capabilities_known(tenant)
    shown: dict[str, Any] = {}
    if Capability.CAMPAIGN_FIELDS in offered:
        searched = request.GET.get("q", "").strip()[:200]
        groups, source_id = campaign_described(tenant, campaign, searched)
        shown = {"groups": groups, "searched": searched, "source_id": source_id}
    if Capability.RESULT_CODES in offered:
        said = request.GET.get("language", "")
        language = said if said in dict(LANGUAGES) else LANGUAGES[0][0]
        codes = result_codes_read(tenant, campaign.id, language=language)
        shown |= {"codes": codes, "language": language, "languages": LANGUAGES}
    return shown


def _dnc_lists(tenant: Tenant, campaign: Campaign | None) -> list[tuple[DncBinding, Note | None]]:
    notes = notes_of(tenant, campaign) if campaign else {}
    return [(each, notes.get(each.id)) for each in campaign.dnc_lists or ()] if campaign else []


def _read_or_404(tenant: Tenant, campaign_id: str) -> Snapshot[Campaign | None]:
    snapshot = services.campaign_read(tenant, campaign_id)
    if snapshot.has_value and snapshot.value is None and not snapshot.error:
        raise Http404("The dialler knows no such campaign: it was deleted, or this tenant's user may not see it.")
    return snapshot
