"""Who belongs to a tenant: added, given another role, removed; passwords that work once; sign-ins that are closed."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from bpadmin.audit.notes import change
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.access import role_of
from bpadmin.tenants.models import ApiToken, Membership, OneTimePassword, Role
from bpadmin.tenants.people.records import person_record

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from bpadmin.tenants.models import Tenant

ONE_TIME_DAYS = 7
# Without letters and figures that are easily taken for one another.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class OneTimePasswordRefused(Exception):
    """A one-time password that opens nothing any more; the message says what to do."""


class PeopleRefused(Exception):
    """A change of people that is not allowed; the message says what to do instead."""


def memberships_of(*, tenant: Tenant) -> QuerySet[Membership]:
    """Return the tenant's memberships with their users, by username."""
    return Membership.objects.filter(tenant=tenant).select_related("user").order_by("user__username")


def membership_add(*, tenant: Tenant, username: str, role: Role, actor: User | None) -> Membership:
    """Add somebody who can sign in already. Raises PeopleRefused.

    For the shell, whose operator knows who it is; on the pages people are invited, and asked (see `invitations`).
    """
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
    passwords_needed()
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
    """Return somebody another role. Raises PeopleRefused for the last administrator."""
    _refuse_by_groups(membership)
    if role == Role.ADMINISTRATOR and membership.limits is not None:
        raise PeopleRefused(
            f"{membership.user.get_username()} is limited to some campaigns and lists: lift that first."
        )
    with transaction.atomic():
        if role != Role.ADMINISTRATOR:
            _refuse_last_administrator(membership)
        before, membership.role = membership.role, role
        if before != role:
            membership.save(update_fields=["role"])
            _record(Verb.MEMBER_CHANGE, membership, actor, {"role": change(before, role)})
    return membership


def membership_remove(*, membership: Membership, actor: User | None) -> None:
    """Take somebody out of the tenant; their sign-in stays. Raises PeopleRefused for the last administrator."""
    _refuse_by_groups(membership)
    with transaction.atomic():
        _refuse_last_administrator(membership)
        _record(Verb.MEMBER_REMOVE, membership, actor, {"role": membership.role})
        membership.delete()


def password_reset(*, membership: Membership, actor: User) -> str:
    """Return somebody a new one-time password and return it. Raises PeopleRefused.

    Only for people of whose every tenant `actor` is an administrator: a password opens all of them.
    """
    passwords_needed()
    user = membership.user
    if not may_reset_password(user=user, actor=actor):
        raise PeopleRefused(
            f"{user.get_username()} also belongs to a tenant that you do not administer, or runs the system. "
            "Ask the operator to set the password on the server: manage.py changepassword."
        )
    from bpadmin.tenants.accounts.sessions import sessions_end

    password = password_make()
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        OneTimePassword.objects.filter(user=user).delete()
        OneTimePassword.objects.create(user=user)
        sessions_end(user=user)
        _record(Verb.MEMBER_PASSWORD, membership, actor, {})
    return password


def may_reset_password(*, user: User, actor: User) -> bool:
    """Return whether `actor` may replace the password of `user`; one's own is changed on the password page."""
    if user == actor or (user.is_superuser and not actor.is_superuser):
        return False
    tenants = [membership.tenant for membership in user.memberships.select_related("tenant")]
    return all(role_of(actor, tenant) == Role.ADMINISTRATOR for tenant in tenants)


def factors_remove(*, user: User, actor: User | None, actor_name: str = "", tenant: Tenant | None = None) -> int:
    """Take away all second factors of somebody who lost theirs; give how many. Raises PeopleRefused.

    Whoever may give them a password may do this, and nobody else: it opens the same doors.
    """
    from bpadmin.tenants.accounts.sessions import sessions_end

    if actor is not None and not may_reset_password(user=user, actor=actor):
        raise PeopleRefused(
            f"{user.get_username()} also belongs to a tenant that you do not administer, runs the system, or is you. "
            "Ask the operator: manage.py person_factors_remove."
        )
    with transaction.atomic():
        removed, _ = Authenticator.objects.filter(user=user).delete()
        if removed:
            sessions_end(user=user)
            details = {"kind": "all"}
            person_record(
                Verb.FACTOR_REMOVE, user=user, actor=actor, actor_name=actor_name, tenant=tenant, details=details
            )
    return int(removed)


def password_make() -> str:
    """Make a password that can be read out over the phone: four groups of four, 78 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def has_expired(*, one_time: OneTimePassword) -> bool:
    """Return whether a one-time password was left lying too long."""
    return timezone.now() - one_time.made_at > timedelta(days=ONE_TIME_DAYS)


def one_time_password_spend(*, user: User) -> None:
    """Use up the one-time password that somebody has just signed in with, if it is one. OneTimePasswordRefused.

    It opens the door once, whoever comes first: a second comer, be it the right one, must ask, and so it is noticed.
    """
    one_time = OneTimePassword.objects.filter(user=user).first()
    if one_time is None:
        return
    if has_expired(one_time=one_time):
        raise OneTimePasswordRefused("This one-time password is too old. Ask your administrator for a new one.")
    if not OneTimePassword.objects.filter(pk=one_time.pk, used_at=None).update(used_at=timezone.now()):
        raise OneTimePasswordRefused(
            "This one-time password was used already. If that was not you, tell your administrator; ask for a new one."
        )


def password_changed(*, user: User, keep: str | None) -> None:
    """Note that somebody chose a password of their own: one-time ones and all sessions but `keep` end."""
    # Sessions know the pages' gate, which knows this module.
    from bpadmin.tenants.accounts.sessions import sessions_end

    with transaction.atomic():
        OneTimePassword.objects.filter(user=user).delete()
        sessions_end(user=user, keep=keep)
        person_record(Verb.PASSWORD_CHANGE, user=user, actor=user)


def may_close(*, user: User, actor: User) -> bool:
    """Return whether `actor` may close the sign-in of `user`: who administers every tenant that it opens."""
    return may_reset_password(user=user, actor=actor)


def person_close(*, user: User, actor: User | None, actor_name: str = "", tenant: Tenant | None = None) -> None:
    """Close a sign-in: no password, passkey, session or token of it works any more. Raises PeopleRefused."""
    from bpadmin.tenants.accounts.sessions import sessions_end

    _refuse_closing(user, actor)
    with transaction.atomic():
        for membership in user.memberships.select_related("tenant", "user"):
            _refuse_last_administrator(membership)
        if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            return
        user.is_active = False
        ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
        sessions_end(user=user)
        person_record(Verb.PERSON_CLOSE, user=user, actor=actor, actor_name=actor_name, tenant=tenant)


def person_open(*, user: User, actor: User | None, actor_name: str = "", tenant: Tenant | None = None) -> None:
    """Open a closed sign-in again; its tokens stay revoked. Raises PeopleRefused."""
    _refuse_closing(user, actor)
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            user.is_active = True
            person_record(Verb.PERSON_OPEN, user=user, actor=actor, actor_name=actor_name, tenant=tenant)


def _refuse_closing(user: User, actor: User | None) -> None:
    if actor is not None and not may_close(user=user, actor=actor):
        raise PeopleRefused(
            f"{user.get_username()} also belongs to a tenant that you do not administer, runs the system, or is you. "
            "Remove them from this tenant, or ask the operator: manage.py person_close."
        )


def _refuse_by_groups(membership: Membership) -> None:
    if membership.by_groups:
        raise PeopleRefused(
            f"The role of {membership.user.get_username()} follows their groups at {settings.OIDC_NAME}: "
            "change it there. To keep them out at once, close their sign-in."
        )


def passwords_needed() -> None:
    """Refuse what makes passwords where they are switched off. Raises PeopleRefused."""
    if not settings.LOCAL_SIGN_IN:
        raise PeopleRefused(
            f"Passwords are switched off here: whoever has the right group at {settings.OIDC_NAME} comes in by it."
        )


def _refuse_last_administrator(membership: Membership) -> None:
    administrators = Membership.objects.select_for_update().filter(
        tenant=membership.tenant, role=Role.ADMINISTRATOR, user__is_active=True
    )
    if membership.role == Role.ADMINISTRATOR and len(administrators) == 1:
        raise PeopleRefused(
            f"{membership.user.get_username()} is the last administrator here. Make somebody else one first."
        )


def _record(verb: Verb, membership: Membership, actor: User | None, details: dict[str, object]) -> None:
    person_record(verb, user=membership.user, actor=actor, tenant=membership.tenant, details=details)
