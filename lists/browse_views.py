"""The pages that browse the records of a list instance, in columns that each person chooses."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from bpadmin.back import back_url
from bpadmin.platforms.base import Capability
from bpadmin.platforms.client import PlatformClient
from bpadmin.platforms.errors import Invalid, PlatformError
from bpadmin.platforms.types import CallingList, ListUse, Page, Record
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Tenant
from lists.browse import PAGE_SIZE, BrowseQuery, browse_read
from lists.columns import columns_available, columns_choose, columns_chosen
from lists.record_fields import RecordFields, record_fields_learn
from lists.record_forms import BrowseForm
from lists.record_views import list_of_page, page_client, record_row, trouble
from lists.records import use_places


@require_safe
@tenant_view(needs=Capability.SOURCES_READ)
def browse(request: TenantRequest, tenant: Tenant, list_id: str, campaign_id: str, instance_id: str) -> HttpResponse:
    """Show one page of an instance's records; the platform's cursor leads to the next."""
    form = BrowseForm(request.GET, time_zone=tenant.time_zone)
    query = form.query(request.GET.get("cursor", "")) if form.is_valid() else None
    try:
        found = list_of_page(tenant, list_id)
        with page_client(tenant) as client:
            places = use_places(client, found.campaigns or ())
            wanted = (campaign_id, instance_id)
            use = next((use for use, _ in places if (use.campaign_id, use.instance_id) == wanted), None)
            if use is None:
                raise Http404("This list is not bound to that campaign any more.")
            fields = record_fields_learn(tenant=tenant, list_id=list_id, client=client, calling_list=found)
            page = _read(client, use, query) if query else Page(())
    except PlatformError as error:
        return trouble(request, list_id, error)
    context = {"form": form, "places": places, "use": use, "is_refused": page is None}
    shown = _context(request, tenant, found, fields, page or Page(()))
    return render(request, "lists/records/browse.html", {**context, **shown})


def _read(client: PlatformClient, use: ListUse, query: BrowseQuery) -> Page[Record] | None:
    """Read a page; None when the platform refuses the cursor: it is of another view, or of records long gone."""
    try:
        return browse_read(client=client, use=use, query=query)
    except Invalid:
        if not query.cursor:
            raise
        return None


def _context(
    request: TenantRequest, tenant: Tenant, found: CallingList, fields: RecordFields, page: Page[Record]
) -> dict[str, Any]:
    available = columns_available(fields, page.items)
    columns = columns_chosen(user=request.user, tenant=tenant, list_id=found.id, fields=fields, available=available)
    number = _page_number(request)
    first = (number - 1) * PAGE_SIZE + 1
    return {
        "list": found,
        "list_id": found.id,
        "fields": fields,
        "columns": columns,
        "available": [(column, column in columns) for column in available],
        "rows": [record_row(record, columns, fields) for record in page.items],
        "first": first,
        "last": first + len(page.items) - 1,
        "is_start": not request.GET.get("cursor"),
        "start_url": _url(request, cursor="", page=""),
        "next_url": _url(request, cursor=page.next_cursor, page=str(number + 1)) if page.next_cursor else "",
        "switch": _url(request, cursor="", page=""),
    }


def _page_number(request: TenantRequest) -> int:
    """Give how many pages on we are; it only counts what was walked, so the start is always 1."""
    said = request.GET.get("page", "")
    return int(said) if request.GET.get("cursor") and said.isascii() and said.isdecimal() and len(said) < 7 else 1


def _url(request: TenantRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


@require_POST
@tenant_view(needs=Capability.SOURCES_READ)
def columns(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Remember the columns that this person wants to see of the list."""
    keys = [] if "usual" in request.POST else request.POST.getlist("column")
    columns_choose(user=request.user, tenant=tenant, list_id=list_id, keys=keys)
    return redirect(back_url(request, reverse("lists:detail", args=[tenant.slug, list_id])))
