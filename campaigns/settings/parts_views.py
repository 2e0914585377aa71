"""The pages of a campaign's dispositions, and of its teams and caller IDs."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from bpadmin.audit.models import Outcome
from bpadmin.dialler.types import Act, Actor
from bpadmin.jobs.files.rejects import expansion_limit
from bpadmin.platforms.base import Capability
from bpadmin.platforms.campaign_details import CampaignDetails
from bpadmin.platforms.types import Campaign, CampaignState
from bpadmin.tabular.readers import READ_SECONDS, looked_at
from bpadmin.tabular.types import TabularError
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.messages import tell
from bpadmin.web.server.gate import takes_files
from campaigns.settings.assigned import caller_ids_assign, caller_ids_unassign, teams_assign, teams_unassign
from campaigns.settings.dispositions import (
    COLUMNS,
    DispositionRefused,
    disposition_change,
    disposition_delete,
    dispositions_add,
    dispositions_in,
)
from campaigns.settings.forms import CallerIdsForm, DispositionForm, TeamsForm
from campaigns.settings.services import details_read
from campaigns.settings.views import known_or_404


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(needs=Capability.CAMPAIGN_SETTINGS)
def dispositions(request: TenantRequest, tenant: Tenant, campaign_id: str) -> HttpResponse:
    """Show the dispositions with their dial rules, and add one."""
    context = _context(tenant, campaign_id)
    details = context["details"]
    form = DispositionForm(request.POST or None)
    if request.method == "POST" and details and request.role.covers(Role.SUPERVISOR) and form.is_valid():
        try:
            act = dispositions_add(
                tenant=tenant,
                campaign=_campaign(campaign_id, details),
                dispositions=[form.disposition()],
                actor=Actor(request.user),
            )
        except DispositionRefused as refused:
            form.add_error(None, refused.lines)
        else:
            if act.outcome != Outcome.REFUSED:
                return _told(request, act, "dispositions", campaign_id)
            form.add_error(None, act.sentence)
    return _dispositions_page(request, {**context, "form": form})


@takes_files
@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.CAMPAIGN_SETTINGS)
def from_file(request: TenantRequest, tenant: Tenant, campaign_id: str) -> HttpResponse:
    """Add the dispositions that a file holds, in one request."""
    context = _context(tenant, campaign_id)
    file = request.FILES.get("file")
    lines: list[str] = []
    if file is None or file.file is None:
        lines = ["Choose a file."]
    elif details := context["details"]:
        try:
            look = looked_at(cast(BinaryIO, file.file), limit=expansion_limit(), seconds=READ_SECONDS)
            rows = [row for row in look.records[1:] if any(cell.strip() for cell in row)]
            found = dispositions_in(look.header, rows)
            campaign = _campaign(campaign_id, details)
            act = dispositions_add(tenant=tenant, campaign=campaign, dispositions=found, actor=Actor(request.user))
            return _told(request, act, "dispositions", campaign_id)
        except TabularError as error:
            lines = [str(error)]
        except DispositionRefused as refused:
            lines = refused.lines
    return _dispositions_page(request, {**context, "form": DispositionForm(), "file_lines": lines})


def _dispositions_page(request: TenantRequest, context: dict[str, Any]) -> HttpResponse:
    shown = {**context, "columns": COLUMNS, "part": "dispositions"}
    return render(request, "campaigns/settings/dispositions.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.CAMPAIGN_SETTINGS)
def disposition(request: TenantRequest, tenant: Tenant, campaign_id: str, disposition_id: str) -> HttpResponse:
    """Change a disposition, or delete it."""
    context = _context(tenant, campaign_id)
    details = context["details"]
    known = details.dispositions or () if details else ()
    held = next((each for each in known if each.id == disposition_id), None)
    if details and held is None:
        raise Http404("The campaign has no such disposition any more.")
    form = DispositionForm(
        request.POST if request.method == "POST" and "delete" not in request.POST else None, held=held
    )
    if request.method == "POST" and details and held:
        said: dict[str, Any] = {"tenant": tenant, "campaign": _campaign(campaign_id, details), "held": held}
        said["actor"] = Actor(request.user)
        if "delete" in request.POST:
            return _told(request, disposition_delete(**said), "dispositions", campaign_id)
        if form.is_valid():
            try:
                act = disposition_change(**said, wanted=form.disposition())
            except DispositionRefused as refused:
                form.add_error(None, refused.lines)
            else:
                return _told(request, act, "dispositions", campaign_id)
    return render(request, "campaigns/settings/disposition.html", {**context, "form": form, "held": held})


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(needs=Capability.CAMPAIGN_SETTINGS)
def people(request: TenantRequest, tenant: Tenant, campaign_id: str) -> HttpResponse:
    """Show teams and caller IDs, assign some and take some off."""
    context = _context(tenant, campaign_id)
    details = context["details"]
    what = request.POST.get("what", "") if request.method == "POST" else ""
    teams, numbers = (
        TeamsForm(request.POST if what == "teams" else None),
        CallerIdsForm(request.POST if what == "numbers" else None),
    )
    if what and details and request.role.covers(Role.SUPERVISOR):
        act = _people_act(request, tenant, _campaign(campaign_id, details), details, teams, numbers)
        if act:
            return _told(request, act, "people", campaign_id)
    context |= {"teams_form": teams, "numbers_form": numbers, "part": "people"}
    return render(request, "campaigns/settings/people.html", context)


def _people_act(
    request: TenantRequest,
    tenant: Tenant,
    campaign: Campaign,
    details: CampaignDetails,
    teams: TeamsForm,
    numbers: CallerIdsForm,
) -> Act | None:
    """Do what the page's button says; None where the form has to be corrected."""
    said: dict[str, Any] = {"tenant": tenant, "campaign": campaign, "actor": Actor(request.user)}
    what, id_ = request.POST["what"], request.POST.get("id", "")
    if what == "team_off":
        return teams_unassign(ids=[id_], **said)
    if what == "number_off":
        found = [each for each in details.caller_ids or () if each.id == id_]
        return caller_ids_unassign(caller_ids=found, **said) if found else None
    if what == "teams" and teams.is_valid():
        level = teams.cleaned_data["skill_level"]
        return teams_assign(ids=teams.cleaned_data["ids"], skill_level=level, **said)
    if what == "numbers" and numbers.is_valid():
        return caller_ids_assign(caller_ids=numbers.caller_ids(), **said)
    return None


def _context(tenant: Tenant, campaign_id: str) -> dict[str, Any]:
    snapshot = details_read(tenant, campaign_id)
    return {"campaign_id": campaign_id, "snapshot": snapshot, "details": known_or_404(snapshot)}


def _campaign(campaign_id: str, details: CampaignDetails) -> Campaign:
    return Campaign(campaign_id, details.name, CampaignState.UNKNOWN)


def _told(request: TenantRequest, act: Act, page: str, campaign_id: str) -> HttpResponse:
    tell(request, act)
    return redirect(f"campaigns:{page}", slug=request.tenant.slug, campaign_id=campaign_id)
