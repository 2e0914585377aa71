"""A list's format as JSON that a person wrote: in our names of members or the vendor's, and in no others.

A format can never be changed afterwards, so that nothing in it may be passed over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from bpadmin.platforms.types import FieldSpec, FieldType
from lists.formats.rules import DATE_TYPES

# The vendor's names for what we call otherwise (List Management API v3.0, "Create List with New Format").
VENDOR_NAMES: Mapping[str, str] = {
    "phoneType": "phone_type",
    "removePrefix": "remove_prefix",
    "defaultCountryCode": "default_country_code",
    "timeZone": "time_zone",
    "format": "date_format",
    "dateFormat": "date_format",
    "order": "priority_order",
    "priorityOrder": "priority_order",
    "expiresAfter": "expires_after",
}
NAMES_OF_FORMAT = ("name", "formatName", "format_name")
_DEFAULTS: Mapping[str, Any] = {each.name: each.default for each in fields(FieldSpec) if each.name != "name"}
_OF_TYPE: Mapping[str, tuple[FieldType, ...]] = {
    "phone_type": (FieldType.PHONE,),
    "remove_prefix": (FieldType.PHONE,),
    "default_country_code": (FieldType.PHONE,),
    "time_zone": DATE_TYPES,
    "date_format": DATE_TYPES,
    "priority_order": (FieldType.PRIORITY,),
    "expires_after": (FieldType.PRIORITY,),
}


class FormatRefused(ValueError):
    """The text is no format; the message says what is wrong with which member."""


def format_read(text: str) -> tuple[str, list[FieldSpec]]:
    """Read a format: its name ("" where it has none) and its fields. Raises FormatRefused."""
    try:
        data = json.loads(text, object_pairs_hook=_without_doubles)
    except FormatRefused:
        raise
    except (ValueError, RecursionError) as error:
        raise FormatRefused(f"it is no JSON: {error}") from error
    if isinstance(data, list):
        data = {"fields": data}
    if not isinstance(data, dict) or not isinstance(data.get("fields"), list):
        raise FormatRefused('it must be a JSON object with "name" and "fields", a list of objects')
    _refuse_unknown(data, {*NAMES_OF_FORMAT, "fields"}, "The format")
    names = {str(data[name]) for name in NAMES_OF_FORMAT if data.get(name)}
    if len(names) > 1:
        raise FormatRefused(f"the format has two names: {', '.join(f'“{name}”' for name in sorted(names))}")
    return next(iter(names), ""), [_field_read(each, at) for at, each in enumerate(data["fields"], 1)]


def _field_read(data: Any, number: int) -> FieldSpec:
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        raise FormatRefused(f'field {number} must be an object with at least "name" and "type"')
    name = data["name"]
    _refuse_unknown(data, {*_DEFAULTS, *VENDOR_NAMES, "name"}, f"“{name}”")
    said: dict[str, Any] = {"name": name}
    for member, value in data.items():
        ours = VENDOR_NAMES.get(member, member)
        if ours in said and member != "name" and said[ours] != value:
            raise FormatRefused(f"“{name}” says “{member}” twice, under two names")
        said[ours] = value
    said = {member: _value_read(name, member, value) for member, value in said.items()}
    spec = FieldSpec(**said)
    for member, kinds in _OF_TYPE.items():
        if getattr(spec, member) != _DEFAULTS[member] and spec.type not in kinds:
            raise FormatRefused(f"“{name}” is of type {spec.type}, which has no “{member}”")
    return spec


def _value_read(name: str, member: str, value: Any) -> Any:
    if member == "type":
        try:
            return FieldType(str(value).strip().upper())
        except ValueError:
            kinds = ", ".join(kind.value for kind in FieldType)
            raise FormatRefused(f"“{name}” has the type {value}; the types are {kinds}") from None
    if isinstance(_DEFAULTS.get(member), bool):
        if not isinstance(value, bool):
            raise FormatRefused(f"“{name}”: “{member}” is true or false, not {json.dumps(value)}")
        return value
    if isinstance(_DEFAULTS.get(member), int):
        if isinstance(value, bool) or not isinstance(value, int):
            raise FormatRefused(f"“{name}”: “{member}” is a whole number, not {json.dumps(value)}")
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise FormatRefused(f"“{name}”: “{member}” is a text, not {json.dumps(value)}")
    return "" if value is None else str(value)


def _refuse_unknown(data: Mapping[str, Any], known: set[str], what: str) -> None:
    if unknown := [member for member in data if member not in known]:
        names = ", ".join(f"“{member}”" for member in unknown)
        raise FormatRefused(f"{what} has the unknown member {names}; known are {', '.join(sorted(known))}")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise FormatRefused(f"“{next(name for name in names if names.count(name) > 1)}” stands twice in one object")
    return found
