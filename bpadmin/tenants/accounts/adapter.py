"""What we tell django-allauth to do our way: throttle, addresses, words, secrets at rest, who may sign up (nobody)."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.forms import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.installation.encryption import decrypt, encrypt
from bpadmin.tenants.accounts.confirmation import is_confirmed
from bpadmin.tenants.accounts.factors import factor_is_forced_anywhere, factors_count
from bpadmin.tenants.accounts.throttle import TooManyTries, Try, try_begin
from bpadmin.tenants.sign_on.break_glass import local_why_not

NOT_TOGETHER = "This username and password do not go together. Mind capital letters."
WRONG_CODE = "This code is not right, or was used already. Wait for the next one and try again."


class AccountAdapter(DefaultAccountAdapter):
    """Signing in by password: our throttle in place of the one by name alone, which lets strangers lock people out."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": NOT_TOGETHER,
        "invalid_login": NOT_TOGETHER,
        "incorrect_password": "This is not your password. Mind capital letters.",
        "incorrect_code": WRONG_CODE,
        "too_many_login_attempts": "Too many wrong codes. Wait five minutes, then try again.",
        "rate_limited": "Too many wrong codes. Wait five minutes, then try again.",
    }
    _tried: Try | None = None

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try by address, and by name and address, before the password is looked at."""
        name = str(credentials.get("username", ""))
        try:
            self._tried = try_begin(name=name, address=self.get_client_ip(request))
        except TooManyTries as refused:
            if refused.is_first:
                sign_in_told(Verb.SIGN_IN_LOCK, request, name=name, message=str(refused))
            raise ValidationError(str(refused)) from refused

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Return the person whose name and password go together; None for all others."""
        user = super().authenticate(request, **credentials)
        if user and local_why_not(user):
            return None
        if user and self._tried:
            self._tried.right()
        return user

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Keep out whoever comes by a password or passkey where those are switched off, and who is closed."""
        is_sign_on = "sociallogin" in (kwargs.get("signal_kwargs") or {})
        words = "" if is_sign_on else local_why_not(user)
        if words:
            clear_login(request)
            sign_in_told(Verb.SIGN_IN_FAIL, request, user=user, message=words)
            messages.error(request, words)
            return redirect("sign_in")
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write a wrong password down."""
        sign_in_told(Verb.SIGN_IN_FAIL, request, name=str(credentials.get("username", "")))

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that `bpadmin.web.proxies` vouches for; a socket of this machine has none."""
        return str(request.META.get("REMOTE_ADDR") or "127.0.0.1")

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: people are invited."""
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """Answer in JSON only where a browser asks for the riddle that a passkey solves."""
        return request.path == reverse("mfa_login_webauthn") and request.headers.get("Accept") == "application/json"

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask again as the rest of the house does: signing in counts for a while."""
        return not is_confirmed(context.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return how a person can show who they are; without a password of ours at the identity provider."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if user.is_authenticated and not user.has_usable_password() and settings.OIDC_ISSUER:
            own = {"id": "sso", "description": f"Use {settings.OIDC_NAME}", "url": reverse("account_reauthenticate")}
            return [own, *methods]
        return methods

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Pass on what is said in words; what stands in allauth's templates our pages say themselves."""
        if message:
            messages.add_message(request, level, message, extra_tags=extra_tags)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send none: changes are in the activity log."""


class FactorAdapter(DefaultMFAAdapter):
    """Second factors: their secrets are encrypted at rest, and the last one stays where one must be had."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": WRONG_CODE,
        "cannot_delete_authenticator": "Your role must have a second factor, and this is your last one. "
        "Set up another one first.",
    }

    def encrypt(self, text: str) -> str:
        """Encrypt with the key that tenants' secrets are encrypted with."""
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt what `encrypt` made."""
        return decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        """Name what the code is for, in the app."""
        return f"bpadmin {context.request.get_host()}"

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Keep the last factor of somebody who must have one."""
        user = authenticator.user
        return not (factors_count(user) <= 1 and factor_is_forced_anywhere(user))

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """Suggest how a passkey is called."""
        return f"Passkey {factors_count(user) + 1}"

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send none: changes are in the activity log."""


def sign_in_told(
    verb: Verb, request: HttpRequest | None, *, user: User | None = None, name: str = "", message: str = ""
) -> None:
    """Write into the log what became of somebody at the door. A name that nobody has may be a password: not kept."""
    if user is None and name:
        user = User.objects.filter(username=name.strip()).first()
    address = str(request.META.get("REMOTE_ADDR") or "") if request else ""
    is_known = user is not None
    audit_record(
        verb=verb,
        tenant=None,
        actor=user if verb in (Verb.SIGN_IN, Verb.SIGN_OUT) else None,
        actor_name="" if verb in (Verb.SIGN_IN, Verb.SIGN_OUT) else "somebody",
        target_kind="person",
        target_id=str(user.pk) if user else "",
        target_name=user.get_username() if is_known and user else "an unknown name",
        message=message,
        details={"address": address},
    )
