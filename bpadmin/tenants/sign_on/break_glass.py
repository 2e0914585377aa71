"""The account for when the identity provider is away: made by the operator, for some hours, with a password."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from bpadmin.audit.verbs import Verb
from bpadmin.tenants.models import BreakGlass, OneTimePassword
from bpadmin.tenants.people.records import person_record
from bpadmin.tenants.people.services import PeopleRefused, password_make

if TYPE_CHECKING:
    from datetime import datetime

HOURS, MOST_HOURS = 4, 72


def break_glass_make(*, username: str, reason: str, hours: int = HOURS, actor_name: str) -> tuple[User, str, datetime]:
    """Make or open the account; give it, its one-time password and when it ends. Raises PeopleRefused.

    It runs the system, so it may never be the name of a person: what a person may do would grow and shrink with it.
    """
    username, reason = username.strip(), reason.strip()
    if not reason:
        raise PeopleRefused("Say why it is needed (--reason): it stands in the log.")
    if not 1 <= hours <= MOST_HOURS:
        raise PeopleRefused(f"It may last from 1 to {MOST_HOURS} hours.")
    user = User.objects.filter(username__iexact=username).first() or User(username=username)
    if user.pk and not BreakGlass.objects.filter(user=user).exists():
        raise PeopleRefused(f"Somebody signs in as “{username}” already. Choose another name, such as break-glass.")
    password, ends_at = password_make(), timezone.now() + timedelta(hours=hours)
    user.set_password(password)
    user.is_superuser = user.is_active = True
    try:
        user.full_clean()
    except ValidationError as exc:
        raise PeopleRefused(" ".join(exc.messages)) from exc
    with transaction.atomic():
        user.save()
        OneTimePassword.objects.filter(user=user).delete()
        OneTimePassword.objects.create(user=user)
        BreakGlass.objects.update_or_create(user=user, defaults={"reason": reason, "ends_at": ends_at})
        details = {"reason": reason, "until": ends_at.isoformat(timespec="minutes")}
        person_record(Verb.BREAK_GLASS, user=user, actor=None, actor_name=actor_name, details=details)
    return user, password, ends_at


def break_glass_end(*, username: str, actor_name: str) -> User:
    """End the account now, with its sessions. Raises PeopleRefused where there is none."""
    from bpadmin.tenants.accounts.sessions import sessions_end

    found = BreakGlass.objects.filter(user__username__iexact=username.strip()).select_related("user").first()
    if found is None:
        raise PeopleRefused(f"“{username.strip()}” is no break-glass account.")
    with transaction.atomic():
        found.ends_at = min(found.ends_at, timezone.now())
        found.save(update_fields=["ends_at"])
        found.user.set_unusable_password()
        found.user.save(update_fields=["password"])
        sessions_end(user=found.user)
        person_record(Verb.PERSON_CLOSE, user=found.user, actor=None, actor_name=actor_name)
    return found.user


def local_why_not(user: User) -> str:
    """Say why a person may not come in by a password or passkey of ours; "" where they may."""
    until = break_glass_until(user)
    if until is not None:
        return "" if until > timezone.now() else "This break-glass account is over. The operator can open it again."
    return "" if settings.LOCAL_SIGN_IN else f"Passwords and passkeys are switched off here: use {settings.OIDC_NAME}."


def break_glass_until(user: User) -> datetime | None:
    """Return when a break-glass account ends or ended; None for everybody else."""
    return BreakGlass.objects.filter(user=user).values_list("ends_at", flat=True).first()
