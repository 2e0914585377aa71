"""The time zones that there are, and those that a form offers."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

OFTEN = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Manila",
    "Australia/Sydney",
    "UTC",
)


@cache
def time_zones() -> frozenset[str]:
    """Return the names of all time zones of this machine; finding them reads a thousand files."""
    return frozenset(available_timezones())


def time_zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return all time zones by continent, those most often used first."""
    groups: dict[str, list[tuple[str, str]]] = {"Often used": [(name, name.replace("_", " ")) for name in OFTEN]}
    for name in sorted(time_zones()):
        region, _, place = name.partition("/")
        if place and region not in {"Etc", "SystemV", "posix", "right"}:
            groups.setdefault(region, []).append((name, place.replace("_", " ")))
    return list(groups.items())
