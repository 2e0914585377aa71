"""Files of keys: from a file that arrives to a checked spool, by the machinery of list uploads with other rules."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, BinaryIO, cast

from django.utils import timezone

from bpadmin.acts import Actor
from bpadmin.jobs.lease import lease_held, lease_of
from bpadmin.jobs.models import Job, JobKind
from bpadmin.jobs.registry import Progress, ShouldStop
from bpadmin.jobs.services import job_reconfigure
from bpadmin.jobs.spool import SpoolWriter
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import FieldSpec
from dnc.chain import actor_name
from dnc.file_options import KeysOptions, Way, keys_options
from dnc.ledger import Dates, batch_make, staged_add, staged_forget
from dnc.models import DncKind, DncList
from dnc.normalising import COMMENT, COMMENT_LENGTH, KEY, KeyCheck, KeyRules, key_fields
from dnc.read_back import ReadStopped, can_read_back, dnc_read_back
from dnc.replacing import difference_spool, difference_staged
from lists.inspection import Inspection
from lists.mapping import Suggestion, mapping_remember, mapping_saved, mapping_suggest
from lists.models import UploadMode
from lists.staging import Plan, Staging
from lists.uploads import (
    UploadRefused,
    options_reading,
    upload_again,
    upload_create,
    upload_inspect,
    upload_prepare,
)

log = logging.getLogger(__name__)

FILE_KINDS = (JobKind.DNC_ADD, JobKind.DNC_DELETE, JobKind.DNC_REPLACE)
_LIKELY = 0.7
_VALUES_LOOKED_AT = 20


def dnc_upload_create(
    *,
    dnc_list: DncList,
    kind: JobKind,
    file_name: str,
    stream: BinaryIO,
    actor: Actor,
    comment: str = "",
    dates: Dates | None = None,
    way: Way = Way.DIFFERENCE,
    parent: Job | None = None,
) -> Job:
    """Keep an arriving file and open a DRAFT of one of FILE_KINDS for it. Raises UploadRefused.

    `comment` goes to rows without one of their own; `way` is how a replacement is to be done.
    """
    if kind not in FILE_KINDS:
        raise ValueError(f"{kind} takes no file of keys")
    options = KeysOptions(
        dnc_list=dnc_list.pk,
        comment=" ".join(comment.split())[:COMMENT_LENGTH],
        way=Way(way),
        dates=dates or Dates(),
    )
    return upload_create(
        tenant=dnc_list.tenant,
        list_id=dnc_list.remote_id,
        list_name=dnc_list.name,
        file_name=file_name,
        stream=stream,
        owner=actor.user,
        owner_name=actor_name(actor),
        parent=parent,
        kind=kind,
        options=options,
    )


def dnc_upload_again(*, job: Job, actor: Actor) -> Job:
    """Open a new DRAFT with the rejected rows of `job` as its file. What a replacement left is added, not replaced."""
    before = keys_options(job)
    return upload_again(
        job=job,
        owner=actor.user,
        owner_name=actor_name(actor),
        kind=JobKind.DNC_ADD if job.kind == JobKind.DNC_REPLACE else JobKind(job.kind),
        options=KeysOptions(dnc_list=before.dnc_list, comment=before.comment, way=before.way, dates=before.dates),
    )


def job_list(job: Job) -> DncList:
    """Give the list that a job is about."""
    return DncList.every.select_related("tenant").get(pk=keys_options(job).dnc_list, tenant_id=job.tenant_id)


def job_fields(kind: JobKind, dnc_list: DncList) -> tuple[FieldSpec, ...]:
    """Give the fields that the columns of a job of this kind may be mapped to."""
    fields = key_fields(dnc_list)
    return fields[:1] if kind == JobKind.DNC_DELETE else fields


def dnc_mapping_suggest(*, job: Job, inspection: Inspection) -> tuple[Suggestion, ...]:
    """Suggest which column holds the keys and which the comments: as the last time, by name, or by their values."""
    dnc_list = job_list(job)
    fields, header = job_fields(JobKind(job.kind), dnc_list), inspection.header
    saved = mapping_saved(tenant_id=job.tenant_id, list_id=_mapping_place(job), header=header)
    found = list(mapping_suggest(header=header, fields=fields, saved=saved, rows=inspection.rows))
    if any(each.field == KEY for each in found):
        return tuple(found)
    at = _key_column(dnc_list, inspection)
    if at is not None:
        each = found[at]
        found[at] = Suggestion(at, each.column, KEY, 75, "Its values look like it", each.samples)
    return tuple(found)


def _key_column(dnc_list: DncList, inspection: Inspection) -> int | None:
    header = [name.strip().casefold() for name in inspection.header]
    if len(header) == 1:
        return 0
    if dnc_list.type == DncKind.EXCLUSION:
        wanted = dnc_list.list_field.strip().casefold()
        return header.index(wanted) if wanted in header else None
    rules, best, share = KeyRules.of(dnc_list, is_adding=True), None, _LIKELY
    for at in range(len(header)):
        cells = [row[at].strip() for row in inspection.rows if at < len(row)][:_VALUES_LOOKED_AT]
        values = [cell for cell in cells if cell]
        good = sum(1 for key in rules.normal(values) if key) if values else 0
        if values and good / len(values) >= share and (best is None or good / len(values) > share):
            best, share = at, good / len(values)
    return best


def _mapping_place(job: Job) -> str:
    """Name the list among saved mappings: a calling list may have the same id."""
    return f"dnc:{job.target_id}"[:400]


def dnc_upload_inspect(*, job: Job, choices: Mapping[str, Any] | None = None) -> Inspection:
    """Find out how the file reads, and store nothing; see `lists.uploads.upload_inspect`. Raises UploadRefused."""
    return upload_inspect(job=job, choices=choices)


def dnc_upload_configure(
    *,
    job: Job,
    dialect: Mapping[str, Any],
    mapping: Mapping[str, str],
    kind: JobKind | None = None,
    said: Mapping[str, Any] | None = None,
    revision: int | None = None,
    check: bool = False,
    actor_name: str = "",
) -> Job:
    """Take a person's mapping ({column index as text: "key" or "comment"}). Raises UploadRefused.

    `kind` and `said` (members of KeysOptions) are what else was chosen, None where that stays. All is stored in one
    move: `revision` and `check` as for `job_reconfigure`, which raises StaleForm and IllegalMove.
    """
    options = cast(KeysOptions, options_reading(job=job, dialect=dialect))
    header = list(options.header)
    mapping = {str(index): name for index, name in mapping.items() if name}
    fields = job_fields(kind or JobKind(job.kind), job_list(job))
    mapping = {index: name for index, name in mapping.items() if name in {spec.name for spec in fields}}
    if problems := _mapping_problems(header, mapping):
        raise UploadRefused(*problems)
    options = replace(options, **(said or {}), mode=UploadMode.ADD.value, mapping=mapping, fields=fields)
    job_reconfigure(job=job, options=options, kind=kind, revision=revision, check=check, actor_name=actor_name)
    mapping_remember(tenant_id=job.tenant_id, list_id=_mapping_place(job), header=header, mapping=mapping)
    return job


def _mapping_problems(header: Sequence[str], mapping: Mapping[str, str]) -> list[str]:
    names = list(mapping.values())
    problems = []
    if strange := [index for index in mapping if not index.isdecimal() or int(index) >= len(header)]:
        problems.append(f"The file has no column number {strange[0]}: it has {len(header)}.")
    if KEY not in names:
        problems.append("Say which column holds the numbers or codes of the list.")
    problems += [f"Two columns are mapped to “{name}”. Choose one." for name in (KEY, COMMENT) if names.count(name) > 1]
    return problems


def dnc_prepare(*, job: Job, progress: Progress, should_stop: ShouldStop) -> None:
    """Check the whole file and write the spool; of a replacement also what is to be deleted. Raises UploadRefused."""
    dnc_list = job_list(job)
    if not job.upload_path:
        return  # its keys were spooled when it was made
    options = keys_options(job)
    if problems := _mapping_problems(options.header, options.mapping):
        raise UploadRefused("The file is read otherwise than when its columns were mapped.", *problems)
    is_replace = job.kind == JobKind.DNC_REPLACE
    if is_replace and can_read_back(job.tenant) and not _read_first(job, dnc_list, should_stop):
        return
    began_at = timezone.now()
    batch = batch_make() if is_replace else 0
    comment = "" if job.kind == JobKind.DNC_DELETE or dnc_list.type == DncKind.EXCLUSION else options.comment

    def keep(records: list[dict[str, Any]]) -> None:
        if comment:
            for record in records:
                record.setdefault(COMMENT, comment)
        if batch:
            with lease_held(lease_of(job)):
                staged_add(batch, ((record[KEY], "") for record in records))

    def staging_of(plan: Plan, writer: SpoolWriter) -> Staging:
        fields = [spec for _, spec in plan.columns]
        rules = KeyRules.of(dnc_list, is_adding=job.kind != JobKind.DNC_DELETE)
        return Staging(plan, writer, rules=KeyCheck(fields, rules), kept=keep)

    def finish(staging: Staging) -> None:
        if batch:
            difference_staged(dnc_list=dnc_list, batch=batch, staging=staging, at=began_at)
            if options.way is Way.DIFFERENCE:
                difference_spool(dnc_list=dnc_list, batch=batch, staging=staging)

    try:
        upload_prepare(job=job, progress=progress, should_stop=should_stop, staging_of=staging_of, finish=finish)
    finally:
        if batch:
            staged_forget(batch)


def _read_first(job: Job, dnc_list: DncList, should_stop: ShouldStop) -> bool:
    """Read back what is to be replaced, so that the difference is that of today; False when it was told to stop.

    Where it cannot be read now, the ledger has to do, and the difference says of when it is.
    """
    try:
        dnc_read_back(
            dnc_list=dnc_list,
            actor=Actor(user=job.owner, name=job.owner_name),
            should_stop=should_stop,
            held=partial(lease_held, lease_of(job)),
        )
    except ReadStopped:
        return False
    except PlatformError as error:
        log.warning("job %s: the list cannot be read back: %s", job.pk, error.message)
        with lease_held(lease_of(job)):
            DncList.objects.filter(pk=dnc_list.pk).update(is_complete=False)
        dnc_list.is_complete = False
    return True
