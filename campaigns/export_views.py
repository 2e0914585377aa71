"""The pages on which the results of campaigns are exported."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from bpadmin.acts import Actor
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import ListBinding
from bpadmin.records.export_order import ExportRefused
from bpadmin.records.export_orders import export_start
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from campaigns.export_forms import ExportForm
from campaigns.services import campaign_read, campaigns_read
from lists.formats import format_fields, format_get


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RESULTS_READ)
def export(request: TenantRequest, tenant: Tenant, campaign_id: str) -> HttpResponse:
    """Say what of one campaign is to be exported, and begin."""
    snapshot = campaign_read(tenant, campaign_id)
    if snapshot.has_value and snapshot.value is None and not snapshot.error:
        raise Http404("The dialler knows no such campaign: it was deleted, or this tenant's user may not see it.")
    campaign = snapshot.value
    bindings = (campaign.lists or ()) if campaign else ()
    form = ExportForm(
        request.POST if request.method == "POST" else None,
        campaigns=(campaign,) if campaign else (),
        bindings=bindings,
        known_fields=_known_fields(tenant, bindings),
        time_zone=tenant.time_zone,
    )
    context = {"campaign_id": campaign_id, "campaign": campaign, "snapshot": snapshot}
    return _answer(request, tenant, form, campaign_id, context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RESULTS_READ)
def export_several(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Say which campaigns are to be exported and what of them, and begin."""
    snapshot = campaigns_read(tenant)
    form = ExportForm(
        request.POST if request.method == "POST" else None,
        campaigns=sorted(snapshot.value or (), key=lambda each: each.name.casefold()),
        bindings=(),
        known_fields=(),
        time_zone=tenant.time_zone,
    )
    return _answer(request, tenant, form, "", {"campaign_id": "", "snapshot": snapshot})


def _answer(
    request: TenantRequest, tenant: Tenant, form: ExportForm, campaign_id: str, context: Mapping[str, object]
) -> HttpResponse:
    """Begin the export that a valid form describes, else show the form."""
    if request.method == "POST" and form.is_valid():
        try:
            job = export_start(tenant=tenant, order=form.order(campaign_id), actor=Actor(request.user))
        except ExportRefused as refused:
            form.add_error(None, list(refused.problems))
        else:
            return redirect("jobs:detail", slug=tenant.slug, job_id=job.pk)
    return render(
        request, "campaigns/exports/order.html", {**context, "form": form, "keep_days": settings.EXPORT_KEEP_DAYS}
    )


def _known_fields(tenant: Tenant, bindings: tuple[ListBinding, ...]) -> list[str]:
    """Name the fields of the lists as far as they are known here, each once; none when those of one are not."""
    formats = [format_fields(format_get(tenant=tenant, list_id=binding.list_id)) for binding in bindings]
    return list(dict.fromkeys(spec.name for fields in formats for spec in fields)) if all(formats) else []
