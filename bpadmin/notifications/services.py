"""What pages and commands ask of the channels: how they are, what went out, and a test of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.utils import timezone

from bpadmin.notifications.conditions import FAILURES, mail_trouble
from bpadmin.notifications.delivery.sending import message_send
from bpadmin.notifications.messages import trial_message
from bpadmin.notifications.models import Channel, Message, Webhook

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant

SECONDS = 60


def troubles_shown(tenant: Tenant) -> list[str]:
    """Say which channels of a tenant fail, at most a minute old; no query in between."""
    key = f"notifications:troubles:{tenant.pk}"
    found: list[str] | None = cache.get(key)
    if found is None:
        failing = Webhook.objects.filter(tenant=tenant).filter(Q(failures__gte=FAILURES) | Q(is_off=True))
        found = [f"The webhook “{each.name}” fails: nobody is told anything by it." for each in failing]
        if mail_trouble(tenant, timezone.now()):
            found.append("E-mail of this tenant does not go out.")
        cache.set(key, found, SECONDS)
    return found


def troubles_forget(tenant: Tenant) -> None:
    """Look at the channels anew for the next page."""
    cache.delete(f"notifications:troubles:{tenant.pk}")


def messages_out(tenant: Tenant) -> QuerySet[Message]:
    """Return what went out of a tenant by e-mail and to webhooks, or is to go, newest first."""
    found = Message.objects.filter(tenant=tenant).exclude(channel=Channel.PAGE)
    return found.select_related("user", "webhook")


def channel_test(
    *, tenant: Tenant, channel: Channel, user: User | None = None, webhook: Webhook | None = None
) -> Message:
    """Send a test message by a channel right now, and return it with what became of it."""
    message = trial_message(tenant=tenant, user=user, hook=webhook, channel=channel, now=timezone.now())
    if channel == Channel.PAGE:
        return message
    sent = message_send(message)
    troubles_forget(tenant)
    return sent
