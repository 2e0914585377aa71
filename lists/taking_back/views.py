"""The pages on which an import is taken back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import partial
from pathlib import PurePath

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpadmin.dialler.types import Actor
from bpadmin.jobs.models import Job
from bpadmin.jobs.services import IllegalMove, rejects_download_record
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.downloads import download
from bpadmin.web.messages import tell
from lists.kinds import LIST_TAKE_BACK, LIST_UPLOAD
from lists.taking_back.services import (
    TakeBackRefused,
    take_back_ask,
    take_back_begin,
    take_back_refusal,
    take_back_rows,
)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR)
def ask(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Say what taking an upload back does, and have its rows counted."""
    upload = get_object_or_404(Job.objects.select_related("tenant"), tenant=tenant, pk=job_id, kind=LIST_UPLOAD)
    why = take_back_refusal(upload)
    if request.method == "POST" and not why:
        try:
            job = take_back_ask(upload=upload, actor=Actor(request.user))
        except TakeBackRefused as refused:
            messages.error(request, str(refused))
            return redirect("jobs:detail", slug=tenant.slug, job_id=upload.pk)
        return redirect("jobs:detail", slug=tenant.slug, job_id=job.pk)
    return render(request, "lists/taking_back/ask.html", {"upload": upload, "why": why})


@require_POST
@tenant_view(Role.SUPERVISOR)
def go(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Take the yes to what was counted."""
    job = _take_back(tenant, job_id)
    try:
        _, acts = take_back_begin(job=job, actor=Actor(request.user), disables=request.POST.get("disables") == "1")
    except (TakeBackRefused, IllegalMove, PlatformError) as refused:
        messages.error(request, str(refused))
    else:
        for act in acts:
            tell(request, act)
    return redirect("jobs:detail", slug=tenant.slug, job_id=job_id)


@require_safe
@tenant_view(Role.SUPERVISOR)
def rows(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponseBase:
    """Send all rows of the upload with what became of each."""
    job = _take_back(tenant, job_id)
    rejects_download_record(job=job, actor=request.user, which="every row with what became of it")
    name = f"{PurePath(job.file_name).stem or 'upload'} - taken back by job {job.pk}.csv"
    return download(request, partial(_lines, job), name=name, content_type="text/csv; charset=utf-8")


def _lines(job: Job) -> Iterator[bytes]:
    yield b"\xef\xbb\xbfrow,state,reason\r\n"
    for row, state in take_back_rows(job):
        line = io.StringIO()
        csv.writer(line).writerow([row, state.words, state.reason])
        yield line.getvalue().encode()


def _take_back(tenant: Tenant, job_id: int) -> Job:
    jobs = Job.objects.select_related("tenant", "take_back")
    return get_object_or_404(jobs, tenant=tenant, pk=job_id, kind=LIST_TAKE_BACK)
