"""Whether a text is about a person who is known by some telephone numbers, names or ids."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# What is shorter is in every other text.
SHORTEST = 4
LEAST_DIGITS = 7
# National and international forms of one number end alike; fewer digits than these are shared by strangers.
SAME_ENDING = 9
MARK = "[erased]"
_NUMBER = re.compile(r"\+?\d[\d \t().\-/]{4,30}\d")


class PersonRefused(Exception):
    """Nobody can be searched for like this; the message says why."""


@dataclass(frozen=True, slots=True)
class Person:
    """What a person is known by: texts in small letters, and the digits of telephone numbers."""

    texts: tuple[str, ...]
    numbers: tuple[str, ...]

    @classmethod
    def read(cls, said: Iterable[str]) -> Person:
        """Read what somebody typed. Raises PersonRefused."""
        words = list(dict.fromkeys(" ".join(each.split()) for each in said if each.strip()))
        if not words:
            raise PersonRefused("Say by what the person is known: telephone numbers, a name, an id; one a line.")
        if short := [each for each in words if len(each) < SHORTEST]:
            raise PersonRefused(f"“{short[0]}” is too short: it would be found in many records of others.")
        numbers = tuple(_digits(each) for each in words if _is_number(each))
        return cls(tuple(each.casefold() for each in words), numbers)

    def is_in(self, text: str) -> bool:
        """Return whether a text holds one of the texts, as whole words, or one of the numbers however it is written."""
        low = text.casefold()
        if any(_has_words(low, each) for each in self.texts):
            return True
        return bool(self.numbers) and any(self._is_number(found[0]) for found in _NUMBER.finditer(text))

    def is_in_data(self, value: Any) -> bool:
        """Return whether plain data hold the person, in a value or a name."""
        if isinstance(value, str):
            return self.is_in(value)
        if isinstance(value, dict):
            return any(self.is_in_data(each) for pair in value.items() for each in pair)
        if isinstance(value, list | tuple):
            return any(map(self.is_in_data, value))
        return isinstance(value, int) and not isinstance(value, bool) and self.is_in(str(value))

    def without(self, value: Any) -> Any:
        """Return plain data with a mark in place of each text that holds the person."""
        if isinstance(value, dict):
            return {self.without(name): self.without(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.without(each) for each in value]
        return MARK if not isinstance(value, bool) and self.is_in_data(value) else value

    def _is_number(self, found: str) -> bool:
        digits = _digits(found)
        return any(digits == own or _end_alike(digits, own) for own in self.numbers)


def _end_alike(one: str, other: str) -> bool:
    is_long = min(len(one), len(other)) >= SAME_ENDING
    return is_long and (one.endswith(other) or other.endswith(one))


def _has_words(text: str, words: str) -> bool:
    """Return whether words stand in a text by themselves: “Ann” is not in “Annual”."""
    at = text.find(words)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(words) : at + len(words) + 1]
        if not (before.isalnum() and words[0].isalnum()) and not (after.isalnum() and words[-1].isalnum()):
            return True
        at = text.find(words, at + 1)
    return False


def _is_number(text: str) -> bool:
    return len(_digits(text)) >= LEAST_DIGITS and bool(re.fullmatch(r"[+\d \t().\-/]+", text))


def _digits(text: str) -> str:
    """Return the digits without the zeros in front, which are dialled and belong to no number."""
    return re.sub(r"\D", "", text).lstrip("0")
