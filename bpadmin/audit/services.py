"""Write the log and read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from django.db.models import Q, QuerySet

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.audit.sealing import seal_soon
from bpadmin.audit.verbs import Verb
from bpadmin.logs import request_address, request_id

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Owner(Protocol):
    """The tenant that an entry belongs to, as far as the log has to know it."""

    @property
    def pk(self) -> Any: ...
    @property
    def name(self) -> str: ...


def audit_record(
    *,
    verb: Verb,
    tenant: Owner | None,
    actor: User | None,
    actor_name: str = "",
    target_kind: str = "",
    target_id: str = "",
    target_name: str = "",
    outcome: Outcome = Outcome.DONE,
    message: str = "",
    details: Mapping[str, Any] | None = None,
    duration_ms: int | None = None,
    act: int | None = None,
) -> AuditEntry:
    """Append one entry. `actor_name` says who acted where there is no user, such as "shell"; never pass a secret.

    `act` is the number of the act on a platform that the entry is about.
    """
    entry = AuditEntry.objects.create(
        verb=verb,
        tenant_id=tenant.pk if tenant else None,
        tenant_name=tenant.name if tenant else "",
        actor=actor,
        actor_name=actor_name or (actor.get_username() if actor else "the system"),
        target_kind=target_kind,
        target_id=target_id,
        target_name=target_name,
        outcome=outcome,
        message=message,
        details=dict(details or {}),
        duration_ms=duration_ms,
        act=act,
        address=request_address(),
        request=request_id(),
    )
    seal_soon(entry.tenant_id)
    return entry


def audit_entries(
    *,
    tenant: Owner | None,
    person: str = "",
    verb: str = "",
    target: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    every: bool = False,
) -> QuerySet[AuditEntry]:
    """Return a tenant's entries, or those that belong to none; each act once, or with `every` all of it; newest first.

    `since` is included, `until` not; `target` is part of a name, or an id.
    """
    manager = AuditEntry.every.select_related("personal") if every else AuditEntry.objects
    entries = manager.filter(_of(tenant))
    if person:
        entries = entries.filter(actor_name=person)
    if verb:
        entries = entries.filter(verb=verb)
    if target:
        entries = entries.filter(Q(target_name__icontains=target) | Q(target_id=target))
    if since:
        entries = entries.filter(at__gte=since)
    if until:
        entries = entries.filter(at__lt=until)
    return entries


def audit_people(*, tenant: Owner | None) -> list[str]:
    """Return the names of everybody who has ever done something in the tenant, in order."""
    names = AuditEntry.every.filter(_of(tenant)).order_by().values_list("actor_name", flat=True).distinct()
    return sorted(names, key=str.casefold)


def _of(tenant: Owner | None) -> Q:
    return Q(tenant_id=tenant.pk) if tenant else Q(tenant=None)
