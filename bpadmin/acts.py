"""One act on the platform: done once, turned into words whatever happens, and written into the log.

Services describe what they ask of the platform and how each refusal reads; here it is timed, audited and answered.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bpadmin.audit.models import Outcome
from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.services import tenant_client

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

ACT_TIMEOUT = 20.0  # seconds a person is made to wait for an answer


@dataclass(frozen=True, slots=True)
class Act:
    """How the platform took it, in a sentence for a supervisor; `id` names what was made, where something was."""

    outcome: Outcome
    sentence: str
    id: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Tell whether the platform surely did it."""
        return self.outcome == Outcome.DONE


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user, or a name such as "shell" where there is none."""

    user: User | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What is acted on: kind ("list", "campaign", …), the platform's id, and the name people know it by."""

    kind: str
    id: str
    name: str


def act_perform(
    *,
    verb: Verb,
    tenant: Tenant,
    actor: Actor,
    target: Target,
    ask: Callable[[PlatformClient], Act],
    what: str,
    privilege: str = "",
    read_back: Callable[[PlatformClient], Act | None] | None = None,
    details: Mapping[str, Any] | None = None,
) -> Act:
    """Ask the platform once, audit what came of it and give it; a PlatformError becomes an Act, never an exception.

    `what` completes "… was not done": "“Spring” was not created". After an answer that was lost `read_back` may find
    out what is true now; without it, or when it gives None, the outcome is UNKNOWN and says so.
    """
    before = time.monotonic()
    with tenant_client(tenant, read_timeout=ACT_TIMEOUT) as client:
        try:
            act = ask(client)
        except PlatformError as error:
            act = _after(error, client, what=what, privilege=privilege, read_back=read_back)
    audit_record(
        verb=verb,
        tenant=tenant,
        actor=actor.user,
        actor_name=actor.name,
        target_kind=target.kind,
        target_id=target.id or act.id,
        target_name=target.name,
        outcome=act.outcome,
        message=act.sentence,
        details={**(details or {}), **act.details},
        duration_ms=int((time.monotonic() - before) * 1000),
    )
    return act


def _after(
    error: PlatformError,
    client: PlatformClient,
    *,
    what: str,
    privilege: str,
    read_back: Callable[[PlatformClient], Act | None] | None,
) -> Act:
    if not error.maybe_applied:
        needs = f" The tenant's user needs the privilege “{privilege}”." if privilege and error.status == 403 else ""
        return Act(Outcome.REFUSED, f"{what}. {error.message}{needs}")
    found = None
    if read_back is not None:
        try:
            found = read_back(client)
        except PlatformError:
            found = None
    if found is not None:
        return found
    return Act(
        Outcome.UNKNOWN,
        f"The request was sent, but its answer was lost ({error.message.rstrip('.')}). It may have worked: "
        "look at the state on the page before you try again.",
    )
