"""The pages on which a list is recycled, and the rules kept."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpadmin.dialler.catalogue import list_read
from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.types import Actor
from bpadmin.jobs.models import Job
from bpadmin.jobs.services import IllegalMove
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import CallingList
from bpadmin.results.selection import AttemptFilter
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from lists.kinds import LIST_RECYCLE
from lists.recycling.forms import RecycleForm
from lists.recycling.services import (
    RecycleRefused,
    recycle_ask,
    recycle_begin,
    recycle_refusal,
    rule_remove,
    rule_save,
    rules_of,
)
from lists.uploads.target.place import list_names_known, target_find

NEEDS = Capability.LISTS_READ


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def recycle(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Say which records of a list are to be called again, and have them counted; or keep that as a rule."""
    snapshot = list_read(tenant, list_id)
    if snapshot.has_value and snapshot.value is None and not snapshot.error:
        raise Http404("The dialler knows no such list.")
    source = snapshot.value or CallingList(list_id, list_id)
    rule = rules_of(tenant=tenant).filter(list_id=list_id, name=request.GET.get("rule", "")).first()
    initial = RecycleForm.initial_of(rule) if rule else {}
    form = RecycleForm(request.POST if request.method == "POST" else None, tenant=tenant, initial=initial)
    why = recycle_refusal(tenant)
    if request.method == "POST" and not why and form.is_valid() and (answer := _asked(request, tenant, source, form)):
        return answer
    context = {"form": form, "list": source, "list_id": list_id, "why": why}
    context["list_names"] = [] if why else list_names_known(tenant)
    return render(request, "lists/recycling/form.html", context, status=422 if form.errors else 200)


def _asked(request: TenantRequest, tenant: Tenant, source: CallingList, form: RecycleForm) -> HttpResponse | None:
    """Carry out what a valid form says, or show why that cannot be."""
    said, actor = form.cleaned_data, Actor(request.user)
    try:
        target = target_find(tenant=tenant, name_or_id=said["target"]) if said["target"] else None
        wish = form.wish(source, target)
        if "keep" in request.POST:
            kept = rule_save(tenant=tenant, name=said["rule_name"], wish=wish, actor=actor)
            messages.success(request, f"The rule “{kept.name}” is kept.")
            return redirect("lists:recycle_rules", slug=tenant.slug)
        job = recycle_ask(tenant=tenant, wish=wish, actor=actor)
    except RecycleRefused as refused:
        form.refuse(str(refused), refused.field)
        return None
    except (LookupRefused, PlatformError) as refused:
        form.refuse(str(refused), "target")
        return None
    return redirect("jobs:detail", slug=tenant.slug, job_id=job.pk)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def go(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Take the yes to what was counted."""
    job = get_object_or_404(Job.objects.select_related("tenant"), tenant=tenant, pk=job_id, kind=LIST_RECYCLE)
    try:
        recycle_begin(job=job, actor=Actor(request.user))
    except (RecycleRefused, IllegalMove) as refused:
        messages.error(request, str(refused))
    return redirect("jobs:detail", slug=tenant.slug, job_id=job_id)


@require_safe
@tenant_view(needs=NEEDS)
def rules(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the rules by which lists are recycled."""
    rows = [(rule, AttemptFilter.from_json(rule.filter).words) for rule in rules_of(tenant=tenant)]
    return render(request, "lists/recycling/rules.html", {"rows": rows})


@require_POST
@tenant_view(Role.SUPERVISOR, needs=NEEDS)
def rule_drop(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Forget a rule."""
    rule = get_object_or_404(rules_of(tenant=tenant), pk=pk)
    try:
        rule_remove(rule=rule, actor=Actor(request.user))
        messages.success(request, f"The rule “{rule.name}” is removed.")
    except RecycleRefused as refused:
        messages.error(request, str(refused))
    return redirect("lists:recycle_rules", slug=tenant.slug)
