"""Keeping the old values of records before a job changes or deletes them, and putting them back.

The list is read before the first request of the job that changes anything. What is kept is what the platform gives of a
record's fields: results and attempts are no part of it, and do not come back. Putting back is an ordinary upload of the
kept records, checked and confirmed like any other.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bpadmin.counts import counted
from bpadmin.dialler.catalogue import list_read
from bpadmin.jobs.models import Job
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.types import DeletePolicy
from bpadmin.tabular.formula import guard
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.uploads.models import UploadMode
from lists.deletions.by_key import key_values
from lists.deletions.options import deletion_options, deletion_remote
from lists.kinds import LIST_DELETE, LIST_UPLOAD
from lists.models import OldValues
from lists.old_values.files import files_drop, lines_read
from lists.records.fields import record_fields
from lists.uploads.modes import job_mode

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant
    from lists.deletions.options import RecordFilter

PAGE = 1000
CHANGING = (UploadMode.UPDATE, UploadMode.UPSERT, UploadMode.REPLACE)
KEEP_OLD_HELP = (
    "read the records that it may touch into a file first, from which they can be put back on the job's page"
)
RESULTS = "Results and attempts of the records are not kept, and do not come back."
EXPIRED_TOO = (
    "Kept is all that meets the rest of the filter, completed or not: expired records go as well, and nothing tells "
    "which those are."
)
KEYLESS = (
    "The list has no keys: they can be put back at a press only where the platform deletes exactly those that are "
    "kept, and be downloaded in any case."
)


UNBOUND = (
    "No campaign has this list, and the platform gives the records of a list in a campaign, or one by one to whoever "
    "names their key: the old values cannot be kept."
)


class OldValuesRefused(Exception):
    """The old values cannot be kept, or put back; the message says why."""


@dataclass(frozen=True, slots=True)
class OldValuesCost:
    """What keeping the old values takes: the records to be read, None where that is not known; or why it cannot be.

    `is_keyless` tells that records are deleted of a list without keys, which takes them back under a condition;
    `by_key` that only these records are read, one by one; `has_expired` that what expired goes as well.
    """

    records: int | None = None
    refusal: str = ""
    is_keyless: bool = False
    by_key: bool = False
    has_expired: bool = False

    @property
    def words(self) -> str:
        """Say what it takes, and how long the file is kept; or why it cannot be."""
        if self.refusal:
            return self.refusal
        days = f"The file is kept for {settings.UPLOAD_KEEP_DAYS} days. {RESULTS}"
        days += f" {KEYLESS}" if self.is_keyless else ""
        days += f" {EXPIRED_TOO}" if self.has_expired else ""
        if self.by_key and self.records is not None:
            return f"They are read by their key first: {counted(self.records, 'request')}. {days}"
        if self.records is None:
            return f"The whole list is read first, a request for each {PAGE:,} records. {days}"
        calls = max(1, ceil(self.records / PAGE))
        return f"The whole list is read first: {counted(self.records, 'record')}, {counted(calls, 'request')}. {days}"


def old_values_cost(*, tenant: Tenant, list_id: str, deletes: RecordFilter | None = None) -> OldValuesCost:
    """Return what it takes to keep the old values of a list's records, or why it cannot be done.

    `deletes`: the filter of a deletion, which a list without keys takes back under a condition.
    """
    held = capabilities_known(tenant)
    if Capability.LISTS_READ not in held or not held & {Capability.LISTS_FETCH, Capability.RESULTS_READ}:
        label = REGISTRY[tenant.platform].label
        return OldValuesCost(refusal=f"{label} gives nobody the records of a list, so the old values cannot be kept.")
    found = list_read(tenant, list_id).value
    if found is None:
        return OldValuesCost(refusal="The list cannot be read now, so the old values cannot be kept.")
    fields = record_fields(tenant=tenant, list_id=list_id, calling_list=found)
    has_expired = deletes is not None and deletes.policy is DeletePolicy.ONLY_COMPLETED
    if not found.campaigns and Capability.LISTS_FETCH not in held:
        values = key_values(deletes, fields)[1] if deletes else ()
        return OldValuesCost(len(values), by_key=True) if values else OldValuesCost(refusal=UNBOUND)
    is_keyless = deletes is not None and not fields.keys
    return OldValuesCost(found.total_records, is_keyless=is_keyless, has_expired=has_expired)


def is_changing(job: Job) -> bool:
    """Return whether a job changes or deletes records that are there."""
    return job.kind == LIST_DELETE or (job.kind == LIST_UPLOAD and job_mode(job) in CHANGING)


def old_values_order(*, job: Job, wanted: bool) -> None:
    """Have the old values kept before a job begins, or not. OldValuesRefused where they cannot be."""
    if not wanted:
        OldValues.objects.filter(job=job, n_read=0, is_done=False).delete()
        return
    if not is_changing(job):
        raise OldValuesRefused("Rows are only added: there are no old values to keep.")
    if job.started_at is not None:
        raise OldValuesRefused("The job has begun: what was before is not known any more.")
    deletes = deletion_options(job).filter if job.kind == LIST_DELETE else None
    cost = old_values_cost(tenant=job.tenant, list_id=job.target_id, deletes=deletes)
    if cost.refusal:
        raise OldValuesRefused(cost.refusal)
    OldValues.objects.get_or_create(job=job)


def old_values_of(job: Job) -> OldValues | None:
    """Return what is kept of the records that a job changed, None where that was not asked for."""
    return OldValues.objects.filter(job=job).first()


def old_values_touched(old: OldValues) -> int | None:
    """Count the records that the job has changed or deleted, None where the platform does not tell."""
    job = old.job
    if job.kind == LIST_DELETE:
        remote = deletion_remote(job)
        return None if remote.count_is_unknown or remote.count_is_partial else remote.deleted
    if job_mode(job) is UploadMode.REPLACE:
        return old.n_read
    return int(job.n_updated)


def old_values_words(old: OldValues) -> str:
    """Say how many records are kept, held against how many the job touched."""
    kept = counted(old.n_kept, "record")
    if old.is_gone:
        return f"The old values of {kept} were kept, and are removed since."
    if not old.is_done:
        return f"The old values are read before anything is changed: {kept} so far."
    words = f"The old values of {kept} are kept."
    if not old.job.is_final:
        return words
    touched = old_values_touched(old)
    if touched != old.n_kept and _may_have_expired(old.job):
        words += f" {EXPIRED_TOO}"
    if touched is None:
        return f"{words} How many the job touched, the platform does not tell."
    if touched == old.n_kept:
        return f"{words} The job touched exactly these."
    if touched < old.n_kept:
        return f"{words} The job touched {touched:,} of them; the others are as they were."
    return f"{words} The job touched {touched:,}: {touched - old.n_kept:,} came into the list after it was read."


def _may_have_expired(job: Job) -> bool:
    """Return whether a deletion takes what is completed, and with it what expired."""
    return job.kind == LIST_DELETE and deletion_options(job).filter.policy is DeletePolicy.ONLY_COMPLETED


def old_values_lines(old: OldValues, *, is_guarded: bool = True) -> Iterator[bytes]:
    """Return the kept records as CSV (UTF-8). Raises FileGone.

    `is_guarded` puts an apostrophe before what a spreadsheet would calculate.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([guard(name) for name in old.fields] if is_guarded else old.fields)
    for at, entry in enumerate(lines_read(old)):
        cells = [_text(entry.get(name)) for name in old.fields]
        writer.writerow([guard(cell) for cell in cells] if is_guarded else cells)
        if at % PAGE == PAGE - 1:
            yield _taken(buffer)
    yield _taken(buffer)


def old_values_tidy(now: datetime) -> int:
    """Remove the files whose days are over; returns how many."""
    gone = 0
    for old in OldValues.objects.filter(is_gone=False, ends_at__lt=now).select_related("job")[:PAGE]:
        gone += old_values_remove(old)
    return gone


def old_values_remove(old: OldValues) -> bool:
    """Remove the file of old values; that it was, and how many records it held, stays."""
    if not files_drop(old):
        return False
    with transaction.atomic():
        OldValues.objects.filter(pk=old.pk).update(is_gone=True, parts=[])
    return True


def old_values_ends() -> datetime:
    """Return until when a file that is made now is kept."""
    return timezone.now() + timedelta(days=settings.UPLOAD_KEEP_DAYS)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _taken(buffer: io.StringIO) -> bytes:
    data = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return data


def texts_of(old: OldValues) -> Iterator[str]:
    """Yield every value that is kept of records, to search it for a person. Raises FileGone."""
    for entry in cast(Iterator[Mapping[str, Any]], lines_read(old)):
        yield from (str(value) for value in entry.values() if value is not None)
