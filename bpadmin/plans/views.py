"""The pages of plans: what acts by itself, when, what came of it, and what needs a look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.models import CatalogueBinding, CatalogueCampaign
from bpadmin.dialler.types import Actor
from bpadmin.plans.forms import ONCE, WEEKLY, HoldForm, PlanForm, TransferForm
from bpadmin.plans.kinds import plan_kind, plan_kinds
from bpadmin.plans.models import OPEN, HolidayCalendar, Plan, PlanState, RunState
from bpadmin.plans.month import month_ahead
from bpadmin.plans.running import plan_run
from bpadmin.plans.services import (
    PlanRefused,
    kind_offered,
    plan_add,
    plan_hold,
    plan_moments,
    plan_release,
    plan_remove,
    plans_of,
    requests_a_day,
    runs_seen,
    runs_to_look_at,
    trial_ends,
    when_words,
)
from bpadmin.plans.transfer import MOST_BYTES, Taken, TransferRefused, automation_take, automation_write
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.server.gate import takes_files

# Reports are planned on every platform; what else there is depends on what it offers.
NEEDS = Capability.SOURCES_READ
MOST_NAMES = 500
MOST_RUNS = 50
MOST_TO_LOOK_AT = 20
AHEAD = 8
MOST_TOLD = 30
LEVELS = {RunState.DONE: messages.SUCCESS, RunState.WAITING: messages.SUCCESS, RunState.REFUSED: messages.ERROR}


@require_safe
@tenant_view(needs=NEEDS)
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the plans, and what needs a look."""
    plans = [(plan, plan_kind(plan.kind), when_words(plan)) for plan in plans_of(tenant=tenant)]
    troubled = runs_to_look_at(tenant=tenant)
    context = {"plans": plans, "troubled": troubled[:MOST_TO_LOOK_AT], "troubled_count": troubled.count()}
    return render(request, "plans/index.html", context)


@require_safe
@tenant_view(needs=NEEDS)
def month(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show what plans will do in the month ahead."""
    now = timezone.now()
    days = month_ahead(tenant=tenant, now=now)
    cost = sum(requests_a_day(plan, now=now) for plan in plans_of(tenant=tenant))
    context = {"days": days, "has_entries": any(day.entries for day in days), "cost": cost}
    return render(request, "plans/month.html", context)


@require_safe
@tenant_view(needs=NEEDS)
def detail(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Show one plan: what it does and when next, and what came of it."""
    plan, now = _plan(tenant, pk), timezone.now()
    kind, zone = plan_kind(plan.kind), ZoneInfo(plan.time_zone)
    ends = trial_ends(plan, kind) if kind and plan.state == PlanState.SHADOW else None
    ahead = list(islice(plan_moments(plan, after=now), AHEAD)) if plan.is_on else []
    context = {
        "plan": plan,
        "kind": kind,
        "words": kind.words(plan) if kind else "",
        "when": when_words(plan),
        "ahead": [(moment.at.astimezone(zone).strftime("%a %-d %b %Y, %H:%M %Z"), moment.note) for moment in ahead],
        "runs": plan.runs.select_related("plan")[:MOST_RUNS],
        "hold_form": HoldForm(),
        "requests": requests_a_day(plan, now=now),
        "is_cost_known": kind is not None and kind.is_cost_known(plan),
        "is_under_way": plan.runs.filter(state__in=OPEN).exists(),
        "trial_ends": ends if ends and now < ends else None,
    }
    return render(request, "plans/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def new(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Choose a kind of plan, then say what and when."""
    offered = [kind for kind in plan_kinds() if kind.needs in capabilities_known(tenant)]
    kind = next((kind for kind in offered if kind.key == request.GET.get("kind")), None)
    campaign = request.GET.get("campaign", "")[:400]
    if kind is None:
        return render(request, "plans/kinds.html", {"kinds": offered, "campaign": campaign})
    said = request.POST if request.method == "POST" else None
    today = datetime.now(ZoneInfo(tenant.time_zone)).date()
    initial = {
        "repeats": ONCE if kind.is_once else WEEKLY,
        "first_day": today,
        "time_zone": tenant.time_zone,
        "campaign": campaign,
    }
    initial |= {
        f"option_{each.name}": request.GET[each.name][:200] for each in kind.options if each.name in request.GET
    }
    calendars = HolidayCalendar.objects.filter(tenant=tenant)
    form = PlanForm(said, kind=kind, calendars=calendars, initial=initial)
    if said is not None and form.is_valid() and (plan := _added(request, tenant, form)):
        return redirect("plans:detail", slug=tenant.slug, pk=plan.pk)
    return render(request, "plans/new.html", {"form": form, "kind": kind, **_names(tenant)})


def _added(request: TenantRequest, tenant: Tenant, form: PlanForm) -> Plan | None:
    try:
        plan = plan_add(tenant=tenant, wish=form.wish(), actor=Actor(request.user))
    except PlanRefused as refused:
        form.refuse(str(refused), refused.field)
        return None
    except (LookupRefused, PlatformError) as refused:
        form.refuse(str(refused), "list" if "bound to" in str(refused) else "campaign")
        return None
    messages.success(request, f"“{plan.name}” is planned: {when_words(plan)}.")
    return plan


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def run(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Have a plan act now, after a look at what it does."""
    plan = _plan(tenant, pk)
    try:
        kind = kind_offered(tenant, plan.kind)
        if request.method != "POST":
            return render(request, "plans/run.html", {"plan": plan, "words": kind.words(plan), "kind": kind})
        done = plan_run(plan=plan, actor=Actor(request.user))
        messages.add_message(request, LEVELS.get(RunState(done.state), messages.WARNING), done.sentence)
    except PlanRefused as refused:
        messages.error(request, str(refused))
    return redirect("plans:detail", slug=tenant.slug, pk=pk)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def hold(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Keep a plan from acting."""
    form = HoldForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    return _done(request, tenant, pk, lambda plan: plan_hold(plan=plan, reason=reason, actor=Actor(request.user)))


@require_POST
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def release(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Let a plan act again."""
    return _done(request, tenant, pk, lambda plan: plan_release(plan=plan, actor=Actor(request.user)))


def _done(request: TenantRequest, tenant: Tenant, pk: int, service: Any) -> HttpResponse:
    try:
        plan = service(_plan(tenant, pk))
        messages.success(request, f"“{plan.name}” is {plan.get_state_display().lower()}.")
    except PlanRefused as refused:
        messages.error(request, str(refused))
    return redirect("plans:detail", slug=tenant.slug, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def remove(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Remove a plan."""
    plan = _plan(tenant, pk)
    if request.method != "POST":
        return render(request, "plans/remove.html", {"plan": plan})
    try:
        plan_remove(plan=plan, actor=Actor(request.user))
        messages.success(request, f"“{plan.name}” is removed.")
    except PlanRefused as refused:
        messages.error(request, str(refused))
    return redirect("plans:index", slug=tenant.slug)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def seen(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Note that what did not act was seen."""
    runs_seen(tenant=tenant, actor=Actor(request.user))
    return redirect("plans:index", slug=tenant.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
@takes_files
def transfer(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Take plans and rules out as a file, or in; what became of each item is told."""
    if request.method == "POST" and "export" in request.POST:
        response = HttpResponse(automation_write(tenant=tenant, actor=Actor(request.user)), "application/json")
        response.headers["Content-Disposition"] = f'attachment; filename="{tenant.slug}.automation.json"'
        return response
    form = TransferForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        data = said["file"].read(MOST_BYTES + 1)
        try:
            if len(data) > MOST_BYTES:
                raise TransferRefused("The file is too large to be one of plans and rules.")
            taken = automation_take(tenant=tenant, data=data, actor=Actor(request.user), replaces=said["replaces"])
        except TransferRefused as refused:
            form.add_error("file", str(refused))
        else:
            _taken_tell(request, taken)
            return redirect("plans:transfer", slug=tenant.slug)
    return render(request, "plans/transfer.html", {"form": form}, status=422 if form.errors else 200)


def _taken_tell(request: TenantRequest, taken: Sequence[Taken]) -> None:
    came = [f"{each.name} ({each.part})" for each in taken if not each.why]
    if came:
        messages.success(request, f"{len(came)} came in: {', '.join(came[:MOST_TOLD])}.")
    for each in [each for each in taken if each.why][:MOST_TOLD]:
        messages.error(request, f"{each.name or 'Without a name'} ({each.part}) did not come in. {each.why}")
    if not taken:
        messages.warning(request, "The file holds nothing to take in.")


def _plan(tenant: Tenant, pk: int) -> Plan:
    return get_object_or_404(plans_of(tenant=tenant), pk=pk)


def _names(tenant: Tenant) -> dict[str, Any]:
    """Return what the form proposes while somebody types."""
    campaigns = CatalogueCampaign.objects.filter(tenant=tenant).order_by("name_key").values_list("name", flat=True)
    lists = CatalogueBinding.objects.filter(tenant=tenant).order_by("list_name").values_list("list_name", flat=True)
    return {"campaign_names": campaigns[:MOST_NAMES], "list_names": lists.distinct()[:MOST_NAMES]}
