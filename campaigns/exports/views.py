"""The pages on which the results of campaigns are exported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from bpadmin.dialler.catalogue import campaign_read, campaigns_read
from bpadmin.dialler.extensions import list_fields
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import ListBinding
from bpadmin.records.exports.order import ExportRefused
from bpadmin.records.exports.presets import Preset, PresetRefused, preset_delete, preset_keep, presets_of
from bpadmin.records.exports.services import export_start, order_keep
from bpadmin.records.models import ExportPreset
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from campaigns.exports.forms import ALL_FIELDS, ExportForm, preset_initial


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RESULTS_READ)
def export(request: TenantRequest, tenant: Tenant, campaign_id: str) -> HttpResponse:
    """Say what of one campaign is to be exported, and begin."""
    snapshot = campaign_read(tenant, campaign_id)
    if snapshot.has_value and snapshot.value is None and not snapshot.error:
        raise Http404("The dialler knows no such campaign: it was deleted, or this tenant's user may not see it.")
    campaign = snapshot.value
    bindings = (campaign.lists or ()) if campaign else ()
    initial = _preset(request, tenant)
    form = ExportForm(
        request.POST if request.method == "POST" else None,
        campaigns=(campaign,) if campaign else (),
        bindings=bindings,
        known_fields=_with_preset(_known_fields(tenant, bindings), initial),
        time_zone=tenant.time_zone,
        initial=initial,
    )
    context = {"campaign_id": campaign_id, "campaign": campaign, "snapshot": snapshot}
    return _answer(request, tenant, form, campaign_id, context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RESULTS_READ)
def export_several(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Say which campaigns are to be exported and what of them, and begin."""
    snapshot = campaigns_read(tenant)
    initial = _preset(request, tenant)
    form = ExportForm(
        request.POST if request.method == "POST" else None,
        campaigns=sorted(snapshot.value or (), key=lambda each: each.name.casefold()),
        bindings=(),
        known_fields=_with_preset([], initial),
        time_zone=tenant.time_zone,
        initial=initial,
    )
    return _answer(request, tenant, form, "", {"campaign_id": "", "snapshot": snapshot})


def _answer(
    request: TenantRequest, tenant: Tenant, form: ExportForm, campaign_id: str, context: Mapping[str, object]
) -> HttpResponse:
    """Begin the export that a valid form describes, else show the form."""
    if request.method == "POST" and form.is_valid():
        try:
            order, said = form.order(campaign_id), form.cleaned_data
            if "keep" in request.POST:
                return redirect(order_keep(tenant=tenant, order=order, actor=Actor(request.user)))
            job = export_start(tenant=tenant, order=order, actor=Actor(request.user))
            if said["preset_name"] and request.limit is None:
                kept = Preset.of(order, period=said["period"])
                preset_keep(tenant=tenant, name=said["preset_name"], preset=kept, by_name=request.user.get_username())
        except (ExportRefused, PresetRefused) as refused:
            form.add_error(None, list(getattr(refused, "problems", [str(refused)])))
        else:
            return redirect("jobs:detail", slug=tenant.slug, job_id=job.pk)
    more = {"form": form, "keep_days": settings.EXPORT_KEEP_DAYS, "presets": _presets(request, tenant)}
    return render(request, "campaigns/exports/order.html", {**context, **more, "preset": _said(request)})


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.RESULTS_READ)
def preset_forget(request: TenantRequest, tenant: Tenant, preset_id: int) -> HttpResponse:
    """Delete an export preset."""
    preset = get_object_or_404(ExportPreset, tenant=tenant, pk=preset_id)
    preset_delete(preset=preset, by_name=request.user.get_username())
    messages.success(request, f"The export preset “{preset.name}” is deleted.")
    return redirect("campaigns:export_several", slug=tenant.slug)


def _said(request: TenantRequest) -> str:
    said = request.POST if request.method == "POST" else request.GET
    return said.get("preset", "")


def _presets(request: TenantRequest, tenant: Tenant) -> list[ExportPreset]:
    """Return the presets to choose from: none for somebody whose role is limited, since they may name any campaign."""
    return list(presets_of(tenant=tenant)) if request.limit is None else []


def _preset(request: TenantRequest, tenant: Tenant) -> dict[str, Any]:
    """Return what the chosen preset says, {} where none was chosen or it is gone."""
    kept = next((each for each in _presets(request, tenant) if str(each.pk) == _said(request)), None)
    try:
        return preset_initial(Preset.from_json(kept.content)) if kept else {}
    except PresetRefused as refused:
        messages.error(request, str(refused))
        return {}


def _with_preset(known: list[str], initial: Mapping[str, Any]) -> list[str]:
    """Return the fields to choose from, with those of the preset: what it names is not left out in silence."""
    named = [name for name in initial.get("entry_columns", ()) if name != ALL_FIELDS]
    return list(dict.fromkeys([*known, *named]))


def _known_fields(tenant: Tenant, bindings: tuple[ListBinding, ...]) -> list[str]:
    """Name the fields of the lists as far as they are known here, each once; none when those of one are not."""
    formats = [list_fields(tenant=tenant, list_id=binding.list_id) for binding in bindings]
    return list(dict.fromkeys(spec.name for fields in formats for spec in fields)) if all(formats) else []
