"""The address of whoever asks, behind as many reverse proxies as the operator trusts."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from bpadmin.logs import request_from


class ClientAddress:
    """Middleware: set REMOTE_ADDR to the address that the outermost trusted proxy was called from.

    Each proxy appends the address that called it to X-Forwarded-For; what stands before the last BPADMIN_PROXIES
    entries was written by the caller itself and is not believed. Without trusted proxies the header means nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Correct the address and answer the request."""
        if found := forwarded_for(request.headers.get("X-Forwarded-For", ""), settings.TRUSTED_PROXIES):
            request.META["REMOTE_ADDR"] = found
        with request_from(str(request.META.get("REMOTE_ADDR") or "")):
            return self.get_response(request)


def forwarded_for(header: str, proxies: int) -> str:
    """Return the client's address that `proxies` trusted proxies vouch for, "" where they do not."""
    parts = [part.strip() for part in header.split(",")]
    if proxies < 1 or len(parts) < proxies:
        return ""
    try:
        return str(ipaddress.ip_address(parts[-proxies].removeprefix("[").partition("]")[0]))
    except ValueError:
        return ""
