"""Memberships that follow a person's groups at the identity provider: set anew at each sign-in, each change logged.

Only what came by groups follows them. A membership that somebody gave by hand stays, until a group names the same
tenant: from then on the groups decide there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from bpadmin.audit.notes import change
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import Membership, Role, Tenant
from bpadmin.tenants.people.records import person_record

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ACTOR = "single sign-on"
# More groups of one person are no list of groups.
MOST = 2000


def groups_of(claims: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the groups in the first claims that hold any, under the name that BPADMIN_OIDC_GROUPS_CLAIM gives.

    The name is looked up as it is, then as a path with dots, such as realm_access.roles.
    """
    for each in claims:
        found: Any = each.get(settings.OIDC_GROUPS_CLAIM)
        if found is None:
            found = each
            for part in settings.OIDC_GROUPS_CLAIM.split("."):
                found = found.get(part) if isinstance(found, Mapping) else None
        if isinstance(found, str):
            return [found]
        if isinstance(found, list) and found:
            return [group for group in found[:MOST] if isinstance(group, str)]
    return []


def roles_by_groups(groups: Iterable[str]) -> dict[str, Role]:
    """Return the highest role that a person's groups give, by the short name of the tenant."""
    found: dict[str, Role] = {}
    for group in groups:
        for slug, value in settings.OIDC_GROUPS.get(group, ()):
            role = Role(value)
            found[slug] = max(found.get(slug, role), role, key=lambda each: each.rank)
    return found


def memberships_follow(*, user: User, groups: Iterable[str]) -> bool:
    """Let a person's memberships follow their groups; return whether they may do anything at all.

    What a group no longer gives is taken away, be it the last administrator's: whom the identity provider has put out
    must be out. The operator adds another one.
    """
    wanted = roles_by_groups(groups)
    with transaction.atomic():
        for membership in Membership.objects.filter(user=user, by_groups=True).select_related("tenant", "user"):
            if membership.tenant.slug not in wanted:
                _record(Verb.MEMBER_REMOVE, membership, {"role": membership.role})
                membership.delete()
        for tenant in Tenant.objects.filter(slug__in=wanted):
            _member(tenant, user, wanted[tenant.slug])
        return user.is_superuser or Membership.objects.filter(user=user).exists()


def _member(tenant: Tenant, user: User, role: Role) -> None:
    membership, is_new = Membership.objects.get_or_create(
        tenant=tenant, user=user, defaults={"role": role, "by_groups": True}
    )
    if is_new:
        _record(Verb.MEMBER_ADD, membership, {"role": role})
        return
    before, was_by_hand = membership.role, not membership.by_groups
    if before == role and not was_by_hand:
        return
    membership.role, membership.by_groups = role, True
    membership.save(update_fields=["role", "by_groups"])
    _record(Verb.MEMBER_CHANGE, membership, {"role": change(before, role) if before != role else role})


def _record(verb: Verb, membership: Membership, details: dict[str, object]) -> None:
    person_record(
        verb,
        user=membership.user,
        actor=None,
        actor_name=ACTOR,
        tenant=membership.tenant,
        details={**details, "by": "groups at the identity provider"},
    )
