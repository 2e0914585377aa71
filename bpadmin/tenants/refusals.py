"""What the log says of somebody who was kept out: once a minute for each person and address of a page."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.http import HttpRequest

from bpadmin.audit.models import Outcome
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

AGAIN_SECONDS = 60


def refusal_record(request: HttpRequest, words: str, *, tenant: Tenant | None = None, actor_name: str = "") -> None:
    """Write down that a request was refused, and why."""
    user: Any = request.user if request.user.is_authenticated else None
    who = f"{user.pk}" if user else f"{actor_name} {request.META.get('REMOTE_ADDR')}"
    mark = hashlib.sha256(f"{who} {tenant and tenant.pk} {request.path}".encode()).hexdigest()
    if not cache.add(f"refused:{mark}", 1, timeout=AGAIN_SECONDS):
        return
    audit_record(
        verb=Verb.ACCESS_REFUSE,
        tenant=tenant,
        actor=user,
        actor_name=actor_name or ("" if user else "somebody"),
        target_kind="page",
        target_name=f"{request.method} {request.path}"[:300],
        outcome=Outcome.REFUSED,
        message=words,
    )
