"""What somebody is told whose request needed the object storage while it was away."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from bpadmin.storage.troubles import StorageAway

log = logging.getLogger(__name__)

STATUS = 503
NEXT = "What you asked for could not be finished; nothing that was stored is lost. Try again in a moment."


def storage_away_answer(request: HttpRequest, away: StorageAway) -> HttpResponse:
    """Say it in a page, or in JSON to our scripts; needs neither session nor database."""
    words = f"{away} {NEXT}"
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"problem": words}, status=STATUS)
    return HttpResponse(render_to_string("errors/503_files.html", {"words": words}), status=STATUS)


class StorageAwayMiddleware:
    """Answer a request that needed a file storage that is away with words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Take what a view let through; everything else stays what it is."""
        if not isinstance(exception, StorageAway):
            return None
        log.error("%s %s: %s", request.method, request.path, exception)
        return storage_away_answer(request, exception)
