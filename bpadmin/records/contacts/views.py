"""Deleting one contact from its page, and several by their user data."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bpadmin.audit.models import Outcome
from bpadmin.dialler.services import acts_within
from bpadmin.dialler.types import Actor
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.records.contacts.forms import UserDataForm
from bpadmin.records.contacts.services import EFFECT, MOST_AT_ONCE, contact_delete, contacts_delete
from bpadmin.records.kinds import CONTACTS_DELETE
from bpadmin.records.many.rows import USER_DATA
from bpadmin.records.many.services import many_begin
from bpadmin.records.pages.source_page import source_of_page, trouble
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.messages import tell
from bpadmin.web.server.gate import takes_files


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.CONTACTS_DELETE, confirmed=True)
def delete(request: TenantRequest, tenant: Tenant, source_id: str) -> HttpResponse:
    """Ask before one contact is deleted, and delete it."""
    contact_id = request.GET.get("id", "")
    back = reverse("records:browse", args=[tenant.slug, source_id])
    if not contact_id:
        return redirect(back)
    if request.method == "POST":
        act = contact_delete(tenant=tenant, contact_id=contact_id, actor=Actor(request.user))
        tell(request, act)
        return redirect(back)
    context = {"contact_id": contact_id, "back": back, "effect": EFFECT}
    return render(request, "records/contacts/delete.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.CONTACTS_DELETE, confirmed=True)
@takes_files
def delete_several(request: TenantRequest, tenant: Tenant, source_id: str) -> HttpResponse:
    """Take the user data of contacts, delete those, and say what came of each."""
    try:
        source = source_of_page(tenant, source_id)
    except PlatformError as error:
        return trouble(request, error)
    form = UserDataForm(request.POST, request.FILES) if request.method == "POST" else UserDataForm()
    results: list[tuple[str, bool, str]] = []
    left: list[str] = []
    if request.method == "POST" and form.is_valid():
        said = form.found
        if len(said) > MOST_AT_ONCE:
            actor = Actor(request.user)
            job = many_begin(kind=CONTACTS_DELETE, tenant=tenant, source=source, actor=actor, keys=said, by=USER_DATA)
            return redirect("jobs:detail", slug=tenant.slug, job_id=job.pk)
        acts = acts_within(contacts_delete(tenant=tenant, user_data=said, actor=Actor(request.user)))
        left = said[len(acts) :]
        results = [(each, act.outcome == Outcome.DONE, act.sentence) for each, act in acts]
        form = UserDataForm(initial={"user_data": "\n".join(left)})
    done = sum(is_done for _, is_done, _ in results)
    context = {"source": source, "form": form, "results": results, "done": done, "effect": EFFECT, "left": left}
    return render(request, "records/contacts/delete_several.html", context)
