"""The pages that browse the records of a source, in columns that each person chooses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from bpadmin.platforms.base import Capability
from bpadmin.platforms.client import PlatformClient
from bpadmin.platforms.errors import Invalid, PlatformError
from bpadmin.platforms.source_reader import record_id_of
from bpadmin.platforms.sources import Source, SourceColumn
from bpadmin.platforms.types import Page, Record
from bpadmin.records.browse import PAGE_SIZE, BrowseQuery, browse_read
from bpadmin.records.columns import (
    ColumnPlace,
    columns_available,
    columns_choose,
    columns_chosen,
    columns_grouped,
    usual_fields,
)
from bpadmin.records.list_link import Behind, behind_of
from bpadmin.records.pages.forms import FilterForm
from bpadmin.records.pages.rows import record_row
from bpadmin.records.pages.source_page import page_client, source_of_page, trouble
from bpadmin.records.saved import ViewRefused, view_conditions, views_of
from bpadmin.records.services import platform_of
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Tenant
from bpadmin.web.redirects import back_url

NOTHING: Page[Record] = Page(())


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a page: the records, or why there are none."""

    page: Page[Record] = NOTHING
    refusal: str = ""
    is_place_gone: bool = False


@require_safe
@tenant_view(needs=Capability.SOURCES_READ)
def browse(request: TenantRequest, tenant: Tenant, source_id: str) -> HttpResponse:
    """Show one page of a source's records; the platform's cursor leads to the next."""
    try:
        source = source_of_page(tenant, source_id)
        with page_client(tenant) as client:
            form = FilterForm(request.GET, filters=client.source_filters(source_id), time_zone=tenant.time_zone)
            if (changed := form.changed(request.GET)) is not None:
                return redirect(f"{request.path}{changed}")
            behind = behind_of(tenant=tenant, source=source, client=client)
            known = behind.columns if behind else list(client.source_columns(source_id))
            reading = _read(client, source_id, form, request.GET.get("cursor", ""))
            has_attempts = not client.lacks_attempts(source_id, form.conditions)
    except PlatformError as error:
        return trouble(request, error)
    context = {
        "source": source,
        "form": form,
        "behind": behind,
        "tabs": behind.tabs(source) if behind else [],
        "has_attempts": has_attempts,
        "record_noun": platform_of(tenant).record_noun,
        "takes_requests": source.takes_requests,
        "reading": reading,
        **_views_context(request, source, form),
        **_paging_context(request, reading.page),
        **_table_context(request, source, behind, known, reading.page),
    }
    return render(request, "records/browse.html", context)


def _read(client: PlatformClient, source_id: str, form: FilterForm, cursor: str) -> Reading:
    """Read a page. A refused cursor is one of another view, or of records long gone; else the filter is refused."""
    if not form.is_valid:
        return Reading()
    query = BrowseQuery(form.conditions, form.with_history, cursor)
    try:
        return Reading(browse_read(client=client, source_id=source_id, query=query))
    except Invalid as error:
        return Reading(is_place_gone=True) if cursor else Reading(refusal=error.message)


def _table_context(
    request: TenantRequest,
    source: Source,
    behind: Behind | None,
    known: list[SourceColumn],
    page: Page[Record],
) -> dict[str, Any]:
    available = columns_available(known, page.items)
    columns = columns_chosen(
        user=request.user,
        tenant=request.tenant,
        place=ColumnPlace.of(source),
        usual=usual_fields(known, available),
        available=available,
    )
    base = reverse("records:record", args=[request.tenant.slug, source.id])
    query = request.GET.copy()
    rows = []
    for record in page.items:
        query["id"] = record_id_of(record)
        rows.append(record_row(record, columns, f"{base}?{query.urlencode()}"))
    return {"columns": columns, "column_groups": columns_grouped(available, columns), "rows": rows}


def _paging_context(request: TenantRequest, page: Page[Record]) -> dict[str, Any]:
    number = _page_number(request)
    first = (number - 1) * PAGE_SIZE + 1
    return {
        "number": number,
        "first": first,
        "last": first + len(page.items) - 1,
        "is_start": not request.GET.get("cursor"),
        "start_url": _url(request, cursor="", page=""),
        "next_url": _url(request, cursor=page.next_cursor, page=str(number + 1)) if page.next_cursor else "",
    }


def _page_number(request: TenantRequest) -> int:
    """Return how many pages on we are; it only counts what was walked, so the start is always 1."""
    said = request.GET.get("page", "")
    return int(said) if request.GET.get("cursor") and said.isascii() and said.isdecimal() and len(said) < 7 else 1


def _url(request: TenantRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _views_context(request: TenantRequest, source: Source, form: FilterForm) -> dict[str, Any]:
    """Return the saved views as (view, address, whether it is what is shown, whether this person may change it)."""
    views = []
    current = None
    for view in views_of(tenant=request.tenant, user=request.user, source_id=source.id):
        try:
            conditions = view_conditions(view)
        except ViewRefused as refused:
            messages.warning(request, str(refused))
            continue
        is_current = form.is_valid and bool(conditions) and tuple(conditions) == form.conditions
        views.append((view, f"{request.path}{form.query_of(conditions, **form.more)}", is_current))
        current = view if is_current else current
    return {"views": views, "current_view": current, "plain_url": f"{request.path}{_query(form.more)}"}


def _query(more: dict[str, str]) -> str:
    return f"?{urlencode(more)}" if more else ""


@require_POST
@tenant_view(needs=Capability.SOURCES_READ)
def columns(request: TenantRequest, tenant: Tenant, source_id: str) -> HttpResponse:
    """Remember the columns that this person wants to see of the source's records."""
    try:
        source = source_of_page(tenant, source_id)
    except PlatformError as error:
        return trouble(request, error)
    keys = [] if "usual" in request.POST else request.POST.getlist("column")
    columns_choose(user=request.user, tenant=tenant, place=ColumnPlace.of(source), keys=keys)
    return redirect(back_url(request, reverse("records:browse", args=[tenant.slug, source_id])))
