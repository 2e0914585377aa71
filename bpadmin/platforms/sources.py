"""Records from a source: what results, contacts and requests have in common, so that one browser serves all platforms.

A source is whatever a platform reads records from in one walk: a list in a campaign, the contacts of a campaign, the
requests of a voice campaign. It has filters and columns of its own, and its own way of paging behind a cursor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FilterKind(StrEnum):
    """What a filter's value is; TEXTS, NUMBERS and CHOICES take several, of which a record has to meet one."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    FLAG = "flag"
    CHOICE = "choice"
    TEXTS = "texts"
    NUMBERS = "numbers"
    CHOICES = "choices"

    @property
    def takes_several(self) -> bool:
        """Return whether a condition holds a tuple of values."""
        return self in (FilterKind.TEXTS, FilterKind.NUMBERS, FilterKind.CHOICES)


@dataclass(frozen=True, slots=True)
class SourceFilter:
    """One thing that a source can be filtered by, named as the platform names it.

    `operators` and `choices` are pairs of value and words, the usual one first; without operators it means "is".
    `key_label` names a second input that the filter needs, such as which custom field. `is_repeatable` filters may
    come more than once with different operators, as for a span of time.
    """

    name: str
    label: str
    kind: FilterKind = FilterKind.TEXT
    operators: tuple[tuple[str, str], ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    key_label: str = ""
    help: str = ""
    is_repeatable: bool = False


CONDITION_MEMBERS = ("name", "value", "operator", "key")


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter with what a person wants of it. A TIME is an ISO text in UTC with its offset; a FLAG is "true"."""

    name: str
    value: str | tuple[str, ...]
    operator: str = ""
    key: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return a plain dict for storage and for addresses; `from_json` takes it back. What is empty is left out."""
        value = self.value if isinstance(self.value, str) else list(self.value)
        made: dict[str, Any] = {"name": self.name, "value": value}
        return made | {name: text for name, text in (("operator", self.operator), ("key", self.key)) if text}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Condition:
        """Take a dict as `as_json` wrote it. Raises ValueError with a sentence for what is none."""
        name, value = data.get("name"), data.get("value")
        if not isinstance(name, str) or not name:
            raise ValueError("A condition needs a name.")
        if isinstance(value, list | tuple):
            value = tuple(str(each) for each in value)
        elif value is None or isinstance(value, dict):
            raise ValueError(f"The condition on “{name}” needs a value, or a list of values.")
        else:
            value = str(value)
        return cls(name, value, str(data.get("operator") or ""), str(data.get("key") or ""))


@dataclass(frozen=True, slots=True)
class Source:
    """Something that records are read from. `id` is one segment of an address; `group` names its campaign.

    `is_whole`: the platform gives it in one answer, so that a reading cannot be interrupted and taken up again.
    `takes_requests`: its records are requests that can be added and put back into dialling, where the tenant has that.
    Where it is a calling list in a campaign, `list_id` and `instance_id` are the list's and the list instance's, and
    `part` is the instance's name.
    """

    id: str
    name: str
    group_id: str = ""
    group: str = ""
    total: int | None = None
    is_whole: bool = False
    takes_requests: bool = False
    list_id: str = ""
    instance_id: str = ""
    part: str = ""

    @property
    def title(self) -> str:
        """Name it among the others of its campaign, which may have a list more than once."""
        return f"{self.name} ({self.part})" if self.part and self.part != self.name else self.name

    def as_json(self) -> dict[str, Any]:
        """Return a plain dict for storage; `from_json` takes it back."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Source:
        """Take a dict as `as_json` wrote it; unknown members are ignored, so that old rows stay readable."""
        return cls(**{name: value for name, value in data.items() if name in cls.__slots__})


class ColumnKind(StrEnum):
    """How a column's values are shown; a CODE is a word for machines, or a list of them."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    TIME = "time"
    PHONE = "phone"
    LINK = "link"
    CODE = "code"


OWN_CLOCK = "own"


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A member of a source's records as far as the platform's documents name it; others are shown as they come.

    `is_usual` ones are shown until a person chooses. `zone` is that of a TIME whose zone is known, such as UTC, or
    OWN_CLOCK where it is the platform's own and nobody is told which; its text is kept as it came.
    `words` are pairs of code and words; a CODE that is not among them is made readable by its letters.
    """

    name: str
    label: str = ""
    group: str = ""
    kind: ColumnKind = ColumnKind.TEXT
    is_usual: bool = False
    words: tuple[tuple[str, str], ...] = ()
    zone: str = ""
