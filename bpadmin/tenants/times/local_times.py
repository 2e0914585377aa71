"""Times as people say them: on the clock of a place, where an hour comes twice in autumn and none in spring.

What can be meant in two ways is asked, and never taken for one of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo


class TimeUnclear(ValueError):
    """The clock there shows this time twice, or never; the message is a sentence, `choices` are the times it may be."""

    def __init__(self, message: str, choices: tuple[datetime, ...] = ()) -> None:
        super().__init__(message)
        self.choices = choices


def moment_said(text: str, zone: tzinfo) -> datetime:
    """Return the moment of an ISO time, on the clock of `zone` where it has no offset. ValueError, TimeUnclear."""
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment_there(moment, zone)


def moment_there(naive: datetime, zone: tzinfo) -> datetime:
    """Return the moment at which the clock of `zone` shows this time. Raises TimeUnclear."""
    first, second = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    shown = f"{naive:%-d %B %Y, %H:%M}"
    if is_twice(first):
        one, other = (each.isoformat(timespec="minutes") for each in (first, second))
        raise TimeUnclear(
            f"{shown} comes twice in {zone}, where the clocks go back. "
            f"Say which is meant: {one} (the first) or {other} (the second).",
            (first, second),
        )
    after = first.astimezone(UTC).astimezone(zone)
    raise TimeUnclear(
        f"{shown} does not exist in {zone}: the clocks go forward then, and show {after:%H:%M} instead. "
        "Give another time."
    )


def is_twice(moment: datetime) -> bool:
    """Return whether the clock of the moment's own zone shows this time twice."""
    first, second = moment.replace(fold=0).utcoffset(), moment.replace(fold=1).utcoffset()
    # Of an hour that is left out it is the other way round.
    return first is not None and second is not None and first > second


def time_written(moment: datetime) -> str:
    """Write a moment as its zone's clock shows it, with the zone's offset where that hour comes twice."""
    if is_twice(moment):
        return moment.isoformat(timespec="minutes")
    return moment.replace(tzinfo=None).isoformat(timespec="seconds").removesuffix(":00")


def clock_words(moment: datetime, time_zone: str) -> str:
    """Say a moment by the clock of a zone in a sentence, with the zone: 30 November 2026 09:13 EST."""
    return f"{moment.astimezone(ZoneInfo(time_zone)):%-d %B %Y %H:%M %Z}"


def clock_line(moment: datetime, time_zone: str) -> str:
    """Write a moment by the clock of a zone as lines of a shell begin with it: 2026-11-30 09:13 EST."""
    return f"{moment.astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M %Z}"
