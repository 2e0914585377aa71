"""Answers for machines: /healthz (this process lives), /readyz (every part), /metrics (for Prometheus)."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import get_resolver

from bpadmin import VERSION
from bpadmin.installation.database import database_ask

PATH, READY, METRICS = "/healthz", "/readyz", "/metrics"


class HealthMiddleware:
    """Answer these addresses before anything else looks at the request.

    A health check calls the machine by its address, which is no allowed host name, and without TLS; both would be
    refused further in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        # Django would load the pages at the first request: a server that cannot must not say first that it is well.
        _ = get_resolver().url_patterns

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one of the three; pass on everything else."""
        answer = {PATH: _alive, READY: _ready, METRICS: _metrics}.get(request.path)
        return answer(request) if answer else self.get_response(request)


def _alive(request: HttpRequest) -> HttpResponse:
    """Answer 200 or 503 in one word; the version stands in a header."""
    try:
        database_ask()
    except Error:
        return HttpResponse("no database\n", status=503, content_type="text/plain", headers={"X-Version": VERSION})
    return HttpResponse("ok\n", content_type="text/plain", headers={"X-Version": VERSION})


def _ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 when pages can be served, else 503, with every part as JSON; its words only to those who may ask."""
    from bpadmin.operations.health import is_ready, parts_read

    parts = parts_read()
    told = [part.as_json() for part in parts] if _may_ask(request) else [{"name": p.name, "ok": p.is_ok} for p in parts]
    return JsonResponse({"version": VERSION, "parts": told}, status=200 if is_ready(parts) else 503)


def _metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus' text form; 403 to strangers."""
    if not _may_ask(request):
        return HttpResponse("send BPADMIN_METRICS_TOKEN as a bearer token\n", status=403, content_type="text/plain")
    from bpadmin.operations.metrics import metrics_text

    body, content_type = metrics_text()
    return HttpResponse(body, content_type=content_type)


def _may_ask(request: HttpRequest) -> bool:
    """Return whether the asker has the token, or is a process of this machine and no proxy for somebody else."""
    scheme, _, told = request.headers.get("Authorization", "").partition(" ")
    token = settings.METRICS_TOKEN
    if token and scheme.lower() == "bearer" and hmac.compare_digest(told.strip().encode(), token.encode()):
        return True
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
