"""What lasts and needs somebody: found anew at each look, out of what we hold; nobody is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse

from bpadmin.counts import counted
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState
from bpadmin.notifications.models import Channel, Message, MessageState, Webhook
from bpadmin.notifications.topics import CRITICAL, Topic
from bpadmin.operations.health import parts_read
from bpadmin.results.home.needs import needs_all
from bpadmin.results.models import ResultSource
from bpadmin.results.pages.shared import figures_shared
from bpadmin.tenants.models import Role

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

DRY_WITHIN = timedelta(hours=1)
FAILURES = 3
# Kinds of what the home page shows -> (kind, topic). Jobs are found here, with their owners.
NEEDS = {
    "sign_in": ("connection.refused", Topic.CONNECTION),
    "reading": ("results.unread", Topic.CONNECTION),
    "idle": ("campaign.idle", Topic.IDLE),
    "registry": ("registry.old", Topic.REGISTRY),
    "unprotected": ("campaign.unprotected", Topic.UNPROTECTED),
}
JOB_NEEDS = ("job_asks", "job_ready")


@dataclass(frozen=True, slots=True)
class Found:
    """Something found: see Event, whose fields these are."""

    topic: Topic
    kind: str
    subject: str
    tone: str
    title: str
    words: str
    path: str
    role: Role = Role.SUPERVISOR
    owner: int | None = None
    needs_person: bool = True

    @property
    def is_critical(self) -> bool:
        """Return whether it goes out at night as well."""
        return self.topic in CRITICAL and self.tone == "bad"


def conditions_of(tenant: Tenant, now: datetime) -> list[Found]:
    """Return what lasts in a tenant; what follows from another of them is left out."""
    found = [*_needs(tenant), *_jobs(tenant), *_dry(tenant, now), *_webhooks(tenant), *_mail(tenant, now)]
    kinds = {each.kind for each in found}
    idle = {each.path for each in found if each.kind == "campaign.idle"}
    return [
        each
        for each in found
        if not (each.kind == "results.unread" and "connection.refused" in kinds)
        and not (each.kind == "campaign.dry" and each.path in idle)
    ]


def conditions_of_installation() -> list[Found]:
    """Return what is wrong with our own parts, for the operator."""
    wrong = [part for part in parts_read() if not part.is_ok and part.name != "sending"]
    return [
        Found(Topic.INSTALLATION, f"part.{part.name}", part.name, "bad", f"bpadmin: {part.name}", part.words, path)
        for path in ([reverse("operations:index")] if wrong else [])
        for part in wrong
    ]


def _needs(tenant: Tenant) -> Iterator[Found]:
    for each in needs_all(tenant):
        if each.kind in JOB_NEEDS:
            continue
        kind, topic = NEEDS.get(each.kind, (f"need.{each.kind or 'other'}", Topic.OTHER))
        subject = f"{each.url} {each.title}" if each.kind in ("", "reading", "unprotected") else each.url
        yield Found(topic, kind, subject, each.tone, each.title, each.words, each.url, each.role)


def _jobs(tenant: Tenant) -> Iterator[Found]:
    waiting = Chunk.objects.filter(state=ChunkState.ASK, job__tenant=tenant).values("job")
    jobs = Job.objects.filter(tenant=tenant).defer("report", "remote", "options")
    for job in jobs.filter(pk__in=waiting).exclude(state__in=Job.ACTIVE):
        yield _job(
            job, tenant, "job.asks", "bad", f"Rows of the job on “{job.target_name}” are in question.",
            "An answer of the dialler was lost. Say whether these rows are in the list.",
        )  # fmt: skip
    for job in jobs.filter(state=JobState.READY):
        yield _job(
            job, tenant, "job.ready", "info", f"The upload into “{job.target_name}” is checked.",
            "Nothing is sent before somebody confirms it.",
        )  # fmt: skip
    # Who pauses a job knows it; a job that stopped by itself says why.
    for job in jobs.filter(state=JobState.PAUSED).exclude(message=""):
        yield _job(job, tenant, "job.paused", "warn", f"The job on “{job.target_name}” has stopped.", job.told_message)


def _job(job: Job, tenant: Tenant, kind: str, tone: str, title: str, words: str) -> Found:
    path = reverse("jobs:detail", kwargs={"slug": tenant.slug, "job_id": job.pk})
    return Found(Topic.MY_JOBS, kind, str(job.pk), tone, title, words, path, Role.VIEWER, job.owner_id)


def _dry(tenant: Tenant, now: datetime) -> Iterator[Found]:
    names = dict(
        ResultSource.objects.filter(tenant=tenant, is_bound=True, is_running=True)
        .order_by()
        .values_list("campaign_id", "campaign_name")
    )
    if not names:
        return
    for campaign_id, figures in figures_shared(tenant).items():
        early = figures.forecast.early
        if campaign_id in names and figures.is_running and not figures.is_idle and early and early - now < DRY_WITHIN:
            path = reverse("campaigns:detail", kwargs={"slug": tenant.slug, "campaign_id": campaign_id})
            words = f"{counted(figures.stock.left or 0, 'record', 'is')} left. Reckoned from {figures.forecast.basis}."
            title = f"“{names[campaign_id]}” may have nothing left to dial within an hour."
            yield Found(Topic.RUNS_DRY, "campaign.dry", campaign_id, "warn", title, words, path)


def _webhooks(tenant: Tenant) -> Iterator[Found]:
    for hook in Webhook.objects.filter(tenant=tenant).filter(Q(failures__gte=FAILURES) | Q(is_off=True)):
        path = reverse("notifications:channels", kwargs={"slug": tenant.slug})
        yield Found(
            Topic.CHANNEL, "channel.webhook", str(hook.pk), "warn", f"The webhook “{hook.name}” fails.",
            hook.trouble, path, Role.ADMINISTRATOR, hook.made_by_id,
        )  # fmt: skip


def _mail(tenant: Tenant, now: datetime) -> Iterable[Found]:
    if trouble := mail_trouble(tenant, now):
        path = reverse("notifications:channels", kwargs={"slug": tenant.slug})
        title = "E-mail of this tenant does not go out."
        yield Found(Topic.CHANNEL, "channel.email", "", "warn", title, trouble, path, Role.ADMINISTRATOR)


def mail_trouble(tenant: Tenant, now: datetime) -> str:
    """Return what the mail server said where the last e-mail that was tried within a day failed, else ""."""
    tried = Message.objects.filter(tenant=tenant, channel=Channel.EMAIL, tried_at__gt=now - timedelta(days=1))
    last = tried.order_by("-tried_at", "-id").first()
    bad = (MessageState.FAILED, MessageState.GIVEN_UP)
    return last.answer if last is not None and last.state in bad else ""
