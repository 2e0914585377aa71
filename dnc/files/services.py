"""Files of keys: from a file that arrives to a checked spool, by the machinery of list uploads with other rules."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast

from django.utils import timezone

from bpadmin.dialler.types import Actor
from bpadmin.jobs.engine.lease import lease_held, lease_of
from bpadmin.jobs.files.spool import SpoolWriter
from bpadmin.jobs.handlers import Progress, ShouldStop
from bpadmin.jobs.kinds import JobKind, kind_of
from bpadmin.jobs.models import Job
from bpadmin.jobs.services import job_reconfigure
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import FieldSpec
from bpadmin.tabular.parts import ALL_MEMBERS
from bpadmin.uploads.checking.preparation import upload_prepare
from bpadmin.uploads.checking.staging import Plan, Staging
from bpadmin.uploads.files import UploadRefused, options_reading, upload_again, upload_create, upload_inspect
from bpadmin.uploads.inspection import Inspection, Notice, all_question, question_of_reading, sheets_asked
from bpadmin.uploads.mapping.column_words import words_of
from bpadmin.uploads.mapping.suggestions import Suggestion, mapping_remember, mapping_saved, mapping_suggest
from bpadmin.uploads.models import UploadMode
from bpadmin.uploads.same_file import same_file_check
from dnc.entries.expiry import tenant_today
from dnc.entries.ledger import Dates, batch_make, staged_add, staged_forget
from dnc.entries.read_back import ReadStopped, can_read_back, dnc_read_back
from dnc.evidence.chain import actor_name
from dnc.files.columns import (
    ACTION,
    AREA,
    CHANGE,
    EXCHANGE,
    LABELS,
    PICK,
    SOURCE,
    UNDECIDED,
    Columns,
    columns_recognise,
    kind_fields,
)
from dnc.files.options import KeysOptions, Way, keys_options
from dnc.files.recipes import recipe_place
from dnc.files.replace import difference_spool, difference_staged
from dnc.files.rows import KeyStaging, RowCheck, columns_parted, record_complete
from dnc.keys.countries import COUNTRIES, country_of
from dnc.keys.normalisation import COMMENT, COMMENT_LENGTH, KEY, KeyRules, key_fields
from dnc.keys.one_number import REMOVES
from dnc.kinds import DNC_ADD, DNC_DELETE, DNC_REPLACE
from dnc.models import DncKind, DncList

log = logging.getLogger(__name__)

FILE_KINDS = (DNC_ADD, DNC_DELETE, DNC_REPLACE)
CHANGES_ALONE = "A change list says of each row whether it is added or removed: choose Add, or leave its column out."
# Bytes; a file of a million numbers and more.
LARGE_FILE = 12_000_000
_LIKELY = 0.7
_WORDS_OF_REMOVAL = {word for word in REMOVES if len(word) > 2} | {
    "dels", "deletes", "deletions", "removals", "removes", "expired", "expirations", "cancelled", "canceled",
    "cancellations", "withdrawn", "deactivated", "revoked", "allow", "allowed", "whitelist", "optin", "optins",
    "loeschungen", "loschungen", "geloscht", "radiations", "bajas", "cancellazioni", "usuniete",
}  # fmt: skip
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
        kind=DNC_ADD if job.kind == DNC_REPLACE else kind_of(job),
        options=KeysOptions(
            dnc_list=before.dnc_list,
            comment=before.comment,
            way=before.way,
            dates=before.dates,
            home=before.home,
            take=before.take,
        ),
    )


def job_list(job: Job) -> DncList:
    """Return the list that a job is about."""
    return DncList.every.select_related("tenant").get(pk=keys_options(job).dnc_list, tenant_id=job.tenant_id)


def job_fields(kind: JobKind, dnc_list: DncList) -> tuple[FieldSpec, ...]:
    """Return the fields that the columns of a job of this kind may be mapped to."""
    return kind_fields(kind, key_fields(dnc_list))


def dnc_columns(*, job: Job, inspection: Inspection, home: str = "") -> Columns:
    """Say what each column holds: as the last time, by name, or by values; what is not certain is in doubt.

    `home` is the country of numbers without its code, where it was said now.
    """
    dnc_list, kind, header = job_list(job), kind_of(job), inspection.header
    fields = job_fields(kind, dnc_list)
    saved = mapping_saved(tenant_id=job.tenant_id, list_id=recipe_place(job), header=header)
    saved = {index: name for index, name in saved.items() if name in {spec.name for spec in fields}}
    named = fields if saved else [spec for spec in fields if spec.name in (KEY, COMMENT)]
    found = list(mapping_suggest(header=header, fields=named, saved=saved, rows=inspection.rows))
    rules = KeyRules.of(dnc_list, is_adding=True, home=home or keys_options(job).home)
    is_saved = not {KEY, CHANGE}.isdisjoint(saved.values())
    columns = columns_recognise(
        kind=kind, rules=rules, found=found, header=header, rows=inspection.rows, is_saved=is_saved
    )
    if any(each.field in (KEY, CHANGE) for each in columns.suggestions) or columns.doubts:
        return columns
    at = _key_column(dnc_list, inspection)
    if at is None or columns.suggestions[at].field:
        return columns
    by_value = list(columns.suggestions)
    by_value[at] = replace(by_value[at], field=KEY, score=75, why="Its values look like it")
    return replace(columns, suggestions=tuple(by_value))


def dnc_mapping_suggest(*, job: Job, inspection: Inspection) -> tuple[Suggestion, ...]:
    """Suggest what each column holds; see `dnc_columns`, which tells what is in doubt as well."""
    return dnc_columns(job=job, inspection=inspection).suggestions


def members_told_apart(names: Sequence[str]) -> str:
    """Name the files of an archive if some of them are called removals or the like, and others are not; else ""."""
    removing = [name for name in names if not _WORDS_OF_REMOVAL.isdisjoint(words_of(PurePosixPath(name).stem))]
    if not removing or len(removing) == len([name for name in names if name != ALL_MEMBERS]):
        return ""
    return ", ".join(f"“{name}”" for name in names if name != ALL_MEMBERS)


def _key_column(dnc_list: DncList, inspection: Inspection) -> int | None:
    header = [name.strip().casefold() for name in inspection.header]
    if len(header) == 1:
        return 0
    if dnc_list.type == DncKind.EXCLUSION:
        wanted = dnc_list.list_field.strip().casefold()
        return header.index(wanted) if wanted in header else None
    rules, best, share = KeyRules.of(dnc_list, is_adding=True), None, _LIKELY
    if rules.kind is DncKind.INTERNAL:
        return None  # the columns of numbers are counted there already
    for at in range(len(header)):
        cells = [row[at].strip() for row in inspection.rows if at < len(row)][:_VALUES_LOOKED_AT]
        values = [cell for cell in cells if cell]
        good = sum(1 for key in rules.normal(values) if key) if values else 0
        if values and good / len(values) >= share and (best is None or good / len(values) > share):
            best, share = at, good / len(values)
    return best


def dnc_upload_inspect(*, job: Job, choices: Mapping[str, Any] | None = None, seconds: float = 0.0) -> Inspection:
    """Find out how the file reads, and store nothing; see `upload_inspect`. Raises UploadRefused.

    The files of an archive are one list, unless one of them is named: registries send a file for each area code. Only
    what is to be removed has to be named, and of several sheets the one that is meant.
    """
    found = sheets_asked(upload_inspect(job=job, choices=choices, seconds=seconds))
    is_said = bool((choices or {}).get("member")) or bool(keys_options(job).dialect)
    if len(found.members) < 2 or is_said or job.kind == DNC_DELETE:
        return found
    if told_apart := members_told_apart([each.value for each in found.members]):
        notice = Notice(
            "members_told_apart",
            f"The archive holds files that say different things by their names: {told_apart}",
            "What is added and what is removed is not read as one: send one file after the other.",
        )
        return replace(found, warnings=(notice, *found.warnings))
    return upload_inspect(job=job, choices={**(choices or {}), "member": ALL_MEMBERS}, seconds=seconds)


def dnc_upload_configure(
    *,
    job: Job,
    dialect: Mapping[str, Any],
    mapping: Mapping[str, str],
    kind: JobKind | None = None,
    said: Mapping[str, Any] | None = None,
    again: bool = False,
    revision: int | None = None,
    check: bool = False,
    actor_name: str = "",
) -> Job:
    """Take a person's mapping ({column index as text: one of LABELS}). Raises UploadRefused.

    `kind` and `said` (members of KeysOptions) are what else was chosen, None where that stays; `again`: the person
    knows that this file was sent to this list before. All is stored in one
    move: `revision` and `check` as for `job_reconfigure`, which raises StaleForm and IllegalMove.
    """
    options = cast(KeysOptions, options_reading(job=job, dialect=dialect))
    header = list(options.header)
    mapping = {str(index): name for index, name in mapping.items() if name}
    fields = job_fields(kind or kind_of(job), job_list(job))
    if not {ACTION, CHANGE}.isdisjoint(mapping.values()) and (kind or job.kind) != DNC_ADD:
        raise UploadRefused(CHANGES_ALONE)
    if UNDECIDED in mapping.values():
        names = [
            header[int(index)] or f"Column {int(index) + 1}" for index, name in mapping.items() if name == UNDECIDED
        ]
        raise UploadRefused(
            f"Say what the column{'s'[: len(names) > 1]} {' and '.join(f'“{each}”' for each in names)} "
            + ("hold, or that they are not used." if len(names) > 1 else "holds, or that it is not used.")
        )
    mapping = {index: name for index, name in mapping.items() if name in {spec.name for spec in fields}}
    removes = (kind or job.kind) == DNC_DELETE
    if question := question_of_reading(options) or (all_question(options) if removes else None):
        raise UploadRefused(question.for_page)
    is_again = same_file_check(job, again=again, kind=kind or job.kind)
    mode = UploadMode.ADD.value
    options = replace(options, **(said or {}), again=is_again, mode=mode, mapping=mapping, fields=fields)
    if problems := _mapping_problems(header, mapping, options):
        raise UploadRefused(*problems)
    job_reconfigure(job=job, options=options, kind=kind, revision=revision, check=check, actor_name=actor_name)
    mapping_remember(tenant_id=job.tenant_id, list_id=recipe_place(job), header=header, mapping=mapping)
    return job


def _mapping_problems(header: Sequence[str], mapping: Mapping[str, str], options: KeysOptions) -> list[str]:
    names = list(mapping.values())
    problems = []
    if strange := [index for index in mapping if not index.isdecimal() or int(index) >= len(header)]:
        problems.append(f"The file has no column number {strange[0]}: it has {len(header)}.")
    if CHANGE in names and not {KEY, ACTION, AREA, EXCHANGE}.isdisjoint(names):
        problems.append(
            "A column that holds numbers with what is done beside them stands alone: take the others out, or the "
            "numbers from a column of their own."
        )
    elif KEY not in names and CHANGE not in names:
        problems.append("Say which column holds the numbers or codes of the list.")
    problems += [f"Two columns are mapped to “{name}”. Choose one." for name in LABELS if names.count(name) > 1]
    if EXCHANGE in names and AREA not in names:
        problems.append("Say which column holds the area codes that stand before the exchanges.")
    if PICK in names and not options.take:
        problems.append("Say with which values of the column rows are taken, such as D, L.")
    if options.home and country_of(options.home) is None:
        problems.append(f"“{options.home}” is no country that is known here: write {', '.join(COUNTRIES)}.")
    return problems


def dnc_prepare(*, job: Job, progress: Progress, should_stop: ShouldStop) -> None:
    """Check the whole file and write the spool; of a replacement also what is to be deleted. Raises UploadRefused."""
    dnc_list = job_list(job)
    if not job.upload_path:
        return  # its keys were spooled when it was made
    options = keys_options(job)
    if problems := _mapping_problems(options.header, options.mapping, options):
        raise UploadRefused("The file is read otherwise than when its columns were mapped.", *problems)
    is_replace = job.kind == DNC_REPLACE
    if is_replace and can_read_back(job.tenant) and not _read_first(job, dnc_list, should_stop):
        return
    began_at = timezone.now()
    batch = batch_make() if is_replace else 0
    has_comments = job.kind != DNC_DELETE and dnc_list.type != DncKind.EXCLUSION
    comment = options.comment if has_comments else ""
    picks = [(int(index), options.take) for index, name in options.mapping.items() if name == PICK]
    held = partial(lease_held, lease_of(job))
    made: list[KeyStaging] = []

    def keep(records: list[dict[str, Any]]) -> None:
        if comment or SOURCE in options.mapping.values():
            for record in records:
                record_complete(record, comment)
        if batch:
            with held():
                staged_add(batch, ((record[KEY], "") for record in records))

    def staging_of(plan: Plan, writer: SpoolWriter) -> Staging:
        plan = replace(plan, columns=tuple(columns_parted(plan.columns)))
        fields = [spec for _, spec in plan.columns]
        rules = KeyRules.of(dnc_list, is_adding=job.kind != DNC_DELETE, home=options.home)
        is_parted = CHANGE in options.mapping.values()
        today = tenant_today(job.tenant)
        check = RowCheck(fields, rules, today=today, unguard=plan.unguard, is_parted=is_parted)
        take_by = (picks[0][0], frozenset(each.strip().casefold() for each in picks[0][1])) if picks else None
        is_large = job.file_size > LARGE_FILE
        made.append(KeyStaging(plan, writer, rules=check, kept=keep, held=held, take_by=take_by, is_large=is_large))
        return made[-1]

    def finish(staging: Staging) -> None:
        made[-1].removals_spool()
        if batch:
            difference_staged(dnc_list=dnc_list, batch=batch, staging=staging, at=began_at)
            if options.way is Way.DIFFERENCE:
                difference_spool(dnc_list=dnc_list, batch=batch, staging=staging)

    try:
        upload_prepare(job=job, progress=progress, should_stop=should_stop, staging_of=staging_of, finish=finish)
    finally:
        for each in made:
            each.forget()
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
