"""What the log says of somebody who was kept out: once a minute for each person and address of a page, and a few pages.

Whoever asks for thousands of addresses must not fill a log that is kept for years, nor hide in it.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.http import HttpRequest

from bpadmin.audit.models import Outcome
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.installation.counters import address_counted, count

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

AGAIN_SECONDS = 60
# Of one person, or of one address without one, in a minute.
MOST = 30
MORE = "What else is refused here in this minute is not written down."


def refusal_record(request: HttpRequest, words: str, *, tenant: Tenant | None = None, actor_name: str = "") -> None:
    """Write down that a request was refused, and why."""
    user: Any = request.user if request.user.is_authenticated else None
    who = f"{user.pk}" if user else f"{actor_name} {address_counted(str(request.META.get('REMOTE_ADDR') or ''))}"
    mark = hashlib.sha256(f"{who} {tenant and tenant.pk} {request.path}".encode()).hexdigest()
    if not cache.add(f"refused:{mark}", 1, timeout=AGAIN_SECONDS):
        return
    person = hashlib.sha256(who.encode()).hexdigest()
    found = count(f"refusals:{person}:{int(time.time()) // AGAIN_SECONDS}", 2 * AGAIN_SECONDS)
    if found > MOST:
        return
    audit_record(
        verb=Verb.ACCESS_REFUSE,
        tenant=tenant,
        actor=user,
        actor_name=actor_name or ("" if user else "somebody"),
        target_kind="page",
        target_name=f"{request.method} {request.path}"[:300],
        outcome=Outcome.REFUSED,
        message=f"{words} {MORE}" if found == MOST else words,
    )
