"""What scripts ask of what acts by itself: plans, feeds and reports."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse
from django.shortcuts import get_object_or_404

from bpadmin.api import automation_schemas as schemas
from bpadmin.api.gate import ApiRefused, ApiRequest, Endpoint, body_of, endpoint
from bpadmin.api.schemas import TEXT
from bpadmin.feeds.management.base import RUNS, feed_json, run_json
from bpadmin.feeds.models import Feed, FeedRun
from bpadmin.feeds.runs.decisions import run_refuse, run_release
from bpadmin.feeds.services import feed_hold, feed_release, feeds_of, runs_of
from bpadmin.feeds.tasks import run_ask_ring
from bpadmin.plans.management.base import ahead_json, plan_json
from bpadmin.plans.management.base import run_json as plan_run_json
from bpadmin.plans.models import Plan
from bpadmin.plans.running import plan_run
from bpadmin.plans.services import plan_hold, plan_release, plans_of
from bpadmin.platforms.base import Capability
from bpadmin.reports.making import edition_begin
from bpadmin.reports.management.base import edition_json, report_json
from bpadmin.reports.models import Report
from bpadmin.reports.services import reports_of
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.people.tokens import Scope

FEEDS, PLANS, REPORTS = Capability.RECORDS_ADD, Capability.SOURCES_READ, Capability.SOURCES_READ
REASON = {"type": "object", "properties": {"reason": TEXT}}


def _read(name: str, summary: str, answer: dict[str, Any], needs: Capability | None = None) -> Endpoint:
    return Endpoint(name, "GET", Scope.AUTOMATION_READ, summary, needs=needs, answer=answer)


def _act(
    name: str,
    summary: str,
    answer: dict[str, Any],
    needs: Capability | None = None,
    body: dict[str, Any] | None = None,
) -> Endpoint:
    return Endpoint(name, "POST", Scope.AUTOMATION_CONTROL, summary, needs=needs, body=body, answer=answer)


@endpoint(_read("feeds", "List the feeds, with what each costs a day.", schemas.FEEDS, FEEDS))
def feeds(request: ApiRequest, tenant: Tenant) -> JsonResponse:
    """Return the feeds."""
    return JsonResponse({"feeds": [feed_json(each) for each in feeds_of(tenant=tenant)]})


@endpoint(_read("feed", "Read a feed and its last files, never its secrets.", schemas.FEED_AND_RUNS, FEEDS))
def feed(request: ApiRequest, tenant: Tenant, feed_id: int) -> JsonResponse:
    """Return a feed."""
    found = _feed(tenant, feed_id)
    runs = runs_of(tenant=tenant).filter(feed=found)[:RUNS]
    return JsonResponse({"feed": feed_json(found), "runs": [run_json(each) for each in runs]})


@endpoint(
    _act(
        "feed_run",
        "Have the newest file of a feed taken now, or only looked at (dry_run): read the run until its state says what "
        "came of it.",
        schemas.RUN,
        FEEDS,
        {"type": "object", "properties": {"dry_run": {"type": "boolean", "description": "send nothing"}}},
    )
)
def feed_run_now(request: ApiRequest, tenant: Tenant, feed_id: int) -> JsonResponse:
    """Ask for the newest file."""
    said = body_of(request, dry_run=bool)
    made = run_ask_ring(feed=_feed(tenant, feed_id), actor=request.actor, is_dry=said.get("dry_run", False))
    return JsonResponse(run_json(made), status=202)


@endpoint(_act("feed_hold", "Keep a feed from looking for files.", schemas.FEED, FEEDS, REASON))
def feed_held(request: ApiRequest, tenant: Tenant, feed_id: int) -> JsonResponse:
    """Hold a feed."""
    said = body_of(request, reason=str)
    found = feed_hold(feed=_feed(tenant, feed_id), reason=said.get("reason", ""), actor=request.actor)
    return JsonResponse(feed_json(found))


@endpoint(_act("feed_release", "Let a held feed look for files again.", schemas.FEED, FEEDS))
def feed_released(request: ApiRequest, tenant: Tenant, feed_id: int) -> JsonResponse:
    """Release a feed."""
    body_of(request)
    return JsonResponse(feed_json(feed_release(feed=_feed(tenant, feed_id), actor=request.actor)))


@endpoint(_read("feed_file", "Read a file of a feed: its state, and what stood out.", schemas.RUN, FEEDS))
def feed_file(request: ApiRequest, tenant: Tenant, run_id: int) -> JsonResponse:
    """Return a run."""
    return JsonResponse(run_json(_run(tenant, run_id)))


@endpoint(
    _act(
        "feed_file_release",
        "Have a file sent that was held back. Where the tenant has the rule of two people, 409 says that another "
        "person has to approve it.",
        schemas.RUN,
        FEEDS,
        {
            "type": "object",
            "properties": {
                "answers": {
                    "type": "object",
                    "additionalProperties": TEXT,
                    "description": 'what its check asks, such as {"date_order": "dmy"}',
                }
            },
        },
    )
)
def feed_file_released(request: ApiRequest, tenant: Tenant, run_id: int) -> JsonResponse:
    """Release a file."""
    answers = body_of(request, answers=dict).get("answers", {})
    if not all(isinstance(each, str) for each in answers.values()):
        raise ApiRefused("“answers” must be texts by their names.", 400)
    done = run_release(run=_run(tenant, run_id), actor=request.actor, answers=answers)
    return JsonResponse(run_json(done), status=202)


@endpoint(_act("feed_file_refuse", "Say that a file is not to be sent, or not awaited.", schemas.RUN, FEEDS, REASON))
def feed_file_refused(request: ApiRequest, tenant: Tenant, run_id: int) -> JsonResponse:
    """Refuse a file."""
    said = body_of(request, reason=str)
    done = run_refuse(run=_run(tenant, run_id), actor=request.actor, reason=said.get("reason", ""))
    return JsonResponse(run_json(done))


@endpoint(_read("plans", "List the plans, with what each costs a day.", schemas.PLANS, PLANS))
def plans(request: ApiRequest, tenant: Tenant) -> JsonResponse:
    """Return the plans."""
    return JsonResponse({"plans": [plan_json(each) for each in plans_of(tenant=tenant)]})


@endpoint(_read("plan", "Read a plan: its next moments, and what came of the last ones.", schemas.PLAN_AND_RUNS, PLANS))
def plan(request: ApiRequest, tenant: Tenant, plan_id: int) -> JsonResponse:
    """Return a plan."""
    found = _plan(tenant, plan_id)
    runs = [plan_run_json(each) for each in found.runs.all()[:RUNS]]
    return JsonResponse({"plan": plan_json(found), "ahead": ahead_json(found), "runs": runs})


@endpoint(
    _act(
        "plan_run",
        "Have a plan act now, if all is as it expects, and say what came of it.",
        schemas.PLAN_RUN,
        PLANS,
    )
)
def plan_run_now(request: ApiRequest, tenant: Tenant, plan_id: int) -> JsonResponse:
    """Run a plan."""
    body_of(request)
    return JsonResponse(plan_run_json(plan_run(plan=_plan(tenant, plan_id), actor=request.actor)))


@endpoint(_act("plan_hold", "Keep a plan from acting.", schemas.PLAN, PLANS, REASON))
def plan_held(request: ApiRequest, tenant: Tenant, plan_id: int) -> JsonResponse:
    """Hold a plan."""
    said = body_of(request, reason=str)
    return JsonResponse(
        plan_json(plan_hold(plan=_plan(tenant, plan_id), reason=said.get("reason", ""), actor=request.actor))
    )


@endpoint(_act("plan_release", "Let a held plan act again.", schemas.PLAN, PLANS))
def plan_released(request: ApiRequest, tenant: Tenant, plan_id: int) -> JsonResponse:
    """Release a plan."""
    body_of(request)
    return JsonResponse(plan_json(plan_release(plan=_plan(tenant, plan_id), actor=request.actor)))


@endpoint(_read("reports", "List the reports.", schemas.REPORTS, REPORTS))
def reports(request: ApiRequest, tenant: Tenant) -> JsonResponse:
    """Return the reports."""
    return JsonResponse({"reports": [report_json(each) for each in reports_of(tenant=tenant)]})


@endpoint(_read("report", "Read a report and the last files that were made of it.", schemas.REPORT_AND_FILES, REPORTS))
def report(request: ApiRequest, tenant: Tenant, report_id: int) -> JsonResponse:
    """Return a report."""
    found = _report(tenant, report_id)
    files = [edition_json(each) for each in found.editions.prefetch_related("deliveries")[:RUNS]]
    return JsonResponse({"report": report_json(found), "files": files})


@endpoint(_act("report_make", "Make a report now, and deliver it.", schemas.EDITION, REPORTS))
def report_make(request: ApiRequest, tenant: Tenant, report_id: int) -> JsonResponse:
    """Make a report."""
    body_of(request)
    made = edition_begin(report=_report(tenant, report_id), actor=request.actor)
    return JsonResponse(edition_json(made), status=202)


def _feed(tenant: Tenant, pk: int) -> Feed:
    return get_object_or_404(feeds_of(tenant=tenant), pk=pk)


def _run(tenant: Tenant, pk: int) -> FeedRun:
    return get_object_or_404(runs_of(tenant=tenant), pk=pk)


def _plan(tenant: Tenant, pk: int) -> Plan:
    return get_object_or_404(plans_of(tenant=tenant), pk=pk)


def _report(tenant: Tenant, pk: int) -> Report:
    return get_object_or_404(reports_of(tenant=tenant), pk=pk)
