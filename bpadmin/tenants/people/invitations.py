"""Invitations: a link that makes whoever holds it, and wants to, one of a tenant's people.

Nobody is put into a tenant by a name: a name says nothing of who sits behind it, and who is asked may refuse. The link
goes to the person by e-mail or from hand to hand; it works once, for some days, and only its hash is stored.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import Invitation, Membership, Role
from bpadmin.tenants.people.records import person_record
from bpadmin.tenants.people.services import PeopleRefused, passwords_needed

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from bpadmin.tenants.models import Tenant

INVITATION_DAYS = 7
# Of one tenant, at the same time: what is forgotten must not pile up as open doors.
MOST = 200
GONE = (
    "This invitation was used, taken back or is too old, or whoever sent it may not invite any more. "
    "Ask an administrator for a new one."
)


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that was just made; `path` is the address of its link without host, known this once only."""

    invitation: Invitation
    path: str
    is_mailed: bool = False
    mail_trouble: str = ""


def invitations_of(*, tenant: Tenant) -> QuerySet[Invitation]:
    """Return the invitations of a tenant that can be accepted, newest first."""
    return open_invitations().filter(tenant=tenant).order_by("-made_at")


def open_invitations() -> QuerySet[Invitation]:
    """Return all invitations that can be accepted: one that a person made, for as long as they might make it.

    Who is no administrator any more must not let somebody in by a link that they kept.
    """
    administrators = Membership.objects.filter(
        tenant=OuterRef("tenant"), user=OuterRef("made_by"), role=Role.ADMINISTRATOR
    )
    may = Q(made_by__is_active=True) & (Q(made_by__is_superuser=True) | Exists(administrators))
    return _unspent().filter(Q(made_by=None) | may)


def _unspent() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, withdrawn_at=None, ends_at__gt=timezone.now())


def invitation_make(
    *,
    tenant: Tenant,
    role: Role,
    whom: str,
    actor: User | None,
    actor_name: str = "",
    link_of: Callable[[str], str] | None = None,
) -> Invited:
    """Invite somebody; `whom` is their e-mail address, or a note of for whom the link is. Raises PeopleRefused.

    With an address and a mail server the link is sent, made by `link_of` from its path.
    """
    whom = whom.strip()
    if not whom:
        raise PeopleRefused("Say for whom the invitation is: an e-mail address or a name.")
    email = _email_of(whom)
    if invitations_of(tenant=tenant).count() >= MOST:
        raise PeopleRefused(f"{MOST} invitations are open already. Take back those that nobody needs.")
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        invitation = Invitation.objects.create(
            tenant=tenant,
            role=role,
            whom=whom,
            email=email,
            token_hash=_hash(token),
            ends_at=timezone.now() + timedelta(days=INVITATION_DAYS),
            made_by=actor,
            made_by_name=actor_name or (actor.get_username() if actor else "the system"),
        )
        _record(Verb.INVITE, invitation, actor, actor_name)
    path = f"/invitation/{token}/"
    if not (email and link_of and settings.EMAIL_HOST):
        return Invited(invitation, path)
    try:
        _mail(invitation, link_of(path))
    except OSError as exc:
        return Invited(invitation, path, mail_trouble=f"The e-mail could not be sent ({exc}). Hand the link over.")
    return Invited(invitation, path, is_mailed=True)


def invitation_find(token: str) -> Invitation:
    """Find an open invitation by the token of its link. Raises PeopleRefused."""
    found = open_invitations().filter(token_hash=_hash(token)).select_related("tenant").first()
    if found is None:
        raise PeopleRefused(GONE)
    return found


def invitation_accept(*, token: str, user: User) -> Membership:
    """Make somebody who has signed in, and wants to, a member. Raises PeopleRefused."""
    with transaction.atomic():
        invitation = _spend(token)
        membership, is_new = Membership.objects.get_or_create(
            tenant=invitation.tenant, user=user, defaults={"role": invitation.role}
        )
        if not is_new:
            raise PeopleRefused(
                f"You are one of the people of {invitation.tenant.name} already, as {membership.get_role_display()}."
            )
        _accepted(invitation, membership)
    return membership


def invitation_accept_new(*, token: str, username: str, full_name: str, password: str) -> Membership:
    """Make a sign-in for whoever holds the link, with the name and password that they chose. Raises PeopleRefused."""
    passwords_needed()
    first, _, last = full_name.strip().partition(" ")
    user = User(username=username.strip(), first_name=first, last_name=last.strip())
    with transaction.atomic():
        invitation = _spend(token)
        user.email = invitation.email
        if User.objects.filter(username__iexact=user.username).exists():
            raise PeopleRefused(f"Somebody signs in as “{user.username}” already. Choose another name.")
        user.set_password(password)
        try:
            user.full_clean()
        except ValidationError as exc:
            raise PeopleRefused(" ".join(exc.messages)) from exc
        user.save()
        membership = Membership.objects.create(tenant=invitation.tenant, user=user, role=invitation.role)
        _accepted(invitation, membership, is_created=True)
    return membership


def invitation_withdraw(*, invitation: Invitation, actor: User | None, actor_name: str = "") -> None:
    """Take an invitation back, so that its link opens nothing."""
    with transaction.atomic():
        if _unspent().filter(pk=invitation.pk).update(withdrawn_at=timezone.now()):
            _record(Verb.INVITE_WITHDRAW, invitation, actor, actor_name)


def _spend(token: str) -> Invitation:
    """Use an invitation up: of two who come at the same moment one finds it gone. Raises PeopleRefused."""
    invitation = invitation_find(token)
    # By columns of its own row alone: the second of two waits for the first, and these are looked at again then.
    if not _unspent().filter(pk=invitation.pk).update(accepted_at=timezone.now()):
        raise PeopleRefused(GONE)
    return invitation


def _accepted(invitation: Invitation, membership: Membership, *, is_created: bool = False) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(accepted_by_name=membership.user.get_username())
    details = {"role": membership.role, "invited by": invitation.made_by_name, "for": invitation.whom}
    if is_created:
        details["sign-in"] = "created"
    person_record(
        Verb.MEMBER_ADD, user=membership.user, actor=membership.user, tenant=membership.tenant, details=details
    )


def _email_of(whom: str) -> str:
    try:
        validate_email(whom)
    except ValidationError:
        if "@" in whom:
            raise PeopleRefused(f"“{whom}” is no e-mail address.") from None
        return ""
    return whom


def _mail(invitation: Invitation, link: str) -> None:
    tenant = invitation.tenant.name
    send_mail(
        f"Invitation to {tenant} on bpadmin",
        f"{invitation.made_by_name} invites you to {tenant} on bpadmin as {invitation.get_role_display()}.\n\n"
        f"Open this link to accept; it works once, until {invitation.ends_at:%-d %b %Y, %H:%M} UTC:\n\n{link}\n\n"
        "If you do not know what this is about, do nothing.\n",
        None,
        [invitation.email],
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _record(verb: Verb, invitation: Invitation, actor: User | None, actor_name: str) -> None:
    audit_record(
        verb=verb,
        tenant=invitation.tenant,
        actor=actor,
        actor_name=actor_name,
        target_kind="invitation",
        target_id=str(invitation.pk),
        target_name=invitation.whom,
        details={"role": invitation.role},
    )
