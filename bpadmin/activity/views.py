"""The activity pages: who did what in a tenant, and in the installation; as a file; and whether it is whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from bpadmin.activity.export import log_csv, log_export_record, log_json
from bpadmin.activity.forms import ActivityFilter
from bpadmin.activity.targets import target_url
from bpadmin.audit.models import Outcome
from bpadmin.audit.proof import log_prove
from bpadmin.audit.sealing import INSTALLATION
from bpadmin.audit.services import audit_entries
from bpadmin.dialler.types import Actor
from bpadmin.dialler.undo import undo_offers
from bpadmin.tenants.access import PersonRequest, TenantRequest, person_view, tenant_view
from bpadmin.tenants.limits import limit_now, things_limited
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.refusals import refusal_record
from bpadmin.web.downloads import download

PAGE_SIZE = 50
FILES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


@dataclass(frozen=True, slots=True)
class Log:
    """Whose log a page shows: a tenant's, or the installation's, which holds sign-ins and what belongs to no tenant."""

    tenant: Tenant | None

    @property
    def name(self) -> str:
        """Name whose log it is."""
        return self.tenant.name if self.tenant else "this installation"

    @property
    def time_zone(self) -> str:
        """The clock that its times are shown on."""
        return self.tenant.time_zone if self.tenant else "UTC"

    def url(self, page: str, *arguments: str) -> str:
        """Return the address of one of its pages."""
        if self.tenant is None:
            return reverse(f"activity:{page}", args=arguments)
        return reverse(f"audit:{page}", args=[self.tenant.slug, *arguments])

    @property
    def urls(self) -> dict[str, str]:
        """The addresses that its pages lead to."""
        files = {kind: self.url("export", kind) for kind in FILES}
        return {"index": self.url("index"), "verify": self.url("verify"), **files}


@require_safe
@tenant_view()
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the tenant's log, newest first, narrowed by the query string."""
    return _index(request, Log(tenant))


@require_safe
@tenant_view(Role.SUPERVISOR)
def export(request: TenantRequest, tenant: Tenant, kind: str) -> HttpResponseBase:
    """Send what the filter finds as a file."""
    return _export(request, Log(tenant), kind)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR)
def verify(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Go through the tenant's whole log and say whether it is whole."""
    return _verify(request, Log(tenant))


@require_safe
@person_view
def installation_index(request: PersonRequest) -> HttpResponse:
    """Show sign-ins and what else belongs to no tenant."""
    _operator(request)
    return _index(request, Log(None))


@require_safe
@person_view
def installation_export(request: PersonRequest, kind: str) -> HttpResponseBase:
    """Send what the filter finds as a file."""
    _operator(request)
    return _export(request, Log(None), kind)


@require_http_methods(["GET", "HEAD", "POST"])
@person_view
def installation_verify(request: PersonRequest) -> HttpResponse:
    """Go through the installation's whole log and say whether it is whole."""
    _operator(request)
    return _verify(request, Log(None))


def _operator(request: HttpRequest) -> None:
    if not request.user.is_superuser:
        words = "Only a superuser sees the log of the whole installation."
        refusal_record(request, words)
        raise PermissionDenied(words)


def _index(request: HttpRequest, log: Log) -> HttpResponse:
    form = ActivityFilter(request.GET, tenant=log.tenant)
    filters = form.filters()
    entries = audit_entries(tenant=log.tenant, **filters)
    if log.tenant is not None:
        entries = things_limited(entries, log.tenant)
    page = Paginator(entries, PAGE_SIZE).get_page(request.GET.get("page"))
    acts = [entry.act for entry in page if entry.act is not None and entry.outcome == Outcome.DONE]
    offers = undo_offers(tenant=log.tenant, numbers=acts) if log.tenant else {}
    rows = [(entry, target_url(log.tenant, entry), offers.get(entry.act or 0)) for entry in page]
    context = {"form": form, "page": page, "rows": rows, "is_filtered": bool(filters), "log": log}
    # What an entry says beside the name of its own thing may name others.
    context["is_limited"] = limit_now() is not None
    said = {name: value for name, value in request.GET.items() if name in form.fields and value}
    return render(request, "audit/index.html", {**context, "query": urlencode(said)})


def _export(request: Any, log: Log, kind: str) -> HttpResponseBase:
    if kind not in FILES:
        raise Http404("The log comes as csv or jsonl.")
    filters = ActivityFilter(request.GET, tenant=log.tenant).filters()
    entries = audit_entries(tenant=log.tenant, every=kind == "jsonl", **filters)
    log_export_record(tenant=log.tenant, actor=Actor(request.user), kind=kind, filters=filters)
    make = partial(log_csv, entries, time_zone=log.time_zone) if kind == "csv" else partial(log_json, entries)
    name = f"activity {log.tenant.slug if log.tenant else 'installation'} {timezone.now():%Y-%m-%d}.{kind}"
    return download(request, make, name=name, content_type=FILES[kind])


def _verify(request: HttpRequest, log: Log) -> HttpResponse:
    context: dict[str, Any] = {"log": log}
    if request.method == "POST":
        context["proof"] = log_prove(chain=log.tenant.pk if log.tenant else INSTALLATION)
    return render(request, "audit/verify.html", context)
