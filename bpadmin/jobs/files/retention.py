"""Removing what is older than the operator wants to keep: ended jobs, their chunks, acts, entries of the activity log.

Never removed: a job that is open, asks, or has rows in question; one of whose corrections or whose parent that is true;
one that something outside of jobs points to (evidence of Do Not Call lists); any job and any entry about a Do Not Call
list; the log of an act whose outcome is open. While the installation is held nothing is removed at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, ForeignObjectRel, OuterRef, Q, QuerySet
from django.utils import timezone

from bpadmin.approvals.models import Approval
from bpadmin.audit.retention import chains_old, segment_drop
from bpadmin.dialler.models import Action
from bpadmin.installation.hold import hold_reason
from bpadmin.jobs.kinds import TargetKind
from bpadmin.jobs.models import Chunk, Job, RemovedByAge

# In one run, which comes every hour; and in one transaction, during which nobody else can write on SQLite.
MOST_JOBS = 2000
MOST_ROWS = 50_000
AT_ONCE = 500
DNC_VERBS = "dnc."


@dataclass(slots=True)
class Removal:
    """How much one run removed."""

    jobs: int = 0
    chunks: int = 0
    entries: int = 0
    acts: int = 0


def old_remove(now: datetime | None = None) -> Removal:
    """Remove what is older than the settings say, in small transactions; a setting of 0 keeps everything."""
    now = now or timezone.now()
    removal = Removal()
    if hold_reason():
        return removal
    if settings.CHUNK_KEEP_DAYS:
        _chunks(now - timedelta(days=settings.CHUNK_KEEP_DAYS), removal)
    if settings.JOB_KEEP_DAYS:
        _jobs(now - timedelta(days=settings.JOB_KEEP_DAYS), removal)
    if settings.CHUNK_KEEP_DAYS:
        _acts(now - timedelta(days=settings.CHUNK_KEEP_DAYS), removal)
    if settings.AUDIT_KEEP_DAYS:
        _entries(now - timedelta(days=settings.AUDIT_KEEP_DAYS), removal)
    return removal


def _settled(before: datetime) -> QuerySet[Job]:
    """Return the jobs that ended before a time, with nothing open, no files, and nothing of other apps behind them."""
    jobs = Job.objects.filter(state__in=Job.FINAL, finished_at__lt=before, n_uncertain=0, write_lock=None)
    jobs = jobs.filter(upload_path="", spool_path="").exclude(target_kind=TargetKind.DNC)
    for relation in Job._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.related_model._meta.app_label != Job._meta.app_label:
            points = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            jobs = jobs.filter(~Exists(points))
    return jobs.order_by("pk")


def _chunks(before: datetime, removal: Removal) -> None:
    """Remove the chunks of jobs all of whose rows have their outcome; the job keeps its numbers."""
    which = _settled(before).filter(Exists(Chunk.objects.filter(job=OuterRef("pk"))), n_not_sent=0)
    for pk in list(which.values_list("pk", flat=True)[:MOST_JOBS]):
        while removal.chunks < MOST_ROWS:
            with transaction.atomic():
                job = which.select_for_update(of=("self",)).filter(pk=pk).first()
                gone = _chunks_of([pk]) if job else 0
                if job and gone:
                    _note(job.tenant_id, chunks=gone)
            removal.chunks += gone
            if gone < AT_ONCE:
                break


def _chunks_of(jobs: list[int]) -> int:
    found = list(Chunk.objects.filter(job_id__in=jobs).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    return Chunk.objects.filter(pk__in=found)._raw_delete("default") if found else 0


def _jobs(before: datetime, removal: Removal) -> None:
    """Remove jobs together with those that they correct and that correct them, all or none of them."""
    for pk in list(_settled(before).values_list("pk", flat=True).iterator()):
        if removal.jobs >= MOST_JOBS or removal.chunks >= MOST_ROWS:
            return
        family = _family(pk)
        while family and removal.chunks < MOST_ROWS:
            with transaction.atomic():
                jobs = list(_settled(before).select_for_update(of=("self",)).filter(pk__in=family))
                if len(jobs) != len(family) or _family(pk) != family:
                    break
                gone = _chunks_of(family)
                _note(jobs[0].tenant_id, chunks=gone)
                if gone < AT_ONCE:
                    for job in jobs:
                        _note(job.tenant_id, jobs=1, **{name: getattr(job, name) for name in RemovedByAge.ROWS})
                    Job.objects.filter(pk__in=family).delete()
                    removal.jobs += len(family)
                    family = []
            removal.chunks += gone


def _family(pk: int) -> list[int]:
    """Return the ids of a job, of what it corrects and of what corrects it, near and far; [] where it is gone."""
    found: set[int] = set()
    edge = {pk}
    while edge:
        rows = list(Job.objects.filter(Q(pk__in=edge) | Q(parent__in=edge)).values_list("pk", "parent_id"))
        found |= edge & {own for own, _ in rows}
        edge = {each for row in rows for each in row if each is not None} - found
        if pk not in found:
            return []
    return sorted(found)


def _acts(before: datetime, removal: Removal) -> None:
    """Remove approvals, and acts whose outcome is known; the activity log keeps both of their entries."""
    which = Action.objects.filter(open_from=None, asked_at__lt=before).order_by("pk")
    Approval.objects.filter(ends_at__lt=before).delete()
    while removal.acts < MOST_ROWS:
        found = list(which.values_list("pk", flat=True)[:AT_ONCE])
        if not found:
            return
        Action.objects.filter(pk__in=found).delete()
        removal.acts += len(found)


def _entries(before: datetime, removal: Removal) -> None:
    """Remove entries of the activity log, the oldest of each tenant first."""
    is_open = Exists(Action.objects.filter(pk=OuterRef("act"), open_from__isnull=False))
    stay = Q(is_open) | Q(verb__startswith=DNC_VERBS)
    for chain in chains_old(before):
        while removal.entries < MOST_ROWS:
            with transaction.atomic():
                gone = segment_drop(chain=chain, before=before, stay=stay, at_once=AT_ONCE)
                if gone is None:
                    break
                _note(None, entries=gone)
            removal.entries += gone


def _note(tenant_id: int | None, **numbers: int) -> None:
    """Add to what is told of removals, so that sums over jobs do not fall when jobs go."""
    # Without a tenant no constraint holds the row to be one: two runs at once may make two, which are summed.
    row = RemovedByAge.objects.filter(tenant=tenant_id).first() or RemovedByAge.objects.create(tenant_id=tenant_id)
    sums = {name: F(name) + number for name, number in numbers.items()}
    RemovedByAge.objects.filter(pk=row.pk).update(last_at=timezone.now(), **sums)


def removed_read() -> Iterator[RemovedByAge]:
    """Yield what was removed so far, tenant by tenant; entries of the log stand in the row without one."""
    yield from RemovedByAge.objects.select_related("tenant").order_by("pk")
