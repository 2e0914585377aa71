"""The pages on which records of a source are exported, and from which a finished file is fetched."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bpadmin.dialler.types import Actor
from bpadmin.jobs.models import Job
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.sources import Source, SourceColumn
from bpadmin.records.columns import ColumnPlace, RecordColumn, columns_available, columns_chosen, usual_fields
from bpadmin.records.exports.forms import SourceExportForm
from bpadmin.records.exports.options import export_report
from bpadmin.records.exports.order import ExportRefused
from bpadmin.records.exports.services import export_open, export_start, order_keep
from bpadmin.records.kinds import RESULTS_EXPORT
from bpadmin.records.list_link import behind_of
from bpadmin.records.pages.forms import FilterForm
from bpadmin.records.pages.source_page import page_client, source_of_page, trouble
from bpadmin.records.services import platform_of
from bpadmin.storage.troubles import StorageAway
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.downloads import UNREADABLE, FileGone, download_refused, whole_file


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.SOURCES_READ)
def export(request: TenantRequest, tenant: Tenant, source_id: str) -> HttpResponse:
    """Say as what file the records are exported that meet the conditions in the address, and begin."""
    try:
        source = source_of_page(tenant, source_id)
        with page_client(tenant) as client:
            chosen = FilterForm(request.GET, filters=client.source_filters(source_id), time_zone=tenant.time_zone)
            behind = behind_of(tenant=tenant, source=source, client=client)
            known = behind.columns if behind else list(client.source_columns(source_id))
            lacks_attempts = client.lacks_attempts(source_id, chosen.conditions)
            hint = lacks_attempts if client.has_attempts else ""
    except PlatformError as error:
        return trouble(request, error)
    if not chosen.is_valid:
        return redirect(f"{reverse('records:browse', args=[tenant.slug, source_id])}?{request.GET.urlencode()}")
    noun = platform_of(tenant).record_noun
    said = request.POST if request.method == "POST" else None
    form = SourceExportForm(
        said, has_attempts=not lacks_attempts, noun=noun, platform=tenant.platform, time_zone=tenant.time_zone
    )
    if request.method == "POST" and form.is_valid():
        seen = _seen(request, source, known)
        try:
            order = form.order(source, chosen.conditions, seen)
            if "keep" in request.POST:
                return redirect(order_keep(tenant=tenant, order=order, actor=Actor(request.user)))
            job = export_start(tenant=tenant, order=order, actor=Actor(request.user), filters=chosen.filters)
        except ExportRefused as refused:
            form.add_error(None, list(refused.problems))
        else:
            return redirect("jobs:detail", slug=tenant.slug, job_id=job.pk)
    return render(request, "records/exports/order.html", _order_context(request, source, chosen, form, hint))


def _order_context(
    request: TenantRequest, source: Source, chosen: FilterForm, form: SourceExportForm, attempts_hint: str
) -> dict[str, object]:
    return {
        "source": source,
        "form": form,
        "attempts_hint": attempts_hint,
        "told": chosen.told,
        "record_noun": platform_of(request.tenant).record_noun,
        "keep_days": settings.EXPORT_KEEP_DAYS,
        "back_url": f"{reverse('records:browse', args=[request.tenant.slug, source.id])}{chosen.query}",
    }


def _seen(request: TenantRequest, source: Source, known: list[SourceColumn]) -> list[RecordColumn]:
    """Return the columns that the person sees on the source's page."""
    available = columns_available(known, (), has_results=bool(source.instance_id))
    return columns_chosen(
        user=request.user,
        tenant=request.tenant,
        place=ColumnPlace.of(source),
        usual=usual_fields(known, available),
        available=available,
    )


@never_cache
@require_safe
@tenant_view(Role.SUPERVISOR, needs=Capability.SOURCES_READ)
def export_file(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponseBase:
    """Send the finished file."""
    job = get_object_or_404(Job, tenant=tenant, pk=job_id, kind=RESULTS_EXPORT)
    try:
        file = export_open(job=job, actor=Actor(request.user))
    except FileGone as gone:
        return download_refused(request, str(gone), status=410 if job.is_final else 409)
    except StorageAway as away:
        return download_refused(request, f"{away} Try again in a moment.", status=503)
    except OSError:
        return download_refused(request, UNREADABLE, status=503)
    return whole_file(file, name=export_report(job).file_name)


@never_cache
@require_safe
@tenant_view(Role.SUPERVISOR, needs=Capability.SOURCES_READ)
def export_summary(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Send what the file says of itself, for a program or to be kept beside it."""
    job = get_object_or_404(Job, tenant=tenant, pk=job_id, kind=RESULTS_EXPORT)
    result = export_report(job).result
    if not result:
        raise Http404("This export has no file yet.")
    response = JsonResponse(result, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response.headers["Content-Disposition"] = f'attachment; filename="export-{job.pk}.summary.json"'
    return response
