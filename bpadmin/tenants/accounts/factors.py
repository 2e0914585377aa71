"""The second factor: who must have one, who has one, and where passkeys work."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode

from bpadmin.tenants.models import Membership, Role

# In the session of somebody who must have a second factor and was seen to have one.
HAS_FACTOR = "has_second_factor"
SUPERUSER = "superuser"
LOCAL = "localhost"


def factor_first(request: Any, role: Role | None) -> HttpResponse | None:
    """Lead somebody whose role must have a second factor, and who has none, to the page that sets one up."""
    if not factor_is_forced(request.user, role) or request.session.get(HAS_FACTOR):
        return None
    if has_factor(request.user):
        request.session[HAS_FACTOR] = True
        return None
    return redirect(f"/security/?{urlencode({'next': request.get_full_path()})}")


def factor_is_forced(user: User, role: Role | None) -> bool:
    """Return whether somebody in a role must have a second factor, by setting."""
    forced = settings.SECOND_FACTOR_ROLES
    return bool(forced) and ((role is not None and role.value in forced) or (user.is_superuser and SUPERUSER in forced))


def factor_is_forced_anywhere(user: User) -> bool:
    """Return whether any role of a person must have a second factor."""
    if not settings.SECOND_FACTOR_ROLES:
        return False
    roles = [Role(role) for role in Membership.objects.filter(user=user).values_list("role", flat=True)]
    if user.is_superuser:
        roles.append(Role.ADMINISTRATOR)
    return any(factor_is_forced(user, role) for role in (None, *roles))


def has_factor(user: User) -> bool:
    """Return whether a person is asked for more than a password."""
    return factors_count(user) > 0


def factors_count(user: User) -> int:
    """Count a person's factors; recovery codes are none."""
    return int(Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).count())


def passkeys_why_not(request: HttpRequest) -> str:
    """Say why passkeys do not work at the address that the page was opened by; "" where they do.

    Browsers offer them to names that are reached by TLS, and to this machine under its name, never to numbers.
    """
    host = request.get_host()
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    is_number = name.startswith("[") or name.replace(".", "").isdigit()
    if name == LOCAL or name.endswith(f".{LOCAL}"):
        return ""
    if is_number:
        here = name in ("127.0.0.1", "[::1]")
        other = host.replace(name, LOCAL) if here else "its name"
        return (
            f"Browsers keep passkeys for names, and this page was opened by a number ({name}). "
            f"Open it by {other} and come back."
        )
    if not request.is_secure():
        return (
            "Browsers offer passkeys only to pages that are reached by TLS (https), and this one is not. "
            "Ask the operator to put bpadmin behind TLS (BPADMIN_TLS in the documentation)."
        )
    return ""
