"""Which calling lists are being dialled, and what filled each of them last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bpadmin.dialler.models import CatalogueBinding
from bpadmin.feeds.reading import records_spooled
from bpadmin.jobs.models import Job, JobState
from bpadmin.platforms.record_rules.phone import digits_of
from bpadmin.platforms.types import CampaignState, FieldType
from lists.kinds import LIST_UPLOAD
from lists.uploads.modes import job_fields

if TYPE_CHECKING:
    from bpadmin.feeds.models import Feed

MOST_LISTS = 20
# National digits: the same number is written with and without its country.
DIGITS = 10


def live_uploads(feed: Feed) -> list[tuple[str, Job]]:
    """Return the lists on running campaigns as they are known here, but the feed's own, with their last uploads."""
    bound = CatalogueBinding.objects.filter(tenant=feed.tenant, campaign__state=CampaignState.RUNNING.value)
    names = dict(bound.exclude(list_id=feed.target_id).order_by("list_id").values_list("list_id", "list_name"))
    ended = Job.objects.filter(
        tenant=feed.tenant, kind=LIST_UPLOAD, state__in=[JobState.SUCCEEDED, JobState.PARTIAL], target_id__in=names
    )
    found: dict[str, Job] = {}
    for job in ended.select_related("tenant").order_by("-pk")[: 10 * MOST_LISTS]:
        found.setdefault(job.target_id, job)
    return [(names[list_id], job) for list_id, job in list(found.items())[:MOST_LISTS]]


def numbers_of(job: Job) -> Iterator[bytes]:
    """Yield the last digits of each number that a checked job sends. Raises JobRefused."""
    names = [spec.name for spec in job_fields(job) if spec.type is FieldType.PHONE]
    if not names:
        return
    for record in records_spooled(job):
        for digits in digits_of([str(record.get(name) or "") for name in names]):
            if digits:
                yield digits[-DIGITS:].encode()
