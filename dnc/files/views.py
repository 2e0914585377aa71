"""The upload wizard for files of keys: choose a file, say which column is which, read the check, confirm."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from bpadmin.dialler.types import Actor
from bpadmin.jobs.choices import revision_said
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.pages.kind_presenters import job_view
from bpadmin.jobs.services import IllegalMove, move_refused
from bpadmin.platforms.base import Capability
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.accounts.confirmation import confirm_first
from bpadmin.tenants.models import Role, Tenant
from bpadmin.uploads.files import UploadRefused
from bpadmin.uploads.first_look import first_look, is_unread
from bpadmin.uploads.looking import LOOKING, looking
from bpadmin.uploads.request_files import file_limit, file_receive
from bpadmin.uploads.wizard import is_mappable, rows_decide
from bpadmin.web.server.gate import takes_files
from dnc.entries.selectors import READ_ONLY, is_editable
from dnc.files import wizard
from dnc.files.confirm import removal_context
from dnc.files.forms import ConfirmForm
from dnc.files.options import keys_options
from dnc.files.replace import difference_of, dnc_replace_go_on
from dnc.files.services import FILE_KINDS, dnc_upload_inspect, job_list
from dnc.files.steps import key_step
from dnc.kinds import DNC_DELETE, DNC_REPLACE
from dnc.lists.sync import DncRefused
from dnc.models import DncList


@csrf_exempt  # the gate comes first, so that a stranger's file is not even read; the token is checked after it
@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
@takes_files
def upload(request: TenantRequest, tenant: Tenant, list_pk: int) -> HttpResponse:
    """Take a file of keys for a list."""
    dnc_list = get_object_or_404(DncList.objects.select_related("tenant"), tenant=tenant, pk=list_pk)
    if not is_editable(dnc_list):
        return render(request, "dnc/read_only.html", {"dnc_list": dnc_list, "words": READ_ONLY}, status=409)
    file_limit(request)
    what = request.GET.get("what", "")
    return _choose(request, dnc_list, what if what in wizard.KINDS else "add")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
@takes_files
def upload_again(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Take the corrected rejects of a job: what a replacement left is added."""
    file_limit(request)
    parent = _job(tenant, job_id)
    return _choose(request, job_list(parent), "delete" if parent.kind == DNC_DELETE else "add", parent)


@csrf_protect
def _choose(request: TenantRequest, dnc_list: DncList, what: str, parent: Job | None = None) -> HttpResponse:
    """Show the page that takes a file, or take the file: our script is answered in JSON, a plain form with a page."""
    context = {"dnc_list": dnc_list, "what": what, "parent": parent, "max_bytes": settings.MAX_UPLOAD_BYTES}
    if request.method != "POST":
        return render(request, "dnc/files/choose.html", context)
    is_script, actor = request.headers.get("Accept") == "application/json", Actor(request.user)
    try:
        if parent is not None and "same" in request.POST:
            job = wizard.rejects_take(parent=parent, actor=actor)
        else:
            received = file_receive(request)
            job = wizard.file_take(dnc_list=dnc_list, what=what, received=received, actor=actor, parent=parent)
    except UploadRefused as refused:
        if is_script:
            return JsonResponse({"problem": str(refused)}, status=422)
        return render(request, "dnc/files/choose.html", {**context, "problem": str(refused)}, status=422)
    url = _step_url(job, "upload_map")
    return JsonResponse({"next": url}) if is_script else redirect(url)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def upload_map(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Show how the file reads, which column is which, and what is to be done with the rows."""
    job = _job(tenant, job_id)
    data = request.POST if request.method == "POST" else None
    if not is_mappable(job):
        if data is not None:
            messages.error(request, str(move_refused(job, "checked")))
        return _go(request, _step_url(job, "upload_check"))
    try:
        name = request.user.get_username()
        if is_unread(job) and not first_look(job=job, inspect=dnc_upload_inspect, actor_name=name):
            return looking(request, job, job_view(job).list_url)
        if request.htmx.target == LOOKING:
            return HttpResponseClientRefresh()
        step = key_step(job=job, dnc_list=job_list(job), data=data, actor_name=name)
        if data is not None and step.check():
            return _go(request, _step_url(job, "upload_check"))
    except UploadRefused as refused:
        context = {"job": job, "view": job_view(job), "problems": refused.problems}
        return render(request, "dnc/files/unreadable.html", context, status=422)
    except IllegalMove as refused:
        messages.error(request, str(refused))
        return _go(request, _step_url(job, "upload_check"))
    context = {"step": step, "job": job, "view": job_view(job), "dnc_list": job_list(job)}
    return _page_or_fragment(request, "dnc/files/map.html", "dnc/files/_reading.html", "reading", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def upload_check(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Show the check while it runs, then what it found and what would change; POST lets the job begin."""
    job = _job(tenant, job_id)
    form = ConfirmForm(job, request.POST if request.method == "POST" else None)
    if request.method == "POST" and job.kind == DNC_REPLACE and (stop := confirm_first(request)):
        return stop
    if request.method == "POST" and form.is_valid():
        try:
            typed, revision = form.cleaned_data["typed"], revision_said(request.POST)
            said = {"typed_name": typed, "accepted": form.cleaned_data["accept"]}
            wizard.rows_send(job=job, actor=Actor(request.user), revision=revision, **said)
        except DncRefused as refused:
            form.add_error(None, str(refused))
        except IllegalMove as refused:
            messages.error(request, str(refused))
            form = ConfirmForm(job)
    if job.state == JobState.DRAFT:
        return _go(request, _step_url(job, "upload_map"))
    if not (is_mappable(job) or job.state == JobState.PREPARING):
        return _go(request, reverse("jobs:detail", args=[tenant.slug, job.pk]))
    context = {"job": job, "view": job_view(job), "form": form, "dnc_list": job_list(job), "options": keys_options(job)}
    context |= {"difference": difference_of(job), "what": wizard.what_of(job), **removal_context(job)}
    return _page_or_fragment(request, "dnc/files/check.html", "dnc/files/_check.html", "check", context)


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def upload_rows(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Take hidden rows, rows with missing cells or texts encoded twice otherwise, and check anew."""
    job = _job(tenant, job_id)
    if not is_mappable(job):
        messages.error(request, str(move_refused(job, "checked")))
    else:
        try:
            said = {name: request.POST.get(name) for name in ("hidden_rows", "short_rows", "double_encoding")}
            revision = revision_said(request.POST)
            rows_decide(job=job, **said, revision=revision, actor_name=request.user.get_username())
        except (IllegalMove, UploadRefused) as refused:
            messages.error(request, str(refused))
    return redirect(_step_url(job, "upload_check"))


@require_POST
@tenant_view(Role.SUPERVISOR, needs=Capability.DNC_WRITE)
def go_on(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Remove what is gone although the platform did not take every number of the file."""
    try:
        revision = revision_said(request.POST)
        dnc_replace_go_on(job=_job(tenant, job_id), actor=Actor(request.user), revision=revision)
    except IllegalMove as refused:
        messages.warning(request, str(refused))
    return redirect("jobs:detail", slug=tenant.slug, job_id=job_id)


def _step_url(job: Job, step: str) -> str:
    return reverse(f"dnc:{step}", args=[job.tenant.slug, job.pk])


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
    jobs = Job.objects.select_related("tenant", "parent").exclude(upload_path="")
    return get_object_or_404(jobs, tenant=tenant, pk=job_id, kind__in=FILE_KINDS)
