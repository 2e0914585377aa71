"""What somebody says on the command line about a file: how it reads, which column goes where, what the fields are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tabular.encoding.names import encoding_label, encoding_names
from bpadmin.tabular.parts import ALL_MEMBERS
from bpadmin.uploads.checking.doubles import DoublesFound
from bpadmin.uploads.checking.report import NAMES_TOO_FEW
from bpadmin.uploads.conversion.rules import Conversion, MadeColumn
from bpadmin.uploads.inspection import QUOTING, Inspection
from bpadmin.uploads.mapping.field_labels import TYPE_WORDS
from bpadmin.uploads.mapping.number_parts import JOIN
from bpadmin.uploads.mapping.suggestions import Suggestion, mapping_suggest

ENCODING_HELP = f"{encoding_names()}; found out when not given"
AGAIN_HELP = "send the file although the very same one was sent to this list before"
DOUBLES_HELP = (
    "rows of one key: the first counts, the last, or all are refused (default: first; last in update and upsert); in a "
    "list without key, identical rows: all are sent (default), or each once"
)
QUOTES_HELP = (
    "how quotation marks within a quoted cell are written: doubled, after a backslash; single: single ones wrap cells, "
    "curly, low, angle, backtick: others do; lines: they are around whole lines; none: they are text; found out when "
    "not given"
)
MEMBER_HELP = "file inside a .zip; all: every file of it, one behind the other"
ALL = "all"
COLUMNS_NAMED = 20
WORDS_TOLD = 3
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " "}


class ArgumentRefused(Exception):
    """What was said cannot be; the message says what to say instead."""


def choices_said(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of the dialect that were said, as `upload_inspect` takes them."""
    said = {name: options[name] for name in ("encoding", "sheet", "member") if options.get(name)}
    if str(said.get("member", "")).casefold() == ALL:
        said["member"] = ALL_MEMBERS
    if said.get("member") or said.get("sheet"):
        said["part_said"] = True
    if delimiter := options.get("delimiter"):
        said["delimiter"] = DELIMITERS.get(delimiter.lower(), delimiter)
        if len(said["delimiter"]) != 1:
            raise ArgumentRefused(f"--delimiter {delimiter}: write one sign, or one of {', '.join(DELIMITERS)}.")
    if quoting := options.get("quotes"):
        said |= QUOTING[quoting][0]
    if options.get("has_header") is not None:
        said["has_header"] = options["has_header"]
    return said


def parts_check(options: Mapping[str, Any], inspection: Inspection) -> None:
    """Refuse a sheet or member that is not there, and an archive of several files of which none was named.

    A script that read one of them on a guess would end with "every row is in", and the other file would be lost.
    """
    for name, choices, what in (("sheet", inspection.sheets, "sheet"), ("member", inspection.members, "file")):
        choices = tuple(choice for choice in choices if choice.value != ALL_MEMBERS)
        there = ", ".join(f"“{choice.value}”" for choice in choices)
        said = options.get(name)
        if name == "member" and inspection.dialect.get("member") == ALL_MEMBERS:
            continue
        if said and said not in {choice.value for choice in choices}:
            words = f"It has {there}." if there else f"It is not divided into {what}s."
            raise ArgumentRefused(f"--{name} {said}: there is no such {what} in it. {words}")
        if name == "member" and not said and len(choices) > 1:
            raise ArgumentRefused(
                f"The archive holds {len(choices)} files: {there}. Say which with --member."
                " With --member all they are read as one."
            )
    sheets_check(options, inspection.alike)


def sheets_check(options: Mapping[str, Any], sheets: Sequence[str]) -> None:
    """Refuse a workbook of which several sheets may be meant while none was named."""
    if sheets and not options.get("sheet"):
        there = ", ".join(f"“{name}”" for name in sheets)
        raise ArgumentRefused(f"{len(sheets)} sheets of the workbook may be meant: {there}. Say which with --sheet.")


def encoding_check(inspection: Inspection) -> None:
    """Refuse a file whose characters can be meant in several ways, with the words and the flags that settle it."""
    if inspection.question is not None:
        raise ArgumentRefused(inspection.question.for_shell)


def names_check(inspection: Inspection) -> None:
    """Refuse a file whose rows have more cells than names stand over them, unless somebody said that they do."""
    found = next((each for each in inspection.warnings if each.code == NAMES_TOO_FEW), None)
    if found is not None and not inspection.is_header_said:
        shown = " | ".join(inspection.rows[0]) if inspection.rows else ""
        raise ArgumentRefused(
            f"{found.label}: {' | '.join(inspection.header)} over {shown}. {found.fix} If the names stand over the "
            "first columns: --header."
        )


def encoding_told(inspection: Inspection) -> str:
    """Say how the characters of a text are read, and by which words that was found where nobody said it."""
    encoding = str(inspection.dialect.get("encoding", ""))
    words = next((choice.samples for choice in inspection.encodings if choice.is_chosen), ())
    if not encoding or inspection.is_encoding_sure or not words:
        return encoding
    shown = ", ".join(f"“{word}”" for word in words[:WORDS_TOLD])
    return f"{encoding_label(encoding)}, found by its words such as {shown} (--encoding says otherwise)"


def nothing_mapped(header: Sequence[str], fields: Sequence[FieldSpec]) -> str:
    """Say what to do where no column has found a field, with the names to choose from."""
    columns = ", ".join(f"“{name}”" for name in header[:COLUMNS_NAMED])
    columns += f" and {len(header) - COLUMNS_NAMED} more" if len(header) > COLUMNS_NAMED else ""
    names = f" The list has {', '.join(f'“{field.name}”' for field in fields)}." if fields else ""
    how = "No column fits a field of the list by its name: say which goes where with --map COLUMN=FIELD."
    if not fields:
        how = (
            "Which fields this list has is not known here, and nothing is sent on a guess: name them with "
            "--field NAME:TYPE, or say with --map COLUMN=FIELD which column goes where."
        )
    return f"{how} The file has {columns}.{names}"


def fields_check(names: Iterable[str], fields: Sequence[FieldSpec], said: Iterable[str]) -> None:
    """Refuse a field that a list made here does not have, unless --field says what it is."""
    known = {field.name.casefold() for field in fields} | {_field(text).name.casefold() for text in said}
    for name in names:
        if name.casefold() not in known:
            there = ", ".join(f"“{field.name}”" for field in fields)
            how = f"If it has one by now, say so with --field {name}:TYPE."
            raise ArgumentRefused(f"The list has no field “{name}”. It has {there}. {how}")


def fields_wanted(
    *,
    known: Sequence[FieldSpec],
    certain: Collection[str],
    header: Sequence[str],
    looks: Sequence[FieldSpec],
    said: Iterable[str] = (),
    keys: Iterable[str] = (),
    required: Iterable[str] = (),
) -> list[FieldSpec]:
    """Return the fields that columns may go into: the known ones, and over them what was said now.

    A name is taken as it was said, unless it is `certain` how the list spells it. A key or a required field need not
    be said twice: it is as the column of its name looks.
    """
    found = {field.name.casefold(): field for field in known}
    for text in said:
        field = _field(text)
        before = found.get(field.name.casefold())
        name = before.name if before and before.name in certain else field.name
        found[field.name.casefold()] = (
            replace(field, name=name, key=before.key, required=before.required) if before else field
        )
    by_column = {name.casefold(): look for name, look in zip(header, looks, strict=False)}
    for name in (each.strip() for each in (*keys, *required)):
        if name.casefold() in by_column and name.casefold() not in found:
            found[name.casefold()] = replace(by_column[name.casefold()], name=name)
    return list(found.values())


def mapping_said(
    said: Iterable[str],
    *,
    header: Sequence[str],
    suggestions: Sequence[Suggestion],
    fields: Sequence[FieldSpec],
    certain: Collection[str],
) -> dict[str, str]:
    """Return {column index as text: field}: as suggested, overruled by COLUMN=FIELD; COLUMN= leaves a column out.

    COLUMN is a name of the header, or its number counted from 1. A FIELD is spelled as it was said, unless it is
    `certain` how the list spells it.
    """
    mapping = {str(each.index): each.field for each in suggestions if each.field}
    exact = {field.name for field in fields}
    names = {name.casefold(): name for name in certain}
    for text in said:
        column, sign, field = text.rpartition("=")
        if not sign:
            raise ArgumentRefused(f"--map {text}: write COLUMN=FIELD, or COLUMN= to leave a column out.")
        index = str(column_named(column, header))
        mapping.pop(index, None)
        if wanted := field.strip():
            name = wanted if wanted in exact else names.get(wanted.casefold(), wanted)
            for other in [key for key, value in mapping.items() if value.casefold() == name.casefold()]:
                del mapping[other]
            mapping[index] = name
    return mapping


def joins_said(said: Iterable[str], *, header: Sequence[str], conversion: Conversion) -> tuple[list[str], Conversion]:
    """Return what --map says, and the conversion with a column for each COLUMN+COLUMN=FIELD, its parts joined.

    What is in the header as a whole, or was made before, is no such sum.
    """
    texts, made = list(said), list(conversion.made)
    names = {name.strip().casefold() for name in conversion.titles(header)}
    for text in texts:
        column, sign, _ = text.rpartition("=")
        parts = [part for part in column.split(JOIN) if part.strip()]
        if sign and len(parts) > 1 and column.strip().casefold() not in names:
            made.append(MadeColumn(title=column.strip(), columns=tuple(column_named(part, header) for part in parts)))
            names.add(column.strip().casefold())
    return texts, replace(conversion, made=tuple(made))


def columns_for(
    fields: Iterable[FieldSpec],
    *,
    mapping: Mapping[str, str],
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    left_out: Iterable[str] = (),
) -> dict[str, str]:
    """Return the mapping with columns for fields that were said now and that an earlier mapping knew nothing of.

    `left_out` are the columns, as --map names them, that are to go nowhere.
    """
    completed = dict(mapping)
    passed_over = {
        str(column_named(text.rpartition("=")[0], header)) for text in left_out if not text.rpartition("=")[2].strip()
    }
    for field in fields:
        if field.name.casefold() in {name.casefold() for name in completed.values()}:
            continue
        for each in mapping_suggest(header=header, fields=[field], rows=rows):
            if each.field and str(each.index) not in completed.keys() | passed_over:
                completed[str(each.index)] = field.name
    return completed


def fields_said(
    *,
    fields: Sequence[FieldSpec],
    mapping: Mapping[str, str],
    looks: Sequence[FieldSpec],
    keys: Iterable[str] = (),
    required: Iterable[str] = (),
) -> list[FieldSpec]:
    """Return the list's fields: those of `fields_wanted`, and mapped ones spelled as they were said, as they look."""
    found = {field.name.casefold(): field for field in fields}
    for index, name in mapping.items():
        look = looks[int(index)] if int(index) < len(looks) else FieldSpec(name=name)
        found[name.casefold()] = replace(found.get(name.casefold(), look), name=name)
    for name in keys:
        found[_known(name, found, "--key")] = replace(found[_known(name, found, "--key")], key=True)
    for name in required:
        found[_known(name, found, "--required")] = replace(found[_known(name, found, "--required")], required=True)
    return list(found.values())


def column_named(said: str, header: Sequence[str]) -> int:
    """Return the index of a column by its name, or by its number counted from 1. ArgumentRefused."""
    wanted = said.strip()
    exact = [index for index, name in enumerate(header) if name == wanted]
    found = exact or [index for index, name in enumerate(header) if name.strip().casefold() == wanted.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        numbers = ", ".join(str(index + 1) for index in found)
        raise ArgumentRefused(f"--map {said}: columns {numbers} are all named so. Say which by its number.")
    if wanted.isdecimal() and 1 <= int(wanted) <= len(header):
        return int(wanted) - 1
    columns = ", ".join(f"“{name}”" for name in header)
    raise ArgumentRefused(f"--map {said}: the file has no such column. It has {columns}.")


def _known(said: str, found: Mapping[str, FieldSpec], option: str) -> str:
    key = said.strip().casefold()
    if key not in found:
        names = ", ".join(field.name for field in found.values())
        there = f"There are {names}." if names else "None is known: name the list's fields with --field NAME:TYPE."
        raise ArgumentRefused(f"{option} {said}: there is no such field. {there}")
    return key


def _field(said: str) -> FieldSpec:
    name, _, rest = said.partition(":")
    kind, _, more = rest.partition(":")
    try:
        field = FieldSpec(name=name.strip(), type=FieldType(kind.strip().upper()))
    except ValueError:
        kinds = ", ".join(kind.value for kind in TYPE_WORDS)
        raise ArgumentRefused(f"--field {said}: write NAME:TYPE. The types are {kinds}.") from None
    if not field.name:
        raise ArgumentRefused(f"--field {said}: write NAME:TYPE.")
    if not more:
        return field
    if field.type == FieldType.PHONE:
        return replace(field, phone_type=more.strip().upper())
    if field.type in (FieldType.DATETIME, FieldType.DATETIME_CALL_AT):
        return replace(field, date_format=more.strip())
    raise ArgumentRefused(f"--field {said}: only a phone number or a date can say more than its type.")


def doubles_flag(found: DoublesFound) -> str:
    """Say by which flag rows that come more than once are taken otherwise."""
    return " or ".join(f"--doubles {how}" for how, _ in found.others)
