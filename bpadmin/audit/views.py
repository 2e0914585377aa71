"""The activity page: who did what in a tenant."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from bpadmin.audit.forms import ActivityFilter
from bpadmin.audit.models import AuditEntry
from bpadmin.audit.services import audit_entries
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Tenant

PAGE_SIZE = 50
TARGET_PAGES = {
    "campaign": "campaigns:detail",
    "list": "lists:detail",
    "dnc": "dnc:by_id",
    "job": "jobs:detail",
    "source": "records:browse",
}


@require_safe
@tenant_view()
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the tenant's log, newest first, narrowed by the query string."""
    form = ActivityFilter(request.GET, tenant=tenant)
    filters = form.filters()
    page = Paginator(audit_entries(tenant=tenant, **filters), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(entry, target_url(tenant, entry)) for entry in page]
    return render(request, "audit/index.html", {"form": form, "page": page, "rows": rows, "is_filtered": bool(filters)})


def target_url(tenant: Tenant, entry: AuditEntry) -> str:
    """Give the address of what an entry is about, "" where it has no page of its own."""
    try:
        return reverse(TARGET_PAGES[entry.target_kind], args=[tenant.slug, entry.target_id])
    except (KeyError, NoReverseMatch):
        return ""
