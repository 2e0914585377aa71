"""Entries with an end date: told before, taken out on the day by a job, and written into the chain after."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import orjson
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.counts import counted
from bpadmin.jobs.files.spool import SpoolWriter, spool_delete
from bpadmin.jobs.kinds import TargetKind
from bpadmin.jobs.models import Chunk, Job, JobState
from bpadmin.jobs.services import job_start
from dnc.files.options import KeysOptions, keys_options
from dnc.keys.normalisation import KEY
from dnc.kinds import DNC_DELETE
from dnc.models import DncEntry, DncList, EntryState

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

log = logging.getLogger(__name__)

EXPIRY = "expiry"
THE_SYSTEM = "the system"
# What is, or may be, in the list: an entry in doubt is taken out as well, and tried again as long as it is in doubt.
TO_TAKE_OUT = Q(state__in=[EntryState.PRESENT, EntryState.UNKNOWN])
# A job that is still a draft after this has lost its maker: making one takes seconds, and the next hour must find it.
HALF_MADE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Expiring:
    """How many entries of a list end on which day."""

    dnc_list: DncList
    on: date
    count: int


def dnc_expiring(*, tenant: Tenant, within_days: int = 7) -> list[Expiring]:
    """Announce what is going to be taken out, by day and list; the days before today are those still under way."""
    last = tenant_today(tenant) + timedelta(days=within_days)
    lists = {each.pk: each for each in DncList.objects.filter(tenant=tenant)}
    ending = DncEntry.objects.filter(TO_TAKE_OUT, dnc_list__in=lists, expires_on__lte=last)
    rows = ending.order_by("expires_on", "dnc_list").values_list("dnc_list", "expires_on").annotate(count=Count("id"))
    return [Expiring(lists[pk], on, count) for pk, on, count in rows if on is not None]


def dnc_expire_due(*, tenant: Tenant | None = None, ring: bool = True) -> list[Job]:
    """Begin a job for each list with entries whose day has come, and give the jobs. Safe to call at any time.

    A list whose last such job is still under way is left to it. The day is that of the tenant's time zone. What fails
    for one list is logged, keeps no other from being done, and is tried again the next time.
    """
    # A day too early for some time zone: the tenant's own day decides below.
    soon = timezone.now().date() + timedelta(days=1)
    due = DncEntry.objects.filter(TO_TAKE_OUT, expires_on__lte=soon)
    if tenant is not None:
        due = due.filter(dnc_list__tenant=tenant)
    jobs = []
    for pk in due.order_by().values_list("dnc_list", flat=True).distinct():
        try:
            job = _begin(DncList.every.select_related("tenant").get(pk=pk), ring=ring)
        except Exception:
            log.exception("the expired entries of Do Not Call list %s could not be taken out now", pk)
            continue
        if job is not None:
            jobs.append(job)
    return jobs


def _begin(dnc_list: DncList, *, ring: bool) -> Job | None:
    """Make the job of a list and start it, both or neither; None where one is under way or nothing has expired."""
    today = tenant_today(dnc_list.tenant)
    _half_made_drop(dnc_list)
    if _under_way(dnc_list).exists() or not _expired(dnc_list.pk, today).exists():
        return None
    job = Job.objects.create(
        tenant=dnc_list.tenant,
        kind=DNC_DELETE,
        state=JobState.DRAFT,
        owner_name=THE_SYSTEM,
        target_id=dnc_list.remote_id,
        target_name=dnc_list.name,
        file_name=f"Entries that end on or before {today:%d %B %Y}",
        options=KeysOptions(dnc_list=dnc_list.pk, source=EXPIRY, on=today.isoformat(), mode="add").as_json(),
    )
    try:
        return _start(job, dnc_list, _spool(job, _expired(dnc_list.pk, today)), today, ring=ring)
    except BaseException:
        _drop(job)
        raise


def _start(job: Job, dnc_list: DncList, writer: SpoolWriter, today: date, *, ring: bool) -> Job | None:
    """Return the job its chunks, start and log it, all in one transaction; None where another was quicker."""
    with transaction.atomic():
        DncList.every.select_for_update().get(pk=dnc_list.pk)
        if not writer.count or _under_way(dnc_list).exclude(pk=job.pk).exclude(state=JobState.DRAFT).exists():
            _drop(job)
            return None
        job.rows_total = job.n_not_sent = writer.count
        job.spool_path = writer.path
        job.save(update_fields=["spool_path", "rows_total", "n_not_sent"])
        Chunk.objects.bulk_create(writer.chunks, batch_size=500)
        job_start(job=job, ring=ring)
        audit_record(
            verb=Verb.DNC_EXPIRE,
            tenant=dnc_list.tenant,
            actor=None,
            actor_name=THE_SYSTEM,
            target_kind="dnc",
            target_id=dnc_list.remote_id,
            target_name=dnc_list.name,
            message=f"Job {job.pk}: {counted(writer.count, 'entry')} to end on or before {today:%d %B %Y}",
            details={"job": job.pk, "entries": writer.count},
        )
    return job


def _under_way(dnc_list: DncList) -> QuerySet[Job]:
    jobs = Job.objects.filter(tenant=dnc_list.tenant_id, target_kind=TargetKind.DNC, target_id=dnc_list.remote_id)
    return jobs.filter(kind=DNC_DELETE, options__source=EXPIRY).exclude(state__in=Job.FINAL)


def _half_made_drop(dnc_list: DncList) -> None:
    """Drop a job whose maker was killed before it was started: it has asked nobody for anything."""
    before = timezone.now() - HALF_MADE
    for job in _under_way(dnc_list).filter(state=JobState.DRAFT, created_at__lt=before):
        log.warning("job %s was made for expired entries and never started: it is made anew", job.pk)
        _drop(job)


def _drop(job: Job) -> None:
    """Remove a job that was not started, and its files. A maker that is only slow fails when it wants to start it."""
    spool_delete(job)
    Job.objects.filter(pk=job.pk, state=JobState.DRAFT).delete()


def _spool(job: Job, entries: QuerySet[DncEntry]) -> SpoolWriter:
    """Write the keys to be deleted as chunks."""
    writer, size, row = SpoolWriter(job), max(1, job.tenant.chunk_size), 1
    try:
        keys: list[str] = []
        for key in entries.values_list("key", flat=True).iterator(chunk_size=2000):
            keys.append(key)
            if len(keys) == size:
                writer.add(_body(keys), range(row, row + len(keys)))
                row, keys = row + len(keys), []
        if keys:
            writer.add(_body(keys), range(row, row + len(keys)))
        writer.finish()
    except BaseException:
        writer.discard()
        raise
    return writer


def _body(keys: Sequence[str]) -> bytes:
    return orjson.dumps([{KEY: key} for key in keys])


def _expired(dnc_list_id: int, today: date) -> QuerySet[DncEntry]:
    return DncEntry.objects.filter(TO_TAKE_OUT, dnc_list_id=dnc_list_id, expires_on__lte=today).order_by("key")


def is_expiry(job: Job) -> bool:
    """Return whether a job takes out what has expired."""
    return keys_options(job).source == EXPIRY


def not_expired(job: Job, dnc_list_id: int, keys: Sequence[str]) -> set[str]:
    """Return those of the keys that somebody has given more time, or all time, since the job was made."""
    longer = Q(expires_on=None) | Q(expires_on__gt=date.fromisoformat(keys_options(job).on))
    present = DncEntry.objects.filter(longer, TO_TAKE_OUT, dnc_list_id=dnc_list_id)
    kept: set[str] = set()
    for start in range(0, len(keys), 500):
        kept.update(present.filter(key__in=keys[start : start + 500]).values_list("key", flat=True))
    return kept


def tenant_today(tenant: Tenant) -> date:
    """Return the day that it is in the tenant's time zone."""
    return datetime.now(ZoneInfo(tenant.time_zone)).date()
