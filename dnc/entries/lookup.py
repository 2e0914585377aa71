"""Why a number is blocked, or would be: the ledger's entries that match it, in all lists of a tenant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpadmin.platforms.record_rules.phone import digits_of
from bpadmin.tenants.times.local_times import clock_words
from dnc.evidence.intents import Doubts, asked_words
from dnc.keys.normalisation import KeyRules
from dnc.models import DncEntry, DncKind, DncList, EntryState

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
    from bpadmin.tenants.models import Tenant

RULES = {
    DncKind.INTERNAL: "the number itself",
    DncKind.GEOGRAPHIC_AREACODE: "its area code",
    DncKind.GEOGRAPHIC_POSTAL: "the postal code",
    DncKind.EXCLUSION: "the excluded value",
    DncKind.GEOGRAPHIC_STATE: "the state",
    DncKind.UNKNOWN: "the value as typed",
}


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that matches: in which list, by which rule, and by `entry` who put it in, when and from what.

    `asked` is an act whose outcome nobody knows and that puts the entry in doubt, None for none. `time_zone` is that of
    the tenant, by whose clock it is told.
    """

    dnc_list: DncList
    entry: DncEntry
    rule: str
    asked: Action | None = None
    time_zone: str = "UTC"

    @property
    def is_blocking(self) -> bool:
        """Return whether it keeps the number from being dialled, as far as the ledger knows."""
        return self.entry.state == EntryState.PRESENT and self.asked is None

    @property
    def is_unsure(self) -> bool:
        """Return whether an answer was lost, so that nobody knows."""
        return self.entry.state == EntryState.UNKNOWN or self.asked is not None

    @property
    def doubt(self) -> str:
        """Say since when it is unknown and who asked for what, "" where no act puts it in doubt."""
        return asked_words(self.asked, self.time_zone) if self.asked is not None else ""

    @property
    def campaigns(self) -> list[str]:
        """Name the campaigns in which it counts."""
        return [use["name"] for use in self.dnc_list.campaigns]

    @property
    def sentence(self) -> str:
        """Say it in one sentence."""
        entry, source = self.entry, self.entry.source
        verb = f"may block ({self.doubt})" if self.doubt else _VERBS[EntryState(entry.state)]
        begun = f"“{self.dnc_list.name}” {verb} {entry.key} ({self.rule})"
        told = f"{begun}: {source.told}, {clock_words(entry.added_at, self.time_zone)}"
        if entry.removed_by is not None:
            gone = entry.removed_by
            told += f"; removed: {gone.text}, by {gone.by_name}, {clock_words(entry.changed_at, self.time_zone)}"
        return told + (f". Comment: {entry.comment}" if entry.comment else ".")


_VERBS = {
    EntryState.PRESENT: "blocks",
    EntryState.REMOVED: "does not block any more",
    EntryState.UNKNOWN: "may block (an answer was lost)",
    EntryState.WANTED: "is asked to block, and does not yet,",
}


@dataclass(frozen=True, slots=True)
class Why:
    """The answer: the matches, those that block first. `unread` are lists of whose contents not all is known here."""

    typed: str
    matches: tuple[Match, ...]
    unread: tuple[DncList, ...]

    @property
    def is_blocked(self) -> bool:
        """Return whether at least one list blocks it for certain."""
        return any(match.is_blocking for match in self.matches)

    @property
    def sentence(self) -> str:
        """Say it in one sentence."""
        blocking = [match for match in self.matches if match.is_blocking]
        if blocking:
            names = ", ".join(dict.fromkeys(f"“{match.dnc_list.name}”" for match in blocking))
            return f"{self.typed} is blocked by {names}."
        if doubt := next((match.doubt for match in self.matches if match.doubt), ""):
            return f"{self.typed} may be blocked: {doubt}."
        if any(match.is_unsure for match in self.matches):
            return f"{self.typed} may be blocked: an answer of the platform was lost. Add it again, which does no harm."
        if self.unread:
            return (
                f"Nothing known to this dashboard blocks {self.typed}; {len(self.unread)} lists are not all known here."
            )
        return f"{self.typed} is not blocked by any list."


def dnc_why(*, tenant: Tenant, number_or_value: str, postal_code: str = "", value: str = "") -> Why:
    """Find the entries that match a number (or any value) in all lists of a tenant, also those that were removed.

    A number is looked for as each list writes it, and by its area code; `postal_code` and `value` are those of the
    record, where they are known, and are looked for in the lists of their types.
    """
    typed = number_or_value.strip()
    lists = {each.pk: each for each in DncList.every.filter(tenant=tenant)}
    wanted = {pk: _keys_for(each, typed, postal_code.strip(), value.strip()) for pk, each in lists.items()}
    keys = set().union(*wanted.values()) if wanted else set()
    # Both columns of the one index are given, so that every pair is a single look into it.
    entries = DncEntry.objects.filter(dnc_list__in=list(lists), key__in=keys) if keys else DncEntry.objects.none()
    doubts = Doubts(tenant)
    matches = [
        Match(
            lists[entry.dnc_list_id],
            entry,
            RULES[DncKind(lists[entry.dnc_list_id].type)],
            doubts.of(lists[entry.dnc_list_id], entry.key, entry.state),
            tenant.time_zone,
        )
        for entry in entries.select_related("source", "removed_by").order_by()
        if entry.key in wanted[entry.dnc_list_id]
    ]
    order = {EntryState.PRESENT: 0, EntryState.UNKNOWN: 1, EntryState.WANTED: 2, EntryState.REMOVED: 3}
    matches.sort(key=lambda match: (match.is_unsure, order[EntryState(match.entry.state)], match.dnc_list.name))
    unread = tuple(each for each in lists.values() if not each.is_complete and each.gone_at is None)
    return Why(typed, tuple(matches), unread)


def _keys_for(dnc_list: DncList, typed: str, postal_code: str, value: str) -> set[str]:
    """Return the keys that would block, as this list writes them."""
    rules = KeyRules.of(dnc_list)
    if rules.kind is DncKind.GEOGRAPHIC_AREACODE:
        digits = digits_of([typed])[0]
        national = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
        code = national[:3] if len(national) == 10 else typed
        return {key for key in (rules.normal_one(code),) if key}
    if rules.kind is DncKind.GEOGRAPHIC_POSTAL:
        return {key for text in (postal_code, typed) if text and (key := rules.normal_one(text))}
    if rules.kind is DncKind.EXCLUSION:
        return {text for text in (value, typed) if text}
    found = {key for key in (rules.normal_one(typed),) if key}
    # The number may have been put in elsewhere, as it was typed there.
    return found | {text for text in (typed, digits_of([typed])[0]) if text}
