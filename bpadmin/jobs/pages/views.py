"""Jobs: the table, one job while it works and after, the tray of the frame, and the rejects file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePath

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpadmin.jobs import services
from bpadmin.jobs.files.rejects import question_lines, rejects_lines
from bpadmin.jobs.files.spool import rows_in_words
from bpadmin.jobs.limits import jobs_limited
from bpadmin.jobs.models import Chunk, ChunkState, Job
from bpadmin.jobs.pages.forms import DecisionForm, JobFilterForm
from bpadmin.jobs.pages.kind_presenters import job_view
from bpadmin.jobs.pages.presenters import JobView
from bpadmin.jobs.pages.queue_position import queue_place, views_with_places
from bpadmin.jobs.services import Decision, IllegalMove
from bpadmin.jobs.target_words import noun_of
from bpadmin.tenants.access import TenantRequest, tenant_view
from bpadmin.tenants.models import Role, Tenant
from bpadmin.web.downloads import download
from bpadmin.web.htmx import SEEN
from bpadmin.web.tables import fingerprint
from bpadmin.web.watching import watched

PER_PAGE = 30
TRAY_JOBS = 4


@never_cache
@require_safe
@tenant_view()
@watched("jobs")
def index(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the tenant's jobs, newest first, searched and filtered."""
    form = JobFilterForm(request.GET)
    form.fields["q"].label = f"File or {noun_of(tenant)}"
    found = jobs_limited(Job.objects.filter(form.query(), tenant=tenant)).select_related("tenant").defer("remote")
    # One more than a page holds tells whether there is another, without counting all jobs at every poll.
    number = page_number(request.GET.get("page", ""))
    jobs = list(found[(number - 1) * PER_PAGE : number * PER_PAGE + 1])
    rows = views_with_places(jobs[:PER_PAGE])
    context = {
        **(tray_context(tenant, *rows) if request.htmx.target == "jobs" else {}),
        "form": form,
        "rows": rows,
        "is_moving": any(job.is_active for job in jobs),
        "previous_url": page_url(request, number - 1) if number > 1 else "",
        "next_url": page_url(request, number + 1) if len(jobs) > PER_PAGE else "",
        "page_number": number,
    }
    return _page_or_fragment(request, "jobs/index.html", "jobs/_table.html", "jobs", context)


@never_cache
@require_safe
@tenant_view()
@watched("job")
def detail(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Show one job; the part that changes asks for itself again as long as the job works."""
    view = job_view(_job(tenant, job_id))
    turn = queue_place(view.job)
    seen = fingerprint(request.role, *view.head, bool(turn and turn.own))
    is_head_new = request.headers.get(SEEN) != seen
    context = {"job": view.job, "view": view, "turn": turn, "seen": seen, "is_head_new": is_head_new}
    if request.htmx.target == "job":
        context |= tray_context(tenant, view)
    return _page_or_fragment(request, "jobs/detail.html", "jobs/_poll.html", "job", context)


@never_cache
@require_safe
@tenant_view()
def tray(request: TenantRequest, tenant: Tenant) -> HttpResponse:
    """Show the few jobs that work now, for the frame of every page."""
    return render(request, "jobs/_tray.html", tray_context(tenant))


def tray_context(tenant: Tenant, *seen: JobView) -> dict[str, object]:
    """Give what the tray shows; jobs that the page has read already (`seen`) are not read again, and tell the same."""
    working = jobs_limited(Job.objects.filter(tenant=tenant, state__in=Job.ACTIVE))
    working = working.select_related("tenant").defer("report", "remote")
    read = {view.job.pk: view for view in seen}
    views = [read.get(view.job.pk, view) for view in views_with_places(working[: TRAY_JOBS + 1])]
    # One that ended between the two readings is told by the page at its next look.
    shown = [view for view in views if view.job.is_active]
    return {"tray_rows": shown[:TRAY_JOBS], "tray_has_more": len(shown) > TRAY_JOBS}


@require_POST
@tenant_view(Role.SUPERVISOR)
def pause(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Stop sending after the requests under way."""
    return _move(request, tenant, job_id, services.job_pause)


@require_POST
@tenant_view(Role.SUPERVISOR)
def resume(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Go on sending."""
    return _move(request, tenant, job_id, services.job_resume)


@require_POST
@tenant_view(Role.SUPERVISOR)
def retry(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Send the rows that an ended job has not sent."""
    return _move(request, tenant, job_id, services.job_retry)


@require_POST
@tenant_view(Role.SUPERVISOR)
def put_first(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Let a waiting job go before the others of its tenant."""
    return _move(request, tenant, job_id, services.job_put_first)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_view(Role.SUPERVISOR)
def cancel(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Ask first, then end a job for good."""
    if request.method == "POST":
        return _move(request, tenant, job_id, services.job_cancel)
    page = "jobs/_cancel.html" if request.htmx else "jobs/cancel.html"
    return render(request, page, {"view": job_view(_job(tenant, job_id))})


@require_POST
@tenant_view(Role.SUPERVISOR)
def decide(request: TenantRequest, tenant: Tenant, job_id: int, number: int) -> HttpResponse:
    """Take a person's word on rows whose answer was lost."""
    chunk = get_object_or_404(Chunk, job__tenant=tenant, job_id=job_id, number=number)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say whether the rows are in the list or not.")
        return redirect("jobs:detail", slug=tenant.slug, job_id=job_id)
    try:
        services.chunk_decide(chunk=chunk, decision=Decision(form.cleaned_data["decision"]), actor=request.user)
    except IllegalMove as refused:
        messages.error(request, str(refused))
    return redirect("jobs:detail", slug=tenant.slug, job_id=job_id)


@require_POST
@tenant_view(Role.SUPERVISOR)
def decide_all(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Take a person's word on all rows in question of a job."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say whether the rows are in the list or not.")
        return redirect("jobs:detail", slug=tenant.slug, job_id=job_id)
    decision = Decision(form.cleaned_data["decision"])
    return _move(request, tenant, job_id, partial(services.job_decide, decision=decision))


@require_POST
@tenant_view(Role.SUPERVISOR)
def read_back(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponse:
    """Have the list read back to find rows whose answer was lost."""
    return _move(request, tenant, job_id, services.job_read_back)


@require_safe
@tenant_view(Role.SUPERVISOR)
def question(request: TenantRequest, tenant: Tenant, job_id: int, number: int) -> HttpResponseBase:
    """Send the rows of one question, as they were, with what reading the list back told of each."""
    job = _job(tenant, job_id)
    chunk = get_object_or_404(job.chunks, number=number, state=ChunkState.ASK)
    rows = rows_in_words(job, chunk)
    services.rejects_download_record(job=job, actor=request.user, which=rows)
    return _csv(request, job, partial(question_lines, job, chunk), f"{rows} of job {job.pk}")


@require_safe
@tenant_view(Role.SUPERVISOR)
def rejects(request: TenantRequest, tenant: Tenant, job_id: int) -> HttpResponseBase:
    """Send every row that is not in the list, as it was, with its reason."""
    job = _job(tenant, job_id)
    services.rejects_download_record(job=job, actor=request.user)
    return _csv(request, job, partial(rejects_lines, job), f"rejects of job {job.pk}")


def _csv(request: TenantRequest, job: Job, make: Callable[[], Iterator[bytes]], words: str) -> HttpResponseBase:
    name = f"{PurePath(job.file_name).stem or 'upload'} - {words}.csv"
    return download(request, make, name=name, content_type="text/csv; charset=utf-8")


def page_number(given: str) -> int:
    """Read a page number; what makes no sense is the first page."""
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 6 else 1


def page_url(request: TenantRequest, number: int) -> str:
    """Return the address of another page of the same table."""
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"


def _move(request: TenantRequest, tenant: Tenant, job_id: int, service: Callable[..., Job]) -> HttpResponse:
    """Make a move and show the job; a move that came too late says so."""
    try:
        service(job=_job(tenant, job_id), actor=request.user)
    except IllegalMove as refused:
        messages.warning(request, str(refused))
    return redirect("jobs:detail", slug=tenant.slug, job_id=job_id)


def _job(tenant: Tenant, job_id: int) -> Job:
    return get_object_or_404(Job.objects.select_related("tenant", "parent"), tenant=tenant, pk=job_id)


def _page_or_fragment(
    request: TenantRequest, page: str, fragment: str, target: str, context: dict[str, object]
) -> HttpResponse:
    """Render the part that htmx asks for by the id of its element, or the whole page."""
    is_fragment = request.htmx.target == target
    response = render(request, fragment if is_fragment else page, {**context, "is_fragment": is_fragment})
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
