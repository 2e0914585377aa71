"""The operator's page: how every part is, what every tenant's jobs do, and the hold."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bpadmin.operations.forms import HoldForm
from bpadmin.operations.holding import hold_by, release_by
from bpadmin.operations.status import status_read


def _operator(request: HttpRequest) -> None:
    """Let superusers in, and nobody else: the page shows every tenant."""
    if not request.user.is_superuser:
        raise PermissionDenied("Only a superuser sees the whole installation.")


@never_cache
@require_safe
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Show everything; the part that changes asks for itself again."""
    _operator(request)
    is_fragment = getattr(request, "htmx", None) and request.htmx.target == "status"  # type: ignore[attr-defined]
    page = "operations/_status.html" if is_fragment else "operations/index.html"
    response = render(request, page, {"status": status_read(), "form": HoldForm()})
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_POST
@login_required
def hold(request: HttpRequest) -> HttpResponse:
    """Hold all sending."""
    _operator(request)
    form = HoldForm(request.POST)
    if form.is_valid():
        hold_by(reason=form.cleaned_data["reason"], actor=request.user)  # type: ignore[arg-type]
    else:
        messages.error(request, "Say why sending is held: everybody is shown it.")
    return redirect("operations:index")


@require_POST
@login_required
def release(request: HttpRequest) -> HttpResponse:
    """Let bpadmin send again."""
    _operator(request)
    if release_by(actor=request.user):  # type: ignore[arg-type]
        messages.success(request, "Released: jobs and people may send again.")
    return redirect("operations:index")
