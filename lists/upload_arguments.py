"""What somebody says on the command line about a file: how it reads, which column goes where, what the fields are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bpadmin.platforms.types import FieldSpec, FieldType
from lists.inspection import Inspection
from lists.mapping import Suggestion
from lists.words import TYPE_WORDS

COLUMNS_NAMED = 20
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " "}


class ArgumentRefused(Exception):
    """What was said cannot be; the message says what to say instead."""


def choices_said(options: Mapping[str, Any]) -> dict[str, Any]:
    """Give the members of the dialect that were said, as `upload_inspect` takes them."""
    said = {name: options[name] for name in ("encoding", "sheet", "member") if options.get(name)}
    if delimiter := options.get("delimiter"):
        said["delimiter"] = DELIMITERS.get(delimiter.lower(), delimiter)
        if len(said["delimiter"]) != 1:
            raise ArgumentRefused(f"--delimiter {delimiter}: write one sign, or one of {', '.join(DELIMITERS)}.")
    if options.get("has_header") is not None:
        said["has_header"] = options["has_header"]
    return said


def parts_check(options: Mapping[str, Any], inspection: Inspection) -> None:
    """Refuse a sheet or member that is not there, and an archive of several files of which none was named.

    A script that read one of them on a guess would end with "every row is in", and the other file would be lost.
    """
    for name, choices, what in (("sheet", inspection.sheets, "sheet"), ("member", inspection.members, "file")):
        there = ", ".join(f"“{choice.value}”" for choice in choices)
        said = options.get(name)
        if said and said not in {choice.value for choice in choices}:
            words = f"It has {there}." if there else f"It is not divided into {what}s."
            raise ArgumentRefused(f"--{name} {said}: there is no such {what} in it. {words}")
        if name == "member" and not said and len(choices) > 1:
            raise ArgumentRefused(f"The archive holds {len(choices)} files: {there}. Say which with --member.")


def nothing_mapped(header: Sequence[str], fields: Sequence[FieldSpec]) -> str:
    """Say what to do where no column has found a field, with the names to choose from."""
    columns = ", ".join(f"“{name}”" for name in header[:COLUMNS_NAMED])
    columns += f" and {len(header) - COLUMNS_NAMED} more" if len(header) > COLUMNS_NAMED else ""
    names = f" The list has {', '.join(f'“{field.name}”' for field in fields)}." if fields else ""
    how = "No column fits a field of the list by its name: say which goes where with --map COLUMN=FIELD."
    return f"{how} The file has {columns}.{names}"


def fields_check(names: Iterable[str], fields: Sequence[FieldSpec], said: Iterable[str]) -> None:
    """Refuse a field that a list made here does not have, unless --field says what it is."""
    known = {field.name.casefold() for field in fields} | {_field(text).name.casefold() for text in said}
    for name in names:
        if name.casefold() not in known:
            there = ", ".join(f"“{field.name}”" for field in fields)
            how = f"If it has one by now, say so with --field {name}:TYPE."
            raise ArgumentRefused(f"The list has no field “{name}”. It has {there}. {how}")


def mapping_said(
    said: Iterable[str], *, header: Sequence[str], suggestions: Sequence[Suggestion], fields: Sequence[FieldSpec]
) -> dict[str, str]:
    """Give {column index as text: field}: as suggested, overruled by COLUMN=FIELD; COLUMN= leaves a column out.

    COLUMN is a name of the header, or the column's number counted from 1.
    """
    mapping = {str(each.index): each.field for each in suggestions if each.field}
    names = {field.name.casefold(): field.name for field in fields}
    for text in said:
        column, sign, field = text.rpartition("=")
        if not sign:
            raise ArgumentRefused(f"--map {text}: write COLUMN=FIELD, or COLUMN= to leave a column out.")
        index = str(_column(column, header))
        mapping.pop(index, None)
        if wanted := field.strip():
            name = names.get(wanted.casefold(), wanted)
            for other in [key for key, value in mapping.items() if value.casefold() == name.casefold()]:
                del mapping[other]
            mapping[index] = name
    return mapping


def fields_said(
    *,
    fields: Sequence[FieldSpec],
    mapping: Mapping[str, str],
    looks: Sequence[FieldSpec],
    said: Iterable[str] = (),
    keys: Iterable[str] = (),
    required: Iterable[str] = (),
) -> list[FieldSpec]:
    """Give the list's fields: the known ones, mapped ones as their columns look, and over all that what was said."""
    found = {field.name.casefold(): field for field in fields}
    for index, name in mapping.items():
        look = looks[int(index)] if int(index) < len(looks) else FieldSpec(name=name)
        found.setdefault(name.casefold(), replace(look, name=name))
    for text in said:
        field = _field(text)
        known = found.get(field.name.casefold())
        found[field.name.casefold()] = replace(field, key=known.key, required=known.required) if known else field
    for name in keys:
        found[_known(name, found, "--key")] = replace(found[_known(name, found, "--key")], key=True)
    for name in required:
        found[_known(name, found, "--required")] = replace(found[_known(name, found, "--required")], required=True)
    return list(found.values())


def _column(said: str, header: Sequence[str]) -> int:
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
        raise ArgumentRefused(f"{option} {said}: there is no such field. There are {names}.")
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
