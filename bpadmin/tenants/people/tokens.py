"""API tokens: what a script signs in with, as one person in one tenant, for some of what that person may do.

A token is shown when it is made and stored as a hash: it is long and random, so that one round of SHA-256 keeps it as
well as many would. It never may more than its person does at that moment: who leaves the tenant, is given a lower role
or has their sign-in closed takes their tokens along.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils import timezone

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.tenants.access import role_of
from bpadmin.tenants.models import ApiToken, BreakGlass, Role
from bpadmin.tenants.people.services import PeopleRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from bpadmin.tenants.models import Tenant

PREFIX = "bpa_"
LONGEST_DAYS, DEFAULT_DAYS = 366, 90
MOST = 50
# When a token was last used is written down at most this often.
USED_EVERY = timedelta(minutes=5)


class Scope(models.TextChoices):
    """What a token is for."""

    JOBS_READ = "jobs:read", "Read jobs and what became of their rows"
    REJECTS_READ = "rejects:read", "Fetch the refused rows of jobs"
    LISTS_UPLOAD = "lists:upload", "Upload files into calling lists"
    LISTS_TAKE_BACK = "lists:take_back", "Take uploads back: delete again what they added"
    CAMPAIGNS_READ = "campaigns:read", "Read campaigns"
    CAMPAIGNS_CONTROL = "campaigns:control", "Start and stop campaigns"
    RESULTS_READ = "results:read", "Read results: figures, what they count, and what became of uploads"
    DNC_READ = "dnc:read", "Ask why a number is on a Do Not Call list, or not"
    DNC_WRITE = "dnc:write", "Add to and remove from Do Not Call lists"
    AUTOMATION_READ = "automation:read", "Read plans, feeds and reports, and what came of them"
    AUTOMATION_CONTROL = "automation:control", "Run, hold and release plans and feeds, and make reports"

    @property
    def role(self) -> Role:
        """The role that its person must have in the tenant."""
        viewers = (Scope.JOBS_READ, Scope.CAMPAIGNS_READ, Scope.RESULTS_READ, Scope.DNC_READ, Scope.AUTOMATION_READ)
        return Role.VIEWER if self in viewers else Role.SUPERVISOR


def tokens_of(*, tenant: Tenant, user: User | None = None) -> QuerySet[ApiToken]:
    """Return the tokens of a tenant that are not revoked, of one person or of all, newest first."""
    found = ApiToken.objects.filter(tenant=tenant, revoked_at=None).select_related("user").order_by("-made_at")
    return found.filter(user=user) if user is not None else found


def token_make(
    *,
    tenant: Tenant,
    user: User,
    name: str,
    scopes: Iterable[str],
    days: int = DEFAULT_DAYS,
    actor: User | None = None,
    actor_name: str = "",
) -> tuple[ApiToken, str]:
    """Make a token for a person; give it and its text, which is known this once only. Raises PeopleRefused."""
    name, wanted = name.strip(), sorted(set(scopes))
    if not name:
        raise PeopleRefused("Give the token a name that says which script uses it.")
    if not 1 <= days <= LONGEST_DAYS:
        raise PeopleRefused(f"A token ends after 1 to {LONGEST_DAYS} days.")
    if not wanted or any(scope not in Scope.values for scope in wanted):
        raise PeopleRefused(f"Say what the token is for, one or more of: {', '.join(Scope.values)}.")
    if BreakGlass.objects.filter(user=user).exists():
        raise PeopleRefused(f"{user} is a break-glass account: what it makes must not outlast it.")
    role = role_of(user, tenant)
    for scope in wanted:
        needed = Scope(scope).role
        if role is None or not role.covers(needed):
            raise PeopleRefused(f"“{scope}” needs the role {needed.label} in {tenant.name}, which {user} has not.")
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        if tokens_of(tenant=tenant, user=user).count() >= MOST:
            raise PeopleRefused(f"{user} has {MOST} tokens here already. Revoke those that no script uses.")
        token = ApiToken.objects.create(
            tenant=tenant,
            user=user,
            name=name,
            token_hash=_hash(text),
            hint=text[-4:],
            scopes=wanted,
            ends_at=timezone.now() + timedelta(days=days),
            made_by_name=actor_name or (actor or user).get_username(),
        )
        _record(Verb.TOKEN_MAKE, token, actor, actor_name, {"scopes": wanted, "days": days})
    return token, text


def token_revoke(*, token: ApiToken, actor: User | None, actor_name: str = "") -> None:
    """End a token now."""
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            _record(Verb.TOKEN_REVOKE, token, actor, actor_name, {})


def token_find(text: str) -> ApiToken | None:
    """Find the token with this text that works now, and note that it was used."""
    if not text.startswith(PREFIX) or len(text) > 100:
        return None
    now = timezone.now()
    token = (
        ApiToken.objects.filter(token_hash=_hash(text), revoked_at=None, ends_at__gt=now, user__is_active=True)
        .select_related("tenant", "user")
        .first()
    )
    if token and (token.last_used_at is None or now - token.last_used_at > USED_EVERY):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _record(verb: Verb, token: ApiToken, actor: User | None, actor_name: str, details: dict[str, object]) -> None:
    audit_record(
        verb=verb,
        tenant=token.tenant,
        actor=actor,
        actor_name=actor_name,
        target_kind="token",
        target_id=str(token.pk),
        target_name=f"{token.name} of {token.user.get_username()}",
        details=details,
    )
