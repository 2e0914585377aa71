"""A campaign's members at a glance: the hours of its week, what is switched on, its weight.

The vendor's examples are shortened, so nothing is counted on: members are told by how they are named, t…<From|To>…<day>
for the hours and b… for what is on or off, and what is not there is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bpadmin.platforms.http.lenient import Misshapen, bool_in
from bpadmin.platforms.jtel.columns import DAYS, label_of
from bpadmin.platforms.types import CampaignOutline

_HOURS = re.compile(rf"(?:t|dt)(?P<end>From|To)(?P<day>{'|'.join(DAYS)})")
_FLAG = re.compile(r"b[A-Z]")
_WEIGHT = re.compile(r"n?[A-Za-z]*Weight")


def outline(members: Mapping[str, Any]) -> CampaignOutline:
    """Return the outline of a campaign with these members."""
    hours: dict[tuple[str, str], str] = {}
    for name, value in members.items():
        if found := _HOURS.fullmatch(name):
            hours[found["day"], found["end"]] = _clock(value)
    week = tuple((day, hours.get((day, "From"), ""), hours.get((day, "To"), "")) for day in DAYS) if hours else ()
    told = ((name, _flag(members, name)) for name in members if _FLAG.match(name))
    flags = tuple((label_of(name), is_on) for name, is_on in told if is_on is not None)
    weights = tuple(
        (label_of(name), str(value))
        for name, value in members.items()
        if _WEIGHT.fullmatch(name) and value not in (None, "")
    )
    return CampaignOutline(week, flags, weights)


def _flag(members: Mapping[str, Any], name: str) -> bool | None:
    try:
        return bool_in(members, name)
    except Misshapen:
        return None


def _clock(value: object) -> str:
    """Return a time of day as HH:MM, "" for none; what is written otherwise stays as it came."""
    text = "" if value is None else str(value).strip()
    found = re.search(r"(?<!\d)(\d{1,2}:\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|$)", text)
    return found[1] if found else text
