"""Who asks the API: whoever a token says, and nobody else, whatever cookies came along."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from bpadmin.tenants.people.tokens import token_find

API = "/api/"


class TokenSignIn:
    """Middleware: for addresses of the API, set `request.user` and `request.api_token` by the bearer token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Find the token, then answer."""
        if request.path_info.startswith(API):
            scheme, _, text = request.headers.get("Authorization", "").partition(" ")
            token = token_find(text.strip()) if scheme.lower() == "bearer" else None
            request.user = token.user if token else AnonymousUser()
            request.api_token = token  # type: ignore[attr-defined]
        return self.get_response(request)
