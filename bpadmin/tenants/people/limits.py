"""Limiting one of a tenant's people to named campaigns and lists; what follows from it is `bpadmin.tenants.limits`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bpadmin.audit.verbs import Verb
from bpadmin.tenants.limits import KINDS, MOST, object_named
from bpadmin.tenants.models import Membership, Role
from bpadmin.tenants.people.records import person_record
from bpadmin.tenants.people.services import PeopleRefused

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant


def membership_limit(
    *, membership: Membership, wanted: Mapping[str, list[str]] | None, actor: User | None, actor_name: str = ""
) -> dict[str, list[str]]:
    """Limit a membership to objects named by id or name, None for the whole tenant; give their names. PeopleRefused."""
    names: dict[str, list[str]] = {}
    limits: dict[str, list[str]] | None = None
    if wanted is not None:
        if membership.role == Role.ADMINISTRATOR:
            raise PeopleRefused("An administrator sees to the whole tenant: change the role first.")
        limits = {}
        for kind, texts in wanted.items():
            found = [_named(membership.tenant, kind, text.strip()) for text in texts if text.strip()]
            if len(found) > MOST:
                raise PeopleRefused(f"Name at most {MOST} {KINDS[kind]}.")
            limits[kind] = [id_ for id_, _ in found]
            names[kind] = [name for _, name in found]
        if not any(limits.values()):
            raise PeopleRefused("Name at least one campaign or list; or take the person out of the tenant.")
    if membership.limits != limits:
        membership.limits = limits
        membership.save(update_fields=["limits"])
        person_record(
            Verb.MEMBER_LIMIT,
            user=membership.user,
            actor=actor,
            actor_name=actor_name,
            tenant=membership.tenant,
            details=dict(names) or {"limit": "none"},
        )
    return names


def limits_shown(membership: Membership) -> dict[str, list[str]]:
    """Return what somebody is limited to by kind: each by its name, by its id where the name says too little."""
    shown: dict[str, list[str]] = {}
    for kind, ids in (membership.limits or {}).items():
        found = [(id_, object_named(membership.tenant, kind, id_)) for id_ in ids]
        shown[kind] = [
            name[1] if name and object_named(membership.tenant, kind, name[1]) == name else id_ for id_, name in found
        ]
    return shown


def _named(tenant: Tenant, kind: str, text: str) -> tuple[str, str]:
    found = object_named(tenant, kind, text)
    if found is None:
        raise PeopleRefused(f"There is no “{text}” among the {KINDS[kind]} of {tenant.name}, or several: give its id.")
    return found
