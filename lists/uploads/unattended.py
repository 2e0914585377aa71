"""Uploads that nobody sits in front of: columns and fields are worked out from a recipe and from what is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bpadmin.dialler.catalogue import list_read
from bpadmin.jobs.models import Job
from bpadmin.platforms.types import CallingList, FieldSpec
from bpadmin.uploads.arguments import (
    ArgumentRefused,
    column_named,
    columns_for,
    fields_check,
    fields_said,
    fields_wanted,
    joins_said,
    mapping_said,
    names_check,
    nothing_mapped,
)
from bpadmin.uploads.conversion.recipes import Applied
from bpadmin.uploads.inspection import Inspection
from bpadmin.uploads.mapping.number_parts import number_parts
from bpadmin.uploads.mapping.phone_columns import phone_columns
from bpadmin.uploads.mapping.suggestions import mapping_suggest
from lists.formats.services import format_fields, names_certain
from lists.models import ListFormat
from lists.uploads.services import upload_configure
from lists.uploads.wizard import column_looks, format_known


def upload_configure_unattended(
    *,
    job: Job,
    calling_list: CallingList,
    inspection: Inspection,
    before: Applied,
    mode: str,
    columns: Sequence[str] = (),
    types: Sequence[str] = (),
    keys: Sequence[str] = (),
    required: Sequence[str] = (),
    **choices: Any,
) -> dict[str, str]:
    """Configure an upload by what was said in words, and by suggestions for the rest; give the mapping.

    `before` is what a recipe or an earlier upload says; `columns` are COLUMN=FIELD and `types` NAME:TYPE, as the shell
    takes them; `choices` go to `upload_configure`. Raises ArgumentRefused and UploadRefused.
    """
    if not before.mapping:
        names_check(inspection)
    # As the page does it: the list of lists does not tell where a list is bound, and so where to learn its fields.
    calling_list = list_read(job.tenant, job.target_id).value or calling_list
    kept = format_known(tenant=job.tenant, list_id=job.target_id, calling_list=calling_list)
    known = format_fields(kept)
    certain = names_certain(tenant=job.tenant, list_id=job.target_id, known=kept)
    looks = column_looks(inspection)
    columns, conversion = joins_said(columns, header=inspection.header, conversion=before.conversion)
    header, rows = conversion.titles(inspection.header), inspection.rows
    looks = (*looks, *(FieldSpec(name=title) for title in header[len(looks) :]))
    said: dict[str, Any] = {"keys": list(keys), "required": list(required)}
    fields = fields_wanted(known=known, certain=certain, header=header, looks=looks, said=list(types), **said)
    suggestions = mapping_suggest(header=header, fields=fields, saved=before.mapping, rows=rows, by_values=True)
    phones = phone_columns(fields=fields, suggestions=suggestions, rows=rows)
    named = {column_named(text.rpartition("=")[0], header) for text in columns if "=" in text}
    if phones is not None and phones.is_open and not named.intersection(each.index for each in phones.columns):
        raise ArgumentRefused(phones.for_shell)
    parts = number_parts(fields=fields, suggestions=suggestions, rows=rows)
    if parts is not None and not before.mapping and not named and len(header) == len(inspection.header):
        raise ArgumentRefused(parts.for_shell)
    mapping = mapping_said(list(columns), header=header, suggestions=suggestions, fields=fields, certain=certain)
    now = [each for each in fields if each not in known]
    mapping = columns_for(now, mapping=mapping, header=header, rows=rows, left_out=list(columns))
    described = fields_said(fields=fields, mapping=mapping, looks=looks, **said)
    if not mapping:
        raise ArgumentRefused(nothing_mapped(header, fields))
    if kept is not None and kept.source == ListFormat.Source.CREATED:
        fields_check(mapping.values(), known, list(types))
    upload_configure(
        job=job,
        dialect=inspection.dialect,
        mapping=mapping,
        fields=described,
        mode=mode,
        conversion=conversion,
        **choices,
    )
    return mapping
