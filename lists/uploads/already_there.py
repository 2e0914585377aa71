"""Rows whose key was in the list already: as a file, and as a new upload that updates the records that are there.

What differs is found by reading the whole list, which the platform gives in a campaign alone, page by page.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, BinaryIO, cast

from bpadmin.counts import counted
from bpadmin.dialler.catalogue import list_read
from bpadmin.jobs.files.rejects import there_lines
from bpadmin.jobs.handlers import Progress, ShouldStop
from bpadmin.jobs.models import Job
from bpadmin.jobs.options import REFUSE
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import CallingList, RecordKind
from bpadmin.tenants.services import tenant_client
from bpadmin.uploads.checking.comparison import Comparison, ListRecords
from bpadmin.uploads.checking.doubles import doubles_how
from bpadmin.uploads.files import LinesFile, UploadRefused, reading_keep, upload_create, upload_inspect
from bpadmin.uploads.models import UploadMode
from bpadmin.web.downloads import FileGone
from lists.kinds import LIST_UPLOAD
from lists.uploads.options import upload_options
from lists.uploads.wizard import check_begin, rules_carry

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant

NONE_THERE = "No row of this job met a record that was there, or its files are no longer kept."
MOST_RECORDS, PAGE = 100_000, 1000
# A list this short is read while a page is made.
AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class ReadingCost:
    """What it takes to read a list: its records, None where that is not known, and requests; or why it cannot be."""

    records: int | None = None
    refusal: str = ""

    @property
    def calls(self) -> int | None:
        """Count the requests."""
        return None if self.records is None else max(1, ceil(self.records / PAGE))

    @property
    def words(self) -> str:
        """Say what it takes."""
        if self.records is None:
            return f"The whole list is read, a request for each {PAGE:,} records; how many it holds is not known."
        return f"The whole list is read: {counted(self.records, 'record')}, {counted(self.calls or 1, 'request')}."


def reading_cost(*, tenant: Tenant, list_id: str) -> ReadingCost:
    """Return what it takes to read a list, or why it cannot be read."""
    return _cost(list_read(tenant, list_id).value)


def _cost(found: CallingList | None) -> ReadingCost:
    if found is None or not found.campaigns:
        words = "No campaign has this list, and the platform gives the records of a list in a campaign alone. Bind it"
        return ReadingCost(refusal=f"{words} to a campaign, where it may stay disabled, to have them compared.")
    if (found.total_records or 0) > MOST_RECORDS:
        words = f"The list holds {found.total_records:,} records; up to {MOST_RECORDS:,} are compared."
        return ReadingCost(found.total_records, refusal=words)
    return ReadingCost(found.total_records)


def list_compare(*, job: Job, progress: Progress, should_stop: ShouldStop) -> Comparison:
    """Read the job's list, and return what holds its rows against it. UploadRefused where that cannot be done."""
    options = upload_options(job)
    how = doubles_how(options.doubles, UploadMode(options.mode), has_key=True)
    if how == REFUSE:
        raise UploadRefused("All rows of one key are refused here, so none can be compared: let one of them count.")
    fed = set(options.mapping.values())
    by_name = {spec.name: spec for spec in options.fields if spec.name in fed and not spec.skip}
    named = [
        by_name[name] for _, name in sorted((int(at), name) for at, name in options.mapping.items()) if name in by_name
    ]
    records = ListRecords(named)
    if not records.keys:
        raise UploadRefused("Rows can be compared with records by their key only, and no key field is fed.")
    try:
        with tenant_client(job.tenant) as client:
            found = client.get_list(job.target_id)
            if refusal := (cost := _cost(found)).refusal:
                raise UploadRefused(refusal)
            campaign = next(iter(found.campaigns or ()))
            pages = client.walk_records(
                RecordKind.ALL, campaign.campaign_id, instance_id=campaign.instance_id, limit=PAGE
            )
            for page in pages:
                records.add(record.entry for record in page.items)
                progress(records.count, max(records.count, cost.records or 0))
                if should_stop():
                    break
                if records.count > MOST_RECORDS:
                    raise UploadRefused(f"The list holds more than {MOST_RECORDS:,} records; so many are not compared.")
    except PlatformError as error:
        raise UploadRefused(f"The list could not be read, so nothing was compared. {error}") from error
    return Comparison(records, doubles=how)


def there_update(*, job: Job, owner: User, only_changed: bool = False) -> Job:
    """Make a job's rows that were there already a new upload in update mode, and have it checked. UploadRefused.

    With `only_changed` the list is read by the check, and rows that would change nothing are left out. Nothing is sent
    before somebody has confirmed it.
    """
    if not (job.is_final and job.n_already_there and job.upload_path and job.spool_path):
        raise UploadRefused(NONE_THERE)
    cost = reading_cost(tenant=job.tenant, list_id=job.target_id) if only_changed else ReadingCost(0)
    if cost.refusal:
        raise UploadRefused(cost.refusal)
    stem = job.file_name.rsplit(".", 1)[0] or "upload"
    try:
        update = upload_create(
            kind=LIST_UPLOAD,
            tenant=job.tenant,
            list_id=job.target_id,
            list_name=job.target_name,
            file_name=f"{stem} - already there in job {job.pk}.csv",
            stream=cast(BinaryIO, LinesFile(there_lines(job))),
            owner=owner,
            owner_name=owner.get_username(),
        )
    except FileGone as gone:
        raise UploadRefused(str(gone)) from gone
    inspection = upload_inspect(job=update)
    reading_keep(job=update, inspection=inspection, actor_name=owner.get_username())
    before = upload_options(job)
    carried = rules_carry(job, inspection.header)
    return check_begin(
        job=update,
        dialect=inspection.dialect,
        mapping=carried.mapping,
        conversion=carried.conversion,
        apostrophes=before.apostrophes or None,
        date_order=before.date_order or None,
        double_encoding=before.double_encoding or None,
        fields=before.fields,
        mode=UploadMode.UPDATE,
        only_changed=only_changed,
        at_once=cost.records is not None and cost.records <= AT_ONCE,
        again=True,
        actor_name=owner.get_username(),
    )
