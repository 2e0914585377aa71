"""Pages of results: of a campaign, of a list, what dispositions count as, how results are read, and the dictionary."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpadmin.dialler.types import Actor
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.results import services
from bpadmin.results.figures.periods import DAYS, RANGES, period_of
from bpadmin.results.figures.words import FIGURES
from bpadmin.results.groups.services import GroupRefused, dispositions_group, dispositions_of, groups_changed_at
from bpadmin.results.models import DispositionGroup, GroupChange, Recount, ResultSource
from bpadmin.results.pages.figure_views import figure_url
from bpadmin.results.pages.files import csv_response
from bpadmin.results.pages.forms import ReadingForm
from bpadmin.results.pages.shared import results_shared, snapshot_of
from bpadmin.results.pages.tables import TABLES
from bpadmin.results.reading.identity import settings_of
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.limits import limit_now
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.htmx import live_response
from bpadmin.web.redirects import back_url

SOURCES = Capability.SOURCES_READ
# Of the table by list, whose every figure opens: the whole of it is in its file.
LISTS_PER_PAGE, AGENTS_PER_PAGE = 10, 25


@require_safe
@tenant_view(needs=SOURCES)
def whole(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the results of all campaigns of a tenant."""
    return _results(request, tenant)


@require_safe
@tenant_view(needs=SOURCES)
def campaign(request: TenantRequest, tenant: Tenant, campaign_id: str) -> HttpResponse:
    """Show the results of a campaign."""
    return _results(request, tenant, campaign_id=campaign_id)


@require_safe
@tenant_view(needs=SOURCES)
def calling_list(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Show the results of a list over the campaigns that dial it."""
    return _results(request, tenant, list_id=list_id)


def _results(request: TenantRequest, tenant: Tenant, campaign_id: str = "", list_id: str = "") -> HttpResponse:
    period = period_of(tenant, request.GET)
    shown = results_shared(tenant, period, campaign_id=campaign_id, list_id=list_id)
    name = request.GET.get("table", "")
    if shown is not None and name in TABLES and request.GET.get("format") == "csv":
        return csv_response(TABLES[name](shown.results).as_csv(), f"{name}-{tenant.slug}")
    first = shown.results.sources[0].source if shown else None
    context = {
        "shown": shown,
        "period": period,
        "ranges": (*DAYS, *((key, words) for key, words, _ in RANGES)),
        "campaign_id": campaign_id,
        "list_id": list_id,
        "title": _title(first, campaign_id, list_id),
        "beside_url": _beside_url(tenant, campaign_id, list_id),
        "figure_url": figure_url(request, tenant, period, campaign_id=campaign_id, list_id=list_id),
        "lists_page": Paginator(shown.results.sources, LISTS_PER_PAGE).get_page(request.GET.get("page"))
        if shown
        else None,
        "agents_page": Paginator(shown.results.agents, AGENTS_PER_PAGE).get_page(request.GET.get("agents"))
        if shown
        else None,
        "tables": {name: make(shown.results) for name, make in TABLES.items()} if shown else {},
        "platform": REGISTRY[tenant.platform].label,
        "groups_changed_at": groups_changed_at(tenant=tenant),
        "kept_days": services.keep_days(),
    }
    return live_response(
        request,
        page="results/results.html",
        fragment="results/_results.html",
        target="results",
        what="the results",
        snapshot=snapshot_of(shown),
        shows=(shown and shown.fingerprint, context["groups_changed_at"]),
        context=context,
    )


def _beside_url(tenant: Tenant, campaign_id: str, list_id: str) -> str:
    """Return where the lists are compared at the same penetration; "" of all campaigns together."""
    if campaign_id:
        return reverse("results:campaign_beside", args=[tenant.slug, campaign_id])
    return reverse("results:list_beside", args=[tenant.slug, list_id]) if list_id else ""


def _title(first: ResultSource | None, campaign_id: str, list_id: str) -> str:
    if campaign_id:
        return first.campaign_name if first else campaign_id
    if list_id:
        return first.list_name if first else list_id
    return "All campaigns" if limit_now() is None else "Your campaigns and lists"


@require_POST
@tenant_view(Role.SUPERVISOR, needs=SOURCES)
def recount(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Have the lists of a campaign, or a list, read anew as a whole."""
    found = services.sources_of(
        tenant=tenant, campaign_id=request.POST.get("campaign", ""), list_id=request.POST.get("list", "")
    )
    try:
        count = services.recount_ask(tenant=tenant, sources=found, actor=Actor(request.user))
    except services.ResultsRefused as refused:
        messages.error(request, str(refused))
    else:
        words = "It is" if count == 1 else f"{count} lists are"
        messages.success(request, f"{words} read anew as a whole, as soon as the budget of calls allows.")
    return redirect(back_url(request, reverse("results:whole", kwargs={"slug": tenant.slug})))


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(needs=SOURCES)
def dispositions(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show what dispositions count as, and let a supervisor change it."""
    found = list(dispositions_of(tenant=tenant))
    if request.method == "POST":
        if not request.role.covers(Role.SUPERVISOR):
            raise Http404
        wanted = {each.pk: request.POST[f"group-{each.pk}"] for each in found if f"group-{each.pk}" in request.POST}
        try:
            count = dispositions_group(tenant=tenant, wanted=wanted, actor=Actor(request.user))
        except GroupRefused as refused:
            messages.error(request, str(refused))
        else:
            words = "All were confirmed as they stood." if not count else f"{count} count otherwise from now on."
            messages.success(request, f"{words} All figures are counted by the present groups.")
        return redirect("results:dispositions", slug=tenant.slug)
    changes = GroupChange.objects.filter(disposition__tenant=tenant).select_related("disposition")[:20]
    context = {"dispositions": found, "groups": DispositionGroup, "changes": changes}
    return render(request, "results/dispositions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(needs=SOURCES)
def reading(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show how results are read, list by list, and let an administrator change how."""
    settings = settings_of(tenant)
    form = ReadingForm(request.POST or None, settings=settings)
    if request.method == "POST" and request.role.covers(Role.ADMINISTRATOR) and form.is_valid():
        try:
            services.settings_change(tenant=tenant, actor=Actor(request.user), **form.values())
        except services.ResultsRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The settings are saved.")
            return redirect("results:reading", slug=tenant.slug)
    context = {
        "form": form,
        "settings": settings,
        "sources": services.sources_of(tenant=tenant),
        "recounts": Recount.objects.filter(source__tenant=tenant).select_related("source")[:20],
        "kept_days": services.keep_days(),
    }
    return render(request, "results/reading.html", context)


@require_safe
@tenant_view()
def dictionary(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Say what each figure counts, of what, and what it cannot know."""
    return render(request, "results/dictionary.html", {"figures": FIGURES})
