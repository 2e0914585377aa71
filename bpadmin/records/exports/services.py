"""Ordering an export, fetching its file, and removing files whose time has come; each is logged."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.jobs.kinds import export_target
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.options import pairs_read
from bpadmin.jobs.services import job_start
from bpadmin.platforms.results import FILTERS
from bpadmin.platforms.sources import SourceFilter
from bpadmin.records.exports.options import ExportOptions, export_order, export_report
from bpadmin.records.exports.order import ExportFormat, ExportOrder, ExportRefused, order_facts, order_keepers
from bpadmin.records.exports.parts import files_delete, folders_listed
from bpadmin.records.kinds import RESULTS_EXPORT
from bpadmin.records.services import platform_of
from bpadmin.tenants.services import tenant_client
from bpadmin.web.downloads import FileGone

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

DAMAGED = "The file of this export is not as it was written: a part of it is missing. Ask for the export again."
EXPIRED = "The file of this export is no longer kept. Ask for the export again."


MOST_TARGET = 400


def export_start(
    *,
    tenant: Tenant,
    order: ExportOrder,
    actor: Actor,
    filters: Sequence[SourceFilter] = FILTERS,
    ring: bool = True,
) -> Job:
    """Keep an order as a job and let it begin. Raises ExportRefused, also where attempts are wanted that nobody gives.

    `ring=False` where the caller drives the job itself.

    `filters` are the sources' own, in whose words the order's conditions are told.
    """
    order = order.checked()
    if order.attempts:
        _attempts_check(tenant, order)
    if order.format is ExportFormat.OWN_CSV and platform_of(tenant).csv_form is None:
        raise ExportRefused(f"{platform_of(tenant).label} has no kind of file of its own. Choose CSV.")
    noun = platform_of(tenant).record_noun
    with transaction.atomic():
        job = Job.objects.create(
            tenant=tenant,
            kind=RESULTS_EXPORT,
            state=JobState.DRAFT,
            owner=actor.user,
            owner_name=actor.name or (actor.user.get_username() if actor.user else ""),
            # An export writes into nothing: a target of its own never makes another job wait.
            target_id=_target(order),
            target_name=order.name[:300],
            options=ExportOptions(
                export=order,
                counts_rows=True,
                facts=pairs_read(order_facts(order, zone=ZoneInfo(tenant.time_zone), filters=filters, noun=noun)),
            ).as_json(),
        )
        job_start(job=job, ring=ring)
        _record(Verb.RESULTS_EXPORT, job, actor, f"Job {job.pk}: {_asked(order, noun)} as {order.format.label}")
    return job


def _target(order: ExportOrder) -> str:
    """Return a target that nothing else has; where all is of one campaign, it says which."""
    read = {source.group_id for source in order.sources} or {id_ for id_, _ in order.campaigns}
    mark = uuid.uuid4().hex
    if len(read) == 1 and (campaign_id := read.pop()):
        whole = export_target(campaign_id, mark)
        if len(whole) <= MOST_TARGET:
            return whole
    return f"export:{len(order.sources) or len(order.campaigns)}:{mark}"


def order_keep(*, tenant: Tenant, order: ExportOrder, actor: Actor) -> str:
    """Keep an order so that its export comes again, and return the page on which that goes on. Raises ExportRefused."""
    for keep in order_keepers:
        return keep(tenant, order.checked(), actor)
    raise ExportRefused("Nobody here keeps exports so that they come again.")


def export_open(*, job: Job, actor: Actor) -> BinaryIO:
    """Open the finished file of an export for somebody, and log that. Raises FileGone."""
    report = export_report(job)
    if not report.result_path:
        raise FileGone(EXPIRED if report.result else "This export has no file yet.")
    try:
        file = default_storage.open(report.result_path, "rb")
    except FileNotFoundError as error:
        raise FileGone(EXPIRED) from error
    whole = (report.result or {}).get("bytes")
    if whole is not None and file.size != whole:
        file.close()
        raise FileGone(DAMAGED)
    _record(Verb.RESULTS_DOWNLOAD, job, actor, f"Job {job.pk}: {report.file_name}")
    return cast(BinaryIO, file)


def exports_expire() -> int:
    """Remove the files of exports that ended long ago, and the parts of those that ended without one; returns how many.

    What such an export said of itself stays in its job. Folders whose job is gone go as well.
    """
    oldest = timezone.now() - timedelta(days=settings.EXPORT_KEEP_DAYS)
    count = 0
    ended = Job.objects.filter(kind=RESULTS_EXPORT, state__in=Job.FINAL).exclude(spool_path="")
    for job in ended.iterator():
        report = export_report(job)
        if report.result_path and job.finished_at and job.finished_at >= oldest:
            continue
        files_delete(job.pk)
        Job.objects.filter(pk=job.pk).update(spool_path="", report=replace(report, result_path=None).as_json())
        count += 1
    for name in folders_listed():
        if name.isdigit() and not Job.objects.filter(pk=int(name)).exists():
            files_delete(int(name))
            count += 1
    return count


def _attempts_check(tenant: Tenant, order: ExportOrder) -> None:
    """Raise ExportRefused where nothing of what is wanted comes with attempts: its file would look as if none were."""
    with tenant_client(tenant) as client:
        reasons = [client.lacks_attempts(id_, order.conditions) for id_ in [each.id for each in order.sources] or [""]]
    if all(reasons):
        raise ExportRefused(*dict.fromkeys(reasons))


def _asked(order: ExportOrder, noun: str) -> str:
    if order.campaigns:
        return f"{order.kind} {noun}s"
    return f"{noun}s under {len(order.conditions)} conditions" if order.conditions else f"all {noun}s"


def _record(verb: Verb, job: Job, actor: Actor, message: str) -> None:
    order = export_order(job)
    kind, id_, name = "job", str(job.pk), order.name
    if len(order.sources) == 1:
        kind, id_ = "source", order.sources[0].id
    elif len(order.campaigns) == 1:
        kind, (id_, name) = "campaign", order.campaigns[0]
    audit_record(
        verb=verb,
        tenant=job.tenant,
        actor=actor.user,
        actor_name=actor.name,
        target_kind=kind,
        target_id=id_,
        target_name=name,
        message=message,
        details={"job": job.pk, "order": order.as_json()},
    )
