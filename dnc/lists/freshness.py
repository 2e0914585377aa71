"""How old the data of a registry list are, and since when that is too old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bpadmin.dialler.extensions import DncNote
from dnc.entries.expiry import tenant_today
from dnc.models import DncList

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

# So many days before the data are too old the badge turns amber: 21 of 31.
NOTICE_DAYS = 10


@dataclass(frozen=True, slots=True)
class Freshness:
    """A badge: its colour (ok, warn or bad), its words, and the age of the data in days where it is known."""

    tone: str
    words: str
    age: int | None = None

    @property
    def is_ok(self) -> bool:
        """Return whether nothing needs to be done."""
        return self.tone == "ok"


def freshness_of(dnc_list: DncList, today: date) -> Freshness | None:
    """Return how fresh a list's data are; None for a list that no registry feeds and of which nobody said a day."""
    if dnc_list.data_as_of is None:
        return Freshness("warn", "Data of an unknown day") if dnc_list.is_registry else None
    age = (today - dnc_list.data_as_of).days
    day = f"{dnc_list.data_as_of:%-d %b %Y}"
    if age >= dnc_list.fresh_days:
        return Freshness("bad", f"Data of {day}: too old", age)
    if age >= dnc_list.fresh_days - NOTICE_DAYS:
        return Freshness("warn", f"Data of {day}: {dnc_list.fresh_days - age} days left", age)
    return Freshness("ok", f"Data of {day}", age)


def freshness_notes(tenant: Tenant, ids: Sequence[str]) -> dict[str, DncNote]:
    """Tell campaigns how fresh the data of their lists are."""
    today, notes = tenant_today(tenant), {}
    for each in DncList.objects.filter(tenant=tenant, remote_id__in=list(ids)):
        if found := freshness_of(each, today):
            notes[each.remote_id] = DncNote(found.tone, found.words, found.is_ok)
    return notes
