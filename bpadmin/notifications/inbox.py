"""The inbox of a person: what pages ask for every few seconds, and answer without a query while nothing is new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from bpadmin.notifications.models import Channel, Message, MessageState

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant

# Whoever changes an inbox says so; this is for what got lost with the cache.
KEPT_SECONDS = 300
TOASTS = 3
TOAST_AGE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Inbox:
    """How many messages were not seen, the number of the newest, and how many no toast has told yet."""

    unseen: int
    newest: int
    untold: int

    @property
    def version(self) -> str:
        """Return a text that changes when there is something to show."""
        return f"{self.newest}-{self.unseen}"


def messages_of(*, user: User, tenant: Tenant) -> QuerySet[Message]:
    """Return what is in somebody's inbox of a tenant; what the operator is told is in all of theirs."""
    mine = Message.objects.filter(user=user, channel=Channel.PAGE)
    return mine.filter(Q(tenant=tenant) | Q(tenant=None))


def inbox_of(*, user: User, tenant: Tenant) -> Inbox:
    """Return the state of an inbox; no query while nothing has changed."""
    key = _key(user.pk, tenant.pk)
    found = cache.get(key)
    if isinstance(found, Inbox):
        return found
    told = messages_of(user=user, tenant=tenant).aggregate(
        unseen=Count("pk", filter=Q(seen_at=None)),
        newest=Max("pk"),
        untold=Count("pk", filter=Q(seen_at=None, shown_at=None, made_at__gt=timezone.now() - TOAST_AGE)),
    )
    made = Inbox(told["unseen"], told["newest"] or 0, told["untold"])
    cache.set(key, made, KEPT_SECONDS)
    return made


def changed(user_ids: Iterable[int]) -> None:
    """Have the inboxes of these people looked at anew, in every tenant."""
    for user_id in user_ids:
        cache.set(f"inbox:turn:{user_id}", timezone.now().timestamp(), KEPT_SECONDS * 2)


def _key(user_id: int, tenant_id: int) -> str:
    return f"inbox:{user_id}:{tenant_id}:{cache.get(f'inbox:turn:{user_id}')}"


def toasts_take(*, user: User, tenant: Tenant) -> list[Message]:
    """Return the messages that a toast tells now, each once, whatever tab asks; older ones wait in the inbox."""
    now = timezone.now()
    untold = messages_of(user=user, tenant=tenant).filter(seen_at=None, shown_at=None)
    fresh = list(untold.filter(made_at__gt=now - TOAST_AGE)[:TOASTS])
    taken = [each for each in fresh if Message.objects.filter(pk=each.pk, shown_at=None).update(shown_at=now)]
    untold.update(shown_at=now)
    changed([user.pk])
    return taken


def messages_see(*, user: User, tenant: Tenant, pk: int | None = None) -> int:
    """Mark one message of an inbox as seen, or all; returns how many."""
    found = messages_of(user=user, tenant=tenant).filter(seen_at=None)
    if pk is not None:
        found = found.filter(pk=pk)
    now = timezone.now()
    count = found.update(seen_at=now, shown_at=now, state=MessageState.ACCEPTED)
    if count:
        changed([user.pk])
    return count
