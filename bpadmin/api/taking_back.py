"""What scripts take back of an upload: it is counted first, then a yes to what was counted deletes it."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse
from django.shortcuts import get_object_or_404

from bpadmin.api.gate import ApiRequest, Endpoint, body_of, endpoint
from bpadmin.api.schemas import FLAG, MAYBE, NUMBER, TEXT, many, thing
from bpadmin.jobs.models import Job, JobState
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.people.tokens import Scope
from lists.kinds import LIST_TAKE_BACK, LIST_UPLOAD
from lists.taking_back.handler import counts_told
from lists.taking_back.rows import RowState
from lists.taking_back.services import is_asking, take_back_ask, take_back_begin, take_back_counts

COUNTS = thing(**{state.name.lower(): {**NUMBER, "description": state.reason} for state in RowState})
TAKE_BACK: dict[str, Any] = thing(
    job=NUMBER,
    upload=NUMBER,
    state={"enum": list(JobState.values)},
    is_final=FLAG,
    is_asking={**FLAG, "description": "the rows are counted, and nothing is removed until somebody says yes"},
    counts={**COUNTS, "description": "rows of the upload by what is known of them; together they are all of them"},
    message=TEXT,
    acts=many(thing(outcome=TEXT, message=TEXT, act={"type": ["integer", "null"]})),
    finished_at=MAYBE,
)


@endpoint(
    Endpoint(
        name="upload_take_back",
        method="POST",
        scope=Scope.LISTS_TAKE_BACK,
        summary="Have the rows of an upload counted by what can be taken back of them; nothing is removed. Read the "
        "job in the answer until is_asking, then say yes, or cancel it. 409: it cannot be taken back, and why.",
        answer=TAKE_BACK,
    )
)
def ask(request: ApiRequest, tenant: Tenant, job_id: int) -> JsonResponse:
    """Order the counting."""
    body_of(request)
    jobs = Job.objects.select_related("tenant")
    upload = get_object_or_404(jobs, tenant=tenant, pk=job_id, kind=LIST_UPLOAD)
    job = take_back_ask(upload=upload, actor=request.actor)
    return JsonResponse(_told(_take_back(tenant, job.pk)), status=201)


@endpoint(
    Endpoint(
        name="take_back",
        method="GET",
        scope=Scope.JOBS_READ,
        summary="Read how far a taking back is: its counts before the yes, and what became of each row after it.",
        answer=TAKE_BACK,
    )
)
def read(request: ApiRequest, tenant: Tenant, job_id: int) -> JsonResponse:
    """Return a taking back."""
    return JsonResponse(_told(_take_back(tenant, job_id)))


@endpoint(
    Endpoint(
        name="take_back_go",
        method="POST",
        scope=Scope.LISTS_TAKE_BACK,
        summary="Say yes to what was counted: the removable rows are deleted. The list is disabled first, wherever it "
        "is dialled, unless disables is false; nothing goes while a running campaign may dial it. 409: there is "
        "nothing to say yes to, or another person has to approve it.",
        body={"type": "object", "properties": {"disables": {**FLAG, "default": True}}},
        answer=TAKE_BACK,
    )
)
def go(request: ApiRequest, tenant: Tenant, job_id: int) -> JsonResponse:
    """Take the yes."""
    said = body_of(request, disables=bool)
    _, acts = take_back_begin(job=_take_back(tenant, job_id), actor=request.actor, disables=said.get("disables", True))
    done = [{"outcome": each.outcome.value, "message": each.sentence, "act": each.number} for each in acts]
    return JsonResponse({**_told(_take_back(tenant, job_id)), "acts": done}, status=202)


def _told(job: Job) -> dict[str, Any]:
    return {
        "job": job.pk,
        "upload": job.take_back.upload_id,
        "state": job.state,
        "is_final": job.is_final,
        "is_asking": is_asking(job),
        "counts": counts_told(take_back_counts(job)),
        "message": job.told_message,
        "acts": [],
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }


def _take_back(tenant: Tenant, job_id: int) -> Job:
    jobs = Job.objects.select_related("tenant", "take_back")
    return get_object_or_404(jobs, tenant=tenant, pk=job_id, kind=LIST_TAKE_BACK)
