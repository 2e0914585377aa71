"""The pages on which records are deleted: the filter, and the question before it is carried out."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from bpadmin.acts import Actor
from bpadmin.jobs.choices import revision_said
from bpadmin.jobs.models import Job, JobKind, JobState
from bpadmin.jobs.services import IllegalMove
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CallingList
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from lists.delete_forms import ConfirmDeletionForm, DeleteRecordsForm
from lists.delete_orders import deletion_confirm, deletion_draft
from lists.deleting import FilterRefused, RecordFilter, deletion_options
from lists.formats import format_fields, format_get
from lists.services import list_read, lists_forget


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_DELETE_ALL)
def delete_records(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Say which records are to go; the next page reads it back."""
    snapshot = list_read(tenant, list_id)
    if snapshot.has_value and snapshot.value is None and not snapshot.error:
        raise Http404("The dialler knows no such list: it was deleted, or this tenant's user may not see it.")
    found: CallingList | None = snapshot.value
    name = found.name if found else list_id
    fields = format_fields(format_get(tenant=tenant, list_id=list_id, format_id=found.format_id if found else ""))
    said = (request.POST, request.FILES) if request.method == "POST" else ()
    form = DeleteRecordsForm(*said, fields=fields, calling_list=found, time_zone=tenant.time_zone)
    is_all = "all" in request.POST
    if request.method == "POST" and (is_all or form.is_valid()):
        criteria = RecordFilter(is_all=True) if is_all else form.criteria()
        try:
            job = deletion_draft(
                tenant=tenant, list_id=list_id, list_name=name, criteria=criteria, actor=Actor(request.user)
            )
        except FilterRefused as refused:
            form.add_error(None, list(refused.problems))
        else:
            return redirect("lists:deletion", slug=tenant.slug, job_id=job.pk)
    context = {"form": form, "list": found, "list_id": list_id, "list_name": name, "snapshot": snapshot}
    return render(request, "lists/delete_records/filter.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_DELETE_ALL)
def deletion(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Read the filter back, say what will happen to live calls, and begin."""
    job = get_object_or_404(Job, tenant=tenant, pk=job_id, kind=JobKind.LIST_DELETE)
    if job.state != JobState.DRAFT:
        return redirect("jobs:detail", slug=tenant.slug, job_id=job.pk)
    options = deletion_options(job)
    criteria = options.filter
    said = request.POST if request.method == "POST" else None
    form = ConfirmDeletionForm(said, list_name=job.target_name, is_all=criteria.is_all)
    if request.method == "POST" and form.is_valid():
        try:
            deletion_confirm(job=job, actor=Actor(request.user), revision=revision_said(request.POST))
        except IllegalMove as refused:
            messages.warning(request, str(refused))
        lists_forget(tenant=tenant, list_id=job.target_id)
        return redirect("jobs:detail", slug=tenant.slug, job_id=job.pk)
    others = Job.objects.filter(tenant=tenant, target_kind=job.target_kind, target_id=job.target_id)
    active = others.filter(state__in=Job.ACTIVE).exclude(pk=job.pk).first()
    found = list_read(tenant, job.target_id).value
    context = {"job": job, "form": form, "is_all": criteria.is_all, "active": active, "list": found}
    context["sentence"] = options.sentence
    return render(request, "lists/delete_records/confirm.html", context)
