"""What a person says of an upload into a calling list: which column feeds which field, and what is done with rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from bpadmin.jobs.models import Job
from bpadmin.jobs.services import job_reconfigure
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.types import FieldSpec
from bpadmin.uploads.conversion.rules import Conversion
from bpadmin.uploads.files import UploadRefused, conversion_of, options_reading, rows_said
from bpadmin.uploads.inspection import question_of_reading
from bpadmin.uploads.mapping.suggestions import mapping_problems, mapping_remember
from bpadmin.uploads.models import UploadMode
from bpadmin.uploads.same_file import same_file_check
from lists.formats.services import format_get, format_say
from lists.models import ListFormat
from lists.uploads.options import UploadOptions


def upload_configure(
    *,
    job: Job,
    dialect: Mapping[str, Any],
    mapping: Mapping[str, str],
    fields: Sequence[FieldSpec],
    mode: str,
    hidden_rows: str | None = None,
    short_rows: str | None = None,
    conversion: Conversion | None = None,
    apostrophes: str | None = None,
    date_order: str | None = None,
    double_encoding: str | None = None,
    leave_out_blocked: bool | None = None,
    reset_dialling: bool | None = None,
    only_changed: bool | None = None,
    is_long: bool | None = None,
    doubles: str | None = None,
    again: bool = False,
    revision: int | None = None,
    check: bool = False,
    remembers: bool = True,
    actor_name: str = "",
) -> Job:
    """Take a person's mapping ({column index as text: field name}); UploadRefused lists everything that is missing.

    `hidden_rows`, `short_rows`, `apostrophes`, `date_order`, `double_encoding` and `doubles` are as in FileOptions,
    None where they stay, as is `conversion`; `again`: the person knows that this file was sent to this list before.
    `dialect` may hold only what a person set. With `remembers` the next file with this header is suggested the same,
    and what is said about the fields is kept for the list, unless its format was created here.
    `reset_dialling` begins the dialling of overwritten records anew. `revision` and `check` as for `job_reconfigure`,
    which raises StaleForm and IllegalMove.
    """
    options = options_reading(job=job, dialect=dialect)
    header = list(options.header)
    mapping = {str(index): name for index, name in mapping.items() if name}
    terms = REGISTRY[job.tenant.platform].uploads
    if terms.ways and mode in UploadMode.values and mode not in terms.ways:
        ways = " or ".join(f"{name} ({label})" for name, (label, _) in terms.ways.items())
        raise UploadRefused(f"Rows cannot go into a {terms.noun} so here. There is {ways}.")
    if reset_dialling and mode == UploadMode.ADD:
        raise UploadRefused("Dialling begins anew for contacts that are overwritten only: choose to add or update.")
    fields = terms.fields_for(fields, mode)
    if question := question_of_reading(options):
        raise UploadRefused(question.for_page)
    rules = conversion_of(options) if conversion is None else conversion
    problems = rules.problems(header)
    problems += mapping_problems(header=rules.titles(header), mapping=mapping, fields=fields, mode=mode)
    if problems:
        raise UploadRefused(*problems)
    is_again = same_file_check(job, again=again)
    options = replace(options, mode=UploadMode(mode).value, mapping=mapping, fields=tuple(fields), again=is_again)
    options = replace(options, conversion=rules.as_json())
    said = {"hidden_rows": hidden_rows, "short_rows": short_rows, "apostrophes": apostrophes, "date_order": date_order}
    options = rows_said(options, **said, double_encoding=double_encoding, doubles=doubles)
    if isinstance(options, UploadOptions):
        options = replace(options, reset_dialling=bool(reset_dialling))
        if leave_out_blocked is not None:
            options = replace(options, leave_out_blocked=leave_out_blocked)
        if only_changed is not None:
            options = replace(options, only_changed=only_changed)
        if is_long is not None:
            options = replace(options, is_long=is_long)
        if options.only_changed and options.mode not in (UploadMode.UPDATE, UploadMode.UPSERT):
            raise UploadRefused("Only an update can leave out rows that change nothing: say how the rows are sent.")
    try:
        with transaction.atomic():
            job_reconfigure(job=job, options=options, revision=revision, check=check, actor_name=actor_name)
            if remembers:
                mapping_remember(
                    tenant_id=job.tenant_id,
                    list_id=job.target_id,
                    header=header,
                    mapping=mapping,
                    conversion=options.conversion,
                )
                known = format_get(tenant=job.tenant, list_id=job.target_id)
                if known is None or known.source != ListFormat.Source.CREATED:
                    format_say(tenant=job.tenant, list_id=job.target_id, list_name=job.target_name, fields=fields)
    except ValueError as error:
        job.refresh_from_db()
        raise UploadRefused(str(error)) from error
    return job
