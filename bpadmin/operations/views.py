"""The operator's page: how every part is, what every tenant's jobs do, and the hold."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bpadmin.operations.forms import HoldForm
from bpadmin.operations.holding import hold_by, release_by
from bpadmin.operations.status import status_read
from bpadmin.tenants.access import PersonRequest, person_view
from bpadmin.tenants.refusals import refusal_record


def _operator(request: HttpRequest) -> None:
    """Let superusers in, and nobody else: the page shows every tenant."""
    if not request.user.is_superuser:
        words = "Only a superuser sees the whole installation."
        refusal_record(request, words)
        raise PermissionDenied(words)


@never_cache
@require_safe
@person_view
def index(request: PersonRequest) -> HttpResponse:
    """Show everything; the part that changes asks for itself again."""
    _operator(request)
    is_fragment = request.htmx and request.htmx.target == "status"
    page = "operations/_status.html" if is_fragment else "operations/index.html"
    response = render(request, page, {"status": status_read(), "form": HoldForm()})
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_POST
@person_view
def hold(request: PersonRequest) -> HttpResponse:
    """Hold all sending."""
    _operator(request)
    form = HoldForm(request.POST)
    if form.is_valid():
        hold_by(reason=form.cleaned_data["reason"], actor=request.user)
    else:
        messages.error(request, "Say why sending is held: everybody is shown it.")
    return redirect("operations:index")


@require_POST
@person_view
def release(request: PersonRequest) -> HttpResponse:
    """Let bpadmin send again."""
    _operator(request)
    if release_by(actor=request.user):
        messages.success(request, "Released: jobs and people may send again.")
    return redirect("operations:index")


@require_safe
def security_text(request: HttpRequest) -> HttpResponse:
    """Say where weaknesses are reported (RFC 9116), where the operator has said it."""
    if not settings.SECURITY_CONTACT:
        raise Http404("The operator has named no address.")
    ends = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=180)
    lines = [f"Contact: {settings.SECURITY_CONTACT}", f"Expires: {ends.isoformat()}", "Preferred-Languages: en"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
