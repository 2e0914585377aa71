"""What scripts ask: campaigns, uploads, jobs and Do Not Call lists."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import PurePath

from django.conf import settings
from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from bpadmin.api import schemas
from bpadmin.api.gate import ApiRefused, ApiRequest, Endpoint, body_of, endpoint, texts
from bpadmin.api.schemas import TEXT, dnc_list_told, job_told, many, outcome_told, question_told, why_told
from bpadmin.api.uploading import upload_take
from bpadmin.audit.models import Outcome
from bpadmin.dialler.catalogue import campaign_find, campaigns_now, list_find
from bpadmin.jobs.files.rejects import rejects_lines
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import job_cancel, rejects_download_record
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import CampaignState
from bpadmin.tenants.limits import CAMPAIGNS, limit_now
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.people.tokens import Scope
from bpadmin.typed_names import is_typed
from bpadmin.uploads.checking.questions import questions_open
from bpadmin.uploads.models import UploadMode
from bpadmin.uploads.request_files import file_limit, file_receive
from bpadmin.web.downloads import download
from bpadmin.web.server.gate import takes_files
from campaigns.bulk import campaigns_change, campaigns_dialling
from campaigns.services import campaign_start, campaign_stop
from dnc.entries.ledger import Dates
from dnc.entries.lookup import dnc_why
from dnc.entries.manual import dnc_add, dnc_delete
from dnc.models import DncList
from lists.kinds import LIST_UPLOAD
from lists.old_values.services import old_values_order
from lists.uploads.options import upload_options
from lists.uploads.target.place import target_find
from lists.uploads.wizard import rows_send

OUTCOMES = {Outcome.DONE: 200, Outcome.REFUSED: 409, Outcome.UNKNOWN: 502}


@endpoint(
    Endpoint(
        name="campaigns",
        method="GET",
        scope=Scope.CAMPAIGNS_READ,
        needs=Capability.CAMPAIGNS_READ,
        summary="List the enabled campaigns with their states, as the platform tells them now.",
        query={"name": {**TEXT, "description": "only those with this in their name"}},
        answer=schemas.CAMPAIGNS,
    )
)
def campaigns(request: ApiRequest, tenant: Tenant) -> JsonResponse:
    """Ask the platform for the campaigns."""
    found = campaigns_now(tenant=tenant, name=request.GET.get("name", ""))
    if (limit := limit_now()) is not None:
        found = tuple(each for each in found if limit.holds(CAMPAIGNS, each.id))
    return JsonResponse({"campaigns": [{"id": each.id, "name": each.name, "state": each.state} for each in found]})


def _change(name: str, words: str) -> Endpoint:
    return Endpoint(
        name=name,
        method="POST",
        scope=Scope.CAMPAIGNS_CONTROL,
        needs=Capability.CAMPAIGN_START_STOP,
        summary=f"{words} a campaign, by its id or name. 200: it is done; 409: refused; 502: the outcome is unknown.",
        answer=schemas.CHANGE,
    )


@endpoint(_change("campaign_start", "Start"))
def start(request: ApiRequest, tenant: Tenant, campaign: str) -> JsonResponse:
    """Start a campaign."""
    return _campaign_change(request, tenant, campaign, campaign_start)


@endpoint(_change("campaign_stop", "Stop"))
def stop(request: ApiRequest, tenant: Tenant, campaign: str) -> JsonResponse:
    """Stop a campaign."""
    return _campaign_change(request, tenant, campaign, campaign_stop)


def _campaign_change(request: ApiRequest, tenant: Tenant, wanted: str, service: object) -> JsonResponse:
    body_of(request)
    found = campaign_find(tenant=tenant, name_or_id=wanted)
    act = campaign_start if service is campaign_start else campaign_stop
    actor = request.actor
    change = act(tenant=tenant, campaign_id=found.id, name=found.name, actor=actor.user, actor_name=actor.called)
    told = {"id": found.id, "name": found.name, "state": change.state, "outcome": change.outcome.value}
    return JsonResponse(
        {**told, "message": change.sentence, "act": change.number}, status=OUTCOMES.get(change.outcome, 502)
    )


@endpoint(
    Endpoint(
        name="list_campaigns_stop",
        method="POST",
        scope=Scope.CAMPAIGNS_CONTROL,
        needs=Capability.CAMPAIGN_START_STOP,
        summary="Stop all running campaigns that a calling list is bound to, by its id or name, whatever else they "
        "dial. Without sure, or where others run than campaigns names, 409 tells which they are and nothing is "
        "stopped. 200: all are stopped; 409 or 502: look at each.",
        body={
            "type": "object",
            "properties": {
                "sure": {**schemas.FLAG, "description": "stop them"},
                "campaigns": {**many(TEXT), "description": "ids: only if it is exactly these that would be stopped"},
            },
        },
        answer=schemas.CHANGES,
    )
)
def list_stop(request: ApiRequest, tenant: Tenant, list_: str) -> JsonResponse:
    """Stop what dials a list."""
    said = body_of(request, sure=bool, campaigns=list)
    meant = texts(said.get("campaigns", []), "campaigns")
    found = list_find(tenant=tenant, name_or_id=list_)
    running = campaigns_dialling(tenant=tenant, calling_list=found)
    names = ", ".join(f"“{each.name}”" for each in running)
    told = [{"id": each.id, "name": each.name, "state": each.state} for each in running]
    if not said.get("sure", False):
        words = (
            f"It would stop {names}. They stay stopped until somebody starts them again, and calls in progress may be "
            "cut off. Say sure."
        )
        raise ApiRefused(words, 409, campaigns=told)
    if meant and set(meant) != {each.id for each in running}:
        raise ApiRefused(f"Other campaigns run with “{found.name}” now: {names}.", 409, campaigns=told)
    actor = request.actor
    results = campaigns_change(
        tenant=tenant,
        campaign_ids=[each.id for each in running],
        wanted=CampaignState.STOPPED,
        actor=actor.user,
        actor_name=actor.called,
    )
    rows = [
        {
            "id": each.campaign_id,
            "name": each.name,
            "state": each.change.state,
            "outcome": each.change.outcome.value,
            "message": each.change.sentence,
            "act": each.change.number,
        }
        for each in results
    ]
    worst = max(OUTCOMES.get(each.change.outcome, 502) for each in results)
    return JsonResponse({"list": found.name, "list_id": found.id, "campaigns": rows}, status=worst)


@endpoint(
    Endpoint(
        name="upload",
        method="POST",
        scope=Scope.LISTS_UPLOAD,
        needs=Capability.RECORDS_ADD,
        summary="Upload a file into a calling list, by its id or name, and have it checked. Nothing is sent yet: read "
        "the job until its state is ready, then send it.",
        query={
            "recipe": {**TEXT, "description": "a recipe of the list; else what was said of such a file before"},
            "mode": {"enum": list(UploadMode.values), "description": "default: add"},
            "part": {
                **TEXT,
                "description": "file of an archive (all: as one), or sheet of a workbook, where several are",
            },
            "again": {"enum": ["1"], "description": "1: this file may have been sent to this list before"},
            "leave_out_blocked": {"enum": ["1"], "description": "1: leave out rows on a Do Not Call list"},
        },
        answer=schemas.JOB,
        takes_file=True,
    )
)
@takes_files
def upload(request: ApiRequest, tenant: Tenant, list_: str) -> JsonResponse:
    """Take a file in and check it: the raw body, with its name in X-File-Name, or the field `file` of a form."""
    file_limit(request)
    job = upload_take(
        calling_list=target_find(tenant=tenant, name_or_id=list_),
        tenant=tenant,
        received=file_receive(request),
        actor=request.actor,
        recipe=request.GET.get("recipe", ""),
        part=request.GET.get("part", ""),
        mode=request.GET.get("mode", UploadMode.ADD.value),
        again=request.GET.get("again") == "1",
        leave_out_blocked=request.GET.get("leave_out_blocked") == "1",
    )
    return JsonResponse(job_told(job), status=201)


@endpoint(
    Endpoint(
        name="job",
        method="GET",
        scope=Scope.JOBS_READ,
        summary="Read a job: its state, what became of each row, and what must be answered before it is sent.",
        answer=schemas.JOB,
    )
)
def job(request: ApiRequest, tenant: Tenant, job_id: int) -> JsonResponse:
    """Return a job."""
    return JsonResponse(job_told(_job(tenant, job_id)))


@endpoint(
    Endpoint(
        name="job_send",
        method="POST",
        scope=Scope.LISTS_UPLOAD,
        summary="Send a checked upload. What stands out in the check needs a yes; a replacement the name of the list.",
        body={
            "type": "object",
            "properties": {
                "accept": {**many(TEXT), "description": "names of questions that are answered with yes"},
                "typed_name": {**TEXT, "description": "where the list is replaced: its name"},
                "keep_old": {
                    **schemas.FLAG,
                    "description": "read the records that are changed or deleted into a file first",
                },
            },
        },
        answer=schemas.JOB,
    )
)
def send(request: ApiRequest, tenant: Tenant, job_id: int) -> JsonResponse:
    """Send the rows of an upload."""
    said = body_of(request, accept=list, typed_name=str, keep_old=bool)
    found = _job(tenant, job_id)
    if found.kind != LIST_UPLOAD:
        raise ApiRefused("Only uploads into calling lists are sent by this.", 409)
    accepted = texts(said.get("accept", []), "accept")
    if found.state == JobState.READY and (left := questions_open(found, accepted)):
        words = " ".join(each.sentence for each in left)
        raise ApiRefused(f"Nothing was sent. {words}", 409, questions=[question_told(each) for each in left])
    is_replacing = upload_options(found).mode == UploadMode.REPLACE
    if is_replacing and not is_typed(said.get("typed_name", ""), found.target_name):
        raise ApiRefused(f"All records of {found.target_name} would be replaced: say its name in typed_name.", 409)
    if found.state == JobState.READY:
        old_values_order(job=found, wanted=said.get("keep_old", False))
    rows_send(job=found, accepted=accepted, actor=request.actor.user, actor_name=request.actor.called)
    return JsonResponse(job_told(_job(tenant, job_id)), status=202)


@endpoint(
    Endpoint(
        name="job_cancel",
        method="POST",
        scope=Scope.LISTS_UPLOAD,
        summary="End a job for good. Nothing that was sent is taken back.",
        answer=schemas.JOB,
    )
)
def cancel(request: ApiRequest, tenant: Tenant, job_id: int) -> JsonResponse:
    """Cancel a job."""
    job_cancel(job=_job(tenant, job_id), actor=request.actor.user, actor_name=request.actor.called)
    return JsonResponse(job_told(_job(tenant, job_id)))


@endpoint(
    Endpoint(
        name="job_rejects",
        method="GET",
        scope=Scope.REJECTS_READ,
        summary="Fetch the rows that are not in the list, as they were, with the reason of each.",
        gives_csv=True,
    )
)
def rejects(request: ApiRequest, tenant: Tenant, job_id: int) -> HttpResponseBase:
    """Return the rejects file."""
    found = _job(tenant, job_id)
    rejects_download_record(job=found, actor=request.actor.user)
    name = f"{PurePath(found.file_name).stem or 'upload'} - rejects of job {found.pk}.csv"
    return download(request, partial(rejects_lines, found), name=name, content_type="text/csv; charset=utf-8")


@endpoint(
    Endpoint(
        name="dnc_lists",
        method="GET",
        scope=Scope.DNC_READ,
        needs=Capability.DNC_WRITE,
        summary="List the Do Not Call lists that are known here.",
        answer=schemas.DNC_LISTS,
    )
)
def dnc_lists(request: ApiRequest, tenant: Tenant) -> JsonResponse:
    """Return the Do Not Call lists."""
    return JsonResponse({"lists": [dnc_list_told(each) for each in DncList.objects.filter(tenant=tenant)]})


@endpoint(
    Endpoint(
        name="dnc_why",
        method="GET",
        scope=Scope.DNC_READ,
        needs=Capability.DNC_WRITE,
        summary="Say why a number (or any other value) is blocked: which list, which rule, who added it and when.",
        query={
            "number": {**TEXT, "description": "a number, or any other value", "required": True},
            "postal_code": {**TEXT, "description": "the record's postal code"},
            "value": {**TEXT, "description": "the record's value of an exclusion field"},
        },
        answer=schemas.WHY,
    )
)
def why(request: ApiRequest, tenant: Tenant) -> JsonResponse:
    """Look a number up."""
    number = request.GET.get("number", "").strip()
    if not number:
        raise ApiRefused("Say which number: ?number=…", 400)
    said = {name: request.GET.get(name, "") for name in ("postal_code", "value")}
    return JsonResponse(why_told(dnc_why(tenant=tenant, number_or_value=number, **said)))


@endpoint(
    Endpoint(
        name="dnc_add",
        method="POST",
        scope=Scope.DNC_WRITE,
        needs=Capability.DNC_WRITE,
        summary="Add to a Do Not Call list.",
        body={
            "type": "object",
            "properties": {
                "keys": {**many(TEXT), "description": f"at most {settings.API_DNC_KEYS}"},
                "comment": TEXT,
                "expires_on": {**TEXT, "format": "date"},
            },
            "required": ["keys"],
        },
        answer=schemas.OUTCOME,
    )
)
def add(request: ApiRequest, tenant: Tenant, list_pk: int) -> JsonResponse:
    """Add keys to one list."""
    said = body_of(request, keys=list, comment=str, expires_on=str)
    keys, expires_on = _keys(said), _day(said.get("expires_on", ""))
    (outcome,) = dnc_add(
        tenant=tenant,
        text=keys,
        actor=request.actor,
        lists=[_dnc_list(tenant, list_pk)],
        comment=said.get("comment", ""),
        dates=Dates(expires_on=expires_on),
    )
    return JsonResponse(outcome_told(outcome), status=OUTCOMES.get(outcome.outcome, 502))


@endpoint(
    Endpoint(
        name="dnc_remove",
        method="POST",
        scope=Scope.DNC_WRITE,
        needs=Capability.DNC_WRITE,
        summary="Take out of a Do Not Call list, with the reason; more than one key needs the name of the list.",
        body={
            "type": "object",
            "properties": {"keys": many(TEXT), "reason": TEXT, "typed_name": TEXT},
            "required": ["keys", "reason"],
        },
        answer=schemas.OUTCOME,
    )
)
def remove(request: ApiRequest, tenant: Tenant, list_pk: int) -> JsonResponse:
    """Take keys out of one list."""
    said = body_of(request, keys=list, reason=str, typed_name=str)
    (outcome,) = dnc_delete(
        tenant=tenant,
        text=_keys(said),
        actor=request.actor,
        lists=[_dnc_list(tenant, list_pk)],
        comment=said.get("reason", ""),
        typed_name=said.get("typed_name", ""),
    )
    return JsonResponse(outcome_told(outcome), status=OUTCOMES.get(outcome.outcome, 502))


def _keys(said: dict[str, list[str]]) -> str:
    keys = texts(said.get("keys", []), "keys")
    if not keys or len(keys) > settings.API_DNC_KEYS:
        raise ApiRefused(f"Send 1 to {settings.API_DNC_KEYS} keys; more are a file for an upload.", 400)
    return "\n".join(keys)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as exc:
        raise ApiRefused("“expires_on” must be a day like 2027-01-31.", 400) from exc


def _job(tenant: Tenant, job_id: int) -> Job:
    return get_object_or_404(Job.objects.select_related("tenant", "parent"), tenant=tenant, pk=job_id)


def _dnc_list(tenant: Tenant, pk: int) -> DncList:
    return get_object_or_404(DncList.objects.select_related("tenant"), tenant=tenant, pk=pk)
