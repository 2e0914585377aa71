"""The first page of a tenant."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.results.home.services import home_of
from bpadmin.results.pages.shared import snapshot_of
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.landing import first_page
from bpadmin.tenants.models import Tenant
from bpadmin.web.htmx import live_response

NEEDS_PER_PAGE = 12


@require_safe
@tenant_view()
def home(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show what runs, how far it is, what comes of it, and what needs a person."""
    if Capability.SOURCES_READ not in capabilities_known(tenant):
        return redirect(first_page(tenant), slug=tenant.slug)
    shown = home_of(tenant=tenant)
    needs = [each for each in shown.needs if request.role.covers(each.role)]
    page = Paginator(needs, NEEDS_PER_PAGE).get_page(request.GET.get("needs"))
    return live_response(
        request,
        page="results/home.html",
        fragment="results/_home.html",
        target="home",
        what="this page",
        snapshot=shown.snapshot or snapshot_of(shown),
        shows=(
            [(each.id, each.name, each.figures) for each in shown.running],
            (page.number, needs, shown.stopped, shown.is_covered, shown.known.until),
            (shown.today.calls, shown.today.by_group),
            [(job.pk, job.state, job.accounted) for job in shown.jobs],
            shown.snapshot and (shown.snapshot.has_value, shown.snapshot.error),
        ),
        context={"home": shown, "needs": page, "platform": REGISTRY[tenant.platform].label},
    )
