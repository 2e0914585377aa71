"""What the log says of a person: of their membership in a tenant, or of their own sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpadmin.audit.services import audit_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import User

    from bpadmin.audit.verbs import Verb
    from bpadmin.tenants.models import Tenant


def person_record(
    verb: Verb,
    *,
    user: User,
    actor: User | None,
    actor_name: str = "",
    tenant: Tenant | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Write down what was done to a person; `tenant` is None for what belongs to no single one."""
    audit_record(
        verb=verb,
        tenant=tenant,
        actor=actor,
        actor_name=actor_name,
        target_kind="person",
        target_id=str(user.pk),
        target_name=user.get_username(),
        details=details,
    )
