"""Where a person's data may be kept, what is found there, and how it goes; or why it must stay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from bpadmin.approvals.models import Approval
from bpadmin.approvals.services import approvals_open
from bpadmin.audit.models import AuditEntry, PersonalValues
from bpadmin.audit.sealing import entries_seal
from bpadmin.dialler.models import Action
from bpadmin.feeds.models import FeedRun
from bpadmin.jobs.files.cleanup import files_remove
from bpadmin.jobs.files.rejects import expansion_limit
from bpadmin.jobs.handlers import JobRefused, structure_read
from bpadmin.jobs.models import Chunk, Job
from bpadmin.jobs.options import FileOptions
from bpadmin.privacy.matching import Person
from bpadmin.records.exports.parts import files_delete
from bpadmin.records.kinds import RESULTS_EXPORT
from bpadmin.records.many.rows import keys_of, keys_pack
from bpadmin.records.models import ManyRows, NamedSource, SavedView
from bpadmin.reports.models import Report
from bpadmin.storage.troubles import StorageAway
from bpadmin.tabular.readers import rows_read
from bpadmin.tabular.types import TabularError
from bpadmin.tenants.models import Tenant
from bpadmin.uploads.files import UploadRefused, read_as, upload_inspect
from bpadmin.web.downloads import FileGone
from dnc.models import DncChange, DncEntry, DncSource
from lists.models import OldValues
from lists.old_values.services import old_values_remove, texts_of

OBLIGED = (
    "It says who must not be called, and who asked for that and when. The law obliges you to keep it: without it the "
    "person would be called again."
)


@dataclass(slots=True)
class Found:
    """What a place holds of a person: `ids` name the rows; `stays` says why it is not erased, "" where it is."""

    place: str
    ids: list[str] = field(default_factory=list)
    stays: str = ""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.ids)


def places_find(*, tenant: Tenant, person: Person, files: bool = True, erase: bool = False) -> Iterator[Found]:
    """Yield what each place holds of a person, places without it left out; with `erase` it is gone then.

    Without `files` the files of uploads and exports are not read; they are told as such.
    """
    entries_seal(tenant.pk)
    yield from _told(_log(tenant, person, erase))
    yield from _told(_log_stays(tenant, person))
    yield from _told(*_acts(tenant, person, erase), *_approvals(tenant, person, erase))
    yield from _told(_jobs(tenant, person, erase), _chunks(tenant, person, erase), _feed_runs(tenant, person, erase))
    if files:
        yield from _told(*_uploads(tenant, person, erase), _exports(tenant, person, erase))
        yield from _told(_images(tenant, person, erase))
    yield from _told(_many(tenant, person, erase))
    yield from _told(_views(tenant, person, erase), _sources(tenant, person, erase), _reports(tenant, person, erase))
    yield from _told(_dnc_entries(tenant, person), _dnc_changes(tenant, person))


def _told(*found: Found) -> Iterator[Found]:
    yield from (each for each in found if each.ids)


def _log(tenant: Tenant, person: Person, erase: bool) -> Found:
    found = Found("What the activity log tells of people")
    kept = PersonalValues.objects.filter(entry__tenant=tenant, erased_at=None)
    found.ids = [str(each.pk) for each in kept.iterator(chunk_size=1000) if person.is_in_data(each.values)]
    if erase:
        # The salt goes too: without it nobody can try numbers out against the hash in the chain.
        kept.filter(pk__in=list(map(int, found.ids))).update(values={}, salt="", erased_at=timezone.now())
    return found


def _log_stays(tenant: Tenant, person: Person) -> Found:
    found = Found(
        "Other entries of the activity log",
        stays="Who did what on this system is the proof of it, and cannot be changed. It is removed when it is "
        f"{settings.AUDIT_KEEP_DAYS:,} days old.",
    )
    names = ("message", "target_name", "target_id", "details", "actor_name")
    for pk, *values in AuditEntry.every.filter(tenant=tenant).values_list("pk", *names).iterator(chunk_size=1000):
        if person.is_in_data(values):
            found.ids.append(str(pk))
    return found


def _acts(tenant: Tenant, person: Person, erase: bool) -> tuple[Found, Found]:
    found = Found("Acts on the dialler, and what came of them")
    is_open = Found("Acts whose outcome nobody knows yet", stays="They must be settled first; then erase again.")
    names = ("asked", "sentence", "target_id", "target_name", "details", "wanted")
    for act in Action.objects.filter(tenant=tenant).iterator(chunk_size=1000):
        if not any(person.is_in_data(getattr(act, name)) for name in names):
            continue
        (is_open if act.is_open else found).ids.append(str(act.pk))
        if erase and not act.is_open:
            Action.objects.filter(pk=act.pk).update(**{name: person.without(getattr(act, name)) for name in names})
    return found, is_open


def _approvals(tenant: Tenant, person: Person, erase: bool) -> tuple[Found, Found]:
    found = Found("What was asked of a second person")
    is_open = Found("What waits for a second person", stays="Approve or refuse it first; then erase again.")
    names = ("sentence", "wanted", "facts", "target_id", "target_name", "outcome")
    waiting = set(approvals_open(tenant=tenant).values_list("pk", flat=True))
    for each in Approval.objects.filter(tenant=tenant).iterator(chunk_size=200):
        if not any(person.is_in_data(getattr(each, name)) for name in names):
            continue
        (is_open if each.pk in waiting else found).ids.append(str(each.pk))
        if erase and each.pk not in waiting:
            Approval.objects.filter(pk=each.pk).update(**{name: person.without(getattr(each, name)) for name in names})
    return found, is_open


def _jobs(tenant: Tenant, person: Person, erase: bool) -> Found:
    found = Found("Samples, conditions and messages of jobs")
    names = ("report", "options", "message", "target_name", "target_id", "file_name", "remote")
    for job in Job.objects.filter(tenant=tenant, state__in=Job.FINAL).iterator(chunk_size=200):
        if any(person.is_in_data(getattr(job, name)) for name in names):
            found.ids.append(str(job.pk))
            if erase:
                Job.objects.filter(pk=job.pk).update(**{name: person.without(getattr(job, name)) for name in names})
    return found


def _feed_runs(tenant: Tenant, person: Person, erase: bool) -> Found:
    found = Found("What stood out in files of feeds")
    names = ("file_name", "findings", "sentence")
    for run in FeedRun.objects.filter(tenant=tenant).iterator(chunk_size=200):
        if any(person.is_in_data(getattr(run, name)) for name in names):
            found.ids.append(str(run.pk))
            if erase:
                FeedRun.objects.filter(pk=run.pk).update(**{name: person.without(getattr(run, name)) for name in names})
    return found


def _chunks(tenant: Tenant, person: Person, erase: bool) -> Found:
    found = Found("What the dialler said of requests")
    chunks = Chunk.objects.filter(job__tenant=tenant, job__state__in=Job.FINAL).exclude(outcome={}, message="")
    for chunk in chunks.iterator(chunk_size=1000):
        if person.is_in_data([chunk.outcome, chunk.message]):
            found.ids.append(str(chunk.pk))
            if erase:
                changed = {"outcome": person.without(chunk.outcome), "message": person.without(chunk.message)}
                Chunk.objects.filter(pk=chunk.pk).update(**changed)
    return found


def _uploads(tenant: Tenant, person: Person, erase: bool) -> tuple[Found, Found, Found]:
    found = Found("Uploaded files, with the rows to send and the refused rows made of them: the whole files")
    busy = Found("Uploaded files of jobs that have not ended", stays="End or cancel the jobs first; then erase again.")
    unread = Found(
        "Uploaded files that could not be read",
        stays=f"They are removed {settings.UPLOAD_KEEP_DAYS} days after their job has ended.",
    )
    for job in Job.objects.filter(tenant=tenant).exclude(upload_path="").iterator(chunk_size=100):
        try:
            is_in = any(map(person.is_in, _texts_of(job)))
        except (OSError, TabularError, JobRefused, StorageAway, UploadRefused):
            unread.ids.append(str(job.pk))
            continue
        if not is_in:
            continue
        (found if job.is_final else busy).ids.append(str(job.pk))
        if erase and job.is_final:
            files_remove(job)
    return found, busy, unread


def _texts_of(job: Job) -> Iterator[str]:
    """Yield every cell of an uploaded file. Raises what reading it raises."""
    options = structure_read(FileOptions, job.options, job)
    if not options.header:
        options = read_as(options, upload_inspect(job=job))
    with default_storage.open(job.upload_path, "rb") as file:
        yield from options.header
        table = cast(BinaryIO, file), options.table, len(options.header)
        with closing(rows_read(*table, limit=expansion_limit())) as parts:
            for part, _ in parts:
                for column in part.block.columns:
                    yield from column
                for broken in part.block.broken:
                    yield from broken.cells


def _exports(tenant: Tenant, person: Person, erase: bool) -> Found:
    """Exports are compressed tables of some thousand kinds; all of a tenant go, since they can be made again."""
    found = Found("Files of exports, all of them: they can be made again, without the person")
    jobs = Job.objects.filter(tenant=tenant, kind=RESULTS_EXPORT, state__in=Job.FINAL).exclude(spool_path="")
    for job in jobs.iterator(chunk_size=100):
        found.ids.append(str(job.pk))
        if erase:
            files_delete(job.pk)
            Job.objects.filter(pk=job.pk).update(spool_path="", report={**job.report, "result_path": None})
    return found


def _images(tenant: Tenant, person: Person, erase: bool) -> Found:
    found = Found("Old values that jobs keep: the whole files")
    for old in OldValues.objects.filter(job__tenant=tenant, is_gone=False).exclude(parts=[]).select_related("job"):
        try:
            is_in = any(map(person.is_in, texts_of(old)))
        except (OSError, FileGone, StorageAway):
            is_in = True  # what cannot be read is not kept on a guess
        if is_in:
            found.ids.append(str(old.job_id))
            if erase:
                old_values_remove(old)
    return found


def _many(tenant: Tenant, person: Person, erase: bool) -> Found:
    found = Found("Rows of jobs that deleted contacts or called requests again")
    for rows in ManyRows.objects.filter(job__tenant=tenant, job__state__in=Job.FINAL).iterator(chunk_size=100):
        keys = keys_of(rows)
        if person.is_in_data([keys, rows.told]):
            found.ids.append(str(rows.job_id))
            if erase:
                left = keys_pack([person.without(key) for key in keys])
                ManyRows.objects.filter(pk=rows.pk).update(keys=left, told=person.without(rows.told))
    return found


def _views(tenant: Tenant, person: Person, erase: bool) -> Found:
    found = Found("Saved views of records")
    for view in SavedView.objects.filter(tenant=tenant):
        if person.is_in_data([view.name, view.conditions]):
            found.ids.append(str(view.pk))
    if erase:
        SavedView.objects.filter(pk__in=found.ids).delete()
    return found


def _reports(tenant: Tenant, person: Person, erase: bool) -> Found:
    """A report of records whose filter names the person; its files are those of exports."""
    found = Found("Filters of reports, which are removed with them")
    for report in Report.objects.filter(tenant=tenant):
        if person.is_in_data([report.name, report.content]):
            found.ids.append(str(report.pk))
    if erase:
        Report.objects.filter(pk__in=list(map(int, found.ids))).delete()
    return found


def _sources(tenant: Tenant, person: Person, erase: bool) -> Found:
    found = Found("Names given to sources of records")
    for named in NamedSource.objects.filter(tenant=tenant):
        if person.is_in_data([named.name, named.values]):
            found.ids.append(str(named.pk))
            if erase:
                changed = {"name": person.without(named.name), "values": person.without(named.values)}
                NamedSource.objects.filter(pk=named.pk).update(**changed)
    return found


def _dnc_entries(tenant: Tenant, person: Person) -> Found:
    found = Found("Do Not Call entries", stays=OBLIGED)
    entries = DncEntry.objects.filter(dnc_list__tenant=tenant)
    # There may be millions: those that end like one of the numbers, or say one of the texts, are looked at.
    for number in person.numbers:
        ending = entries.filter(key__endswith=number[-7:]).values_list("pk", "key")
        found.ids += [str(pk) for pk, key in ending.iterator(chunk_size=1000) if person.is_in(key)]
    for text in person.texts:
        found.ids += [str(pk) for pk in entries.filter(comment__icontains=text).values_list("pk", flat=True)[:1000]]
        found.ids += [str(pk) for pk in entries.filter(key__iexact=text).values_list("pk", flat=True)[:1000]]
    found.ids = list(dict.fromkeys(found.ids))
    return found


def _dnc_changes(tenant: Tenant, person: Person) -> Found:
    found = Found("Evidence of Do Not Call changes", stays=OBLIGED)
    changes = DncChange.objects.filter(tenant=tenant).values_list("number", "message", "comment", "details")
    found.ids = [str(row[0]) for row in changes.iterator(chunk_size=1000) if person.is_in_data(list(row[1:]))]
    sources = DncSource.objects.filter(tenant=tenant).values_list("pk", "text")
    found.ids += [f"source {pk}" for pk, text in sources.iterator(chunk_size=1000) if person.is_in(text)]
    return found
