"""The yardstick of pages: a bare Django view with session and user, and the same with one query."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from bpadmin.tenants.models import Tenant

PAGE = engines["django"].from_string("<!doctype html><title>Bare</title><p>Hello {{ user }}, {{ count }}</p>")


@login_required
def bare(request: HttpRequest) -> HttpResponse:
    """Show a page that says who looks at it."""
    return HttpResponse(PAGE.render({"user": request.user.get_username()}))


@login_required
def bare_query(request: HttpRequest) -> HttpResponse:
    """Do so with one query."""
    return HttpResponse(PAGE.render({"user": request.user.get_username(), "count": Tenant.objects.count()}))


bare_urls = [path("bare/", bare), path("bare-query/", bare_query)]
