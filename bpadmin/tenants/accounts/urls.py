"""Addresses that belong to a person: the first page, sign-in, sign-out, password, second factors, sessions.

allauth finds its pages by names of its own (`account_…`, `mfa_…`); the pages that are not named here are closed.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from bpadmin.tenants.access import person_view
from bpadmin.tenants.accounts import factor_views, invitation_views, views
from bpadmin.tenants.sign_on import views as sign_on_views

View = Callable[..., HttpResponseBase]


def own(route: str, view: View, name: str) -> URLPattern:
    """Return a page that somebody sees who has signed in, and has replaced a one-time password."""
    return path(route, person_view(view, needs_factor=False), name=name)


urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-in/", views.SignIn.as_view(), name="account_login"),
    path("first-run/<str:code>/", views.first_run, name="first_run"),
    path("sign-in/code/", factor_views.Code.as_view(), name="mfa_authenticate"),
    path("sign-in/passkey/", factor_views.PasskeySignIn.as_view(), name="mfa_login_webauthn"),
    path("sign-in/sso/", sign_on_views.begin, name="sso_begin"),
    path("sign-in/sso/back/", sign_on_views.callback, name="sso_callback"),
    path("sign-out/", views.SignOut.as_view(), name="sign_out"),
    path("password/", views.password, name="password"),
    path("invitation/<str:token>/", invitation_views.invitation, name="invitation"),
    own("confirm/", factor_views.Confirm.as_view(), "account_reauthenticate"),
    own("confirm/code/", factor_views.ConfirmCode.as_view(), "mfa_reauthenticate"),
    own("confirm/passkey/", factor_views.ConfirmPasskey.as_view(), "mfa_reauthenticate_webauthn"),
    own("security/", factor_views.Security.as_view(), "mfa_index"),
    own("security/sessions/end/", views.sessions_close, "sessions_end"),
    own("security/sessions/<number:pk>/end/", views.session_close, "session_end"),
    own("security/app/", factor_views.AppAdd.as_view(), "mfa_activate_totp"),
    own("security/app/remove/", factor_views.AppRemove.as_view(), "mfa_deactivate_totp"),
    own("security/recovery-codes/", factor_views.RecoveryCodes.as_view(), "mfa_view_recovery_codes"),
    own("security/recovery-codes/make/", factor_views.RecoveryCodesMake.as_view(), "mfa_generate_recovery_codes"),
    own("security/passkeys/add/", factor_views.PasskeyAdd.as_view(), "mfa_add_webauthn"),
    own("security/passkeys/<number:pk>/rename/", factor_views.PasskeyRename.as_view(), "mfa_edit_webauthn"),
    own("security/passkeys/<number:pk>/remove/", factor_views.PasskeyRemove.as_view(), "mfa_remove_webauthn"),
]
