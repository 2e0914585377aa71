"""Second factors: allauth's views on our pages. What is not named here has no address."""

from __future__ import annotations

import json
from typing import Any

from allauth.account.views import ReauthenticateView
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.base.views import ReauthenticateView as FactorReauthenticateView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse, reverse_lazy

from bpadmin.tenants.accounts.factors import HAS_FACTOR, factor_is_forced_anywhere, has_factor, passkeys_why_not
from bpadmin.tenants.accounts.sessions import sessions_of


class Code(AuthenticateView):
    """Ask for the second factor at sign-in."""

    template_name = "tenants/accounts/code.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say which factors this person has."""
        context = super().get_context_data(**kwargs)
        user = self.stage.login.user
        kinds = set(user.authenticator_set.values_list("type", flat=True))
        can_use_keys = "webauthn" in kinds and not passkeys_why_not(self.request)
        has_codes = bool(kinds - {"webauthn"})
        return {**context, "has_codes": has_codes, "can_use_keys": can_use_keys, "options": _riddle(context)}


class PasskeySignIn(LoginWebAuthnView):
    """Sign in by a passkey alone."""


class Confirm(ReauthenticateView):
    """Ask for the password again, or at the identity provider."""

    template_name = "tenants/accounts/confirm.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say by what this person can show who they are."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, **_sign_on_of(self.request.user), "has_password": self.request.user.has_usable_password()}


class ConfirmCode(FactorReauthenticateView):
    """Ask for a code again."""

    template_name = "tenants/accounts/confirm.html"


class ConfirmPasskey(ReauthenticateWebAuthnView):
    """Ask for a passkey again."""

    template_name = "tenants/accounts/confirm_passkey.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the riddle that the passkey solves."""
        context = super().get_context_data(**kwargs)
        return {**context, "options": _riddle(context)}

    def form_invalid(self, form: Any) -> HttpResponse:
        """Ask again."""
        messages.error(self.request, "This passkey was not taken. Try again.")
        return HttpResponseRedirect(self.request.get_full_path())


class Security(IndexView):
    """How a person signs in, and where they are signed in."""

    template_name = "tenants/accounts/security.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add sessions, and whether a second factor must be set up."""
        user = self.request.user
        context: dict[str, Any] = super().get_context_data(
            sessions=sessions_of(user=user, this_key=self.request.session.session_key),
            must_add=factor_is_forced_anywhere(user)
            and not has_factor(user)
            and not self.request.session.get(HAS_FACTOR),
            **_sign_on_of(user),
            has_password=user.has_usable_password(),
            why_not=passkeys_why_not(self.request),
            **kwargs,
        )
        return context


class AppAdd(ActivateTOTPView):
    """Set an authenticator app up."""

    template_name = "tenants/accounts/app_add.html"


class AppRemove(DeactivateTOTPView):
    """Take the authenticator app away."""

    template_name = "tenants/accounts/app_remove.html"


class RecoveryCodes(ViewRecoveryCodesView):
    """Show the recovery codes that are left."""

    template_name = "tenants/accounts/recovery_codes.html"


class RecoveryCodesMake(GenerateRecoveryCodesView):
    """Make new recovery codes; the ones before stop working."""

    template_name = "tenants/accounts/recovery_codes_make.html"


class PasskeyAdd(AddWebAuthnView):
    """Add a passkey, or say why that does not work here."""

    template_name = "tenants/accounts/passkey_add.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say why passkeys do not work at this address, if so."""
        context = super().get_context_data(**kwargs)
        return {**context, "why_not": passkeys_why_not(self.request), "options": _riddle(context)}


class PasskeyRename(EditWebAuthnView):
    """Call a passkey something else."""

    template_name = "tenants/accounts/passkey_rename.html"
    success_url = reverse_lazy("mfa_index")


class PasskeyRemove(RemoveWebAuthnView):
    """Remove a passkey, unless it is the last factor of somebody who must have one."""

    template_name = "tenants/accounts/passkey_remove.html"
    success_url = reverse_lazy("mfa_index")

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Remove it or say why not."""
        adapter = get_adapter()
        if not adapter.can_delete_authenticator(self.get_object()):
            messages.error(request, adapter.error_messages["cannot_delete_authenticator"])
            return HttpResponseRedirect(reverse("mfa_index"))
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response


def _sign_on_of(user: Any) -> dict[str, Any]:
    """Return how single sign-on is called, "" where there is none, and whether a person is connected with it."""
    is_on = bool(settings.OIDC_ISSUER)
    return {
        "sign_on_name": settings.OIDC_NAME if is_on else "",
        "has_sign_on": is_on and SocialAccount.objects.filter(user=user).exists(),
    }


def _riddle(context: dict[str, Any]) -> str:
    """Return what the browser needs to make or ask for a passkey, as JSON; "" where it is not asked."""
    found = context.get("js_data", {})
    options = found.get("creation_options") or found.get("request_options")
    return json.dumps(options) if options else ""
