"""Write the log and read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.audit.verbs import Verb

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant


def audit_record(
    *,
    verb: Verb,
    tenant: Tenant | None,
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
    return AuditEntry.objects.create(
        verb=verb,
        tenant=tenant,
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
    )


def audit_entries(
    *,
    tenant: Tenant,
    person: str = "",
    verb: str = "",
    target: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEntry]:
    """Give a tenant's entries, each act once, newest first.

    `since` is included, `until` not; `target` is part of a name, or an id.
    """
    entries = AuditEntry.objects.filter(tenant=tenant)
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


def audit_people(*, tenant: Tenant) -> list[str]:
    """Give the names of everybody who has ever done something in the tenant, in order."""
    names = AuditEntry.every.filter(tenant=tenant).order_by().values_list("actor_name", flat=True).distinct()
    return sorted(names, key=str.casefold)
