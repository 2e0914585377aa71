"""The job that recycles: choose by the ledger, read the list, wait for a yes, make a file and upload it as any other.

The ledger knows hashes only. The list is read in one of its campaigns, each record is hashed as the ledger did, and
those that were chosen are kept in part files until they become the file of an ordinary upload: the same check, scrub,
accounting and log.
"""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import orjson

from bpadmin.dialler.catalogue import lists_forget
from bpadmin.dialler.types import Actor
from bpadmin.jobs.engine.lease import job_remember
from bpadmin.jobs.handlers import ChunkResult, Held, JobRefused, Pending, Progress, ShouldStop, Verdict, structure_read
from bpadmin.jobs.models import Chunk, Job, JobState
from bpadmin.jobs.options import JobOptions, JobRemote, ResultReport, stored
from bpadmin.jobs.services import job_confirm, job_prepare_now, job_submit
from bpadmin.platforms.types import CallingList, FieldSpec, ListUse, RecordKind
from bpadmin.results.models import ResultSource
from bpadmin.results.reading.identity import Hasher, settings_of
from bpadmin.results.selection import AttemptFilter, Selection, SelectionRefused, records_select
from bpadmin.uploads.checking.questions import questions_open, questions_words
from bpadmin.uploads.checking.scrubbers import Scrubber, scrubber_of
from bpadmin.uploads.files import LinesFile, UploadRefused, reading_keep, upload_create, upload_inspect
from bpadmin.uploads.models import UploadMode
from lists.formats.services import format_fields, format_get
from lists.kinds import LIST_UPLOAD
from lists.manage.create import CreationRefused, list_create_like
from lists.models import Recycling
from lists.recycling.parts import part_keep, parts_csv, parts_delete, parts_names
from lists.uploads.services import upload_configure
from lists.uploads.wizard import format_known

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

PAGE = 1000
TURN_SECONDS = 15.0
READING, ASKED, SENDING, ENDED = "reading", "asked", "sending", "ended"
UNBOUND = "No campaign has this list, and the dialler gives the records of a list in a campaign alone. Bind it to one."
KEYLESS = (
    "The list's key is not known, so that its records are told apart by all their fields: what was changed since "
    "counts as not in the list, and attempts in other lists are not counted."
)
UNCOUNTED = (
    "Attempts over all lists cannot be counted: the key of this list was not known when its results were first read, "
    "so its records are told apart by all their fields. Leave out the limit, or choose a list whose key is known."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecycleOptions(JobOptions):
    """What is recycled; `count_field` takes the attempts so far."""

    wanted: AttemptFilter = field(
        default=AttemptFilter(), metadata=stored(AttemptFilter.from_json, AttemptFilter.as_json)
    )
    count_field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecycleRemote(JobRemote):
    """How far a recycling is: its `phase`, the `cursor` of the reading, its `parts`, and the counts so far."""

    phase: str = READING
    cursor: str = ""
    parts: tuple[str, ...] = field(default=(), metadata=stored(tuple, list))
    read: int = 0
    found: int = 0
    blocked: int = 0
    keyless: int = 0
    matched: int = 0
    contacted: int = 0
    capped: int = 0
    untold: int = 0
    chosen: int = 0

    @property
    def gone(self) -> int:
        """How many were chosen and are not in the list any more."""
        return max(0, self.chosen - self.found)


def recycle_remote(job: Job) -> RecycleRemote:
    """Return what the job remembers. Raises JobRefused."""
    return structure_read(RecycleRemote, job.remote, job)


def counts_told(remote: RecycleRemote) -> dict[str, int]:
    """Return the counts for scripts and pages; `found` less `blocked` is what goes."""
    names = ("matched", "contacted", "capped", "untold", "gone", "found", "blocked")
    return {name: int(getattr(remote, name)) for name in names}


def preview_words(remote: RecycleRemote) -> str:
    """Say in counts what was found."""
    words = (
        f"{remote.matched:,} matched. Of these {remote.capped:,} had too many attempts, {remote.contacted:,} were "
        f"contacted since, {remote.untold:,} cannot be told, {remote.gone:,} are not in the list any more, and "
        f"{remote.blocked:,} are blocked by a Do Not Call list. {remote.found - remote.blocked:,} can go."
    )
    return f"{words} {KEYLESS}" if remote.keyless else words


class RecycleHandler:
    """The handler of LIST_RECYCLE. All its work is in `begin`: the rows go by an upload of their own."""

    def prepare(self, job: Job, *, progress: Progress, should_stop: ShouldStop) -> None:
        """There is no file to check."""

    def lanes(self, job: Job) -> int:
        """One page after the other."""
        return 1

    def may_resend(self, job: Job) -> bool:
        """There are no chunks."""
        return True

    def begin(self, job: Job, *, client: PlatformClient) -> Pending | Held | None:
        """Go on for some seconds; Held when the counts are there and a person has to say yes."""
        while (remote := recycle_remote(job)).phase != ENDED:
            answer: Pending | Held | None
            if remote.phase == READING:
                answer = _read(job, client, remote)
            elif remote.phase == ASKED:
                if not Recycling.objects.filter(job=job, is_confirmed=True).exists():
                    return Held(f"{preview_words(remote)} Nothing is sent until somebody says yes.")
                job_remember(job, remote=replace(remote, phase=SENDING).as_json())
                answer = None
            else:
                answer = _send(job, client, remote)
            if answer is not None:
                return answer
        return None

    def send(self, job: Job, chunk: Chunk, *, client: PlatformClient, spool: Any) -> ChunkResult:
        """There are no chunks."""
        raise JobRefused("Recycling sends no rows itself.")

    def settle(
        self, job: Job, chunks: Sequence[Chunk], *, client: PlatformClient, is_quiet: bool
    ) -> list[Verdict | None]:
        """There are no chunks."""
        return []

    def ended(self, job: Job) -> None:
        """Have pages ask anew, and forget the rows that were kept for the file."""
        lists_forget(tenant=job.tenant, list_id=job.target_id)
        if job.is_final:
            parts_delete(job.pk)

    def finish(self, job: Job) -> str:
        """Sum up in words."""
        row, remote = Recycling.objects.select_related("upload").get(job=job), recycle_remote(job)
        if row.upload is None:
            return f"{preview_words(remote)} Nothing was sent."
        words = f"Upload {row.upload_id} sends them into “{row.target_name}”."
        if row.upload.state == JobState.READY:
            words = (
                f"Upload {row.upload_id} into “{row.target_name}” waits for a person: {row.upload.told_message}".strip()
            )
        return f"{preview_words(remote)} {words}"


def _read(job: Job, client: PlatformClient, remote: RecycleRemote) -> Pending | Held | None:
    """Read the list for a turn and keep the rows that were chosen."""
    wanted = structure_read(RecycleOptions, job.options, job).wanted
    try:
        chosen = records_select(tenant=job.tenant, list_id=job.target_id, wanted=wanted, now=job.created_at)
    except SelectionRefused as refused:
        raise JobRefused(str(refused)) from refused
    use = _use(job, client)
    reading = _Reading(job, client, use, chosen, remote)
    until = time.monotonic() + TURN_SECONDS
    pages = client.walk_records(
        RecordKind.ALL, use.campaign_id, instance_id=use.instance_id, limit=PAGE, cursor=remote.cursor
    )
    for page in pages:
        reading.take(page.items)
        if page.next_cursor and time.monotonic() > until:
            reading.keep(page.next_cursor)
            return Pending(0.1, f"{reading.remote.read:,} records read.")
    remote = replace(reading.keep(""), phase=ASKED)
    if remote.keyless and wanted.cap:
        raise JobRefused(UNCOUNTED)
    if not remote.found - remote.blocked:
        remote = replace(remote, phase=ENDED)
    job_remember(job, remote=remote.as_json(), report=ResultReport(result={"counts": counts_told(remote)}).as_json())
    return None


class _Reading:
    """Rows of one turn, with the counts as they will be stored with them."""

    def __init__(
        self, job: Job, client: PlatformClient, use: ListUse, chosen: Selection, remote: RecycleRemote
    ) -> None:
        source = ResultSource.objects.filter(
            tenant=job.tenant, campaign_id=use.campaign_id, instance_id=use.instance_id
        ).first()
        self.hasher = Hasher(settings_of(job.tenant), source.key_fields if source else ())
        self.job, self.attempts, self.lines = job, chosen.attempts, io.BytesIO()
        names = ("matched", "contacted", "capped", "untold")
        self.remote = replace(remote, chosen=len(chosen.attempts), **{name: getattr(chosen, name) for name in names})
        found = format_known(tenant=job.tenant, list_id=job.target_id, calling_list=client.get_list(job.target_id))
        self.fields = format_fields(found)
        self.scrubber: Scrubber | None = scrubber_of(job)

    def take(self, records: Sequence[Any]) -> None:
        """Keep those of a page that were chosen, and look them up in Do Not Call lists."""
        entries, keyless = [], 0
        for record in records:
            who, is_exact = self.hasher.record(record)
            keyless += not is_exact
            if who in self.attempts:
                entries.append(record.entry)
                self.lines.write(orjson.dumps([self.attempts[who], record.entry]) + b"\n")
        self.remote = replace(
            self.remote,
            read=self.remote.read + len(records),
            keyless=self.remote.keyless + keyless,
            found=self.remote.found + len(entries),
            blocked=self.remote.blocked + self._blocked(entries),
        )

    def _blocked(self, entries: Sequence[dict[str, Any]]) -> int:
        if self.scrubber is None or not entries:
            return 0
        hit: set[int] = set()
        for spec in filter(self.scrubber.looks_at, self.fields):
            texts = [str(entry.get(spec.name) or "") for entry in entries]
            blocked = self.scrubber.blocked(spec, set(texts) - {""})
            hit.update(at for at, text in enumerate(texts) if text in blocked)
        return len(hit)

    def keep(self, cursor: str) -> RecycleRemote:
        """Store the turn's rows under a name of their own, and how far the reading is."""
        parts = self.remote.parts
        if self.lines.tell():
            parts = (*parts, part_keep(self.job.pk, self.lines.getvalue()))
        self.remote = replace(self.remote, cursor=cursor, parts=parts)
        job_remember(self.job, remote=self.remote.as_json(), work_done=self.remote.read)
        return self.remote


def _use(job: Job, client: PlatformClient) -> ListUse:
    """Return the campaign in which the list is read: one of which results are known."""
    uses = client.get_list(job.target_id).campaigns or ()
    known = set(
        ResultSource.objects.filter(tenant=job.tenant, list_id=job.target_id)
        .exclude(first_read_at=None)
        .values_list("campaign_id", "instance_id")
    )
    found = sorted(uses, key=lambda each: ((each.campaign_id, each.instance_id) not in known, each.campaign_id))
    if not found:
        raise JobRefused(UNBOUND)
    return found[0]


def _send(job: Job, client: PlatformClient, remote: RecycleRemote) -> Pending | None:
    """Make the list where it is new, then the upload; have it checked, and say yes to it where nothing stands out."""
    row = Recycling.objects.select_related("upload", "rule").get(job=job)
    actor = Actor(job.owner, job.owner_name)
    source = client.get_list(job.target_id)
    if not row.target_id:
        try:
            act = list_create_like(tenant=job.tenant, name=row.target_name, like=source, actor=actor)
        except CreationRefused as refused:
            raise JobRefused(str(refused)) from refused
        if not act.is_done or not act.id:
            raise JobRefused(f"The new list could not be made. {act.sentence}")
        Recycling.objects.filter(pk=row.pk).update(target_id=act.id)
        row.target_id = act.id
    if row.upload is None:
        row.upload = _upload(job, row, source, remote)
        Recycling.objects.filter(pk=row.pk).update(upload=row.upload)
    upload = Job.objects.select_related("tenant").get(pk=row.upload.pk)
    if upload.state == JobState.DRAFT:
        job_submit(job=upload, ring=False)
    if upload.state in (JobState.DRAFT, JobState.PREPARING):
        job_prepare_now(job_id=upload.pk, worker=f"recycle-{job.pk}")
        upload.refresh_from_db()
    if upload.state == JobState.PREPARING:
        return Pending(1.0, f"Upload {upload.pk} is checked.")
    if upload.state != JobState.READY:
        raise JobRefused(f"Upload {upload.pk} could not be checked: {upload.told_message}")
    if left := questions_open(upload, ()):
        words = " ".join(questions_words(left))
        Job.objects.filter(pk=upload.pk).update(message=words)
    elif upload.n_not_sent:
        job_confirm(job=upload, actor=actor.user, actor_name=actor.name)
    job_remember(job, remote=replace(recycle_remote(job), phase=ENDED).as_json())
    return None


def _upload(job: Job, row: Recycling, source: CallingList, remote: RecycleRemote) -> Job:
    options = structure_read(RecycleOptions, job.options, job)
    names = parts_names(remote.parts)
    fields = _fields(job, row, source)
    by_name = {spec.name.casefold(): spec.name for spec in fields}
    mapping = {str(at): by_name[name.casefold()] for at, name in enumerate(names) if name.casefold() in by_name}
    if options.count_field:
        if options.count_field.casefold() not in by_name:
            raise JobRefused(f"“{row.target_name}” has no field “{options.count_field}” for the attempts so far.")
        mapping = {at: name for at, name in mapping.items() if name != by_name[options.count_field.casefold()]}
        mapping[str(len(names))] = by_name[options.count_field.casefold()]
    try:
        upload = upload_create(
            kind=LIST_UPLOAD,
            tenant=job.tenant,
            list_id=row.target_id,
            list_name=row.target_name,
            file_name=f"{row.list_name} - recycled by job {job.pk}.csv",
            stream=cast(BinaryIO, LinesFile(parts_csv(remote.parts, names))),
            owner=job.owner,
            owner_name=job.owner_name,
        )
        inspection = upload_inspect(job=upload, choices={"encoding": "utf-8", "delimiter": ",", "has_header": True})
        reading_keep(job=upload, inspection=inspection, actor_name=job.owner_name)
        upload_configure(
            job=upload,
            dialect=inspection.dialect,
            mapping=mapping,
            fields=fields,
            mode=UploadMode.ADD,
            apostrophes="keep",
            leave_out_blocked=True,
            again=True,
            actor_name=job.owner_name,
        )
    except UploadRefused as refused:
        raise JobRefused(f"The rows could not be made an upload. {refused}") from refused
    return upload


def _fields(job: Job, row: Recycling, source: CallingList) -> tuple[FieldSpec, ...]:
    """Return the fields of the target, those of the source where it was made like it."""
    known = format_fields(format_get(tenant=job.tenant, list_id=row.target_id))
    mine = format_fields(format_known(tenant=job.tenant, list_id=job.target_id, calling_list=source))
    fields = known or mine
    if any(spec.key for spec in fields):
        return fields
    found = ResultSource.objects.filter(tenant=job.tenant, list_id=job.target_id).exclude(key_fields=[]).first()
    keys = {name.casefold() for name in found.key_fields} if found else set()
    return tuple(replace(spec, key=spec.name.casefold() in keys) for spec in fields)
