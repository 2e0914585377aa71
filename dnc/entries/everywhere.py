"""Which lists a number goes into that nobody is to call any more: the own opt-outs that it fits, others if ticked.

A list of which nobody has said what it is for counts among the own ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dnc.keys.normalisation import KeyRules
from dnc.lists.sync import DncRefused
from dnc.models import DncEntry, DncKind, DncList, EntryState, Purpose

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

NO_LIST = "No Do Not Call list of phone numbers is known for this tenant. Bind one to a campaign, or type in its id."
NONE_FITS = "None of the lists of own opt-outs takes this number: choose lists, or correct it. "


@dataclass(frozen=True, slots=True)
class Place:
    """A list of numbers that a number may go into: `key` is what it would hold, "" where the number does not fit it.

    `is_there`: the ledger knows it to be in. `why_not` says why it does not fit.
    """

    dnc_list: DncList
    key: str
    is_there: bool
    why_not: str = ""

    @property
    def is_usual(self) -> bool:
        """Return whether it goes there unless somebody says otherwise."""
        return bool(self.key) and self.dnc_list.is_own

    @property
    def is_unsaid(self) -> bool:
        """Return whether it would go there because nobody has said what the list is for."""
        return self.is_usual and self.dnc_list.told_purpose is Purpose.UNSAID

    @property
    def words(self) -> str:
        """Say what would happen there."""
        if not self.key:
            return f"It is not asked: {self.why_not}."
        there = f"{self.key} is known to be in it; it is asked all the same." if self.is_there else ""
        return there or f"{self.key} is added."


def places_for(tenant: Tenant, number: str) -> list[Place]:
    """Return all lists of numbers, each with what becomes of a number there."""
    return [_place(each, number.strip()) for each in DncList.objects.filter(tenant=tenant, type=DncKind.INTERNAL)]


def lists_for(tenant: Tenant, numbers: Iterable[str]) -> list[DncList]:
    """Return the lists that at least one of the numbers goes into unasked. DncRefused where there are none."""
    lists = list(DncList.objects.filter(tenant=tenant, type=DncKind.INTERNAL))
    if not lists:
        raise DncRefused(NO_LIST)
    numbers = [number.strip() for number in numbers if number.strip()]
    own = [each for each in lists if each.is_own]
    found = [each for each in own if any(_fit(KeyRules.of(each, is_adding=True), number)[0] for number in numbers)]
    if not found:
        why = _fit(KeyRules.of((own or lists)[0], is_adding=True), numbers[0])[1] if numbers else ""
        raise DncRefused(f"{NONE_FITS}{numbers[0] if numbers else ''}: {why}.")
    return found


def _place(dnc_list: DncList, number: str) -> Place:
    key, why_not = _fit(KeyRules.of(dnc_list, is_adding=True), number)
    entries = DncEntry.objects.filter(dnc_list=dnc_list, key=key, state=EntryState.PRESENT)
    return Place(dnc_list, key, bool(key) and entries.exists(), why_not)


def _fit(rules: KeyRules, number: str) -> tuple[str, str]:
    key = rules.normal_one(number) or ""
    if not key:
        return "", rules.fault(number)[0]
    if rules.country and rules.holds and not key.startswith(rules.holds):
        return "", f"the list is of {rules.country}, and the number is of another country"
    return key, ""
