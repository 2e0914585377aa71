"""What requests can be filtered by, and how conditions are written for the platform: a JSON list of properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from bpadmin.platforms.conpeek.columns import STAGES, STATES
from bpadmin.platforms.errors import Invalid, Reason
from bpadmin.platforms.sources import Condition, FilterKind, SourceFilter

_SINCE, _UNTIL = ("gte", "from"), ("lte", "until")
_SPAN = (_SINCE, _UNTIL)
_OPEN_SPAN = (*_SPAN, ("gt", "after"), ("lt", "before"))
_COMPARED = (
    ("eq", "is"),
    ("ne", "is not"),
    ("gt", "is more than"),
    ("gte", "is at least"),
    ("lt", "is less than"),
    ("lte", "is at most"),
)


def _time(name: str, label: str, operators: tuple[tuple[str, str], ...] = _SPAN) -> SourceFilter:
    return SourceFilter(name, label, FilterKind.TIME, operators, is_repeatable=True)


def _number(name: str, label: str) -> SourceFilter:
    return SourceFilter(name, label, FilterKind.NUMBER, _COMPARED, is_repeatable=True)


FILTERS = (
    SourceFilter(
        "state",
        "State",
        FilterKind.CHOICES,
        choices=STATES,
    ),
    SourceFilter(
        "application_state",
        "Stage",
        FilterKind.CHOICES,
        choices=STAGES,
    ),
    SourceFilter("close_reason", "Close reason", FilterKind.TEXTS, help="The codes, such as CONTACT_TRY_LIMIT."),
    _time("created_date", "Created"),
    _time("closed_date", "Closed"),
    _time("process_not_before", "Not before"),
    SourceFilter("contact_number", "Contact number", help="As it is stored."),
    SourceFilter("dialing_method", "Dialling method", help="Such as PREVIEW, PROGRESSIVE or PREDICTIVE."),
    SourceFilter("tenant_user_id", "User IDs", FilterKind.NUMBERS),
    SourceFilter("assigned_tenant_user_id", "Assigned user IDs", FilterKind.NUMBERS),
    SourceFilter("custom_fields", "Custom field", key_label="Name of the field", is_repeatable=True),
    _number("priority", "Priority"),
    _number("consultant_try", "Consultant attempts"),
    _number("contact_try", "Contact attempts"),
)
SUMMARY_FILTERS = (
    SourceFilter("contact_number_list", "Contact numbers", FilterKind.TEXTS),
    _time("created_date", "Created", _OPEN_SPAN),
    _time("closed_date", "Closed", _OPEN_SPAN),
    SourceFilter("voice_campaign_id_list", "Voice campaign IDs", FilterKind.TEXTS),
    SourceFilter("project_id_list", "Project IDs", FilterKind.TEXTS),
    SourceFilter("call_request_id_list", "Request IDs", FilterKind.TEXTS),
)


# Its document types this one as a text, gives it a list in the example, and a bare value in the example's address.
DOUBTFUL, _NOW = "contact_number", "current_contact_number"


def filter_text(
    conditions: Sequence[Condition], filters: Sequence[SourceFilter] = FILTERS, *, as_list: bool = False
) -> str:
    """Write conditions as the platform reads them, "" for none. Raises Invalid for one that it does not know.

    `as_list` spells the one that the document spells in two ways as a list.
    """
    known = {each.name: each for each in filters}
    written = [_property(condition, known.get(condition.name)) for condition in conditions]
    if as_list:
        written = [each | {"value": [each["value"]]} if each["property"] == DOUBTFUL else each for each in written]
    return orjson.dumps(written).decode() if written else ""


def is_heeded(conditions: Sequence[Condition], entries: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether all records that came are what the doubtful condition asks for; of none nothing can be told."""
    wanted = [_digits(str(each.value)) for each in conditions if each.name == DOUBTFUL]

    def is_wanted(entry: Mapping[str, Any]) -> bool:
        numbers = [_digits(str(entry.get(name) or "")) for name in (DOUBTFUL, _NOW)]
        # The server may know a number with the country's code that was asked for without, and the other way round.
        return any(number and (number.endswith(each) or each.endswith(number)) for number in numbers for each in wanted)

    return all(map(is_wanted, entries))


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdecimal())


def _property(condition: Condition, filter_: SourceFilter | None) -> dict[str, Any]:
    if filter_ is None:
        raise _invalid(f"Requests cannot be filtered by {condition.name}")
    operators = [operator for operator, _ in filter_.operators]
    operator = condition.operator or (operators[0] if operators else "")
    if operator and operator not in operators:
        raise _invalid(f"“{filter_.label}” cannot be compared by {operator}")
    if bool(filter_.key_label) != bool(condition.key):
        what = "needs the name of the field" if filter_.key_label else "takes no name of a field"
        raise _invalid(f"The filter “{filter_.label}” {what}")
    written: dict[str, Any] = {"property": filter_.name}
    if operator:
        written["operator"] = operator
    if condition.key:
        written["key"] = condition.key
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    values = tuple(value.strip() for value in values if value.strip())
    if not values or (len(values) > 1 and not filter_.kind.takes_several):
        raise _invalid(f"The filter “{filter_.label}” needs {'a' if not values else 'one single'} value")
    read = [_value(value, filter_) for value in values]
    return {**written, "value": read if filter_.kind.takes_several else read[0]}


def _value(text: str, filter_: SourceFilter) -> str | int:
    match filter_.kind:
        case FilterKind.NUMBER | FilterKind.NUMBERS:
            try:
                return int(text)
            except ValueError:
                raise _invalid(f"“{filter_.label}” has to be a whole number, but “{text}” is none") from None
        case FilterKind.CHOICES:
            if text not in dict(filter_.choices):
                raise _invalid(f"“{filter_.label}” has no choice “{text}”")
        case FilterKind.TIME:
            return _time_text(text, filter_)
    return text


def _time_text(text: str, filter_: SourceFilter) -> str:
    """Write a time as the platform does: in UTC, seconds, no offset."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise _invalid(f"“{filter_.label}” has to be a time, but “{text}” is none") from None
    if when.tzinfo is None:
        raise _invalid(f"“{filter_.label}” is a time without its zone")
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _invalid(what: str) -> Invalid:
    return Invalid(f"{what}. Correct the filter and try again.", reason=Reason.BAD_REQUEST)
