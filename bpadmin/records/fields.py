"""Every member of one record: grouped and named as the documents have it, unknown ones kept, nested ones unfolded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bpadmin.platforms.sources import ColumnKind, SourceColumn

_MOMENT = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)T(?P<clock>\d\d:\d\d:\d\d)(?:\.\d+)?(?P<zone>Z|[+-]\d\d:?\d\d|)")

OTHER = "Other"
FIELDS = "Fields"
DEEPEST = 6
# A short word alone may be an abbreviation that people know, such as SMS.
_CODE = re.compile(r"[A-Z][A-Z0-9]*+(?:_[A-Z0-9]++)++|[A-Z]{4,}")


@dataclass(frozen=True, slots=True)
class Value:
    """A value that may hold others: `members` of an object, `items` of a list, else `text`."""

    text: str = ""
    members: tuple[tuple[str, Value], ...] = ()
    items: tuple[Value, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to show."""
        return not (self.text or self.members or self.items)

    @property
    def is_nested(self) -> bool:
        """Return whether it needs room below its name."""
        return bool(self.members or any(item.members or item.items for item in self.items))

    @property
    def words(self) -> str:
        """Return everything in it as one text, to be searched."""
        inside = [f"{name} {value.words}" for name, value in self.members] + [item.words for item in self.items]
        return " ".join([self.text, *inside]).strip()


@dataclass(frozen=True, slots=True)
class Shown:
    """A member as it is shown; `raw` is its value as it came, `name` the platform's own name.

    `zone` is that of a time, as in `SourceColumn`.
    """

    name: str
    label: str
    kind: str
    raw: Any
    value: Value
    zone: str = ""

    @property
    def is_named_so(self) -> bool:
        """Return whether the label is the name itself, but for how words are told apart."""
        return _letters(self.label) == _letters(self.name)

    @property
    def is_reworded(self) -> bool:
        """Return whether the words of a single code are more than its letters, so that the code itself is of use."""
        return isinstance(self.raw, str) and self.raw.casefold() != self.value.text.casefold()

    @property
    def words(self) -> str:
        """Return what a search looks into, in small letters; of a code that is shown in words also the code."""
        code = value_of(self.raw).words if self.kind == ColumnKind.CODE else ""
        return f"{self.name} {self.label} {self.value.words} {code}".strip().casefold()


@dataclass(frozen=True, slots=True)
class Group:
    """Members that belong together: `shown` have a value, `empty` have none."""

    title: str
    shown: tuple[Shown, ...]
    empty: tuple[Shown, ...]


def fields_grouped(entry: Mapping[str, Any], known: Sequence[SourceColumn], *, searched: str = "") -> list[Group]:
    """Return a record's members group by group, in the documents' order, what they do not name under “Other”.

    With `searched`, only members in whose name or value every word of it stands.
    """
    columns = {column.name: column for column in known}
    names = [column.name for column in known if column.name in entry]
    names += [name for name in entry if name not in columns]
    has_groups = any(column.group for column in known)
    words = searched.casefold().split()
    groups: dict[str, list[Shown]] = {}
    for name in names:
        shown = _shown(name, entry[name], columns.get(name))
        if all(word in shown.words for word in words):
            column = columns.get(name)
            title = (column.group if column else "") or (OTHER if has_groups or (known and not column) else FIELDS)
            groups.setdefault(title, []).append(shown)
    others = groups.pop(OTHER, [])
    if others:
        groups[OTHER] = others
    return [
        Group(
            title,
            tuple(each for each in members if not each.value.is_empty),
            tuple(each for each in members if each.value.is_empty),
        )
        for title, members in groups.items()
    ]


def _shown(name: str, raw: Any, column: SourceColumn | None) -> Shown:
    if column is None:
        return Shown(name, name, ColumnKind.TEXT, raw, value_of(raw))
    value = value_of(code_words(raw, column.words) if column.kind == ColumnKind.CODE else raw)
    return Shown(name, column.label or name, column.kind, raw, value, column.zone)


def code_words(raw: Any, words: Sequence[tuple[str, str]] = ()) -> Any:
    """Write a code as words, each of a list of them; what is no code stays as it is."""
    if isinstance(raw, list | tuple):
        return [code_words(each, words) for each in raw]
    if not isinstance(raw, str):
        return raw
    return dict(words).get(raw) or (raw.replace("_", " ").capitalize() if _CODE.fullmatch(raw) else raw)


def value_of(raw: Any, depth: int = 0) -> Value:
    """Unfold a value as JSON has it."""
    if raw is None or raw == "":
        return Value()
    if isinstance(raw, bool):
        return Value("yes" if raw else "no")
    if depth < DEEPEST and isinstance(raw, Mapping):
        return Value(members=tuple((str(name), value_of(each, depth + 1)) for name, each in raw.items()))
    if depth < DEEPEST and isinstance(raw, list | tuple):
        return Value(items=tuple(value_of(each, depth + 1) for each in raw))
    return Value(plain_text(raw))


def plain_text(raw: Any) -> str:
    """Write a value as people read it: a time as the platform wrote it, but without the T and parts of a second."""
    text = str(raw)
    found = _MOMENT.fullmatch(text)
    return f"{found['day']} {found['clock']}{found['zone']}" if found else text


def _letters(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
