"""The pages of sources: what records there are to read, and those that people name by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpadmin.dialler.live import Snapshot
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.records import services
from bpadmin.records.models import NamedSource
from bpadmin.records.named import (
    SourceRefused,
    named_add,
    named_remove,
    named_rename,
    named_source_of,
    named_sources,
)
from bpadmin.records.pages.forms import NamedSourceForm, RenameForm
from bpadmin.records.pages.tables import SourceRow, source_query, source_rows, source_table, source_table_stored
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.tenants.services import tenant_capabilities
from bpadmin.web.htmx import live_response
from bpadmin.web.redirects import back_url
from bpadmin.web.tables import Table


@require_safe
@tenant_view(needs=Capability.SOURCES_READ)
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show everything that records can be read from, by campaign."""
    info = services.platform_of(tenant)
    # What only some tenants of the platform offer is found out here, once a week at most.
    tenant_capabilities(tenant)
    named = [(each, named_source_of(each, info)) for each in named_sources(tenant)]
    query = source_query(request.GET)
    table: Table[Any]
    if services.has_sources_in_catalogue(tenant) and not named:
        snapshot: Snapshot[Any] = services.sources_look(tenant)
        table = source_table_stored(tenant, query)
        rows = [SourceRow(services.source_in(row)) for row in table.page]
    else:
        snapshot = services.sources_read(tenant)
        table = source_table(source_rows(snapshot.value or (), named), query)
        rows = list(table.page)
    return live_response(
        request,
        page="records/index.html",
        fragment="records/_sources.html",
        target="sources",
        what="the sources",
        snapshot=snapshot,
        shows=(
            [(row.source, row.named and (row.named.pk, row.named.name)) for row in rows],
            (table.url, table.found, table.total, snapshot.has_value, snapshot.read, snapshot.error),
        ),
        context={
            "table": table,
            "rows": rows,
            "record_noun": info.record_noun,
            "platform": info.label,
            "can_name": services.can_name_sources(tenant),
            "has_named": bool(named),
        },
    )


@require_POST
@tenant_view(needs=Capability.SOURCES_READ)
def read_again(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Ask for the sources anew at once, and show them."""
    services.sources_forget(tenant=tenant)
    return redirect(back_url(request, reverse("records:index", args=[tenant.slug])))


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.SOURCES_NAMED)
def add(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Name a source that the platform cannot list; it is tried with one read."""
    info = services.platform_of(tenant)
    form = NamedSourceForm(request.POST if request.method == "POST" else None, source_fields=info.source_fields)
    if request.method == "POST" and form.is_valid():
        try:
            named, sentence = named_add(
                tenant=tenant,
                info=info,
                values=form.values(),
                name=form.cleaned_data["name"],
                actor=Actor(request.user),
            )
        except SourceRefused as refused:
            form.add_refusal(refused.field, str(refused))
        else:
            messages.success(request, f"“{named.name}” is kept. {sentence}")
            return redirect("records:browse", slug=tenant.slug, source_id=named.source_id)
    return render(request, "records/add.html", {"form": form, "record_noun": info.record_noun})


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.SOURCES_READ)
def rename(request: TenantRequest, tenant: Tenant, named_id: int) -> HttpResponse:
    """Return a named source another name."""
    named = get_object_or_404(NamedSource, tenant=tenant, pk=named_id)
    form = RenameForm(request.POST if request.method == "POST" else None, initial={"name": named.name})
    if request.method == "POST" and form.is_valid():
        before = named.name
        try:
            named_rename(named=named, name=form.cleaned_data["name"], actor=Actor(request.user))
        except SourceRefused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, f"“{before}” is called “{named.name}” now.")
            return redirect("records:index", slug=tenant.slug)
    return render(request, "records/rename.html", {"form": form, "named": named})


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.SOURCES_READ)
def remove(request: TenantRequest, tenant: Tenant, named_id: int) -> HttpResponse:
    """Ask, and then forget a named source."""
    named = get_object_or_404(NamedSource, tenant=tenant, pk=named_id)
    if request.method == "POST":
        named_remove(named=named, actor=Actor(request.user))
        messages.success(request, f"“{named.name}” is no longer listed here. On the platform nothing has changed.")
        return redirect("records:index", slug=tenant.slug)
    return render(request, "records/remove.html", {"named": named})
