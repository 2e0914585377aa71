"""The time zones that a form offers."""

from __future__ import annotations

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


def time_zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Give all time zones by continent, those most often used first."""
    groups: dict[str, list[tuple[str, str]]] = {"Often used": [(name, name.replace("_", " ")) for name in OFTEN]}
    for name in sorted(available_timezones()):
        region, _, place = name.partition("/")
        if place and region not in {"Etc", "SystemV", "posix", "right"}:
            groups.setdefault(region, []).append((name, place.replace("_", " ")))
    return list(groups.items())
