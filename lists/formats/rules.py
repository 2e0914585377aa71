"""What a list format may be: the platform's own rules for fields, checked before anything is sent.

Source: List Management API v3.0, "Create List with New Format". The spelling of a PRIORITY's order and of a DATETIME's
time zone is not published; what is offered here are the words of the platform's own screens and IANA zone names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bpadmin.platforms.record_rules.dates import FORMATS
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tenants.times.zones import time_zones

DATE_TYPES = (FieldType.DATETIME, FieldType.DATETIME_CALL_AT)
PHONE_TYPES = ("OTHER", "US_CANADA")
PRIORITY_ORDERS = ("FIFO", "LIFO")
NAME_LENGTH = 255


def format_problems(fields: Sequence[FieldSpec], *, format_name: str = "", is_new: bool = True) -> list[str]:
    """Return every rule that the fields break, as sentences; an empty list means that the platform should take them."""
    problems = []
    if is_new and not format_name.strip():
        problems.append("Give the format a name.")
    if not fields:
        return [*problems, "Add at least one field."]
    for spec in fields:
        problems += _field_problems(spec)
    counts = Counter(spec.name.strip().casefold() for spec in fields if spec.name.strip())
    problems += [
        f"Two fields are called “{name}”: every name must be unique." for name, count in counts.items() if count > 1
    ]
    if sum(spec.type == FieldType.ACCOUNT for spec in fields) > 1:
        problems.append("Only one field may be of type ACCOUNT.")
    if not any(spec.type == FieldType.PHONE and not spec.skip for spec in fields):
        problems.append("At least one field must be of type PHONE: a list without a number cannot be dialled.")
    return problems


def format_warnings(fields: Sequence[FieldSpec]) -> list[str]:
    """Return what the platform allows and a supervisor is likely to regret."""
    warnings = []
    if fields and not any(spec.key for spec in fields):
        warnings.append(
            "No field is a key. Without one the dialler cannot tell duplicates, a record cannot be looked up, "
            "updated or erased, and an upload whose answer is lost cannot be repeated safely."
        )
    if not any(spec.type in (FieldType.ZIP_CODE, FieldType.STATE) for spec in fields):
        warnings.append(
            "There is neither a ZIP_CODE nor a STATE field: safe and state calling hours will not work for this list."
        )
    return warnings


def _field_problems(spec: FieldSpec) -> list[str]:
    name = spec.name.strip()
    if not name:
        return [f"A field of type {spec.type} has no name."]
    problems = []
    if len(name) > NAME_LENGTH:
        problems.append(f"The name “{name[:40]}…” is longer than {NAME_LENGTH} characters.")
    if spec.skip and (spec.key or spec.required or spec.searchable):
        problems.append(f"“{name}” is skipped, so it cannot be a key, required or searchable as well.")
    if spec.type == FieldType.PHONE:
        problems += _phone_problems(name, spec)
    if spec.type in DATE_TYPES:
        if spec.date_format and spec.date_format not in FORMATS:
            problems.append(f"“{name}”: {spec.date_format} is not one of the date formats that the platform reads.")
        if spec.time_zone and spec.time_zone not in time_zones():
            problems.append(f"“{name}”: {spec.time_zone} is not a time zone; write one such as America/New_York.")
    if spec.type == FieldType.PRIORITY and spec.priority_order and spec.priority_order not in PRIORITY_ORDERS:
        problems.append(f"“{name}”: the order of a priority is FIFO or LIFO.")
    return problems


def _phone_problems(name: str, spec: FieldSpec) -> list[str]:
    problems = []
    if spec.phone_type not in PHONE_TYPES:
        problems.append(f"“{name}”: the phone type is OTHER or US_CANADA.")
    extras = {"Prefix to remove": spec.remove_prefix, "Default country code": spec.default_country_code}
    for label, value in extras.items():
        if value and spec.phone_type == "US_CANADA":
            problems.append(f"“{name}”: {label} works for phone type OTHER only; leave it empty.")
        elif value and not value.isdigit():
            problems.append(f"“{name}”: {label} may hold digits only.")
    return problems
