"""The page of a list's properties."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from bpadmin.audit.models import Outcome
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.record_rules.rules import DATE_TYPES
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.messages import tell
from lists.manage.properties import PropertiesForm, list_properties_change
from lists.records.fields import record_fields
from lists.records.views import list_of_page, trouble


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.LISTS_FETCH)
def properties(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Rename a list, or say when its records expire."""
    try:
        found = list_of_page(tenant, list_id)
    except PlatformError as error:
        return trouble(request, list_id, error)
    fields = record_fields(tenant=tenant, list_id=list_id, calling_list=found)
    dates = [spec.name for spec in fields.specs if spec.type in DATE_TYPES]
    form = PropertiesForm(request.POST or None, name=found.name, date_fields=dates)
    if request.method == "POST" and form.is_valid():
        name, actor = form.cleaned_data["name"].strip(), Actor(request.user)
        act = list_properties_change(
            tenant=tenant, calling_list=found, name=name, expiry=form.expiry_wanted(), actor=actor
        )
        if act.outcome != Outcome.REFUSED:
            tell(request, act)
            return redirect("lists:detail", slug=tenant.slug, list_id=list_id)
        form.add_error(None, act.sentence)
    return render(request, "lists/manage/properties.html", {"form": form, "list": found, "list_id": list_id})
