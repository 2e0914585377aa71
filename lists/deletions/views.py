"""The pages on which records are deleted: the filter, and the question before it is carried out."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bpadmin.approvals.services import ApprovalNeeded
from bpadmin.dialler.catalogue import list_read, lists_forget
from bpadmin.dialler.types import Actor
from bpadmin.jobs.kinds import TargetKind
from bpadmin.jobs.models import Job
from bpadmin.platforms.base import Capability
from bpadmin.platforms.results import source_id_of
from bpadmin.platforms.types import CallingList
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.server.gate import takes_files
from lists.deletions.forms import ConfirmDeletionForm, DeleteRecordsForm
from lists.deletions.options import FilterRefused, RecordFilter
from lists.deletions.question import Question, QuestionGone, calls_words, question_get, question_keep, question_take
from lists.deletions.services import deletion_ask, deletion_begin, deletion_preview
from lists.formats.services import format_fields, format_get, names_searchable
from lists.old_values.services import OldValuesRefused, old_values_cost

# How long a person waits for the count, and how long one who asks for the list to be read to its end.
SECONDS, COUNT_SECONDS = 5.0, 60.0


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_DELETE_ALL)
@takes_files
def delete_records(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Say which records are to go; the next page reads it back."""
    snapshot = list_read(tenant, list_id)
    if snapshot.has_value and snapshot.value is None and not snapshot.error:
        raise Http404("The dialler knows no such list: it was deleted, or this tenant's user may not see it.")
    found: CallingList | None = snapshot.value
    name = found.name if found else list_id
    known = format_get(tenant=tenant, list_id=list_id, format_id=found.format_id if found else "")
    # Where nobody knows which fields are searchable, the platform says so before it deletes anything.
    usable = names_searchable(known)
    if usable is None:
        usable = tuple(spec.name for spec in sorted(format_fields(known), key=lambda spec: not spec.key))
    said = (request.POST, request.FILES) if request.method == "POST" else ()
    form = DeleteRecordsForm(*said, usable=usable, calling_list=found, time_zone=tenant.time_zone)
    is_all = "all" in request.POST
    if request.method == "POST" and (is_all or form.is_valid()):
        criteria = RecordFilter(is_all=True) if is_all else form.criteria()
        try:
            question = deletion_ask(tenant=tenant, list_id=list_id, list_name=name, criteria=criteria, seconds=SECONDS)
        except FilterRefused as refused:
            form.add_error(None, list(refused.problems))
        else:
            return redirect("lists:deletion", tenant.slug, list_id, question_keep(tenant=tenant, question=question))
    context: dict[str, object] = {
        "form": form,
        "list": found,
        "list_id": list_id,
        "list_name": name,
        "snapshot": snapshot,
    }
    context["unsearchable"] = [spec.name for spec in format_fields(known) if spec.name not in usable]
    return render(request, "lists/deletions/filter.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_DELETE_ALL, confirmed=True)
def deletion(request: TenantRequest, tenant: Tenant, list_id: str, token: str) -> HttpResponse:
    """Read the filter back, say how many records it takes and what will happen to live calls, and begin."""
    try:
        question = question_get(tenant=tenant, list_id=list_id, token=token)
        form = ConfirmDeletionForm(request.POST or None, question=question)
        if request.method == "POST" and "count" in request.POST:
            return _count_on(tenant, question, token)
        if request.method == "POST" and form.is_valid():
            question = question_take(tenant=tenant, list_id=list_id, token=token)
            keep_old = "keep_old" in request.POST
            job = deletion_begin(tenant=tenant, question=question, actor=Actor(request.user), keep_old=keep_old)
            lists_forget(tenant=tenant, list_id=list_id)
            return redirect("jobs:detail", slug=tenant.slug, job_id=job.pk)
    except ApprovalNeeded as waits:
        messages.warning(request, str(waits))
        return redirect("lists:detail", slug=tenant.slug, list_id=list_id)
    except (QuestionGone, OldValuesRefused, FilterRefused) as gone:
        messages.warning(request, str(gone))
        return redirect("lists:delete_records", slug=tenant.slug, list_id=list_id)
    return render(request, "lists/deletions/confirm.html", _confirm_context(tenant, question, form))


def _count_on(tenant: Tenant, question: Question, token: str) -> HttpResponse:
    """Read the list to its end, as far as a person waits for it, and ask again."""
    preview = deletion_preview(
        tenant=tenant, list_id=question.list_id, criteria=question.criteria, seconds=COUNT_SECONDS
    )
    question_keep(tenant=tenant, question=replace(question, preview=preview), token=token)
    return redirect("lists:deletion", tenant.slug, question.list_id, token)


def _confirm_context(tenant: Tenant, question: Question, form: ConfirmDeletionForm) -> dict[str, object]:
    jobs = Job.objects.filter(tenant=tenant, target_kind=TargetKind.LIST, target_id=question.list_id)
    found: CallingList | None = list_read(tenant, question.list_id).value
    use = next(iter((found.campaigns or ()) if found else ()), None)
    source_id = source_id_of(use.campaign_id, use.instance_id) if use and use.instance_id else ""
    return {
        "question": question,
        "preview": question.preview,
        "calls": calls_words(question),
        "old_values_cost": old_values_cost(tenant=tenant, list_id=question.list_id, deletes=question.criteria),
        "form": form,
        "active": jobs.filter(state__in=Job.ACTIVE).first(),
        "list": found,
        "export_url": reverse("records:export", args=[tenant.slug, source_id]) if source_id else "",
    }
