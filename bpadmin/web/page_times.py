"""How long pages take and how they end, counted by the name of their address for the metrics."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from bpadmin.installation.models import TallyKind
from bpadmin.installation.tallies import tally_add

NO_PAGE = "none"


class PageTimes:
    """Middleware: count each request but those for static files; a download counts until its first byte."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._static = f"/{settings.STATIC_URL.strip('/')}/"

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer and count."""
        if request.path.startswith(self._static):
            return self.get_response(request)
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        tally_add(
            TallyKind.PAGE,
            name=(match.view_name if match else "") or NO_PAGE,
            outcome=f"{response.status_code // 100}xx",
            seconds=time.perf_counter() - began,
        )
        return response
