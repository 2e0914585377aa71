"""The channels: how they are, what went out by them, a test of each, and webhooks added and removed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpadmin.dialler.types import Actor
from bpadmin.notifications.conditions import mail_trouble
from bpadmin.notifications.delivery.mail import is_mail_set
from bpadmin.notifications.models import Channel, Message, MessageState, Webhook
from bpadmin.notifications.pages.forms import WebhookAddForm
from bpadmin.notifications.services import channel_test, messages_out, troubles_forget
from bpadmin.notifications.webhooks import (
    WebhookRefused,
    message_replay,
    webhook_add,
    webhook_remove,
    webhook_rotate,
)
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant

MOST = 50


@require_safe
@tenant_view()
def channels(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the channels; to administrators what went out by them as well."""
    return _page(request, tenant)


def _page(request: TenantRequest, tenant: Tenant, **more: Any) -> HttpResponse:
    is_told = request.role.covers(Role.ADMINISTRATOR)
    context = {
        "hooks": Webhook.objects.filter(tenant=tenant),
        "has_mail": is_mail_set(),
        "mail_trouble": mail_trouble(tenant, timezone.now()),
        "messages_out": messages_out(tenant)[:MOST] if is_told else [],
    }
    return render(request, "notifications/channels.html", {**context, **more})


@require_POST
@tenant_view()
def test(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Send a test to the person who asks for it."""
    channel = Channel.EMAIL if request.POST.get("channel") == "email" else Channel.PAGE
    _say(request, channel_test(tenant=tenant, channel=channel, user=request.user))
    return redirect("notifications:channels", slug=tenant.slug)


def _say(request: TenantRequest, message: Message) -> None:
    if message.channel == Channel.PAGE:
        messages.success(request, "It is in your inbox, and a toast tells it within some seconds.")
    elif message.state == MessageState.ACCEPTED:
        messages.success(request, f"The test was taken. {message.answer}")
    else:
        messages.error(request, f"The test did not arrive. {message.answer}")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.ADMINISTRATOR, confirmed=True)
def webhook_add_page(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Add a webhook and show its key, this once: there is no redirect."""
    form = WebhookAddForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            hook, key = webhook_add(tenant=tenant, actor=Actor(user=request.user), **form.cleaned_data)
        except WebhookRefused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            return _page(request, tenant, key=key, key_of=hook.name)
    return render(request, "notifications/webhook_add.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_POST
@tenant_view(Role.ADMINISTRATOR, confirmed=True)
def webhook_rotate_page(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Return a webhook a new key and show it, this once."""
    hook = get_object_or_404(Webhook, tenant=tenant, pk=pk)
    try:
        key = webhook_rotate(webhook=hook, actor=Actor(user=request.user))
    except WebhookRefused as refused:
        messages.error(request, str(refused))
        return redirect("notifications:channels", slug=tenant.slug)
    return _page(request, tenant, key=key, key_of=hook.name, is_renewed=True)


@require_POST
@tenant_view(Role.ADMINISTRATOR)
def webhook_test(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Send a test to a webhook."""
    hook = get_object_or_404(Webhook, tenant=tenant, pk=pk)
    _say(request, channel_test(tenant=tenant, channel=Channel.WEBHOOK, webhook=hook))
    return redirect("notifications:channels", slug=tenant.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.ADMINISTRATOR, confirmed=True)
def webhook_remove_page(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Ask, then remove a webhook."""
    hook = get_object_or_404(Webhook, tenant=tenant, pk=pk)
    if request.method != "POST":
        return render(request, "notifications/webhook_remove.html", {"hook": hook})
    webhook_remove(webhook=hook, actor=Actor(user=request.user))
    troubles_forget(tenant)
    messages.success(request, f"The webhook {hook.name} is removed.")
    return redirect("notifications:channels", slug=tenant.slug)


@require_POST
@tenant_view(Role.ADMINISTRATOR)
def replay(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Send a message to a webhook once more."""
    message = get_object_or_404(messages_out(tenant), pk=pk)
    try:
        message_replay(message=message)
    except WebhookRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "It is sent again within some seconds.")
    return redirect("notifications:channels", slug=tenant.slug)
