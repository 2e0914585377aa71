"""Filters: a JSON list of conditions, all of which a request has to meet; 400 for what is not documented."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from bpadmin.sandbox.conpeek.state import APPLICATION_STATES, STATES
from bpadmin.sandbox.errors import bad_request

if TYPE_CHECKING:
    from bpadmin.sandbox.state.tenant import Options

Fields = Mapping[str, Any]
Condition = Callable[[Fields], bool]
_MEMBERS = {"property", "value", "operator", "key"}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lte": operator.le,
    "lt": operator.lt,
    "eq": operator.eq,
    "ne": operator.ne,
}
_DATE_SHAPE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Property:
    """What can be filtered by: how its value is read, with which operators, and the field it looks at."""

    read: Callable[[str, Any], Any]
    operators: Sequence[str] = ()
    field: str = ""


def date_text(name: str, value: Any) -> str:
    """Check that a value is a date as the server writes them."""
    if isinstance(value, str) and _DATE_SHAPE.fullmatch(value):
        try:
            datetime.strptime(value, "%Y-%m-%d %H:%M:%S")
        except ValueError:
            raise bad_request(f"'{name}' has no such day: {value}") from None
        return value
    raise bad_request(f"'{name}' needs a date such as 2021-08-10 00:00:00")


def _number(name: str, value: Any) -> int:
    if type(value) is not int:
        raise bad_request(f"'{name}' needs an integer")
    return value


def _text(name: str, value: Any) -> frozenset[Any]:
    """Read a text; phone numbers come as numbers and in lists too in the vendor's examples."""
    given = value if isinstance(value, list) else [value]
    if not given or any(type(one) not in (str, int) for one in given):
        raise bad_request(f"'{name}' needs a text")
    return frozenset(str(one) for one in given)


def _list_of(kind: type, allowed: Sequence[str] = ()) -> Callable[[str, Any], frozenset[Any]]:
    def read(name: str, value: Any) -> frozenset[Any]:
        if not isinstance(value, list) or any(type(one) is not kind for one in value):
            raise bad_request(f"'{name}' needs a list of {'integers' if kind is int else 'texts'}")
        if allowed and (unknown := set(value) - set(allowed)):
            raise bad_request(f"'{name}' has no value '{sorted(unknown)[0]}'; there are {', '.join(allowed)}")
        return frozenset(value)

    return read


_WITHIN = Property(date_text, ("gte", "lte"))
_AMOUNT = Property(_number, ("gt", "gte", "lte", "lt", "eq", "ne"))
REQUEST_PROPERTIES = {
    "created_date": _WITHIN,
    "closed_date": _WITHIN,
    "process_not_before": _WITHIN,
    "state": Property(_list_of(str, STATES)),
    "application_state": Property(_list_of(str, APPLICATION_STATES)),
    "contact_number": Property(_text),
    "dialing_method": Property(_text),
    "tenant_user_id": Property(_list_of(int)),
    "assigned_tenant_user_id": Property(_list_of(int)),
    "close_reason": Property(_list_of(str)),
    "custom_fields": Property(_text),
    "priority": _AMOUNT,
    "consultant_try": _AMOUNT,
    "contact_try": _AMOUNT,
}
_BETWEEN = Property(date_text, ("gt", "gte", "lt", "lte"))
SUMMARY_PROPERTIES = {
    "contact_number_list": Property(_list_of(str), field="contact_number"),
    "created_date": _BETWEEN,
    "closed_date": _BETWEEN,
    "voice_campaign_id_list": Property(_list_of(str), field="voice_campaign_id"),
    "project_id_list": Property(_list_of(str), field="project_id"),
    "call_request_id_list": Property(_list_of(str), field="id"),
}


def parse_filter(text: str, properties: Mapping[str, Property], options: Options | None = None) -> list[Condition]:
    """Read a filter; "" has no conditions."""
    items = parse_list(text, "filter")
    return [_misspelt(item, options) or _condition(item, properties) for item in items]


def _misspelt(item: Any, options: Options | None) -> Condition | None:
    """Return what becomes of a number that is spelt in the way that this server does not take; None of any other."""
    if options is None or not isinstance(item, dict) or item.get("property") != "contact_number":
        return None
    spelt = "list" if isinstance(item.get("value"), list) else "text"
    if options.conpeek_number_filter in ("both", spelt):
        return None
    if options.conpeek_filter_trouble == "refuse":
        raise bad_request("'contact_number' cannot be written like this")
    is_met = options.conpeek_filter_trouble == "all"
    return lambda fields: is_met


def parse_list(text: str, name: str) -> list[Any]:
    """Read a parameter that is a list in JSON; "" is an empty one."""
    if not text:
        return []
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise bad_request(f"'{name}' is no JSON") from None
    if not isinstance(parsed, list):
        raise bad_request(f"'{name}' has to be a list")
    return parsed


def _condition(item: Any, properties: Mapping[str, Property]) -> Condition:
    if not isinstance(item, dict) or "property" not in item or "value" not in item:
        raise bad_request("each object of a filter needs 'property' and 'value'")
    if unknown := item.keys() - _MEMBERS:
        raise bad_request(f"an object of a filter has no '{sorted(unknown)[0]}'")
    name = item["property"]
    known = properties.get(name) if isinstance(name, str) else None
    if known is None:
        raise bad_request(f"there is no property '{name}' to filter by")
    wanted = known.read(name, item["value"])
    if name == "custom_fields":
        return _custom(item.get("key"), wanted)
    comparison = item.get("operator")
    if comparison is not None and comparison not in known.operators:
        raise bad_request(f"'{name}' has no operator '{comparison}'")
    field = known.field or name
    if isinstance(wanted, frozenset):
        return lambda fields: fields[field] in wanted
    compare = _COMPARISONS[comparison or "eq"]
    return lambda fields: fields[field] is not None and compare(fields[field], wanted)


def _custom(key: Any, wanted: frozenset[Any]) -> Condition:
    if not isinstance(key, str) or not key:
        raise bad_request("'custom_fields' needs a 'key'")
    return lambda fields: key in fields["custom"] and str(fields["custom"][key]) in wanted
