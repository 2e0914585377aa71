"""The way to the identity provider and back: to sign in, to confirm that it is still oneself, to connect the two."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from jwt import PyJWTError

from bpadmin.tenants.accounts.confirmation import confirm_first
from bpadmin.tenants.accounts.factors import HAS_FACTOR
from bpadmin.tenants.sign_on.provider import (
    PROVIDER,
    ProviderAdapter,
    back,
    has_factor_there,
    trouble_told,
)

TROUBLES = (OSError, ValueError, KeyError, TypeError, PyJWTError)


@never_cache
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Lead to the identity provider by a page of its own.

    Browsers hold what a form leads to against our policy, however many redirects later: a page that moves on does not
    need to know where a provider sends people next.
    """
    if not settings.OIDC_ISSUER:
        raise Http404("There is no single sign-on here.")
    # Comes back in the signed token: one that was made for another sign-in is of no use here.
    nonce = secrets.token_urlsafe(24)
    process, params = AuthProcess.LOGIN, {"nonce": nonce}
    if request.user.is_authenticated:
        if request.POST.get("purpose") == "connect":
            if stop := confirm_first(request):
                return stop
            process = AuthProcess.CONNECT
        else:
            # Asks the person anew, whatever session they have there, and has the time of it told.
            params |= {"prompt": "login", "max_age": str(settings.CONFIRM_SECONDS)}
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    try:
        provider = get_adapter(request).get_provider(request, PROVIDER)
        answer = provider.redirect(
            request, process, next_url=wanted if is_ours else None, auth_params=params, nonce=nonce
        )
    except TROUBLES as exc:
        return back(request, trouble_told(request, None, exc))
    return render(
        request, "tenants/accounts/sso_leaving.html", {"address": answer["Location"], "name": settings.OIDC_NAME}
    )


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Take in whom the identity provider sends back."""
    if not settings.OIDC_ISSUER:
        raise Http404("There is no single sign-on here.")
    adapter = ProviderAdapter(request, PROVIDER)
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(adapter)(request)
    except TROUBLES as exc:
        return back(request, trouble_told(request, None, exc))
    if adapter.claims and request.session.get(AUTHENTICATION_METHODS_SESSION_KEY):
        _stamp(request, adapter.claims)
    return answer


def _stamp(request: HttpRequest, claims: Sequence[Mapping[str, Any]]) -> None:
    """Write into the session when the person was really asked there, and whether for a second factor."""
    asked = claims[0].get("auth_time")
    records = request.session[AUTHENTICATION_METHODS_SESSION_KEY]
    if isinstance(asked, (int, float)) and records[-1].get("method") == "socialaccount":
        records[-1]["at"] = min(time.time(), float(asked))
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = records
    if has_factor_there(claims):
        request.session[HAS_FACTOR] = True
