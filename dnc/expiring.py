"""Entries with an end date: told before, taken out on the day by a job, and written into the chain after."""

from __future__ import annotations

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
from bpadmin.jobs.models import Chunk, Job, JobKind, JobState
from bpadmin.jobs.services import job_start
from bpadmin.jobs.spool import SpoolWriter
from dnc.file_options import KeysOptions, keys_options
from dnc.models import DncEntry, DncList, EntryState
from dnc.normalising import KEY

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

EXPIRY = "expiry"
THE_SYSTEM = "the system"


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
    ending = DncEntry.objects.filter(dnc_list__in=lists, expires_on__lte=last, state=EntryState.PRESENT)
    rows = ending.order_by("expires_on", "dnc_list").values_list("dnc_list", "expires_on").annotate(count=Count("id"))
    return [Expiring(lists[pk], on, count) for pk, on, count in rows if on is not None]


def dnc_expire_due(*, tenant: Tenant | None = None, ring: bool = True) -> list[Job]:
    """Begin a job for each list with entries whose day has come, and give the jobs. Safe to call at any time.

    A list whose last such job is still under way is left to it. The day is that of the tenant's time zone.
    """
    # A day too early for some time zone: the tenant's own day decides below.
    soon = timezone.now().date() + timedelta(days=1)
    due = DncEntry.objects.filter(expires_on__lte=soon, state=EntryState.PRESENT)
    if tenant is not None:
        due = due.filter(dnc_list__tenant=tenant)
    jobs = []
    for pk in due.order_by().values_list("dnc_list", flat=True).distinct():
        job = _begin(DncList.every.select_related("tenant").get(pk=pk), ring=ring)
        if job is not None:
            jobs.append(job)
    return jobs


def _begin(dnc_list: DncList, *, ring: bool) -> Job | None:
    tenant = dnc_list.tenant
    today = tenant_today(tenant)
    open_jobs = Job.objects.filter(tenant=tenant, kind=JobKind.DNC_DELETE, target_id=dnc_list.remote_id)
    if open_jobs.filter(options__source=EXPIRY).exclude(state__in=Job.FINAL).exists():
        return None
    entries = _expired(dnc_list.pk, today)
    count = entries.count()
    if not count:
        return None
    job = Job.objects.create(
        tenant=tenant,
        kind=JobKind.DNC_DELETE,
        state=JobState.DRAFT,
        owner_name=THE_SYSTEM,
        target_id=dnc_list.remote_id,
        target_name=dnc_list.name,
        file_name=f"Entries that end on or before {today:%d %B %Y}",
        options=KeysOptions(dnc_list=dnc_list.pk, source=EXPIRY, on=today.isoformat(), mode="add").as_json(),
    )
    _spool(job, entries)
    with transaction.atomic():
        job_start(job=job, ring=ring)
        audit_record(
            verb=Verb.DNC_EXPIRE,
            tenant=tenant,
            actor=None,
            actor_name=THE_SYSTEM,
            target_kind="dnc",
            target_id=dnc_list.remote_id,
            target_name=dnc_list.name,
            message=f"Job {job.pk}: {count:,} entries end on or before {today:%d %B %Y}",
            details={"job": job.pk, "entries": count},
        )
    return job


def _spool(job: Job, entries: QuerySet[DncEntry]) -> None:
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
        job.spool_path = writer.finish()
    except BaseException:
        writer.discard()
        job.delete()
        raise
    job.rows_total = job.n_not_sent = writer.count
    with transaction.atomic():
        Chunk.objects.bulk_create(writer.chunks, batch_size=500)
        job.save(update_fields=["spool_path", "rows_total", "n_not_sent"])


def _body(keys: Sequence[str]) -> bytes:
    return orjson.dumps([{KEY: key} for key in keys])


def _expired(dnc_list_id: int, today: date) -> QuerySet[DncEntry]:
    ended = DncEntry.objects.filter(dnc_list_id=dnc_list_id, expires_on__lte=today)
    return ended.filter(Q(state=EntryState.PRESENT) | Q(state=EntryState.UNKNOWN)).order_by("key")


def is_expiry(job: Job) -> bool:
    """Tell whether a job takes out what has expired."""
    return keys_options(job).source == EXPIRY


def not_expired(job: Job, dnc_list_id: int, keys: Sequence[str]) -> set[str]:
    """Give those of the keys that somebody has given more time, or all time, since the job was made."""
    longer = Q(expires_on=None) | Q(expires_on__gt=date.fromisoformat(keys_options(job).on))
    present = DncEntry.objects.filter(longer, dnc_list_id=dnc_list_id, state=EntryState.PRESENT)
    kept: set[str] = set()
    for start in range(0, len(keys), 500):
        kept.update(present.filter(key__in=keys[start : start + 500]).values_list("key", flat=True))
    return kept


def tenant_today(tenant: Tenant) -> date:
    """Give the day that it is in the tenant's time zone."""
    return datetime.now(ZoneInfo(tenant.time_zone)).date()
