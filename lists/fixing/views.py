"""The page on which refused rows are corrected; it works as a plain form, and checks each cell while one types."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bpadmin.jobs.models import Job
from bpadmin.platforms.base import Capability
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.uploads.files import UploadRefused
from bpadmin.web.downloads import FileGone
from lists.fixing import services
from lists.fixing.grid import Grid, cells_said, grid_row, page_said, row_number, rows_said
from lists.kinds import LIST_UPLOAD


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def fix(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Show a page of refused rows, or keep what was typed there and do what the pressed button says."""
    job = _job(tenant, job_id)
    try:
        services.rows_open(job=job)
        if request.method == "POST":
            _keep(request, job)
            if "send" in request.POST:
                correction, is_checked = services.rows_send(job=job, owner=request.user)
                name = "lists:upload_check" if is_checked else "lists:upload_map"
                return redirect(name, slug=tenant.slug, job_id=correction.pk)
            return redirect(_here(request, job))
    except (UploadRefused, FileGone) as refused:
        messages.error(request, str(refused))
        name = "lists:fix" if str(refused) == services.NONE_LEFT else "jobs:detail"
        return redirect(name, slug=tenant.slug, job_id=job.pk)
    grid = Grid(job, reason=request.GET.get("reason", ""), number=page_said(request.GET.get("page", "")))
    return render(request, "lists/fixing/fix.html", {"job": job, "grid": grid})


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def fix_row(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Keep what was typed into one row, and show what the list's rules say of it."""
    job = _job(tenant, job_id)
    try:
        services.rows_open(job=job)
    except (UploadRefused, FileGone) as refused:
        return HttpResponse(str(refused), status=409, content_type="text/plain; charset=utf-8")
    _keep(request, job)
    row = grid_row(job, row_number(request.POST))
    if row is None:
        raise Http404("There is no such row.")
    template = "lists/fixing/_row.html" if "whole" in request.POST else "lists/fixing/_verdict.html"
    return render(request, template, {"job": job, "row": row})


def _keep(request: TenantRequest, job: Job) -> None:
    """Keep cells and rows left out, then act on the button that mends cells."""
    data, name = request.POST, request.user.get_username()
    services.cells_say(job=job, cells=cells_said(data), by_name=name)
    dropped, kept = rows_said(data)
    services.rows_drop(job=job, numbers=dropped, is_dropped=True, by_name=name)
    services.rows_drop(job=job, numbers=kept, is_dropped=False, by_name=name)
    if kind := data.get("mend"):
        count = services.kind_mend(job=job, kind=kind, by_name=name)
        messages.success(request, f"{count:,} cell{'' if count == 1 else 's'} written as suggested.")


def _here(request: TenantRequest, job: Job) -> str:
    """Return the address of the page that the form was on, or of the one beside it."""
    number = page_said(request.POST.get("go") or request.POST.get("page", ""))
    query = {"reason": request.POST.get("reason", ""), "page": number}
    return f"{reverse('lists:fix', args=[job.tenant.slug, job.pk])}?{urlencode(query)}"


def _job(tenant: Tenant, job_id: int) -> Job:
    jobs = Job.objects.select_related("tenant", "parent")
    return get_object_or_404(jobs, tenant=tenant, pk=job_id, kind=LIST_UPLOAD)
