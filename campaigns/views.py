"""The campaign pages: a table that renews itself, one campaign, and the questions before a start or a stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bpadmin.dialler.catalogue import campaign_read, campaigns_acted, campaigns_in, campaigns_look
from bpadmin.dialler.extensions import DncNote
from bpadmin.dialler.live import Snapshot
from bpadmin.dialler.refreshing.storing import campaign_of
from bpadmin.jobs.kinds import kind_of
from bpadmin.jobs.models import Job
from bpadmin.jobs.services import list_jobs
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.codes import codes_grouped
from bpadmin.platforms.types import Campaign, CampaignState, DncBinding
from bpadmin.records.models import Density
from bpadmin.records.tables import table_choice
from bpadmin.results.figures.periods import period_of
from bpadmin.results.opening import BOUND, ENABLED
from bpadmin.results.pages.shared import figure_address, figures_shared, results_shared
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.limits import LISTS, limit_now
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.htmx import live_response
from bpadmin.web.messages import tell
from bpadmin.web.redirects import back_url, moved
from bpadmin.web.watching import watched
from campaigns import services
from campaigns.copying.services import LANGUAGES, campaign_described, campaign_outlined, result_codes_read
from campaigns.dnc_notes import notes_of
from campaigns.idle import idle_read, idle_words, is_newer
from campaigns.preflight import Check, Preflight, preflight_checks
from campaigns.remaining import remaining_read
from campaigns.table_views import table_options
from campaigns.tables import (
    FIGURE_KEYS,
    TABLE,
    campaign_columns,
    campaign_query,
    campaign_ranges,
    campaign_table,
    campaign_tabs,
)

# Where pages were that have an address of their own now.
OLD_WORDS = {
    "delete": "campaigns:delete_by_name",
    "several": "campaigns:bulk",
    "export": "campaigns:export_several",
}


@require_safe
@tenant_view(needs=Capability.CAMPAIGNS_READ)
@watched("campaigns")
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the campaigns with their states, live."""
    snapshot = campaigns_look(tenant)
    # A part is rendered once for all who ask for the same address, so that nobody's own choice counts in it.
    is_part = request.htmx.target == "campaigns"
    choice = None if is_part else table_choice(user=request.user, tenant=tenant, table=TABLE)
    query = campaign_query(request.GET, choice)
    figures = figures_shared(tenant)
    offered = capabilities_known(tenant)
    times = partial(services.campaign_act_times, tenant=tenant)
    table = campaign_table(campaigns_in(tenant), query, offered=offered, figures=figures, acts=times)
    columns = campaign_columns(offered=offered, has_figures=bool(figures))
    ranges = campaign_ranges(query, columns)
    campaigns = [campaign_of(row, is_whole=False) for row in table.page]
    acts = services.campaign_acts(tenant=tenant, campaign_ids=[campaign.id for campaign in campaigns])
    idle = idle_read(tenant, campaigns)
    rows = [(each, acts.get(each.id), idle.get(each.id, ""), figures.get(each.id)) for each in campaigns]
    tabs = campaign_tabs(campaigns_in(tenant), query, figures)
    return live_response(
        request,
        page="campaigns/index.html",
        fragment="campaigns/_table.html",
        target="campaigns",
        what="the campaigns",
        snapshot=snapshot,
        shows=(
            [(campaign, act and act.pk, words, told) for campaign, act, words, told in rows],
            (table.url, tabs, table.total, snapshot.has_value, snapshot.error),
        ),
        context={
            "table": table,
            "rows": rows,
            "tabs": tabs,
            "ranges": ranges,
            "has_figures": not table.keys.isdisjoint(FIGURE_KEYS),
            "has_ranges": any(each.words for each in ranges),
            "is_compact": query.filter("density") == Density.COMPACT,
            **({} if is_part else table_options(request, tenant, table, columns)),
        },
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
    limit = limit_now()
    act = services.campaign_acts(tenant=tenant, campaign_ids=[campaign_id]).get(campaign_id)
    is_counted = _is_counted(tenant, snapshot, jobs)
    checks = _checks(tenant, campaign, jobs, is_counted=is_counted) if campaign else []
    idle = _idle(tenant, campaign, is_counted=is_counted) if campaign else ""
    dnc_lists = _dnc_lists(tenant, campaign)
    described = _described(request, tenant, campaign) if campaign else {}
    shown = results_shared(tenant, period_of(tenant, {}), campaign_id=campaign_id, only_bound=True)
    figures = figures_shared(tenant).get(campaign_id) if shown else None
    dialled = figures if figures and 0 < figures.enabled < figures.lists else None
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
            (checks, dnc_lists, idle),
            (described, shown and shown.fingerprint, dialled and dialled.stock.left),
            [(j.pk, j.state, j.accounted) for j in jobs],
        ),
        context={
            "campaign": campaign,
            "campaign_id": campaign_id,
            "bindings": bindings,
            "jobs": [job for job in jobs if limit is None or limit.holds(LISTS, job.target_id)],
            "act": act,
            "checks": checks,
            "idle": idle,
            "shown": shown,
            "dialled": dialled,
            "dialled_url": figure_address(tenant, campaign=campaign_id, lists=ENABLED),
            "figure_url": figure_address(tenant, campaign=campaign_id, lists=BOUND, range="24h"),
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
    checks: list[Check] = []
    if snapshot.value and wanted == CampaignState.RUNNING:
        jobs = _jobs(tenant, snapshot.value)
        checks = _checks(tenant, snapshot.value, jobs, is_counted=_is_counted(tenant, snapshot, jobs))
    context: dict[str, Any] = {
        "snapshot": snapshot,
        "campaign": snapshot.value,
        "preflight": Preflight(snapshot.value, wanted) if snapshot.value else None,
        "checks": checks,
        "campaign_id": campaign_id,
        "is_start": wanted == CampaignState.RUNNING,
        "platform": REGISTRY[tenant.platform].label,
        "back": back,
    }
    is_dialog = request.htmx.target == "act-body"
    return render(request, "campaigns/_confirm.html" if is_dialog else "campaigns/confirm.html", context)


def _is_counted(tenant: Tenant, snapshot: Snapshot[Campaign | None], jobs: Sequence[Job]) -> bool:
    """Return whether a campaign was read after the last job on its lists, or act on it, from here."""
    campaign = snapshot.value
    if campaign is None:
        return True
    acts = campaigns_acted(tenant=tenant, campaign_ids=[campaign.id])
    ends = [job.finished_at for job in jobs if job.finished_at and not kind_of(job).only_reads]
    return is_newer(snapshot.began_at or snapshot.fetched_at, max([*acts.values(), *ends], default=None))


def _idle(tenant: Tenant, campaign: Campaign, *, is_counted: bool = True) -> str:
    """Say why a running campaign has nothing to dial, "" where it is stopped or has something."""
    if campaign.state != CampaignState.RUNNING:
        return ""
    return idle_words(campaign, is_counted=is_counted) or idle_read(tenant, [campaign]).get(campaign.id, "")


def _jobs(tenant: Tenant, campaign: Campaign) -> list[Job]:
    return list_jobs(tenant=tenant, list_ids={binding.list_id for binding in campaign.lists or ()})


def _checks(tenant: Tenant, campaign: Campaign, jobs: Sequence[Job], *, is_counted: bool) -> list[Check]:
    bindings = campaign.lists or ()
    notes = notes_of(tenant, campaign)
    told = _left_told(tenant, campaign)
    if told is not None:
        return preflight_checks(campaign, left=None, jobs=jobs, left_told=told, notes=notes, is_counted=is_counted)
    counted = remaining_read(tenant, campaign.id, bindings)
    is_counting = not counted.has_value and not counted.error
    return preflight_checks(
        campaign, left=counted.value, jobs=jobs, is_counting=is_counting, notes=notes, is_counted=is_counted
    )


def _left_told(tenant: Tenant, campaign: Campaign) -> int | None:
    """Return how many records results know to be left in the enabled lists; None where they were not all read.

    The same page and the table of campaigns show this figure: it is not counted a second time beside them.
    """
    figures = figures_shared(tenant).get(campaign.id)
    if figures and not figures.stock.left:
        acted = campaigns_acted(tenant=tenant, campaign_ids=[campaign.id]).get(campaign.id)
        figures = figures if is_newer(figures.stock.counted_at, acted) else None
    enabled = sum(1 for each in campaign.lists or () if each.enabled)
    return figures.stock.left if figures and enabled and figures.enabled == enabled else None


def _described(request: TenantRequest, tenant: Tenant, campaign: Campaign) -> dict[str, Any]:
    """Return what the page shows of a campaign that its platform describes in members of its own."""
    offered = capabilities_known(tenant)
    shown: dict[str, Any] = {}
    if Capability.CAMPAIGN_FIELDS in offered:
        searched = request.GET.get("q", "").strip()[:200]
        groups, source_id = campaign_described(tenant, campaign, searched)
        outline = campaign_outlined(tenant, campaign)
        shown = {"groups": groups, "searched": searched, "source_id": source_id, "outline": outline}
    if Capability.RESULT_CODES in offered:
        said = request.GET.get("language", "")
        language = said if said in dict(LANGUAGES) else LANGUAGES[0][0]
        codes = result_codes_read(tenant, campaign.id, language=language)
        groups_of_codes = codes_grouped(codes.value or ())
        shown |= {"codes": codes, "code_groups": groups_of_codes, "language": language, "languages": LANGUAGES}
    return shown


def _dnc_lists(tenant: Tenant, campaign: Campaign | None) -> list[tuple[DncBinding, DncNote | None]]:
    notes = notes_of(tenant, campaign) if campaign else {}
    return [(each, notes.get(each.id)) for each in campaign.dnc_lists or ()] if campaign else []


def _read_or_404(tenant: Tenant, campaign_id: str) -> Snapshot[Campaign | None]:
    snapshot = campaign_read(tenant, campaign_id)
    if snapshot.has_value and snapshot.value is None and not snapshot.error:
        raise Http404("The dialler knows no such campaign: it was deleted, or this tenant's user may not see it.")
    return snapshot
