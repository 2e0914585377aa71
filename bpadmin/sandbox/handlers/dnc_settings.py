"""The settings of a DNC list, as creating and updating take them: which belong to which type, and their bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bpadmin.sandbox.clock import EPOCH
from bpadmin.sandbox.errors import bad_request, conflict
from bpadmin.sandbox.handlers.dnc import MOST_DAYS
from bpadmin.sandbox.http import parameters
from bpadmin.sandbox.state.dnc import DEFAULT_PERIOD, PREFIXED, DncList, DncType
from bpadmin.sandbox.state.tenant import Tenant

NAME_LENGTH = 255
_EXPIRY = ("expireRecords", "defaultExpirationPeriod")
_RESET = ("resetDaily", "resetPeriod", "resetTime")
PROPERTIES = ("name", "type", "country", *_EXPIRY, "exclusionField", "resetDaily", "resetPeriod")

_TYPES = {
    "INTERNAL": DncType.INTERNAL,
    "GEOGRAPHIC_POSTAL": DncType.GEOGRAPHIC_POSTAL,
    "AREA_CODES": DncType.GEOGRAPHIC_AREACODE,
    "EXCLUSION": DncType.EXCLUSION,
}
_OWN = {
    DncType.INTERNAL: _EXPIRY,
    DncType.GEOGRAPHIC_POSTAL: ("country",),
    DncType.GEOGRAPHIC_AREACODE: ("country",),
    DncType.EXCLUSION: (*_EXPIRY, "exclusionField", *_RESET),
}
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d)")
# As updateDNCProperties shows it in its example, such as 12:00:00 PM -08:00.
_SHOWN = re.compile(r"(0\d|1[0-2]):([0-5]\d):([0-5]\d) ([AP])M ([+-])([01]\d):([0-5]\d)")


def settings_apply(tenant: Tenant, held: DncList, body: Mapping[str, Any], *, is_new: bool) -> None:
    """Check the settings in a body and give them to a list: all or none; refuses with 400 or 409.

    A new list (`is_new`) gets the defaults for what is not named.
    """
    given = {name: value for name, value in body.items() if value is not None}
    name = _name(tenant, held, given, is_new)
    kind = _kind(held, given, is_new)
    own = _OWN[kind]
    if foreign := given.keys() - {"name", "type", *own}:
        raise bad_request(f"'{sorted(foreign)[0]}' is not supported for this type of list")
    country = _country(held, kind, given)
    list_field = _list_field(tenant, held, kind, given)
    expire_records = "expireRecords" in own and parameters.boolean(given, "expireRecords", default=held.expire_records)
    period = _period(given, DEFAULT_PERIOD if is_new else held.period)
    reset_daily = "resetDaily" in own and parameters.boolean(given, "resetDaily", default=held.reset_daily)
    reset_time, reset_next = _reset(tenant, held, given) if reset_daily else (held.reset_time, 0)
    held.name, held.type, held.country, held.list_field = name, kind, country, list_field
    held.expire_records, held.period = expire_records, period
    held.reset_daily, held.reset_time, held.reset_next = reset_daily, reset_time, reset_next


def _name(tenant: Tenant, held: DncList, given: Mapping[str, Any], is_new: bool) -> str:
    name = parameters.text(given, "name", is_required=is_new or "name" in given) or held.name
    if len(name) > NAME_LENGTH:
        raise bad_request(f"'name' is too long (no more than {NAME_LENGTH} characters)")
    if any(other.name == name and other.id != held.id for other in tenant.dnc_lists.values()):
        raise conflict(f"Duplicate name error: DNC list '{name}' already exists")
    return name


def _kind(held: DncList, given: Mapping[str, Any], is_new: bool) -> DncType:
    if not is_new and "type" not in given:
        return held.type
    name = parameters.text(given, "type", is_required=True)
    if name not in _TYPES:
        raise bad_request(f"'type' has unsupported value '{name}': one of {', '.join(_TYPES)} is expected")
    return _TYPES[name]


def _country(held: DncList, kind: DncType, given: Mapping[str, Any]) -> str:
    if "country" not in _OWN[kind]:
        return ""
    country = parameters.text(given, "country", is_required=not held.country) or held.country
    if kind is DncType.GEOGRAPHIC_AREACODE and country.lower() == PREFIXED:
        return PREFIXED
    if not re.fullmatch("[A-Za-z]{2}", country):
        raise bad_request(f"'country' has unsupported value '{country}': ISO country code is expected")
    return country.upper()


def _list_field(tenant: Tenant, held: DncList, kind: DncType, given: Mapping[str, Any]) -> str:
    if kind is not DncType.EXCLUSION:
        return ""
    name = parameters.text(given, "exclusionField", is_required=not held.list_field) or held.list_field
    if all(name not in fmt.names for fmt in tenant.formats.values()):
        raise bad_request(f"'exclusionField' has unsupported value '{name}': no calling list format has such a field")
    return name


def _period(given: Mapping[str, Any], default: int) -> int:
    period = given.get("defaultExpirationPeriod", default)
    if type(period) is not int or not 0 <= period <= MOST_DAYS:
        raise bad_request(
            f"'defaultExpirationPeriod' has unsupported value '{period}': an integer from 0 to {MOST_DAYS} is expected"
        )
    return period


def _reset(tenant: Tenant, held: DncList, given: Mapping[str, Any]) -> tuple[str, int]:
    """Return the daily reset as it is shown, and when it comes next, in milliseconds."""
    now = tenant.clock.now()
    if "resetTime" in given:
        shown = _SHOWN.fullmatch(parameters.text(given, "resetTime", is_required=True))
        if shown is None:
            raise bad_request("'resetTime' has unsupported value: a time such as 12:00:00 PM -08:00 is expected")
        return shown[0], _next_time(now, _seconds(shown))
    if "resetPeriod" not in given and held.reset_time:
        return held.reset_time, held.reset_next or _next_shown(now, held.reset_time)
    return _from_period(tenant, given.get("resetPeriod", {}), now)


def _from_period(tenant: Tenant, period: Any, now: int) -> tuple[str, int]:
    if not isinstance(period, dict):
        raise bad_request(f"'resetPeriod' has unsupported value '{period}': object is expected")
    # By the document's example, and by its table.
    spelling = "time" if tenant.options.document_oddities else "resetTime"
    if unknown := period.keys() - {spelling, "timezoneID"}:
        raise bad_request(f"'resetPeriod.{sorted(unknown)[0]}' is not supported")
    clock = _CLOCK.fullmatch(parameters.text(period, spelling) or "00:00:00")
    if clock is None:
        raise bad_request(f"'resetPeriod.{spelling}' has unsupported value: HH:mm:ss is expected")
    name = parameters.text(period, "timezoneID") or "UTC"
    try:
        zone = ZoneInfo(name)
    except (KeyError, ValueError, OSError) as exc:
        raise bad_request(f"'resetPeriod.timezoneID' has unsupported value '{name}'") from exc
    hour, minute, second = map(int, clock.groups())
    today = (EPOCH + timedelta(milliseconds=now)).astimezone(zone)
    at = today.replace(hour=hour, minute=minute, second=second, microsecond=0)
    offset = f"{at:%z}"
    shown = f"{at:%I:%M:%S} {'AM' if hour < 12 else 'PM'} {offset[:3]}:{offset[3:5]}"
    return shown, _next_shown(now, shown)


def _next_shown(now: int, text: str) -> int:
    shown = _SHOWN.fullmatch(text)
    assert shown is not None  # noqa: S101 - nothing else is ever kept
    return _next_time(now, _seconds(shown))


def _seconds(shown: re.Match[str]) -> int:
    """Return the seconds after midnight UTC, below 0 or above a day where the offset leads there."""
    hour = int(shown[1]) % 12 + (12 if shown[4] == "P" else 0)
    offset = (int(shown[6]) * 60 + int(shown[7])) * (-1 if shown[5] == "-" else 1)
    return hour * 3600 + int(shown[2]) * 60 + int(shown[3]) - offset * 60


def _next_time(now: int, seconds: int) -> int:
    midnight = datetime.combine((EPOCH + timedelta(milliseconds=now)).date(), datetime.min.time(), UTC)
    at = int((midnight - EPOCH) / timedelta(milliseconds=1)) + seconds * 1000
    day = 24 * 3600 * 1000
    return at + ((now - at) // day + 1) * day
