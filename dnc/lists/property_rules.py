"""The properties of a Do Not Call list that the platform keeps: which belong to which type, and within which bounds.

They are those of a tenant with Capability.DNC_LISTS_MANAGE; what people say about a list beside them is in `DncList`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bpadmin.platforms.types import KEEP, DailyReset, DncListInfo, DncType, Keep
from bpadmin.tenants.times.zones import time_zones
from dnc.lists.sync import DncRefused
from dnc.models import DncKind, DncList

NAME_LENGTH = 255
MOST_DAYS = 365
USUAL_DAYS = 90
# As country of a list of area codes: each of them begins with the prefix of its country.
PREFIXED = "prefixed"

WITH_COUNTRY = frozenset({DncKind.GEOGRAPHIC_POSTAL, DncKind.GEOGRAPHIC_AREACODE})
WITH_EXPIRY = frozenset({DncKind.INTERNAL, DncKind.EXCLUSION})
WITH_FIELD = WITH_RESET = frozenset({DncKind.EXCLUSION})
CREATABLE = (DncKind.INTERNAL, DncKind.GEOGRAPHIC_AREACODE, DncKind.GEOGRAPHIC_POSTAL, DncKind.EXCLUSION)

HOLDS = {
    DncKind.INTERNAL: "phone numbers",
    DncKind.GEOGRAPHIC_POSTAL: "postal codes",
    DncKind.GEOGRAPHIC_AREACODE: "area codes",
    DncKind.GEOGRAPHIC_STATE: "states",
    DncKind.EXCLUSION: "excluded records",
    DncKind.UNKNOWN: "an unknown type",
}
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")


@dataclass(frozen=True, slots=True)
class Properties:
    """What the platform keeps of a list beside its entries.

    `expire_days`: days after which an entry blocks no more, None for never. `reset`: when it is emptied every day,
    None for never; KEEP for a list that is, since its time zone cannot be read.
    """

    name: str
    type: DncKind
    country: str = ""
    expire_days: int | None = None
    list_field: str = ""
    reset: DailyReset | Keep | None = None


def properties_of(info: DncListInfo, dnc_list: DncList | None = None) -> Properties:
    """Return the properties of a list as the platform tells them, of those that its type has.

    Country and field are shown by campaigns rather than with the list itself: else they are as `dnc_list` has them.
    """
    kind = DncKind(info.type.value)
    days = USUAL_DAYS if info.default_expiration_period is None else info.default_expiration_period
    country = info.country or (dnc_list.country if dnc_list else "")
    list_field = info.list_field or (dnc_list.list_field if dnc_list else "")
    return Properties(
        name=info.name,
        type=kind,
        country=country if kind in WITH_COUNTRY else "",
        expire_days=days if info.expire_records and kind in WITH_EXPIRY else None,
        list_field=list_field if kind in WITH_FIELD else "",
        reset=KEEP if info.reset_daily and kind in WITH_RESET else None,
    )


def properties_check(wish: Properties, now: Properties | None = None) -> Properties:
    """Return the properties as they would be sent. Raises DncRefused with the rule of the platform that they break.

    `now` is what a list has that is to be changed: what it does not tell may be left out.
    """
    wish = replace(wish, name=wish.name.strip(), country=wish.country.strip(), list_field=wish.list_field.strip())
    if wish.type not in CREATABLE:
        raise DncRefused(
            f"The platform lets no list of {HOLDS[wish.type]} be made or changed from here: do it in Contact Center "
            "Administrator."
        )
    if not wish.name:
        raise DncRefused("Give the list a name.")
    if len(wish.name) > NAME_LENGTH:
        raise DncRefused(f"The name has {len(wish.name)} characters, and the platform takes {NAME_LENGTH}: shorten it.")
    _foreign_check(wish)
    if wish.expire_days is not None and not 0 <= wish.expire_days <= MOST_DAYS:
        raise DncRefused(f"Entries can expire after 0 to {MOST_DAYS} days, not after {wish.expire_days}.")
    if wish.type in WITH_FIELD and not wish.list_field and (now is None or now.list_field):
        raise DncRefused("Name the field of the calling lists whose values are excluded, as their formats call it.")
    if isinstance(wish.reset, DailyReset):
        wish = replace(wish, reset=_reset_check(wish.reset))
    if wish.type in WITH_COUNTRY and (wish.country or now is None or now.country):
        wish = replace(wish, country=_country_check(wish))
    return wish


def properties_as_json(wish: Properties) -> dict[str, Any]:
    """Return plain JSON that `properties_from_json` takes back."""
    reset = wish.reset
    kept: Any = [reset.time, reset.time_zone] if isinstance(reset, DailyReset) else None if reset is None else "keep"
    return {
        "name": wish.name,
        "type": wish.type.value,
        "country": wish.country,
        "expire_days": wish.expire_days,
        "list_field": wish.list_field,
        "reset": kept,
    }


def properties_from_json(data: Mapping[str, Any]) -> Properties:
    """Take back what `properties_as_json` gave."""
    reset = data["reset"]
    return Properties(
        name=data["name"],
        type=DncKind(data["type"]),
        country=data["country"],
        expire_days=data["expire_days"],
        list_field=data["list_field"],
        reset=DailyReset(*reset) if isinstance(reset, list) else KEEP if reset else None,
    )


def members_new(wish: Properties) -> dict[str, Any]:
    """Return what creating a list is called with: only what its type has."""
    members: dict[str, Any] = {"name": wish.name, "type": DncType(wish.type.value)}
    if wish.type in WITH_COUNTRY:
        members["country"] = wish.country
    if wish.type in WITH_EXPIRY:
        members |= _expiry(wish)
    if wish.type in WITH_FIELD:
        members["exclusion_field"] = wish.list_field
    if wish.type in WITH_RESET:
        members |= _reset(wish)
    return members


def members_changed(now: Properties, wish: Properties) -> dict[str, Any]:
    """Return what changing a list is called with: only what `wish` has otherwise than `now`."""
    members: dict[str, Any] = {}
    if wish.name != now.name:
        members["name"] = wish.name
    if wish.country != now.country:
        members["country"] = wish.country
    if wish.expire_days != now.expire_days:
        members |= _expiry(wish)
    if wish.list_field != now.list_field:
        members["exclusion_field"] = wish.list_field
    if wish.reset != now.reset:
        members |= _reset(wish)
    return members


def differences(now: Properties, wish: Properties) -> Mapping[str, tuple[str, str]]:
    """Return in words what is otherwise: what was, and what is wished."""
    before, after = _words(now), _words(wish)
    return {name: (before[name], after[name]) for name in after if before[name] != after[name]}


def is_fulfilled(wish: Properties, now: Properties) -> bool:
    """Return whether a list is as it was wished to be; of the daily reset only whether there is one can be read."""
    return replace(now, reset=None) == replace(wish, reset=None) and (now.reset is None) == (wish.reset is None)


def _words(of: Properties) -> dict[str, str]:
    if isinstance(of.reset, DailyReset):
        reset = f"{of.reset.time} {of.reset.time_zone}"
    else:
        reset = "never" if of.reset is None else "as it was"
    return {
        "name": of.name,
        "country": of.country,
        "entries expire": "never" if of.expire_days is None else f"after {of.expire_days} days",
        "field": of.list_field,
        "emptied daily": reset,
    }


def _expiry(wish: Properties) -> dict[str, Any]:
    if wish.expire_days is None:
        return {"expire_records": False}
    return {"expire_records": True, "default_expiration_period": wish.expire_days}


def _reset(wish: Properties) -> dict[str, Any]:
    if isinstance(wish.reset, DailyReset):
        return {"reset_daily": True, "reset": wish.reset}
    return {"reset_daily": False}


def _foreign_check(wish: Properties) -> None:
    """Refuse what the type does not have: a person who said it would wait for it in vain."""
    foreign = [
        (wish.country and wish.type not in WITH_COUNTRY, "no country"),
        (wish.expire_days is not None and wish.type not in WITH_EXPIRY, "no entries that expire by themselves"),
        (wish.list_field and wish.type not in WITH_FIELD, "no field"),
        (wish.reset is not None and wish.type not in WITH_RESET, "no daily reset"),
    ]
    for is_said, words in foreign:
        if is_said:
            raise DncRefused(f"A list of {HOLDS[wish.type]} has {words}: leave that out.")


def _country_check(wish: Properties) -> str:
    country = wish.country
    if not country:
        also = f", or “{PREFIXED}” if each begins with its country's prefix" if _may_be_prefixed(wish) else ""
        raise DncRefused(f"Say of which country the {HOLDS[wish.type]} are, in two letters such as US or CA{also}.")
    if _may_be_prefixed(wish) and country.lower() == PREFIXED:
        return PREFIXED
    if not re.fullmatch("[A-Za-z]{2}", country):
        raise DncRefused(f"“{country}” is no country code: write its two letters, such as US, CA or GB.")
    return "GB" if country.upper() == "UK" else country.upper()


def _may_be_prefixed(wish: Properties) -> bool:
    return wish.type is DncKind.GEOGRAPHIC_AREACODE


def _reset_check(reset: DailyReset) -> DailyReset:
    time, zone = reset.time.strip(), reset.time_zone.strip()
    if not _CLOCK.fullmatch(time):
        raise DncRefused(f"“{time}” is no time of day: write it like 04:00 or 16:30.")
    if zone not in time_zones():
        raise DncRefused(f"There is no time zone “{zone}”. Write it like America/New_York.")
    return DailyReset(time if len(time) == 8 else f"{time}:00", zone)
