"""The upload wizard: choose a file, map its columns, read what the check found, confirm."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from bpadmin.jobs.choices import revision_said
from bpadmin.jobs.figures import JobView
from bpadmin.jobs.models import Job, JobKind, JobState
from bpadmin.jobs.services import IllegalMove, move_refused
from bpadmin.platforms.base import Capability
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from lists import wizard
from lists.receiving import file_limit, file_receive
from lists.services import list_read
from lists.upload_forms import ConfirmForm
from lists.upload_steps import mapping_step
from lists.uploads import UploadRefused
from lists.wizard import UploadTarget, upload_target, upload_target_again


@csrf_exempt  # the gate comes first, so that a stranger's file is not even read; the token is checked after it
@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
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
def upload_again(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Take the corrected rejects of a job: a job of its own, mapped as the first one was."""
    file_limit(request)
    return _choose(request, upload_target_again(parent=_job(tenant, job_id)))


@csrf_protect
def _choose(request: TenantRequest, target: UploadTarget) -> HttpResponse:
    """Show the page that takes a file, or take the file: our script is answered in JSON, a plain form with a page."""
    context = {"target": target, "max_bytes": settings.MAX_UPLOAD_BYTES}
    if request.method != "POST":
        return render(request, "lists/upload/choose.html", context)
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
        return render(request, "lists/upload/choose.html", {**context, "problem": str(refused)}, status=422)
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
    if not wizard.is_mappable(job):
        if data is not None:
            messages.error(request, str(move_refused(job, "checked")))
        return _go(request, check_url)
    wants_fields = "fields" in (request.POST if data is not None else request.GET)
    try:
        name = request.user.get_username()
        step = mapping_step(job=job, data=data, wants_fields=wants_fields, actor_name=name)
        if data is not None and step.check():
            return _go(request, check_url)
    except UploadRefused as refused:
        return render(request, "lists/upload/unreadable.html", {"job": job, "problems": refused.problems}, status=422)
    except IllegalMove as refused:
        messages.error(request, str(refused))
        return _go(request, check_url)
    context = {"step": step, "job": job, "wants_fields": wants_fields}
    return _page_or_fragment(request, "lists/upload/map.html", "lists/upload/_reading.html", "reading", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def upload_check(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Show the check while it runs, then what it found; POST is the last word before rows are sent."""
    job = _job(tenant, job_id)
    form = ConfirmForm(job, request.POST if request.method == "POST" else None)
    if request.method == "POST" and (form.is_valid() or form.is_stale):
        try:
            wizard.rows_send(job=job, revision=revision_said(request.POST), actor=request.user)
        except IllegalMove as refused:
            messages.error(request, str(refused))
            form = ConfirmForm(job)
    if job.state == JobState.DRAFT:
        return _go(request, reverse("lists:upload_map", kwargs={"slug": tenant.slug, "job_id": job.pk}))
    if not (wizard.is_mappable(job) or job.state == JobState.PREPARING):
        return _go(request, reverse("jobs:detail", kwargs={"slug": tenant.slug, "job_id": job.pk}))
    snapshot = list_read(tenant, job.target_id) if form.is_replacing and job.state == JobState.READY else None
    context = {"job": job, "view": JobView(job), "form": form, "snapshot": snapshot}
    return _page_or_fragment(request, "lists/upload/check.html", "lists/upload/_check.html", "check", context)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.RECORDS_ADD)
def upload_blocked(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Leave out the rows that must not be called, or take them in again, and check anew."""
    job = _job(tenant, job_id)
    if not wizard.is_mappable(job):
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
    return get_object_or_404(
        Job.objects.select_related("tenant", "parent"), tenant=tenant, pk=job_id, kind=JobKind.LIST_UPLOAD
    )
