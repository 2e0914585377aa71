"""The file of all rows of a job that asks something of many records."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from bpadmin.dialler.types import Actor
from bpadmin.jobs.services import IllegalMove, rejects_download_record
from bpadmin.records.many.rows import rows_told
from bpadmin.records.many.services import many_go
from bpadmin.records.models import ManyRows
from bpadmin.tabular.formula import guard
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.downloads import download

AT_ONCE = 500
EVERY_ROW = "every row with what became of it"


@require_safe
@tenant_view(Role.SUPERVISOR)
def rows(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponseBase:
    """Send every row with what became of it."""
    found = get_object_or_404(ManyRows.objects.select_related("job__tenant"), job__tenant=tenant, job=job_id)
    rejects_download_record(job=found.job, actor=request.user, which=EVERY_ROW)
    name = f"rows of job {job_id}.csv"
    return download(request, partial(_lines, found), name=name, content_type="text/csv; charset=utf-8")


@require_POST
@tenant_view(Role.SUPERVISOR)
def go(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Say yes to what a filter has found."""
    found = get_object_or_404(ManyRows.objects.select_related("job__tenant"), job__tenant=tenant, job=job_id)
    try:
        many_go(job=found.job, actor=Actor(request.user))
    except IllegalMove as refused:
        messages.error(request, str(refused))
    return redirect("jobs:detail", slug=tenant.slug, job_id=job_id)


def _lines(found: ManyRows) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(("row", "key", "outcome", "message", "act"))
    yield "\ufeff".encode()
    for at, row in enumerate(rows_told(found)):
        writer.writerow((row.number, guard(row.key), row.fate.words, guard(row.sentence), row.act or ""))
        if at % AT_ONCE == AT_ONCE - 1:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    data = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return data
