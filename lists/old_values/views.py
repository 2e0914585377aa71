"""The file of old values, and the button that puts them back."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from bpadmin.jobs.models import Job
from bpadmin.jobs.services import IllegalMove, rejects_download_record
from bpadmin.platforms.base import Capability
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.uploads.files import UploadRefused
from bpadmin.web.downloads import download
from lists.old_values.restore import old_values_restore
from lists.old_values.services import OldValuesRefused, old_values_lines, old_values_of


@require_safe
@tenant_view(Role.SUPERVISOR, needs=Capability.LISTS_READ)
def file(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponseBase:
    """Send the old values that a job has kept."""
    job = _job(tenant, job_id)
    old = old_values_of(job)
    if old is None or not old.is_done or old.is_gone:
        raise Http404("The old values of this job are not kept, or not any more.")
    rejects_download_record(job=job, actor=request.user, which="the old values")
    name = f"old values of job {job.pk}.csv"
    return download(request, partial(old_values_lines, old), name=name, content_type="text/csv; charset=utf-8")


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def put_back(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Make the old values an upload, and lead to its check."""
    job = _job(tenant, job_id)
    try:
        made = old_values_restore(job=job, owner=request.user)
    except (OldValuesRefused, UploadRefused, IllegalMove) as refused:
        messages.error(request, str(refused))
        return redirect("jobs:detail", slug=tenant.slug, job_id=job.pk)
    return redirect("lists:upload_check", slug=tenant.slug, job_id=made.pk)


def _job(tenant: Tenant, job_id: int) -> Job:
    return get_object_or_404(Job.objects.select_related("tenant"), tenant=tenant, pk=job_id)
