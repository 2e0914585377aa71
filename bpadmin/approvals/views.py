"""The pages of what waits for a second person."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from bpadmin.approvals.models import Approval
from bpadmin.approvals.services import (
    ROLE,
    ApprovalRefused,
    approval_find,
    approval_give,
    approval_refuse,
    approval_why_not,
    approvals_open,
    facts_compared,
    facts_digest,
    facts_now,
)
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Tenant
from bpadmin.web.messages import tell

MOST = 50


@require_safe
@tenant_view(ROLE)
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show what waits, and what came of the last ones."""
    waiting = list(approvals_open(tenant=tenant))
    ended = Approval.objects.filter(tenant=tenant).exclude(pk__in=[each.pk for each in waiting])[:MOST]
    return render(request, "approvals/index.html", {"waiting": waiting, "ended": ended})


@require_safe
@tenant_view(ROLE)
def detail(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Show what was asked, and what has changed of its target since."""
    approval = _find(tenant, pk)
    context = {"approval": approval, "is_own": approval.asked_by_id == request.user.pk}
    if approval.is_open_now:
        now = facts_now(approval)
        facts = facts_compared(approval, now)
        context |= {
            "facts": facts,
            "has_changed": any(differs for *_, differs in facts),
            "seen": facts_digest(now),
            "why_not": approval_why_not(approval, request.user),
        }
    return render(request, "approvals/detail.html", context)


@require_POST
@tenant_view(ROLE, confirmed=True)
def give(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Approve it, which carries it out."""
    try:
        act = approval_give(approval=_find(tenant, pk), user=request.user, seen=request.POST.get("seen", ""))
    except ApprovalRefused as refused:
        messages.error(request, str(refused))
        return redirect("approvals:detail", slug=tenant.slug, pk=pk)
    tell(request, act)
    if not Tenant.objects.filter(pk=tenant.pk).exists():
        return redirect("tenants:index")  # it was what was approved
    return redirect("approvals:detail", slug=tenant.slug, pk=pk)


@require_POST
@tenant_view(ROLE)
def refuse(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Refuse it, or take back what one asked for oneself."""
    try:
        approval_refuse(approval=_find(tenant, pk), user=request.user)
    except ApprovalRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "It will not be done.")
    return redirect("approvals:index", slug=tenant.slug)


def _find(tenant: Tenant, pk: int) -> Approval:
    try:
        return approval_find(tenant=tenant, number=pk)
    except ApprovalRefused as refused:
        raise Http404(str(refused)) from refused
