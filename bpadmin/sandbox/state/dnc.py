"""DNC lists: keys with comments, of five types, and the settings that the newer methods give them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from bpadmin.sandbox.clock import stamp

DAY_MS = 24 * 3600 * 1000
DEFAULT_PERIOD = 90
PREFIXED = "prefixed"
# Longest area code that is looked for behind a country's calling code.
LONGEST_AREA = 7
NORTH_AMERICA = "1"
# Of other countries no area code is known, and none blocks anything.
_COUNTRIES = {
    NORTH_AMERICA: ("", "US", "CA", "PR", "JM", "DO", "BS", "BB", "TT"),
    "44": ("GB",),
    "49": ("DE",),
    "43": ("AT",),
    "41": ("CH",),
    "33": ("FR",),
    "34": ("ES",),
    "39": ("IT",),
    "48": ("PL",),
    "52": ("MX",),
    "55": ("BR",),
    "61": ("AU",),
    "64": ("NZ",),
    "353": ("IE",),
}
_CALLING_CODES = {country: code for code, countries in _COUNTRIES.items() for country in countries}


class DncType(StrEnum):
    """DNC list types as getCampaign names them."""

    INTERNAL = "INTERNAL"
    GEOGRAPHIC_POSTAL = "GEOGRAPHIC_POSTAL"
    GEOGRAPHIC_STATE = "GEOGRAPHIC_STATE"
    GEOGRAPHIC_AREACODE = "GEOGRAPHIC_AREACODE"
    EXCLUSION = "EXCLUSION"


class Entry(NamedTuple):
    """An entry as it is read back; times in milliseconds, `expires` None when only the list's settings count."""

    serial: int
    key: str
    comment: str
    added: int
    expires: int | None


class Entries:
    """The entries of a list, in the order of adding. Made for millions: an entry costs little more than its key."""

    def __init__(self, keys: Iterable[str] = (), now: int = 0) -> None:
        self._places: dict[str, int] = {}
        self._keys: list[str | None] = []
        self._added = array("q")
        self._comments: dict[str, str] = {}
        self._expires: dict[str, int] = {}
        # Serials go on after the list was emptied, so that no cursor ever points back.
        self._base = 0
        for key in keys:
            self.add(key, "", now)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def add(self, key: str, comment: str, now: int, expires: int | None = None) -> bool:
        """Add an entry; False when the key is there already, which changes nothing."""
        if key in self._places:
            return False
        self._places[key] = len(self._keys)
        self._keys.append(key)
        self._added.append(now)
        if comment:
            self._comments[key] = comment
        if expires is not None:
            self._expires[key] = expires
        return True

    def remove(self, key: str) -> bool:
        """Delete an entry; False when there is none of this key."""
        place = self._places.pop(key, None)
        if place is None:
            return False
        self._keys[place] = None
        self._comments.pop(key, None)
        self._expires.pop(key, None)
        return True

    def clear(self) -> int:
        """Delete all entries; returns how many."""
        deleted = len(self._places)
        self._base += len(self._keys)
        self._places, self._keys, self._added = {}, [], array("q")
        self._comments, self._expires = {}, {}
        return deleted

    def items(self) -> Iterator[tuple[str, str]]:
        """Return keys and comments, in the order of adding."""
        return ((key, self._comments.get(key, "")) for key in self._places)

    def since(self, serial: int) -> Iterator[Entry]:
        """Return the entries from a serial on, in their order."""
        for place in range(max(0, serial - self._base), len(self._keys)):
            key = self._keys[place]
            if key is not None:
                comment, expires = self._comments.get(key, ""), self._expires.get(key)
                yield Entry(self._base + place, key, comment, self._added[place], expires)

    def times_of(self, key: str) -> tuple[int, int | None] | None:
        """Return when an entry was added, and when it expires by itself, in milliseconds; None when it just went."""
        place, added = self._places.get(key), self._added
        return None if place is None or place >= len(added) else (added[place], self._expires.get(key))


@dataclass(slots=True)
class DncList:
    """A DNC list. `period` is days after which entries expire (`expire_records`).

    `serial` orders the lists; `reset_time` is the daily reset as it is shown, `reset_next` the next one, milliseconds.
    """

    id: str
    name: str
    type: DncType
    country: str = ""
    list_field: str = ""
    entries: Entries = field(default_factory=Entries)
    serial: int = 0
    created: int = 0
    expire_records: bool = False
    period: int = DEFAULT_PERIOD
    reset_daily: bool = False
    reset_time: str = ""
    reset_next: int = 0

    @property
    def sort_id(self) -> str:
        """Return the database id that lists are sorted and paged by."""
        return f"{self.created // 1000 & 0xFFFFFFFF:08x}{self.serial:016x}"

    def as_binding(self) -> dict[str, Any]:
        """Return the list as getCampaign shows it; "Country" has its capital there."""
        shown = {"id": self.id, "name": self.name, "type": self.type.value}
        if self.country:
            shown["Country"] = self.country
        if self.list_field:
            shown["listField"] = self.list_field
        return shown

    def expiry(self, added: int, expires: int | None) -> int | None:
        """Return when an entry stops blocking, in milliseconds; None: never. Its own period goes before the list's."""
        if expires is not None:
            return expires
        return added + self.period * DAY_MS if self.expire_records else None

    def rule(self, value: str, now: int) -> str | None:
        """Return the entry that forbids a value of this type of list (a number, for area codes too), None for none.

        Needs no lock: it sees a request that is being carried out half done, as a dialler would.
        """
        if self._is_reset_due(now):
            return None
        entries = self.entries
        candidates = self._area_codes(value) if self.type is DncType.GEOGRAPHIC_AREACODE else (value,)
        for key in candidates:
            times = entries.times_of(key)
            end = self.expiry(*times) if times else 0
            if end is None or now < end:
                return key
        return None

    def reset_if_due(self, now: int) -> None:
        """Empty a list whose daily reset has come."""
        if self._is_reset_due(now):
            self.entries.clear()
            self.reset_next += ((now - self.reset_next) // DAY_MS + 1) * DAY_MS

    def _is_reset_due(self, now: int) -> bool:
        return self.reset_daily and bool(self.reset_next) and now >= self.reset_next

    def entry_as_json(self, entry: Entry) -> dict[str, Any]:
        """Return an entry as getDNCRecords shows it."""
        shown = {"key": entry.key, "added": stamp(entry.added), "comment": entry.comment, "setOn": stamp(entry.added)}
        end = self.expiry(entry.added, entry.expires)
        return shown if end is None else {**shown, "expireAt": stamp(end)}

    def _area_codes(self, number: str) -> Iterable[str]:
        if self.country.lower() == PREFIXED:
            return [number[:length] for length in range(1, len(number))]
        code = _CALLING_CODES.get(self.country.upper())
        if code is None or not number.startswith(code):
            return ()
        rest = number[len(code) :]
        if code == NORTH_AMERICA:
            return (rest[:3],)
        return [rest[:length] for length in range(1, min(LONGEST_AREA, len(rest)) + 1)]
