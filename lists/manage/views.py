"""The pages that make a list and delete one."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from bpadmin.audit.models import Outcome
from bpadmin.dialler.catalogue import list_read, lists_read
from bpadmin.dialler.types import Act, Actor
from bpadmin.jobs.files.rejects import expansion_limit
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CallingList, FieldSpec, FieldType
from bpadmin.tabular.readers import READ_SECONDS, looked_at
from bpadmin.tabular.types import TabularError
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.uploads.mapping.suggestions import fields_propose
from bpadmin.web.messages import tell
from bpadmin.web.server.gate import takes_files
from lists.formats.forms import more_rows
from lists.formats.rules import format_warnings
from lists.manage.create import CreationRefused, list_create_like, list_create_with_format
from lists.manage.delete import list_delete, list_deletion_facts
from lists.manage.forms import BuildForm, CreateForm, DeleteListForm, HeaderForm, new_field_formset

FIRST_FIELDS = (
    FieldSpec(name="id", type=FieldType.ACCOUNT, required=True, searchable=True, key=True),
    FieldSpec(name="phone", type=FieldType.PHONE, required=True, searchable=True),
    FieldSpec(name="first name", type=FieldType.FIRST_NAME),
    FieldSpec(name="last name", type=FieldType.LAST_NAME),
)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.LIST_CREATE)
def create(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Make an empty list of the format of another one."""
    snapshot = lists_read(tenant)
    initial = {"like": request.GET.get("like", "")}
    form = CreateForm(request.POST or None, lists=snapshot.value or (), initial=initial)
    if request.method == "POST" and form.is_valid():
        like = form.cleaned_data["like"]
        act = list_create_like(tenant=tenant, name=form.cleaned_data["name"], like=like, actor=Actor(request.user))
        if act.outcome != Outcome.REFUSED:
            return _after_creation(request, tenant, act)
        form.add_error(None, act.sentence)
    return render(request, "lists/manage/create.html", {"form": form, "snapshot": snapshot})


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.LIST_CREATE)
@takes_files
def build(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Make a list with a format of its own, in the format builder."""
    if request.FILES:
        return _build_from_header(request, tenant)
    if "more" in request.POST:
        names = BuildForm(initial=request.POST.dict())
        return _builder(request, names, new_field_formset(FIRST_FIELDS, more_rows(request.POST)), wants_rows=True)
    is_post = request.method == "POST"
    form = BuildForm(request.POST if is_post else None)
    formset = new_field_formset(FIRST_FIELDS, request.POST if is_post else None)
    if is_post and form.is_valid() and formset.is_valid():
        try:
            act = list_create_with_format(
                tenant=tenant, fields=formset.specs(()), actor=Actor(request.user), **form.cleaned_data
            )
        except CreationRefused as refused:
            act = Act(Outcome.REFUSED, str(refused))
        if act.outcome != Outcome.REFUSED:
            return _after_creation(request, tenant, act)
        form.add_error(None, act.sentence)
    return _builder(request, form, formset)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.LIST_DELETE, confirmed=True)
def delete(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Say what deleting the list takes with it, have its name typed, and delete it."""
    snapshot = list_read(tenant, list_id)
    if snapshot.has_value and snapshot.value is None and not snapshot.error:
        raise Http404("The dialler knows no such list: it was deleted, or this tenant's user may not see it.")
    calling_list: CallingList | None = snapshot.value
    name = calling_list.name if calling_list else list_id
    form = DeleteListForm(request.POST or None, list_name=name)
    if request.method == "POST" and calling_list and form.is_valid():
        act = list_delete(tenant=tenant, list_id=list_id, list_name=name, actor=Actor(request.user))
        tell(request, act)
        if act.is_done:
            return redirect("lists:index", slug=tenant.slug)
        return redirect("lists:detail", slug=tenant.slug, list_id=list_id)
    facts = list_deletion_facts(calling_list=calling_list, others=lists_read(tenant).value) if calling_list else None
    context = {"form": form, "facts": facts, "list_id": list_id, "list_name": name, "snapshot": snapshot}
    return render(request, "lists/manage/delete.html", context)


def _after_creation(request: TenantRequest, tenant: Tenant, act: Act) -> HttpResponse:
    tell(request, act)
    if act.id:
        return redirect("lists:detail", slug=tenant.slug, list_id=act.id)
    return redirect("lists:index", slug=tenant.slug)


def _build_from_header(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the builder filled from a file's header; the file itself is not kept."""
    upload = HeaderForm(request.POST, request.FILES)
    fields: Any = FIRST_FIELDS
    if upload.is_valid():
        try:
            look = looked_at(upload.cleaned_data["file"].file, limit=expansion_limit(), seconds=READ_SECONDS)
            rows = [row for row in look.records[1:50] if any(cell.strip() for cell in row)]
            fields = fields_propose(header=look.header, rows=rows)
        except TabularError as error:
            upload.add_error("file", str(error))
    stem = upload.cleaned_data["file"].name.rsplit(".", 1)[0] if upload.is_valid() else ""
    form = BuildForm(initial={"name": stem, "format_name": stem})
    return _builder(request, form, new_field_formset(fields), upload)


def _builder(
    request: TenantRequest,
    form: BuildForm,
    formset: Any,
    upload: HeaderForm | None = None,
    *,
    wants_rows: bool = False,
) -> HttpResponse:
    is_said = formset.is_bound and formset.is_valid() and not wants_rows
    warnings = format_warnings(formset.specs(())) if is_said else []
    context = {"form": form, "formset": formset, "upload": upload or HeaderForm(), "warnings": warnings}
    return render(request, "lists/manage/build.html", context | {"wants_rows": wants_rows})
