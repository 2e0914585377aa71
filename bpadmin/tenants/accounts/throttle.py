"""Guessing slowed down: wrong passwords are counted by address, and by name *and* address, never by name alone.

A count by name alone would let a stranger keep anybody out. A try is counted before its password is looked at and given
back when it was right, so that tries at the same moment cannot all pass under the same count. Addresses are those that
`bpadmin.web.proxies` vouches for: behind a proxy the number of trusted proxies must be set, or all people share one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.core.cache import cache

from bpadmin.installation.counters import address_counted, count

# Wrong passwords for one name from one address, and for all names from one address, until it is closed for a while. A
# whole contact centre may sit behind one address, and many of its people mistype at the beginning of a shift.
TRIES, ADDRESS_TRIES = 10, 100
TRIES_SECONDS = 15 * 60
WAIT = "Wait fifteen minutes, then try again."


class TooManyTries(Exception):
    """Too much was tried from here; the message says what to do. `is_first`: it was not so before this try."""

    def __init__(self, message: str, *, is_first: bool = False) -> None:
        super().__init__(message)
        self.is_first = is_first


@dataclass(frozen=True, slots=True)
class Try:
    """One try that is counted: `right` gives it back."""

    name_key: str
    address_key: str

    def right(self) -> None:
        """Forget the tries for this name from here; what was tried for other names from here stays counted."""
        cache.delete(self.name_key)
        count(self.address_key, TRIES_SECONDS, by=-1)


def try_begin(*, name: str, address: str, kind: str = "sign-in") -> Try:
    """Count a try before its password is looked at. Raises TooManyTries."""
    line = address_counted(address)
    tried = Try(_key(kind, f"name {name.strip().casefold()}", line), _key(kind, "anybody", line))
    of_address = count(tried.address_key, TRIES_SECONDS)
    if of_address > ADDRESS_TRIES:
        raise TooManyTries(
            f"Too many wrong passwords from where you are. {WAIT}", is_first=of_address == ADDRESS_TRIES + 1
        )
    of_name = count(tried.name_key, TRIES_SECONDS)
    if of_name > TRIES:
        count(tried.address_key, TRIES_SECONDS, by=-1)
        raise TooManyTries(f"Too many wrong passwords for this name. {WAIT}", is_first=of_name == TRIES + 1)
    return tried


def _key(kind: str, name: str, address: str) -> str:
    return f"tries:{kind}:{hashlib.sha256(f'{name}@{address}'.encode()).hexdigest()}"
