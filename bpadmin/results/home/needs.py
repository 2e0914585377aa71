"""What needs a person now, each with the button that leads to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.urls import reverse

from bpadmin.approvals.services import approvals_open
from bpadmin.jobs.limits import jobs_limited
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState
from bpadmin.plans.models import PlanState
from bpadmin.plans.services import plans_of
from bpadmin.results.home.extensions import Need, need_finders
from bpadmin.results.models import ResultSource, ResultsSettings
from bpadmin.tenants.limits import limit_now
from bpadmin.tenants.models import Role

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

MOST = 6


def needs_of(tenant: Tenant) -> list[Need]:
    """Return what needs a person, the worst first; of kinds with many the first of each kind before the others.

    Nothing is left out: a page shows some of them, and its further pages the rest.
    """
    seen: Counter[str] = Counter()
    ranked = []
    for each in needs_all(tenant):
        seen[each.kind or each.url] += 1
        is_more = seen[each.kind or each.url] > MOST
        ranked.append((is_more, ("bad", "warn", "info").index(each.tone), each))
    return [each for _, _, each in sorted(ranked, key=lambda one: one[:2])]


def needs_all(tenant: Tenant) -> list[Need]:
    """Return all that needs a person but jobs beyond the newest.

    For somebody whose role is limited what is told of their jobs and plans: of the rest nobody knows whose it is.
    """
    if limit_now() is not None:
        return [*_jobs(tenant), *_plans(tenant)]
    found = [*_sign_in(tenant), *_approvals(tenant), *_jobs(tenant), *_failing(tenant), *_plans(tenant)]
    for find in need_finders:
        found += find(tenant)
    return found


def _sign_in(tenant: Tenant) -> Iterable[Need]:
    settings = ResultsSettings.objects.filter(tenant=tenant, is_refused=True).first()
    if settings is not None:
        yield Need(
            "bad",
            "The dialler refuses the API user.",
            settings.trouble,
            reverse("tenants:settings", kwargs={"slug": tenant.slug}),
            "Open the settings",
            Role.ADMINISTRATOR,
            kind="sign_in",
        )


def _jobs(tenant: Tenant) -> Iterable[Need]:
    waiting = Chunk.objects.filter(state=ChunkState.ASK, job__tenant=tenant).values("job")
    asking = jobs_limited(Job.objects.filter(tenant=tenant, pk__in=waiting)).exclude(state__in=Job.ACTIVE)
    for job in asking.defer("report", "remote").order_by("-id")[:MOST]:
        yield Need(
            "bad",
            f"Rows of the job on “{job.target_name}” are in question.",
            "An answer of the dialler was lost. Say whether these rows are in the list.",
            reverse("jobs:detail", kwargs={"slug": tenant.slug, "job_id": job.pk}),
            "Answer",
            kind="job_asks",
        )
    ready = jobs_limited(Job.objects.filter(tenant=tenant, state=JobState.READY))
    for job in ready.defer("report", "remote")[:MOST]:
        yield Need(
            "info",
            f"The upload into “{job.target_name}” is checked.",
            "Nothing is sent before somebody confirms it.",
            reverse("jobs:detail", kwargs={"slug": tenant.slug, "job_id": job.pk}),
            "Look and send",
            kind="job_ready",
        )


def _approvals(tenant: Tenant) -> Iterable[Need]:
    for each in approvals_open(tenant=tenant)[:MOST]:
        yield Need(
            "warn",
            f"{each.asked_by_name} asks for a second person.",
            f"{each.sentence} Until somebody else approves it, nothing is done.",
            reverse("approvals:detail", kwargs={"slug": tenant.slug, "pk": each.pk}),
            "Look at it",
            kind="approval",
        )


def _plans(tenant: Tenant) -> Iterable[Need]:
    for plan in plans_of(tenant=tenant).filter(state=PlanState.HELD).order_by("-id")[:MOST]:
        yield Need(
            "warn",
            f"The plan “{plan.name}” is held.",
            plan.held_reason or "It does nothing until somebody releases it.",
            reverse("plans:detail", kwargs={"slug": tenant.slug, "pk": plan.pk}),
            "Open the plan",
            kind="plan",
        )


def _failing(tenant: Tenant) -> Iterable[Need]:
    failing = ResultSource.objects.filter(tenant=tenant, is_bound=True, is_running=True, failures__gte=3)
    for source in failing:
        yield Need(
            "warn",
            f"The results of “{source.title}” cannot be read.",
            source.trouble,
            reverse("results:reading", kwargs={"slug": tenant.slug}),
            "See how it is read",
            kind="reading",
        )


def needs_glance(tenant_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the titles of what needs a person in several tenants, as far as two queries tell."""
    found: dict[int, list[str]] = {each: [] for each in tenant_ids}
    refused = ResultsSettings.objects.filter(tenant__in=tenant_ids, is_refused=True)
    for tenant_id in refused.values_list("tenant_id", flat=True):
        found[tenant_id].append("The dialler refuses the API user.")
    asking = Chunk.objects.filter(state=ChunkState.ASK, job__tenant__in=tenant_ids).exclude(job__state__in=Job.ACTIVE)
    names = asking.order_by("job__tenant_id", "job_id").values_list("job__tenant_id", "job__target_name").distinct()
    for tenant_id, name in names:
        found[tenant_id].append(f"Rows of the job on “{name}” are in question.")
    return found
