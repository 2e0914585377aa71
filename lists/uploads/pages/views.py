"""The upload wizard: choose a file, map its columns, read what the check found, confirm."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from bpadmin.dialler.catalogue import list_read
from bpadmin.jobs.choices import revision_said
from bpadmin.jobs.files.rejects import there_lines
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.pages.presenters import JobView
from bpadmin.jobs.services import IllegalMove, move_refused, rejects_download_record
from bpadmin.platforms.base import Capability
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.accounts.confirmation import confirm_first
from bpadmin.tenants.models import Role, Tenant
from bpadmin.uploads.files import ROWS_SAID, UploadRefused
from bpadmin.uploads.first_look import first_look, is_unread
from bpadmin.uploads.looking import LOOKING, looking
from bpadmin.uploads.request_files import file_limit, file_receive
from bpadmin.uploads.wizard import is_mappable, rows_decide
from bpadmin.web.downloads import download
from bpadmin.web.server.gate import takes_files
from lists.kinds import LIST_UPLOAD
from lists.old_values.services import OldValuesRefused, is_changing, old_values_cost, old_values_of, old_values_order
from lists.taking_back.services import never_taken_back
from lists.uploads import wizard
from lists.uploads.already_there import there_update
from lists.uploads.options import upload_options
from lists.uploads.pages.forms import ConfirmForm
from lists.uploads.pages.steps import changes_of, mapping_step
from lists.uploads.splitting import numbers_split, splits_offered
from lists.uploads.target.place import target_url
from lists.uploads.wizard import UploadTarget, upload_target, upload_target_again


@csrf_exempt  # the gate comes first, so that a stranger's file is not even read; the token is checked after it
@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
@takes_files
def upload(request: TenantRequest, tenant: Tenant, list_id: str) -> HttpResponse:
    """Take a file for a list."""
    target = upload_target(tenant=tenant, list_id=list_id)
    if target is None:
        raise Http404("The dialler knows no such list: it was deleted, or this tenant's user may not see it.")
    file_limit(request)
    return _choose(request, target)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
@takes_files
def upload_again(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Take the corrected rejects of a job: a job of its own, mapped as the first one was."""
    file_limit(request)
    return _choose(request, upload_target_again(parent=_job(tenant, job_id)))


@csrf_protect
def _choose(request: TenantRequest, target: UploadTarget) -> HttpResponse:
    """Show the page that takes a file, or take the file: our script is answered in JSON, a plain form with a page."""
    context = {"target": target, "max_bytes": settings.MAX_UPLOAD_BYTES}
    if request.method != "POST":
        return render(request, "lists/uploads/choose.html", context)
    is_script = request.headers.get("Accept") == "application/json"
    try:
        if target.parent is not None and "same" in request.POST:
            job, is_checked = wizard.rejects_take(parent=target.parent, owner=request.user), False
        else:
            job = wizard.file_take(target=target, received=file_receive(request), owner=request.user)
            is_checked = wizard.check_carry_on(job=job)
    except UploadRefused as refused:
        if is_script:
            return JsonResponse({"problem": str(refused)}, status=422)
        return render(request, "lists/uploads/choose.html", {**context, "problem": str(refused)}, status=422)
    url = reverse(
        "lists:upload_check" if is_checked else "lists:upload_map",
        kwargs={"slug": target.tenant.slug, "job_id": job.pk},
    )
    return JsonResponse({"next": url}) if is_script else redirect(url)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def upload_map(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Show how the file reads and which column goes where; what a person corrects is shown anew at once."""
    job = _job(tenant, job_id)
    check_url = reverse("lists:upload_check", kwargs={"slug": tenant.slug, "job_id": job.pk})
    data = request.POST if request.method == "POST" else None
    if not is_mappable(job):
        if data is not None:
            messages.error(request, str(move_refused(job, "checked")))
        return _go(request, check_url)
    wants_fields = "fields" in (request.POST if data is not None else request.GET)
    try:
        name = request.user.get_username()
        if is_unread(job) and not first_look(job=job, actor_name=name):
            return looking(request, job, target_url(tenant, job.target_id))
        if request.htmx.target == LOOKING:
            return HttpResponseClientRefresh()
        step = mapping_step(job=job, data=data, wants_fields=wants_fields, actor_name=name)
        if data is not None and step.check():
            return _go(request, check_url)
    except UploadRefused as refused:
        return render(request, "lists/uploads/unreadable.html", {"job": job, "problems": refused.problems}, status=422)
    except IllegalMove as refused:
        messages.error(request, str(refused))
        return _go(request, check_url)
    context = {"step": step, "job": job, "wants_fields": wants_fields}
    return _page_or_fragment(request, "lists/uploads/map.html", "lists/uploads/_reading.html", "reading", context)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def upload_changes(request: TenantRequest, tenant: Tenant, job_id: int, index: int) -> HttpResponse:
    """Show what the rule of a column, as the form stands, does to its first and oddest cells. Stores nothing."""
    job = _job(tenant, job_id)
    try:
        rules = changes_of(job=job, data=request.POST, index=index) if is_mappable(job) else None
    except UploadRefused as refused:
        return HttpResponse(str(refused), status=422, content_type="text/plain")
    if rules is None:
        raise Http404("The file has no such column, or is being sent.")
    return render(request, "lists/uploads/_changes_live.html", {"line": rules.line, "changes": rules.changes})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def upload_check(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Show the check while it runs, then what it found; POST is the last word before rows are sent."""
    job = _job(tenant, job_id)
    form = ConfirmForm(job, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_replacing and (stop := confirm_first(request)):
        return stop
    if request.method == "POST" and (form.is_valid() or form.is_stale):
        try:
            said = {"accepted": form.cleaned_data.get("accept", ()), "revision": revision_said(request.POST)}
            old_values_order(job=job, wanted="keep_old" in request.POST)
            wizard.rows_send(job=job, **said, actor=request.user)
        except (IllegalMove, UploadRefused, OldValuesRefused) as refused:
            messages.error(request, str(refused))
            form = ConfirmForm(job)
    if job.state == JobState.DRAFT:
        return _go(request, reverse("lists:upload_map", kwargs={"slug": tenant.slug, "job_id": job.pk}))
    if not (is_mappable(job) or job.state == JobState.PREPARING):
        return _go(request, reverse("jobs:detail", kwargs={"slug": tenant.slug, "job_id": job.pk}))
    snapshot = list_read(tenant, job.target_id) if form.is_replacing and job.state == JobState.READY else None
    context = {"job": job, "view": JobView(job), "form": form, "snapshot": snapshot, "options": upload_options(job)}
    context |= {"for_good": never_taken_back(job) if job.state == JobState.READY else ""}
    context |= {"splits": splits_offered(job) if job.state == JobState.READY else ()}
    if job.state == JobState.READY and is_changing(job):
        context |= {
            "old_values_cost": old_values_cost(tenant=tenant, list_id=job.target_id),
            "keep_old": old_values_of(job),
        }
    return _page_or_fragment(request, "lists/uploads/check.html", "lists/uploads/_check.html", "check", context)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def upload_blocked(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Leave out the rows that must not be called, or take them in again, and check anew."""
    job = _job(tenant, job_id)
    if not is_mappable(job):
        messages.error(request, str(move_refused(job, "checked")))
    else:
        try:
            wizard.blocked_leave_out(
                job=job,
                leaves_out="leave" in request.POST,
                revision=revision_said(request.POST),
                actor_name=request.user.get_username(),
            )
        except IllegalMove as refused:
            messages.error(request, str(refused))
    return redirect("lists:upload_check", slug=tenant.slug, job_id=job.pk)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def upload_rows(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Take hidden rows, rows with missing cells or of one key, or dates otherwise, and check anew."""
    job = _job(tenant, job_id)
    if not is_mappable(job):
        messages.error(request, str(move_refused(job, "checked")))
    else:
        try:
            said = {name: request.POST.get(name) for name in ROWS_SAID}
            revision = revision_said(request.POST)
            rows_decide(job=job, **said, revision=revision, actor_name=request.user.get_username())
        except (IllegalMove, UploadRefused) as refused:
            messages.error(request, str(refused))
    return redirect("lists:upload_check", slug=tenant.slug, job_id=job.pk)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def upload_split(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Split cells with several numbers into further telephone fields of the list, and check anew."""
    job = _job(tenant, job_id)
    try:
        columns = [int(text) for text in request.POST.getlist("column") if text.isdecimal()]
        revision = revision_said(request.POST)
        numbers_split(job=job, columns=columns, revision=revision, actor_name=request.user.get_username())
    except (IllegalMove, UploadRefused) as refused:
        messages.error(request, str(refused))
    return redirect("lists:upload_check", slug=tenant.slug, job_id=job.pk)


@require_safe
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def upload_there(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponseBase:
    """Send the rows whose key was in the list already, as they were."""
    job = _job(tenant, job_id)
    rejects_download_record(job=job, actor=request.user, which="rows that were there already")
    name = f"{PurePath(job.file_name).stem or 'upload'} - already there in job {job.pk}.csv"
    return download(request, partial(there_lines, job), name=name, content_type="text/csv; charset=utf-8")


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def upload_update_there(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Check those rows as an update of the records that are there, or only those that differ from them."""
    job = _job(tenant, job_id)
    try:
        update = there_update(job=job, owner=request.user, only_changed="only_changed" in request.POST)
    except UploadRefused as refused:
        messages.error(request, str(refused))
        return redirect("jobs:detail", slug=tenant.slug, job_id=job.pk)
    return redirect("lists:upload_check", slug=tenant.slug, job_id=update.pk)


def _go(request: TenantRequest, url: str) -> HttpResponse:
    """Lead to another page; htmx would otherwise put that page into a part of this one."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _page_or_fragment(
    request: TenantRequest, page: str, fragment: str, target: str, context: dict[str, object]
) -> HttpResponse:
    """Render the part that htmx asks for by the id of its element, or the whole page."""
    response = render(request, fragment if request.htmx.target == target else page, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _job(tenant: Tenant, job_id: int) -> Job:
    return get_object_or_404(Job.objects.select_related("tenant", "parent"), tenant=tenant, pk=job_id, kind=LIST_UPLOAD)
