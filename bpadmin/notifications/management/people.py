"""Finding the person and the webhook that a command names."""

from __future__ import annotations

from django.contrib.auth.models import User

from bpadmin.notifications.models import Webhook
from bpadmin.tenants.management.base import CommandRefused
from bpadmin.tenants.models import Membership, Role, Tenant


def member_find(tenant: Tenant, username: str) -> tuple[User, Role]:
    """Return one of a tenant's people with their role. Raises CommandRefused."""
    found = Membership.objects.filter(tenant=tenant, user__username=username).select_related("user").first()
    if found is None:
        raise CommandRefused(f"{tenant.name} has nobody called “{username}”.")
    return found.user, Role(found.role)


def webhook_find(tenant: Tenant, name: str) -> Webhook:
    """Return a webhook by its name. Raises CommandRefused with the names there are."""
    found = Webhook.objects.filter(tenant=tenant, name=name).first()
    if found is None:
        names = ", ".join(Webhook.objects.filter(tenant=tenant).values_list("name", flat=True))
        raise CommandRefused(f"{tenant.name} has no webhook “{name}”. There are: {names or 'none'}.")
    return found
