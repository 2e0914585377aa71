"""The sources that an export reads, as its job remembers them: what each holds, gave, and whether it is done with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from django.utils import timezone

from bpadmin.jobs.engine.dispatch import SMALL_WORK
from bpadmin.jobs.engine.lease import job_remember
from bpadmin.jobs.handlers import JobRefused, job_options
from bpadmin.jobs.models import Job
from bpadmin.platforms.errors import NotFound, Reason
from bpadmin.platforms.sources import Source
from bpadmin.records.exports.options import Place, export_places, export_remote
from bpadmin.records.exports.order import ExportOrder
from bpadmin.records.exports.parts import folder_of

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient


def places_find(job: Job, order: ExportOrder, client: PlatformClient) -> None:
    """Remember the sources that are wanted; of campaigns those that they have now."""
    places = [_place(source) for source in order.sources]
    for campaign_id, campaign_name in order.campaigns:
        try:
            sources = client.sources(campaign_id)
        except NotFound as error:
            if error.reason is Reason.URL_NOT_FOUND:
                raise
            gone = Source("", "", campaign_id, campaign_name)
            places.append(_place(gone, problem="The dialler does not know this campaign any more."))
            continue
        places += [_place(source) for source in sources if not order.instances or source.instance_id in order.instances]
    if not places:
        raise JobRefused("There is nothing to export: no calling list is bound to what was chosen.")
    # Nobody knows how long a source without a total is: it must not stand in the way of small work.
    remote = replace(
        export_remote(job),
        places=tuple(places),
        began=timezone.now().isoformat(),
        is_long=any(place.total is None for place in places),
    )
    total = work_expected(places)
    job_remember(job, remote=remote.as_json(), work_done=0, work_total=total, spool_path=folder_of(job.pk))


def is_long(job: Job) -> bool:
    """Return whether the reading belongs among the long work, as far as totals tell."""
    return export_remote(job).is_long or job_options(job).is_long or job.work_total > SMALL_WORK


def next_place(job: Job) -> int | None:
    """Return the number of the first source that is not done with."""
    return next((at for at, place in enumerate(export_places(job)) if not place.is_done), None)


def places_together(job: Job) -> list[int]:
    """Return the numbers of the sources that may be read at the same time: the first that is not done with, and those
    behind it up to one that comes in one answer, which is read by itself.
    """
    is_open = [at for at, place in enumerate(export_places(job)) if not place.is_done]
    places = export_places(job)
    if is_open and places[is_open[0]].is_whole:
        return is_open[:1]
    return list(takewhile(lambda at: not places[at].is_whole, is_open))


def work_expected(places: Sequence[Place]) -> int:
    """Return how many records there are to read, 0 as long as that is not known."""
    if any(place.total is None and not place.is_done for place in places):
        return 0
    # One that is done with counts what it gave: fewer records may have been wanted than it holds.
    return sum(place.read if place.is_done else max(place.total or 0, place.read) for place in places)


def _place(source: Source, *, problem: str = "") -> Place:
    return Place(
        source_id=source.id,
        campaign_id=source.group_id,
        campaign=source.group or source.group_id,
        list=source.name,
        instance=source.part,
        instance_id=source.instance_id,
        is_whole=source.is_whole,
        total=source.total if not problem else 0,
        problem=problem,
    )
