"""Who belongs to a tenant: added, given another role, removed; and passwords that work once."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.access import role_of
from bpadmin.tenants.models import Membership, OneTimePassword, Role

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from bpadmin.tenants.models import Tenant

ONE_TIME_DAYS = 7
# Without letters and figures that are easily taken for one another.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class PeopleRefused(Exception):
    """A change of people that is not allowed; the message says what to do instead."""


def memberships_of(*, tenant: Tenant) -> QuerySet[Membership]:
    """Give the tenant's memberships with their users, by username."""
    return Membership.objects.filter(tenant=tenant).select_related("user").order_by("user__username")


def membership_add(*, tenant: Tenant, username: str, role: Role, actor: User | None) -> Membership:
    """Add somebody who can sign in already. Raises PeopleRefused."""
    user = User.objects.filter(username__iexact=username.strip(), is_active=True).first()
    if user is None:
        raise PeopleRefused(
            f"Nobody signs in as “{username.strip()}”. Check the spelling, or create the sign-in with the other form."
        )
    with transaction.atomic():
        membership, is_new = Membership.objects.get_or_create(tenant=tenant, user=user, defaults={"role": role})
        if not is_new:
            raise PeopleRefused(
                f"{user.get_username()} is one of the people here already. Change the role in the table."
            )
        _record(Verb.MEMBER_ADD, membership, actor, {"role": role})
    return membership


def person_create(
    *, tenant: Tenant, username: str, full_name: str, role: Role, actor: User | None
) -> tuple[Membership, str]:
    """Create a sign-in and add it; give the membership and the one-time password. Raises PeopleRefused."""
    first, _, last = full_name.strip().partition(" ")
    user = User(username=username.strip(), first_name=first, last_name=last.strip())
    password = password_make()
    if User.objects.filter(username__iexact=user.username).exists():
        raise PeopleRefused(f"Somebody signs in as “{user.username}” already. Add them with the other form.")
    user.set_password(password)
    try:
        user.full_clean()
    except ValidationError as exc:
        raise PeopleRefused(" ".join(exc.messages)) from exc
    with transaction.atomic():
        user.save()
        OneTimePassword.objects.create(user=user)
        membership = Membership.objects.create(tenant=tenant, user=user, role=role)
        _record(Verb.MEMBER_ADD, membership, actor, {"role": role, "sign-in": "created"})
    return membership, password


def membership_set(*, membership: Membership, role: Role, actor: User | None) -> Membership:
    """Give somebody another role. Raises PeopleRefused for the last administrator."""
    with transaction.atomic():
        if role != Role.ADMINISTRATOR:
            _refuse_last_administrator(membership)
        before, membership.role = membership.role, role
        if before != role:
            membership.save(update_fields=["role"])
            _record(Verb.MEMBER_CHANGE, membership, actor, {"role": [before, role]})
    return membership


def membership_remove(*, membership: Membership, actor: User | None) -> None:
    """Take somebody out of the tenant; their sign-in stays. Raises PeopleRefused for the last administrator."""
    with transaction.atomic():
        _refuse_last_administrator(membership)
        _record(Verb.MEMBER_REMOVE, membership, actor, {"role": membership.role})
        membership.delete()


def password_reset(*, membership: Membership, actor: User) -> str:
    """Give somebody a new one-time password and return it. Raises PeopleRefused.

    Only for people of whose every tenant `actor` is an administrator: a password opens all of them.
    """
    user = membership.user
    if not may_reset_password(user=user, actor=actor):
        raise PeopleRefused(
            f"{user.get_username()} also belongs to a tenant that you do not administer, or runs the system. "
            "Ask the operator to set the password on the server: manage.py changepassword."
        )
    password = password_make()
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        OneTimePassword.objects.filter(user=user).delete()
        OneTimePassword.objects.create(user=user)
        _record(Verb.MEMBER_PASSWORD, membership, actor, {})
    return password


def may_reset_password(*, user: User, actor: User) -> bool:
    """Tell whether `actor` may replace the password of `user`; one's own is changed on the password page."""
    if user == actor or (user.is_superuser and not actor.is_superuser):
        return False
    tenants = [membership.tenant for membership in user.memberships.select_related("tenant")]
    return all(role_of(actor, tenant) == Role.ADMINISTRATOR for tenant in tenants)


def password_make() -> str:
    """Make a password that can be read out over the phone: four groups of four, 78 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def has_expired(*, one_time: OneTimePassword) -> bool:
    """Tell whether a one-time password was left lying too long."""
    return timezone.now() - one_time.made_at > timedelta(days=ONE_TIME_DAYS)


def _refuse_last_administrator(membership: Membership) -> None:
    administrators = Membership.objects.select_for_update().filter(tenant=membership.tenant, role=Role.ADMINISTRATOR)
    if membership.role == Role.ADMINISTRATOR and len(administrators) == 1:
        raise PeopleRefused(
            f"{membership.user.get_username()} is the last administrator here. Make somebody else one first."
        )


def _record(verb: Verb, membership: Membership, actor: User | None, details: dict[str, object]) -> None:
    audit_record(
        verb=verb,
        tenant=membership.tenant,
        actor=actor,
        target_kind="person",
        target_id=str(membership.user.pk),
        target_name=membership.user.get_username(),
        details=details,
    )
