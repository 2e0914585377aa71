"""The page of acts whose outcome nobody knows: read again, or settled by a person."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from bpadmin.dialler import services
from bpadmin.dialler.models import Action
from bpadmin.dialler.services import ActionRefused
from bpadmin.dialler.types import Actor
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.messages import tell

MOST = 200


@require_safe
@tenant_view()
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show who asked for what and when, of acts without an outcome."""
    actions = services.actions_open(tenant=tenant)[:MOST]
    return render(request, "dialler/open.html", {"actions": actions})


@require_POST
@tenant_view(Role.SUPERVISOR)
def read(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Read the platform again now."""
    action = _open(tenant, pk)
    try:
        after = services.action_read_now(action=action)
    except ActionRefused as refused:
        messages.error(request, str(refused))
    except PlatformError as error:
        messages.error(request, f"The dialler could not be read. {error.message}")
    else:
        tell(request, after)
    return redirect("dialler:open", slug=tenant.slug)


@require_POST
@tenant_view(Role.SUPERVISOR)
def settle(request: TenantRequest, tenant: Tenant, pk: int) -> HttpResponse:
    """Take a person's word for it."""
    try:
        after = services.action_settle(
            action=_open(tenant, pk), is_done=request.POST.get("outcome") == "done", actor=Actor(request.user)
        )
    except ActionRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, after.sentence)
    return redirect("dialler:open", slug=tenant.slug)


def _open(tenant: Tenant, pk: int) -> Action:
    return get_object_or_404(Action.objects.select_related("tenant"), tenant=tenant, pk=pk)
