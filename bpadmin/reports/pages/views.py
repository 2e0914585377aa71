"""The pages of reports: what there is, made new, run, sent again, and the files."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.plans.services import when_words
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.records.exports.order import order_facts
from bpadmin.records.exports.presets import Period
from bpadmin.records.services import platform_of
from bpadmin.reports.content import ContentNotUnderstood, Figures, Records, content_of
from bpadmin.reports.deliveries import edition_send
from bpadmin.reports.destinations import destinations_of
from bpadmin.reports.files import edition_open
from bpadmin.reports.making import edition_begin
from bpadmin.reports.models import Destination, Edition, EditionState, Report
from bpadmin.reports.pages.forms import TABLE_WORDS, ReportForm
from bpadmin.reports.services import (
    ReportRefused,
    report_log,
    report_plans,
    report_remove,
    report_save,
    reports_of,
    tables_offered,
)
from bpadmin.results.models import ResultSource
from bpadmin.results.services import sources_of
from bpadmin.storage.troubles import StorageAway
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.downloads import UNREADABLE, FileGone, download_refused, whole_file

NEEDS = Capability.SOURCES_READ
MOST_EDITIONS = 40
MOST_CAMPAIGNS = 500


@require_safe
@tenant_view(needs=NEEDS)
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the reports, each with its last file."""
    rows = []
    for report in reports_of(tenant=tenant):
        last = report.editions.prefetch_related("deliveries").first()
        rows.append((report, _period_words(report), [when_words(plan) for plan in report_plans(report)], last))
    return render(request, "reports/index.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def new(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Make a report of the figures of a campaign, of a list, or of all."""
    said = request.POST if request.method == "POST" else None
    campaign, list_id = request.GET.get("campaign", ""), request.GET.get("list", "")
    about = _figures(tenant, said.get("campaign", campaign) if said is not None else campaign, list_id)
    places = [] if list_id else _places(tenant)
    initial = {"period": Period.YESTERDAY, "format": "xlsx", "campaign": campaign}
    initial["name"] = "" if places else f"Results of {about.title}"
    form = ReportForm(
        said,
        about=about,
        destinations=destinations_of(tenant=tenant),
        tables=tables_offered(tenant),
        places=places,
        initial=initial,
    )
    if said is not None and form.is_valid() and (report := _saved(request, tenant, form, None)):
        return redirect("reports:detail", slug=tenant.slug, pk=report.pk)
    context = {"form": form, "title": "New report", "about": f"Results of {about.title}"}
    return render(request, "reports/form.html", context, status=422 if form.errors else 200)


@require_safe
@tenant_view(needs=NEEDS)
def detail(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Show a report, the plans that make it, and each file with what became of its deliveries."""
    report = _report(tenant, pk)
    editions = report.editions.select_related("job").prefetch_related("deliveries")[:MOST_EDITIONS]
    context = {
        "report": report,
        "facts": _facts(report),
        "plans": [(plan, when_words(plan)) for plan in report_plans(report)],
        "editions": editions,
        "destinations": report.destinations.all(),
    }
    return render(request, "reports/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def edit(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Change a report; what it shows stays."""
    report = _report(tenant, pk)
    about = content_of(report)
    said = request.POST if request.method == "POST" else None
    destinations = destinations_of(tenant=tenant)
    initial = ReportForm.initial_of(report)
    form = ReportForm(said, about=about, destinations=destinations, tables=tables_offered(tenant), initial=initial)
    if said is not None and form.is_valid() and _saved(request, tenant, form, report):
        return redirect("reports:detail", slug=tenant.slug, pk=report.pk)
    context = {"form": form, "title": "Change the report", "about": _about(about), "report": report}
    return render(request, "reports/form.html", context, status=422 if form.errors else 200)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def run(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Make the report now, for the days that now stands for, and have it delivered."""
    report = _report(tenant, pk)
    try:
        edition = edition_begin(report=report, actor=Actor(request.user))
    except ReportRefused as refused:
        messages.error(request, str(refused))
    else:
        if edition.state == EditionState.FAILED:
            messages.error(request, f"It could not be made. {edition.sentence}")
        elif edition.state == EditionState.READY and not edition.is_complete:
            messages.warning(request, f"{edition.file_name} is made and not sent. {edition.sentence}")
        else:
            messages.success(request, f"{edition.file_name}: {edition.sentence}")
    return redirect("reports:detail", slug=tenant.slug, pk=report.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def remove(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Ask, then remove a report."""
    report = _report(tenant, pk)
    if request.method != "POST":
        return render(request, "reports/remove.html", {"report": report})
    try:
        report_remove(report=report, actor=Actor(request.user))
        messages.success(request, f"“{report.name}” is removed.")
    except ReportRefused as refused:
        messages.error(request, str(refused))
        return redirect("reports:detail", slug=tenant.slug, pk=pk)
    return redirect("reports:index", slug=tenant.slug)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def send(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Send a file again: to one place, or to all of its report."""
    edition = _edition(tenant, pk)
    one = request.POST.get("destination", "")
    wanted: list[Destination] | None = None
    if one:
        wanted = list(destinations_of(tenant=tenant).filter(pk=int(one))) if one.isdecimal() and one.isascii() else []
    try:
        made = edition_send(edition=edition, actor=Actor(request.user), destinations=wanted)
        names = ", ".join(each.destination_name for each in made)
        messages.success(request, f"{edition.file_name} goes to {names} within some seconds.")
    except ReportRefused as refused:
        messages.error(request, str(refused))
    return redirect("reports:detail", slug=tenant.slug, pk=edition.report_id)


@never_cache
@require_safe
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def file(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponseBase:
    """Send the file of an edition."""
    edition = _edition(tenant, pk)
    try:
        found = edition_open(edition)
    except FileGone as gone:
        return download_refused(request, str(gone))
    except StorageAway as away:
        return download_refused(request, f"{away} Try again in a moment.", status=503)
    except OSError:
        return download_refused(request, UNREADABLE, status=503)
    report_log(Verb.REPORT_DOWNLOAD, edition.report, Actor(request.user), edition.file_name)
    return whole_file(found, name=edition.file_name)


@never_cache
@require_safe
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def manifest(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Send what the file says of itself: its period, rows and hash."""
    edition = _edition(tenant, pk)
    if not edition.manifest:
        raise Http404("This report has no file yet.")
    response = JsonResponse(edition.manifest, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response.headers["Content-Disposition"] = f'attachment; filename="report-{edition.pk}.manifest.json"'
    return response


def _report(tenant: Tenant, pk: int) -> Report:
    return get_object_or_404(reports_of(tenant=tenant), pk=pk)


def _edition(tenant: Tenant, pk: int) -> Edition:
    found = Edition.objects.select_related("report__tenant", "tenant", "job")
    return get_object_or_404(found, tenant=tenant, pk=pk)


def _saved(
    request: TenantRequest,
    tenant: Tenant,
    form: ReportForm,
    report: Report | None,
) -> Report | None:
    """Keep what was said, or show the refusal in the form."""
    zone = report.time_zone if report else tenant.time_zone
    try:
        kept = report_save(tenant=tenant, wish=form.wish(zone), actor=Actor(request.user), report=report)
    except ReportRefused as refused:
        form.refuse(str(refused), refused.field)
        return None
    except PlatformError as error:
        form.refuse(f"The dialler could not be asked: {error.message}", "")
        return None
    messages.success(request, f"“{kept.name}” is kept.")
    return kept


def _figures(tenant: Tenant, campaign_id: str, list_id: str) -> Figures:
    """Return what a report is to be about, as the address names it. Http404 where nothing is known of it."""
    if not campaign_id and not list_id:
        return Figures()
    found = sources_of(tenant=tenant, campaign_id=campaign_id, list_id=list_id)
    if not found:
        raise Http404("No results of this are known here.")
    first = found[0]
    if campaign_id:
        return Figures(campaign_id=campaign_id, campaign_name=first.campaign_name)
    return Figures(list_id=list_id, list_name=first.list_name)


def _places(tenant: Tenant) -> list[tuple[str, str]]:
    """Return the campaigns of which figures are known, by id and name."""
    found = ResultSource.objects.filter(tenant=tenant).exclude(campaign_id="").order_by("campaign_name")
    return list(dict(found.values_list("campaign_id", "campaign_name")).items())[:MOST_CAMPAIGNS]


def _period_words(report: Report) -> str:
    return str(Period(report.period).label) if report.period else "Whatever their time"


def _about(content: Figures | Records) -> str:
    return f"Results of {content.title}" if isinstance(content, Figures) else f"Records of {content.title}"


def _facts(report: Report) -> list[tuple[str, str]]:
    """Read a report back as pairs of label and words."""
    facts = [
        ("Days", f"{_period_words(report)}, on the clock of {report.time_zone}"),
        ("Name of the file", report.file_name),
    ]
    facts.append(("Kind of file", report.get_format_display()))
    try:
        content = content_of(report)
    except ContentNotUnderstood as error:
        return [("Shows", str(error)), *facts]
    if isinstance(content, Records):
        noun = platform_of(report.tenant).record_noun
        zone = ZoneInfo(report.time_zone)
        left_out = ("File", "Times")
        told = [(label, words) for label, words in order_facts(content.order, zone=zone, noun=noun)]
        return [*[each for each in told if each[0] not in left_out], *facts]
    tables = ", ".join(words for name, words in TABLE_WORDS.items() if name in content.tables) or "All"
    return [("Shows", _about(content)), ("Tables", tables), *facts]
