"""The page that takes an act back: what it would do, and the button."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bpadmin.activity.forms import UndoForm
from bpadmin.activity.targets import target_url
from bpadmin.dialler.types import Actor
from bpadmin.dialler.undo import UndoRefused, act_undo, undo_find, undo_look
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.messages import tell
from bpadmin.web.redirects import back_url


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR)
def undo(request: TenantRequest, tenant: Tenant, act: int) -> HttpResponse:
    """Show what taking an act back does to the calls, or why it cannot be; and take it back."""
    try:
        action = undo_find(tenant=tenant, number=act)
    except UndoRefused as refused:
        raise Http404(str(refused)) from refused
    back = back_url(request, target_url(tenant, action) or reverse("audit:index", args=[tenant.slug]))
    context: dict[str, Any] = {"action": action, "back": back}
    try:
        form = UndoForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            for done in act_undo(action=action, actor=Actor(request.user), **form.cleaned_data):
                tell(request, done)
            return redirect(back)
        context |= {"form": form, "undo": undo_look(action)}
    except UndoRefused as refused:
        if request.method == "POST":
            messages.error(request, str(refused))
            return redirect(f"{request.path}?{urlencode({'next': back})}")
        context["why"] = str(refused)
    except PlatformError as error:
        context["why"] = f"What is so now could not be read, so nothing was changed. {error.message}"
    return render(request, "dialler/undo.html", context)
