"""The file of a report for one period: made once, with its manifest, and handed to the deliveries.

Figures are counted at once from what was read; records are exported by a job, which is looked at until it has ended.
"""

from __future__ import annotations

import hashlib
import tempfile
import uuid
from datetime import datetime, timedelta
from typing import IO, Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.jobs.models import Job
from bpadmin.platforms.errors import PlatformError
from bpadmin.records.exports.options import export_report
from bpadmin.records.exports.order import ExportRefused
from bpadmin.records.exports.presets import Period as Days
from bpadmin.records.exports.services import export_start
from bpadmin.reports.content import ContentNotUnderstood, Figures, Records, content_of
from bpadmin.reports.deliveries import deliveries_queue
from bpadmin.reports.delivery.types import PIECE
from bpadmin.reports.figures_file import figures_write, tables_of
from bpadmin.reports.files import FOLDER, GONE, files_forget
from bpadmin.reports.models import Edition, EditionState, Report
from bpadmin.reports.services import ReportRefused, file_name_of, report_log, role_check
from bpadmin.results.figures.periods import Period
from bpadmin.results.reading.ledger import hour_of
from bpadmin.results.services import results_of, sources_of
from bpadmin.storage import local_work as workplace
from bpadmin.storage.troubles import StorageAway

HOUR = timedelta(hours=1)


def edition_begin(
    *, report: Report, actor: Actor, moment: datetime | None = None, now: datetime | None = None, ring: bool = True
) -> Edition:
    """Make the file for the period that `moment` (now unless given) stands for; the same moment has one file only.

    Records are read by a job that goes on by itself; `ring=False` where the caller drives it. Raises ReportRefused.
    """
    role_check(report.tenant, actor)
    now = now or timezone.now()
    moment = moment or now
    try:
        content = content_of(report)
    except ContentNotUnderstood as error:
        raise ReportRefused(str(error)) from error
    begin, end = Days(report.period).window(report.time_zone, moment) if report.period else (None, None)
    if begin is not None and end is None:
        end = hour_of(moment, ZoneInfo(report.time_zone)) + HOUR
    edition = Edition(
        tenant=report.tenant,
        report=report,
        moment=moment,
        begin=begin,
        end=end,
        asked_by=actor.user,
        asked_by_name=actor.called,
        file_name=file_name_of(report, content.title, begin, end, moment),
    )
    try:
        with transaction.atomic():
            edition.save()
            report_log(Verb.REPORT_MAKE, report, actor, edition.file_name)
    except IntegrityError:
        return Edition.objects.select_related("report", "tenant").get(report=report, moment=moment)
    if isinstance(content, Figures):
        _figures_make(edition, content, now)
    else:
        _records_ask(edition, content, actor, ring=ring)
    return edition


def _figures_make(edition: Edition, content: Figures, now: datetime) -> None:
    report = edition.report
    found = sources_of(tenant=edition.tenant, campaign_id=content.campaign_id, list_id=content.list_id)
    if not found:
        _fail(edition, f"No results of {content.title} are known here: nothing was read of it yet.")
        return
    if edition.begin is None or edition.end is None:
        _fail(edition, "The report does not say for which days its figures are. Change it.")
        return
    words = Days(report.period).label.partition(",")[0].lower()
    period = Period("report", words, edition.begin, edition.end)
    results = results_of(tenant=edition.tenant, sources=found, period=period, now=now)
    tables = tables_of(results, content.tables)
    until = results.known.until
    about = {
        **_about(edition, content.title),
        "tables": ", ".join(table.name for table in tables),
        "read_until": until.isoformat() if until else None,
        "lists": results.known.sources,
        "lists_never_read": results.known.unread,
        "gaps": len(results.known.gaps),
    }
    # What was read before the days were over lacks their end; what was never read lacks all of it.
    is_complete = until is not None and until >= min(edition.end, edition.moment - HOUR) and not results.known.unread
    try:
        with tempfile.TemporaryFile(dir=workplace.work_folder()) as file:
            rows = figures_write(cast(IO[bytes], file), report.format, results, tables, about)
            file.seek(0)
            name = f"{FOLDER}/{edition.pk}/{uuid.uuid4().hex}.{report.format}"
            path = default_storage.save(name, File(file))
    except (OSError, StorageAway) as error:
        _fail(edition, f"The file could not be written: {error}")
        return
    sentence = f"{rows:,} row{'' if rows == 1 else 's'}."
    if not is_complete:
        read = f"read until {until.astimezone(ZoneInfo(report.time_zone)):%Y-%m-%d %H:%M}" if until else "not read yet"
        sentence += f" NOT COMPLETE: the results are {read}, and the report is about more."
    _finish(edition, path, rows, about, is_complete=is_complete, sentence=sentence)


def _records_ask(edition: Edition, content: Records, actor: Actor, *, ring: bool) -> None:
    report = edition.report
    try:
        order = content.order_of(edition.begin, edition.end, report.format, report.time_zone)
        job = export_start(tenant=edition.tenant, order=order, actor=actor, ring=ring)
    except (ExportRefused, PlatformError) as error:
        _fail(edition, f"The records could not be asked for: {error}")
        return
    edition.job = job
    edition.sentence = f"Job {job.pk} reads the records."
    Edition.objects.filter(pk=edition.pk).update(job=job, sentence=edition.sentence)


def edition_look(edition: Edition) -> Edition:
    """Take over the file of an export that has ended; does nothing while it is at work."""
    if edition.state != EditionState.MAKING:
        return edition
    job = Job.objects.filter(pk=edition.job_id).select_related("tenant").first() if edition.job_id else None
    if job is None:
        # Figures are made in one go: what is still here without a job was stopped half-way.
        if timezone.now() - edition.made_at > HOUR:
            _fail(edition, "It was stopped while it was made. Have it made again.")
        return edition
    if not job.is_final:
        return edition
    report = export_report(job)
    if not report.result_path or not report.result:
        _fail(edition, f"Job {job.pk}: {job.told_message or job.get_state_display()}")
        return edition
    about = {**report.result, **_about(edition, job.target_name)}
    is_complete = bool(report.result["complete"])
    _finish(
        edition,
        report.result_path,
        int(report.result["rows"]),
        about,
        is_complete=is_complete,
        sentence=job.told_message,
    )
    return edition


def _about(edition: Edition, title: str) -> dict[str, Any]:
    report, zone = edition.report, ZoneInfo(edition.report.time_zone)
    return {
        "report": report.name,
        "tenant": edition.tenant.slug,
        "of": title,
        "period": report.period or None,
        "from": edition.begin.astimezone(zone).isoformat() if edition.begin else None,
        "until": edition.end.astimezone(zone).isoformat() if edition.end else None,
        "time_zone": report.time_zone,
        "made": timezone.now().isoformat(),
    }


def _finish(edition: Edition, path: str, rows: int, about: dict[str, Any], *, is_complete: bool, sentence: str) -> None:
    digest, size = hashlib.sha256(), 0
    try:
        with default_storage.open(path, "rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
                size += len(piece)
    except FileNotFoundError:
        _fail(edition, GONE)
        return
    edition.manifest = {
        **about,
        "file": edition.file_name,
        "rows": rows,
        "bytes": size,
        "sha256": digest.hexdigest(),
        "complete": is_complete,
    }
    edition.path, edition.rows, edition.size, edition.sha256 = path, rows, size, digest.hexdigest()
    edition.is_complete, edition.sentence = is_complete, sentence
    _end(edition, EditionState.READY)


def _fail(edition: Edition, sentence: str) -> None:
    edition.sentence = sentence
    _end(edition, EditionState.FAILED)


def _end(edition: Edition, state: EditionState) -> None:
    edition.ended_at = timezone.now()
    names = ["sentence", "path", "rows", "size", "sha256", "manifest", "is_complete", "ended_at"]
    with transaction.atomic():
        # Two that look at the same job at once: one of them takes it over and queues what goes out.
        values = {name: getattr(edition, name) for name in names}
        if not Edition.objects.filter(pk=edition.pk, state=EditionState.MAKING).update(state=state, **values):
            edition.refresh_from_db()
            return
        edition.state = state
        if state == EditionState.READY and edition.is_complete:
            deliveries_queue(edition=edition, asked_by=edition.asked_by_name)


def editions_look() -> int:
    """Look at every edition that is being made; returns how many have ended."""
    made = 0
    for edition in Edition.objects.filter(state=EditionState.MAKING).select_related("report", "tenant", "job"):
        edition_look(edition)
        made += edition.state != EditionState.MAKING
    return made


def editions_tidy(*, now: datetime | None = None) -> int:
    """Remove files that are older than exports are kept, and rows older than jobs are; returns how many files."""
    now = now or timezone.now()
    old = now - timedelta(days=settings.EXPORT_KEEP_DAYS)
    count = files_forget(Edition.objects.filter(made_at__lt=old).exclude(path=""))
    if settings.JOB_KEEP_DAYS:
        Edition.objects.filter(made_at__lt=now - timedelta(days=settings.JOB_KEEP_DAYS)).delete()
    return count
