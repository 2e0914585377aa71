"""What a figure counts, one by one: the attempts, or the records by their marks, that its numerator is made of.

A record is told by a mark, the keyed hash under which it is kept: names and numbers are not in the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, QuerySet

from bpadmin.results.figures.events import CONTACTS
from bpadmin.results.figures.periods import Period
from bpadmin.results.models import Attempt, DispositionGroup, Place, RecordState, ResultSource

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Part:
    """What can be counted: `narrow` picks it out of a period's attempts, or of the records as they stand.

    `unit` is what its rows are: "attempt", "record" (different records of attempts) or "state" (records as they stand).
    """

    key: str
    title: str
    unit: str
    narrow: Callable[[Rows], Rows]


def _calls(rows: Rows) -> Rows:
    return rows.filter(is_call=True)


def _contacts(rows: Rows) -> Rows:
    return rows.filter(is_call=True, disposition__group__in=CONTACTS)


PARTS = {
    part.key: part
    for part in (
        Part("calls", "Calls", "attempt", _calls),
        Part("contacts", "Contacts", "attempt", _contacts),
        Part(
            "successes",
            "Successes",
            "attempt",
            lambda rows: rows.filter(is_call=True, disposition__group=DispositionGroup.SUCCESS),
        ),
        Part("decisions", "Not dialled", "attempt", lambda rows: rows.filter(is_call=False)),
        Part(
            "no_agent",
            "No agent",
            "attempt",
            lambda rows: rows.filter(is_call=True, disposition__group=DispositionGroup.NO_AGENT),
        ),
        Part(
            "answered",
            "Answered calls",
            "attempt",
            lambda rows: rows.filter(is_call=True, disposition__group__in=[*CONTACTS, DispositionGroup.NO_AGENT]),
        ),
        Part("dialled", "Records dialled", "record", _calls),
        Part("reached", "Records reached", "record", _contacts),
        Part("attempted", "Records attempted", "state", lambda rows: rows.exclude(place=Place.GONE)),
        Part("open", "Attempted, open", "state", lambda rows: rows.filter(place=Place.OPEN)),
        Part("completed", "Completed", "state", lambda rows: rows.filter(place=Place.COMPLETED)),
        Part("gone", "Gone since", "state", lambda rows: rows.filter(place=Place.GONE)),
    )
}


def figure_rows(
    part: Part,
    *,
    sources: Sequence[ResultSource],
    period: Period,
    narrow: Mapping[str, Any] | None = None,
) -> Rows:
    """Return what a figure of some sources counts, newest first; only where fields are as in `narrow`, such as group.

    Attempts are model rows; records are dicts of source_id, record, n (attempts) and last. Records as they stand are
    those of lists that are still bound, as in the stock; no period counts for them.
    """
    if part.unit == "state":
        live = [each.pk for each in sources if each.is_bound and each.read_at is not None]
        states = part.narrow(RecordState.objects.filter(source__in=live))
        return states.filter(**narrow or {}).select_related("disposition").order_by("source_id", "record")
    attempts = Attempt.objects.filter(source__in=[each.pk for each in sources], at__gte=period.begin, at__lt=period.end)
    found = part.narrow(attempts).filter(**narrow or {})
    if part.unit == "record":
        counted: Rows = found.order_by().values("source_id", "record").annotate(n=Count("id"), last=Max("at"))
        by_last: Rows = counted.order_by("-last", "source_id", "record")
        return by_last
    return found.select_related("disposition").order_by("-at", "-id")


def mark_words(record: int) -> str:
    """Write the mark of a record: the same for the same record of a list, wherever it comes."""
    return f"{record & 0xFFFFFFFFFFFFFFFF:016x}"
