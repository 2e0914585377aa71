"""What tests of signing in share."""

from __future__ import annotations

from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.conftest import PASSWORD


def sign_in(client: Client, username: str, password: str = PASSWORD, *, address: str = "127.0.0.1", **more: Any) -> Any:
    """Send the sign-in form from an address."""
    return client.post(reverse("sign_in"), {"username": username, "password": password, **more}, REMOTE_ADDR=address)


def is_in(client: Client) -> bool:
    """Return whether somebody is signed in."""
    return "_auth_user_id" in client.session


def codes(secret: str) -> list[str]:
    """Return the codes that an authenticator app shows a moment ago, now and in a moment."""
    return [format_hotp_value(hotp_value(secret, counter)) for counter in yield_hotp_counters_from_time()]


def app_set_up(client: Client, user: User) -> str:
    """Set an authenticator app up by its page; give its secret."""
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    done = client.post(reverse("mfa_activate_totp"), {"code": codes(secret)[1]})
    assert done.status_code == 302, done.context["form"].errors
    return str(secret)
