"""The pages that add a record, change one and erase one."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from bpadmin.audit.models import Outcome
from bpadmin.dialler.types import Act, Actor
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import CallingList
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.messages import tell
from lists.records.actions import erase_warning, record_add, record_erase, record_update
from lists.records.fields import RecordFields, RecordRefused, record_fields, record_fields_learn
from lists.records.forms import EraseForm, RecordForm
from lists.records.keys import key_read, record_url
from lists.records.services import Found, key_of, record_find
from lists.records.views import check_url, list_of_page, page_client, record_context, trouble


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def add(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Add a record in a form made from the list's fields."""
    try:
        found = list_of_page(tenant, list_id)
        with page_client(tenant) as client:
            fields = record_fields_learn(tenant=tenant, list_id=list_id, client=client, calling_list=found)
    except PlatformError as error:
        return trouble(request, list_id, error)
    form = RecordForm(_posted(request), fields=fields, check_url=check_url(tenant, list_id))
    actor = Actor(request.user)

    def perform() -> Act:
        return record_add(tenant=tenant, calling_list=found, values=form.values(), fields=fields, actor=actor)

    if _is_carried_out(request, form, perform):
        return _after_adding(request, tenant, found, fields, form)
    return render(
        request, "lists/records/add.html", {"form": form, "list": found, "list_id": list_id, "fields": fields}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_UPDATE)
def change(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Change fields of a record; only what was changed in the form is sent."""
    try:
        held, fields, found = _asked_for(request, tenant, list_id)
    except PlatformError as error:
        return trouble(request, list_id, error)
    if found is None:
        return redirect(record_url(tenant, list_id, key_read(request.GET)))
    key, actor = found.key, Actor(request.user)
    form = RecordForm(_posted(request), fields=fields, entry=found.entry, key=key, check_url=check_url(tenant, list_id))

    def perform() -> Act:
        changes = form.changes()
        return record_update(tenant=tenant, calling_list=held, key=key, changes=changes, fields=fields, actor=actor)

    if _is_carried_out(request, form, perform):
        return redirect(record_url(tenant, list_id, key))
    return render(request, "lists/records/change.html", {**record_context(held, fields, found), "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ERASE)
def erase(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Say what erasing the record means, ask for a reason, and erase it."""
    try:
        held, fields, found = _asked_for(request, tenant, list_id)
        with page_client(tenant) as client:
            total = client.get_list(list_id).total_records  # not as last read: it decides about live calls
    except PlatformError as error:
        return trouble(request, list_id, error)
    if found is None:
        return redirect(record_url(tenant, list_id, key_read(request.GET)))
    warning = erase_warning(total)
    form = EraseForm(_posted(request), is_last=bool(warning))
    if form.is_bound and form.is_valid():
        return _erased(request, tenant, held, fields, found, form.cleaned_data["reason"])
    context = {"form": form, "warning": warning, "n_others": None if total is None else total - 1}
    return render(request, "lists/records/erase.html", {**record_context(held, fields, found), **context})


def _erased(
    request: TenantRequest, tenant: Tenant, held: CallingList, fields: RecordFields, found: Found, reason: str
) -> HttpResponse:
    act = record_erase(
        tenant=tenant, calling_list=held, key=found.key, reason=reason, fields=fields, actor=Actor(request.user)
    )
    tell(request, act)
    if act.is_done:
        return redirect("lists:detail", slug=tenant.slug, list_id=held.id)
    return redirect(record_url(tenant, held.id, found.key))


def _posted(request: TenantRequest) -> object:
    return request.POST if request.method == "POST" else None


def _is_carried_out(request: TenantRequest, form: RecordForm, perform: Callable[[], Act]) -> bool:
    """Carry a form's act out; what breaks a rule or was refused is shown in the form instead."""
    if not (form.is_bound and form.is_valid()):
        return False
    try:
        act = perform()
    except RecordRefused as refused:
        form.add_problems(refused.problems)
        return False
    if act.outcome == Outcome.REFUSED:
        form.add_error(None, act.sentence)
        return False
    tell(request, act)
    return True


def _after_adding(
    request: TenantRequest, tenant: Tenant, held: CallingList, fields: RecordFields, form: RecordForm
) -> HttpResponse:
    if "another" in request.POST:
        return redirect("lists:record_add", slug=tenant.slug, list_id=held.id)
    if key := key_of(form.values(), fields):
        return redirect(record_url(tenant, held.id, key))
    return redirect("lists:detail", slug=tenant.slug, list_id=held.id)


def _asked_for(request: TenantRequest, tenant: Tenant, list_id: str) -> tuple[CallingList, RecordFields, Found | None]:
    """Return the list, its fields and the record that the query string names; its results are not read."""
    held = list_of_page(tenant, list_id)
    fields = record_fields(tenant=tenant, list_id=list_id, calling_list=held)
    alone = CallingList(id=list_id, name=held.name)
    with page_client(tenant) as client:
        key = key_read(request.GET)
        found = record_find(client=client, calling_list=alone, key=key, fields=fields) if key else None
    return held, fields, found
