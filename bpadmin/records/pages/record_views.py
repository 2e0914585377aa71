"""The page of one record, with every member and every attempt."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import Invalid, NotFound, PlatformError
from bpadmin.platforms.sources import Source
from bpadmin.platforms.types import Record
from bpadmin.records.browse import PAGE_SIZE
from bpadmin.records.fields import fields_grouped
from bpadmin.records.list_link import Behind, behind_of
from bpadmin.records.pages.forms import FilterForm
from bpadmin.records.pages.source_page import page_client, source_of_page, trouble
from bpadmin.records.services import platform_of
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Tenant

SEARCHED = "q"


@require_safe
@tenant_view(needs=Capability.SOURCES_READ)
def record(request: TenantRequest, tenant: Tenant, source_id: str) -> HttpResponse:
    """Show one record of a source; filters and cursor in the address name the page on which it was seen."""
    record_id = request.GET.get("id", "")
    if not record_id:
        return redirect("records:browse", slug=tenant.slug, source_id=source_id)
    try:
        source = source_of_page(tenant, source_id)
        with page_client(tenant) as client:
            form = FilterForm(request.GET, filters=client.source_filters(source_id), time_zone=tenant.time_zone)
            behind = behind_of(tenant=tenant, source=source, client=client)
            known = behind.columns if behind else client.source_columns(source_id)
            cursor = request.GET.get("cursor", "")
            try:
                found = client.source_record(
                    source_id, record_id, conditions=form.conditions, limit=PAGE_SIZE, cursor=cursor
                )
            except (NotFound, Invalid) as error:
                return _missing(request, source, error)
    except PlatformError as error:
        return trouble(request, error)
    searched = request.GET.get(SEARCHED, "").strip()[:200]
    context = {
        **_context(request, source, found, behind),
        "groups": fields_grouped(found.entry, known, searched=searched),
        "searched": searched,
        "carried": [(name, value) for name, values in request.GET.lists() for value in values if name != SEARCHED],
    }
    return render(request, "records/record.html", context)


def _context(request: TenantRequest, source: Source, found: Record, behind: Behind | None) -> dict[str, Any]:
    attempts = sorted(
        enumerate(found.attempts or ()),
        key=lambda pair: (pair[1].date is not None, pair[1].date and pair[1].date.timestamp(), pair[0]),
        reverse=True,
    )
    noun = platform_of(request.tenant).record_noun
    return {
        "source": source,
        "record": found,
        "record_noun": noun,
        "title": found.id or _title(found, behind),
        "behind": behind,
        "list_url": behind.record_url(found) if behind else "",
        "recall_url": _recall_url(request, source, found),
        "timeline": [({"place": source.title}, attempt) for _, attempt in attempts],
        "has_timeline": found.attempts is not None,
        "back_url": _back_url(request, source),
    }


def _recall_url(request: TenantRequest, source: Source, found: Record) -> str:
    """Return the page that puts this request back into dialling and leads back here, "" where there is none."""
    if not source.takes_requests or not found.id:
        return ""
    query = urlencode({"id": found.id, "next": request.get_full_path()})
    return f"{reverse('records:request_recall', args=[request.tenant.slug, source.id])}?{query}"


def _title(found: Record, behind: Behind | None) -> str:
    """Name a record that has no id of the platform's: by its key, else by the first value it has."""
    names = behind.key_names if behind else ()
    values = [str(found.entry[name]) for name in names if found.entry.get(name) not in (None, "")]
    values = values or [str(value) for value in found.entry.values() if isinstance(value, str | int) and value][:1]
    return " ".join(values)


def _back_url(request: TenantRequest, source: Source) -> str:
    """Return the page of records on which this one was seen."""
    query = request.GET.copy()
    for name in ("id", SEARCHED):
        query.pop(name, None)
    url = reverse("records:browse", args=[request.tenant.slug, source.id])
    return f"{url}?{query.urlencode()}" if query else url


def _missing(request: TenantRequest, source: Source, error: PlatformError) -> HttpResponse:
    context = {
        "source": source,
        "message": error.message,
        "back_url": reverse("records:browse", args=[request.tenant.slug, source.id]),
    }
    return render(request, "records/missing.html", context, status=404)
