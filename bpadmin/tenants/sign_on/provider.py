"""What we tell django-allauth of the identity provider: the one of the settings; who is let in, and words."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from bpadmin.audit.verbs import Verb
from bpadmin.tenants.accounts.adapter import sign_in_told
from bpadmin.tenants.accounts.sessions import sessions_end
from bpadmin.tenants.people.records import person_record
from bpadmin.tenants.sign_on.groups import groups_of, memberships_follow, roles_by_groups

logger = logging.getLogger(__name__)

PROVIDER = "oidc"
# What the provider says of itself is asked for at most this often (seconds).
CONFIGURATION_SECONDS = 300
# What is kept of what the provider tells of a person; nothing hangs on it but what the next sign-in brings anew.
KEPT_CLAIMS = ("sub", "email", "name", "preferred_username")


class SignOnRefused(Exception):
    """Somebody whom the identity provider knows and who does not come in here; the message says what to do."""


class Arrival(Protocol):
    """A sign-in on its way through allauth, with the claims that `ProviderAdapter` has put beside it."""

    account: Any
    user: Any
    state: dict[str, Any]
    claims: list[Mapping[str, Any]]

    @property
    def is_existing(self) -> bool: ...
    def connect(self, request: HttpRequest, user: User) -> None: ...


class Provider(OpenIDConnectProvider):
    """The identity provider of the settings."""


class ProviderAdapter(OpenIDConnectOAuth2Adapter):
    """How it is asked: its configuration is cached, and must be of the issuer that was set.

    `claims` is what it said of the person who came, once it did.
    """

    claims: Sequence[Mapping[str, Any]] = ()

    @property
    def openid_config(self) -> dict[str, Any]:
        """Return what the provider publishes of itself. OSError where it is away, ValueError where it is another."""
        key = f"oidc:{settings.OIDC_ISSUER}"
        found = cache.get(key)
        if found is None:
            found = super().openid_config
            if not isinstance(found, dict) or found.get("issuer") != settings.OIDC_ISSUER:
                told = found.get("issuer") if isinstance(found, dict) else None
                raise ValueError(f"it calls itself {told!r}, and BPADMIN_OIDC_ISSUER is {settings.OIDC_ISSUER!r}")
            cache.set(key, found, timeout=CONFIGURATION_SECONDS)
        return dict(found)

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Read what the provider says of the person; most of it is used here and now, and little of it stored."""
        login = super().complete_login(request, app, token, **kwargs)
        self.claims = login.claims = claims_of(login.account)
        login.account.extra_data = {"id_token": claims_kept(self.claims)}
        return login

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Return where the provider leads back to."""
        return request.build_absolute_uri(reverse("sso_callback"))


Provider.oauth2_adapter_class = ProviderAdapter


class SignOnAdapter(DefaultSocialAccountAdapter):
    """Who comes in by the identity provider, and as what."""

    def list_apps(self, request: Any, provider: Any = None, client_id: Any = None) -> list[Any]:
        """Return the one provider of the settings; the database holds none."""
        return [identity_app()] if settings.OIDC_ISSUER else []

    def get_provider(self, request: Any, provider: Any, client_id: Any = None) -> Provider:
        """Return the provider of the settings."""
        return Provider(request, app=self.get_app(request, provider))

    def pre_social_login(self, request: HttpRequest, sociallogin: Arrival) -> None:
        """Let in whom the groups let in, or say why not."""
        claims = sociallogin.claims
        try:
            _same_person(claims, sociallogin.state.get("nonce"))
            if sociallogin.state.get("process") == AuthProcess.CONNECT:
                _connectable(request, sociallogin)
                person_record(Verb.SIGN_ON_CONNECT, user=_signed_in(request), actor=_signed_in(request))
                return
            _admit(request, sociallogin, claims)
        except SignOnRefused as refused:
            sign_in_told(
                Verb.SIGN_IN_FAIL,
                request,
                user=sociallogin.user if sociallogin.is_existing else None,
                name=name_of(claims),
                message=f"single sign-on: {refused}",
            )
            raise ImmediateHttpResponse(back(request, str(refused))) from refused

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> None:
        """Say in words what went wrong on the way."""
        raise ImmediateHttpResponse(back(request, trouble_told(request, error, exception)))

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        """Lead back to the page of one's own sign-in."""
        return reverse("mfa_index")

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Nobody signs up: groups let people in."""
        return False


def identity_app() -> Any:
    """Return the provider of the settings as allauth knows one; it is stored nowhere."""
    return SocialApp(
        provider="openid_connect",
        provider_id=PROVIDER,
        name=settings.OIDC_NAME,
        client_id=settings.OIDC_CLIENT_ID,
        secret=settings.OIDC_CLIENT_SECRET,
        settings={
            "server_url": settings.OIDC_ISSUER.rstrip("/") + "/.well-known/openid-configuration",
            "oauth_pkce_enabled": True,
            "token_auth_method": settings.OIDC_CLIENT_AUTH,
            "scope": settings.OIDC_SCOPES,
        },
    )


def claims_of(account: Any) -> list[Mapping[str, Any]]:
    """Return what the signed token says of a person, and what their page at the provider says; the token first."""
    data = account.extra_data if isinstance(account.extra_data, Mapping) else {}
    return [each for name in ("id_token", "userinfo") if isinstance(each := data.get(name), Mapping)]


def claim(claims: Iterable[Mapping[str, Any]], name: str) -> str:
    """Return one claim as text, "" where nobody makes it."""
    return next((value.strip()[:254] for each in claims if isinstance(value := each.get(name), str) and value), "")


def claims_kept(claims: list[Mapping[str, Any]]) -> dict[str, str]:
    """Return the little that is stored of a person."""
    return {name: found for name in KEPT_CLAIMS if (found := claim(claims, name))}


def name_of(claims: list[Mapping[str, Any]]) -> str:
    """Return what a new person signs in as here: their name there, or their e-mail address."""
    return (claim(claims, "preferred_username") or claim(claims, "email") or claim(claims, "sub"))[:150]


def has_factor_there(claims: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the signed token says that a second factor was shown, in the words that the operator trusts."""
    token = claims[0] if claims else {}
    told = token.get("amr")
    said = [*(told if isinstance(told, list) else ()), token.get("acr")]
    return any(isinstance(each, str) and each in settings.OIDC_SECOND_FACTOR for each in said)


def back(request: HttpRequest, words: str) -> HttpResponse:
    """Lead back to the sign-in page, or to one's own, with what went wrong."""
    messages.error(request, words)
    return redirect("mfa_index" if request.user.is_authenticated else "sign_in")


def trouble_told(request: HttpRequest, error: Any, exception: Exception | None) -> str:
    """Say what went wrong between here and the provider; the log has what it said itself."""
    name = settings.OIDC_NAME
    if error == AuthError.CANCELLED:
        return f"You were not signed in: the sign-in at {name} was broken off."
    code = request.GET.get("error", "")
    logger.warning("Single sign-on at %s failed: %s %r", name, code[:80], exception)
    if isinstance(exception, OSError):
        return (
            f"{name} cannot be reached from here, so nobody can be signed in by it. Try again in a minute; if it stays "
            "so, tell the operator, who can let somebody in meanwhile (manage.py person_break_glass)."
        )
    if code:
        return f"{name} did not let you through. Ask whoever runs it, or the operator, who finds the reason in the log."
    if exception is None:
        return "That sign-in took too long, or was begun in another browser. Begin again."
    return f"What {name} answered cannot be used. The operator finds the reason in the log."


def _signed_in(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - `connect` begins behind the gate
    return request.user


def _same_person(claims: list[Mapping[str, Any]], nonce: str | None) -> None:
    if not claims or claims[0].get("nonce") != nonce or len({str(each.get("sub")) for each in claims}) != 1:
        raise SignOnRefused(f"What {settings.OIDC_NAME} says of you contradicts itself. Tell the operator.")


def _connectable(request: HttpRequest, sociallogin: Arrival) -> None:
    if sociallogin.is_existing and sociallogin.user != request.user:
        raise SignOnRefused(f"That sign-in at {settings.OIDC_NAME} belongs to somebody else here.")
    if SocialAccount.objects.filter(user=request.user.pk).exclude(uid=sociallogin.account.uid).exists():
        raise SignOnRefused(f"You are connected with another sign-in at {settings.OIDC_NAME} already.")


def _admit(request: HttpRequest, sociallogin: Arrival, claims: list[Mapping[str, Any]]) -> None:
    """Let a person's memberships follow their groups, and refuse whom nothing is left to."""
    groups, name = groups_of(claims), settings.OIDC_NAME
    no_group = (
        f"{name} knows you, but none of your groups there may do anything here. "
        "Ask your administrator to put you into the right group."
    )
    if not sociallogin.is_existing:
        if not roles_by_groups(groups):
            raise SignOnRefused(no_group)
        with transaction.atomic():
            sociallogin.connect(request, _person_new(claims))
            may_enter = memberships_follow(user=sociallogin.user, groups=groups)
            if not may_enter:
                transaction.set_rollback(True)
    elif not sociallogin.user.is_active:
        raise SignOnRefused("Your sign-in here is closed. Ask your administrator to open it again.")
    else:
        may_enter = memberships_follow(user=sociallogin.user, groups=groups)
    if not may_enter:
        if User.objects.filter(pk=sociallogin.user.pk).exists():
            sessions_end(user=sociallogin.user)
        raise SignOnRefused(no_group)


def _person_new(claims: list[Mapping[str, Any]]) -> User:
    """Make somebody who comes for the first time; a name or an address that somebody has here already is not theirs."""
    username, email = name_of(claims), claim(claims, "email")
    how = (
        "If that is you, sign in here as before and connect the two under “Sign-in and security”; "
        "else ask the operator."
    )
    if User.objects.filter(username__iexact=username).exists():
        raise SignOnRefused(f"The name “{username}” belongs to somebody here already. {how}")
    if email and User.objects.filter(email__iexact=email).exists():
        raise SignOnRefused(f"The e-mail address {email} belongs to somebody here already. {how}")
    first, last = claim(claims, "given_name"), claim(claims, "family_name")
    if not first and not last:
        first, _, last = claim(claims, "name").partition(" ")
    user = User(username=username, email=email, first_name=first[:150], last_name=last[:150])
    user.set_unusable_password()
    try:
        user.full_clean()
    except ValidationError as exc:
        raise SignOnRefused(
            f"“{username}” cannot be a name here ({' '.join(exc.messages)}) Tell the operator."
        ) from exc
    return user
