"""The activity page: who did what in a tenant."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bpadmin.audit.forms import ActivityFilter
from bpadmin.audit.services import audit_entries
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Tenant

PAGE_SIZE = 50


@require_safe
@tenant_view()
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the tenant's log, newest first, narrowed by the query string."""
    form = ActivityFilter(request.GET, tenant=tenant)
    filters = form.filters()
    page = Paginator(audit_entries(tenant=tenant, **filters), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "audit/index.html", {"form": form, "page": page, "is_filtered": bool(filters)})
