"""The inbox of a person, and the rules by which it fills."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpadmin.counts import counted
from bpadmin.dialler.types import Actor
from bpadmin.notifications.delivery.mail import is_mail_set, mail_refusal
from bpadmin.notifications.inbox import inbox_of, messages_of, messages_see, toasts_take
from bpadmin.notifications.pages.forms import DeliveryForm, rules_said
from bpadmin.notifications.rules import (
    RuleRefused,
    delivery_set,
    is_snoozed,
    person_of,
    rules_set,
    snooze_set,
    team_rules,
)
from bpadmin.notifications.services import troubles_shown
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant

PAGE_SIZE = 50
SNOOZES = ((1, "An hour"), (4, "Four hours"), (12, "Twelve hours"), (24 * 7, "A week"))


@require_safe
@tenant_view()
def inbox(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show what somebody was told."""
    page = Paginator(messages_of(user=request.user, tenant=tenant), PAGE_SIZE).get_page(request.GET.get("page"))
    told = inbox_of(user=request.user, tenant=tenant)
    troubles = troubles_shown(tenant)
    return render(request, "notifications/inbox.html", {"page": page, "inbox": told, "troubles": troubles})


@require_safe
@tenant_view()
def bell(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Tell a page what is new; 204 while nothing is, which costs no query beyond the gate."""
    told = inbox_of(user=request.user, tenant=tenant)
    troubles = troubles_shown(tenant)
    version = f"{told.version}-{len(troubles)}"
    if not told.untold and request.GET.get("v") == version:
        return HttpResponse(status=204)
    toasts = toasts_take(user=request.user, tenant=tenant) if told.untold else []
    context = {"inbox": told, "toasts": toasts, "version": version, "troubles": troubles}
    return render(request, "notifications/_bell.html", context)


@require_safe
@tenant_view()
def open_(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Lead to what a message is about, and count it as seen."""
    message = get_object_or_404(messages_of(user=request.user, tenant=tenant), pk=pk)
    messages_see(user=request.user, tenant=tenant, pk=pk)
    # Written by us; held to be an address of ours all the same.
    is_ours = message.path.startswith("/") and not urlsplit(message.path).netloc
    return redirect(message.path) if is_ours else redirect("notifications:inbox", slug=tenant.slug)


@require_POST
@tenant_view()
def seen(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Count all as seen."""
    messages_see(user=request.user, tenant=tenant)
    return redirect("notifications:inbox", slug=tenant.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view()
def rules(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show what somebody is told and why, and change it."""
    if request.method == "POST":
        wanted = rules_said(request.POST)
        rules_set(tenant=tenant, user=request.user, wanted=wanted, actor=Actor(user=request.user))
        messages.success(request, "Your rules are saved.")
        return redirect("notifications:rules", slug=tenant.slug)
    return _rules_page(request, tenant)


def _rules_page(request: TenantRequest, tenant: Tenant, form: DeliveryForm | None = None) -> HttpResponse:
    person = person_of(tenant=tenant, user=request.user, role=request.role)
    delivery = person.delivery
    context = {
        "rows": person.rules.values(),
        "heading": "My rules",
        "tab": "rules",
        "delivery_form": form or DeliveryForm(None, delivery=delivery),
        "mail_server_lacks": not is_mail_set(),
        "snoozes": SNOOZES,
        "snoozed_until": delivery.snoozed_until if delivery and is_snoozed(delivery, timezone.now()) else None,
    }
    return render(request, "notifications/rules.html", context, status=422 if form else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.ADMINISTRATOR)
def team(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show what people are told who chose nothing, and change it."""
    if request.method == "POST":
        wanted = rules_said(request.POST)
        rules_set(tenant=tenant, user=None, wanted=wanted, actor=Actor(user=request.user))
        messages.success(request, "The team's defaults are saved.")
        return redirect("notifications:team", slug=tenant.slug)
    context = {"rows": team_rules(tenant).values(), "heading": "Team’s defaults", "tab": "team", "is_team": True}
    return render(request, "notifications/rules.html", context)


@require_POST
@tenant_view()
def delivery(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Set quiet hours and digest."""
    form = DeliveryForm(request.POST, delivery=None)
    if not form.is_valid():
        return _rules_page(request, tenant, form)
    delivery_set(tenant=tenant, user=request.user, **form.values())
    messages.success(request, "Your times are saved.")
    if form.values().get("digest_at") and (refusal := mail_refusal(request.user)):
        messages.warning(request, f"No digest is mailed to you as things are. {refusal}")
    return redirect("notifications:rules", slug=tenant.slug)


@require_POST
@tenant_view()
def snooze(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Keep toasts and e-mail away for some hours, or end that."""
    said = request.POST.get("hours", "")
    hours = int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 1
    try:
        snooze_set(tenant=tenant, user=request.user, until=timezone.now() + timedelta(hours=hours) if hours else None)
    except RuleRefused as refused:
        messages.error(request, str(refused))
    else:
        words = f"Toasts and e-mail wait for {counted(hours, 'hour')} from now." if hours else "The snooze is over."
        messages.success(request, words)
    return redirect("notifications:rules", slug=tenant.slug)
