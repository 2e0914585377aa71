"""What the pages show of Do Not Call lists: counts, freshness, and entries searched and paged by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet

from bpadmin.platforms.record_rules.phone import digits_of
from bpadmin.tenants.limits import DNC, limited
from dnc.entries.expiry import tenant_today
from dnc.evidence.intents import Doubts, intents_open
from dnc.keys.normalisation import KeyRules
from dnc.lists.freshness import Freshness, freshness_of
from dnc.models import ChangeKind, DncChange, DncEntry, DncKind, DncList, EntryState

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
    from bpadmin.tenants.models import Tenant

PER_PAGE = 50
COUNTS_SECONDS = 20
READ_ONLY = (
    "The platform lets nobody change a list of states through its interface. Change it in the Contact Center "
    "Administrator, under Do Not Call lists."
)
SHOWN = {
    "present": (EntryState.PRESENT, EntryState.UNKNOWN, EntryState.WANTED),
    "removed": (EntryState.REMOVED,),
    "all": tuple(EntryState),
}


@dataclass(frozen=True, slots=True)
class ListRow:
    """One list as the index shows it. `known`: entries known to be in it; `unsure`: those whose answer was lost."""

    dnc_list: DncList
    known: int
    unsure: int
    wanted: int
    freshness: Freshness | None

    @property
    def campaigns(self) -> list[dict[str, str]]:
        """Return the campaigns that it protects, by name."""
        return sorted(self.dnc_list.campaigns, key=lambda use: use["name"].casefold())


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A page of entries in the order of their keys; `next_key` is where the next one goes on, "" at the end.

    `doubts` are the acts of unknown outcome that put entries in doubt, by key.
    """

    entries: Sequence[DncEntry]
    next_key: str
    doubts: Mapping[str, Action]

    @property
    def rows(self) -> list[tuple[DncEntry, Action | None]]:
        """Return the entries, each with the act that puts it in doubt."""
        return [(entry, self.doubts.get(entry.key)) for entry in self.entries]


def read_only_words(dnc_list: DncList) -> str:
    """Say why a list cannot be changed; "" for one that can."""
    if dnc_list.gone_at is not None:
        return (
            f"It was deleted on {dnc_list.gone_at:%d %B %Y} and blocks nothing any more. What was known of it is kept "
            "here, for those who ask who put in what."
        )
    return "" if is_editable(dnc_list) else READ_ONLY


def is_editable(dnc_list: DncList) -> bool:
    """Return whether the platform lets the list be changed."""
    return dnc_list.type != DncKind.GEOGRAPHIC_STATE and dnc_list.gone_at is None


def list_rows(tenant: Tenant) -> list[ListRow]:
    """Return all lists of a tenant with what is known of them, by name."""
    counts, today = ledger_totals(tenant), tenant_today(tenant)
    lists = limited(DncList.objects.filter(tenant=tenant), DNC)
    return [list_row(each, counts.get(each.pk, {}), today) for each in lists]


def list_row(dnc_list: DncList, counts: dict[int, int], today: date) -> ListRow:
    """Put together what is known of one list; `counts` are its entries by state."""
    return ListRow(
        dnc_list,
        known=counts.get(EntryState.PRESENT, 0),
        unsure=counts.get(EntryState.UNKNOWN, 0),
        wanted=counts.get(EntryState.WANTED, 0),
        freshness=freshness_of(dnc_list, today),
    )


def ledger_totals(tenant: Tenant) -> dict[int, dict[int, int]]:
    """Count the entries of all lists by state; kept a little, since millions take a second to count."""
    last = DncChange.objects.filter(tenant=tenant).order_by("-number").values_list("number", flat=True).first()
    key = f"dnc-totals:{tenant.pk}:{last}"
    found: dict[int, dict[int, int]] | None = cache.get(key)
    if found is None:
        found = {}
        entries = DncEntry.objects.filter(dnc_list__tenant=tenant).order_by()
        for pk, state, count in entries.values_list("dnc_list", "state").annotate(count=Count("id")):
            found.setdefault(pk, {})[state] = count
        cache.set(key, found, timeout=COUNTS_SECONDS)
    return found


def entry_page(dnc_list: DncList, *, text: str = "", shown: str = "present", after: str = "") -> EntryPage:
    """Return the entries whose key begins as typed, from the one behind `after` on."""
    entries = DncEntry.objects.filter(dnc_list=dnc_list, state__in=SHOWN.get(shown, SHOWN["present"]))
    if text.strip():
        entries = entries.filter(_begins(dnc_list, text.strip()))
    if after:
        entries = entries.filter(key__gt=after)
    found = list(entries.select_related("source", "removed_by").order_by("key")[: PER_PAGE + 1])
    more = len(found) > PER_PAGE
    doubts = Doubts(dnc_list.tenant)
    doubted = {entry.key: act for entry in found if (act := doubts.of(dnc_list, entry.key, entry.state)) is not None}
    return EntryPage(found[:PER_PAGE], found[PER_PAGE - 1].key if more else "", doubted)


def changes_of(dnc_list: DncList) -> QuerySet[DncChange]:
    """Return what was done to a list, the newest first; what was only asked for as long as nobody knows the outcome."""
    changes = DncChange.objects.filter(dnc_list=dnc_list).order_by("-number")
    return changes.exclude(Q(kind=ChangeKind.ASKED) & ~Q(number__in=intents_open(dnc_list.tenant)))


def _begins(dnc_list: DncList, text: str) -> Q:
    """Look for keys that begin so; a number is found however it is written, with or without its country code."""
    starts = {text}
    if key := KeyRules.of(dnc_list).normal_one(text):
        starts.add(key)
    if dnc_list.type == DncKind.INTERNAL and (digits := digits_of([text])[0]):
        starts |= {digits, f"1{digits}"}
    wanted = Q()
    for start in starts:
        part = Q(key__gte=start, key__startswith=start)
        if (last := start[-1]).isascii() and last.isalnum() and last not in "9zZ":
            # A bound that the index can use: LIKE alone would read the whole list.
            part &= Q(key__lt=start[:-1] + chr(ord(last) + 1))
        wanted |= part
    return wanted
