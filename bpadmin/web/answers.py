"""What came of a POST, shown by the page that it redirects to: to load that page again does nothing again.

A sentence goes the way of messages; this is for answers of several lines. One that is lost with the cache, or older
than an hour, shows the empty form: what was done stands in the activity log.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

KEPT_SECONDS = 3600
NAME = "answer"


def answer_redirect(request: HttpRequest, answer: Any) -> HttpResponse:
    """Keep an answer, which must be picklable, for this person and page, and lead there."""
    token = secrets.token_urlsafe(9)
    cache.set(_key(request, token), answer, KEPT_SECONDS)
    return HttpResponseRedirect(f"{request.path}?{NAME}={token}")


def answer_given(request: HttpRequest) -> Any:
    """Return the answer that the address names, None where it names none that is known."""
    token = request.GET.get(NAME, "")
    return cache.get(_key(request, token)) if token.isascii() and 0 < len(token) < 40 else None


def _key(request: HttpRequest, token: str) -> str:
    page = sha256(request.path.encode()).hexdigest()[:16]
    return f"answer:{request.user.pk}:{token}:{page}"
