"""Asking again: what cannot be taken back, or opens doors, is done by somebody who has just shown who they are.

Signing in counts, and so does the page that asks again (password, authenticator app, passkey), for
settings.CONFIRM_SECONDS. A browser left open on a desk does not.
"""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django_htmx.http import HttpResponseClientRedirect


def is_confirmed(request: HttpRequest) -> bool:
    """Return whether the person has shown who they are a short while ago."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - float(records[-1].get("at", 0)) < settings.CONFIRM_SECONDS


def confirm_first(request: HttpRequest) -> HttpResponse | None:
    """Return the answer that asks who somebody is, and leads back; None when they have just said so.

    What was sent is not kept, for it may hold secrets: the person is led back to the page that sent it, and told.
    """
    if is_confirmed(request):
        return None
    is_fragment = bool(request.headers.get("HX-Request"))
    if request.method not in ("GET", "HEAD"):
        messages.warning(request, "Nothing was done yet. Confirm that it is you, then do it again.")
    back = _own_path(request.headers.get("HX-Current-URL" if is_fragment else "Referer", ""))
    if request.method in ("GET", "HEAD") and not is_fragment:
        back = request.get_full_path()
    address = f"{reverse('account_reauthenticate')}?{urlencode({'next': back or '/'})}"
    return HttpResponseClientRedirect(address) if is_fragment else redirect(address)


def _own_path(address: str) -> str:
    """Return path and query of an address that the browser says it is at."""
    parts = urlsplit(address)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return path if path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None) else ""
