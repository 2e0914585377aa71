"""Answers /healthz, for whoever must know whether this web server and its database work."""

from __future__ import annotations

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver

PATH = "/healthz"


class HealthMiddleware:
    """Answer /healthz before anything else looks at the request.

    A health check calls the machine by its address, which is no allowed host name, and without TLS; both would be
    refused further in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        # Django would load the pages at the first request: a server that cannot must not say first that it is well.
        _ = get_resolver().url_patterns

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 200 or 503 in one word; pass on everything else."""
        if request.path != PATH:
            return self.get_response(request)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            return HttpResponse("no database\n", status=503, content_type="text/plain")
        return HttpResponse("ok\n", content_type="text/plain")
