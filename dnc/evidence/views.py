"""The pages that prove: which campaigns are protected, and everything that was done."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.downloads import download
from bpadmin.web.htmx import live_response
from bpadmin.web.server.gate import takes_files
from dnc.entries.expiry import tenant_today
from dnc.evidence.export import chain_prove, evidence_download_record, evidence_export, log_prove
from dnc.forms import LogForm, PeriodForm
from dnc.lists.coverage import coverage_page, coverage_query
from dnc.lists.sync import dnc_lists_read
from dnc.models import DncChange

PER_PAGE = 50
FIRST_DAYS = 30
LONGEST_LINE = 1 << 20  # bytes of a signed log that are read at once
FILES = {"csv": ("text/csv; charset=utf-8", "csv"), "log": ("application/x-ndjson", "jsonl")}


@require_safe
@tenant_view(needs=Capability.DNC_WRITE)
def coverage(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show campaigns against lists, with the gaps."""
    snapshot = dnc_lists_read(tenant=tenant)
    page = coverage_page(tenant=tenant, query=coverage_query(request.GET))
    return live_response(
        request,
        page="dnc/lists/coverage.html",
        fragment="dnc/lists/_coverage.html",
        target="coverage",
        what="the campaigns",
        snapshot=snapshot,
        shows=(
            (page.rows, [each.name for each in page.lists], page.table.url, page.table.total, page.gaps),
            (snapshot.has_value, snapshot.read, snapshot.error),
        ),
        context={"coverage": page, "table": page.table},
    )


@require_safe
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def evidence(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show what was done in a period, with its downloads."""
    today = tenant_today(tenant)
    first = {"since": (today - timedelta(days=FIRST_DAYS)).isoformat(), "until": today.isoformat()}
    form = PeriodForm({**first, **{name: request.GET[name] for name in first if name in request.GET}})
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        since, until = _period(tenant, form)
        changes = DncChange.objects.filter(tenant=tenant, at__gte=since, at__lt=until).order_by("-number")
        context["page"] = Paginator(changes, PER_PAGE).get_page(request.GET.get("page"))
        context["query"] = urlencode({name: form.cleaned_data[name].isoformat() for name in first})
    return render(request, "dnc/evidence/evidence.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
@takes_files
def evidence_check(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Go through the whole chain, or through a log that was downloaded before, and say whether it is whole."""
    form = LogForm(request.POST, request.FILES) if request.method == "POST" else LogForm()
    context: dict[str, Any] = {"form": form}
    if request.method != "POST":
        context["chain"] = chain_prove(tenant=tenant)
    elif form.is_valid():
        file = form.cleaned_data["file"]
        lines = iter(partial(file.readline, LONGEST_LINE), b"")
        context |= {"log": log_prove(tenant=tenant, lines=lines), "file_name": file.name}
    return render(request, "dnc/evidence/check.html", context)


@require_safe
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def evidence_file(request: TenantRequest, tenant: Tenant, kind: str) -> HttpResponseBase:
    """Send the CSV or the signed log of a period."""
    form = PeriodForm(request.GET)
    if kind not in FILES or not form.is_valid():
        raise Http404("There is no such file: choose the days on the evidence page.")
    since, until = _period(tenant, form)
    export = evidence_export(tenant=tenant, since=since, until=until)
    evidence_download_record(tenant=tenant, actor=Actor(request.user), kind=kind, since=since, until=until)
    content_type, ending = FILES[kind]
    lines = export.csv if kind == "csv" else export.log
    said = form.cleaned_data
    name = f"do-not-call {tenant.slug} {said['since']} to {said['until']}.{ending}"
    return download(request, lambda: lines, name=name, content_type=content_type)


def _period(tenant: Tenant, form: PeriodForm) -> tuple[datetime, datetime]:
    """Return the moments at which the days begin and end in the tenant's time zone."""
    zone = ZoneInfo(tenant.time_zone)
    since, until = form.cleaned_data["since"], form.cleaned_data["until"] + timedelta(days=1)
    return datetime.combine(since, time(), zone), datetime.combine(until, time(), zone)
