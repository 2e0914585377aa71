"""What became of a list's uploads, as a part of its page and as a page of its own."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bpadmin.platforms.base import Capability
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Tenant
from lists.reached.services import uploads_reached


@require_safe
@tenant_view(needs=Capability.LISTS_READ)
def reached(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Show of each of the newest uploads how many of its rows were dialled and reached since."""
    found = uploads_reached(tenant=tenant, list_id=list_id)
    name = next((each.job.target_name for each in found), list_id)
    is_open = any(not each.is_whole and not each.trouble for each in found)
    context = {"list_id": list_id, "list_name": name, "uploads": found, "is_open": is_open}
    template = "_reached.html" if request.htmx.target == "reached" else "reached.html"
    return render(request, f"lists/reached/{template}", context)
