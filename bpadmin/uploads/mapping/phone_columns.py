"""Several columns of telephone numbers, and which of them goes into which field: certain by names, or a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tabular.headers import is_nameless
from bpadmin.uploads.mapping.column_words import OTHER_THINGS, TYPE_WORDS, plain, words_of
from bpadmin.uploads.mapping.suggestions import SAVED_SCORE, WITH_TYPE_SCORE, Suggestion, looks_like_phones


@dataclass(frozen=True, slots=True)
class PhoneColumns:
    """The columns of telephone numbers of a file and the telephone fields of its list.

    `unsure` are the indices of those that a field was suggested for though their names do not settle it, `left` those
    that no field is left for.
    """

    columns: tuple[Suggestion, ...]
    fields: tuple[str, ...]
    unsure: frozenset[int]
    left: tuple[Suggestion, ...]

    @property
    def is_open(self) -> bool:
        """Return whether a person has to say which column is meant."""
        return bool(self.unsure) or len(self.left) == len(self.columns)

    @property
    def sentence(self) -> str:
        """Say what is not certain."""
        count = len(self.fields)
        there = f"{count} telephone field{'s' if count > 1 else ''} ({', '.join(self.fields)})"
        return f"{_listed(self.columns)} hold telephone numbers, and the list has {there}."

    @property
    def for_shell(self) -> str:
        """Say it with the flags that settle it."""
        ways = " or ".join(f"--map {self._flag(each)}={self.fields[0]}" for each in self.columns)
        more = f"; the same for {', '.join(self.fields[1:])}" if len(self.fields) > 1 else ""
        return f"{self.sentence} Say which goes where: {ways}{more}. COLUMN= leaves a column out."

    @property
    def left_words(self) -> str:
        """Say which columns no field is left for, "" where there are none."""
        if not self.left or self.is_open:
            return ""
        are = "hold telephone numbers, too, and are" if len(self.left) > 1 else "holds telephone numbers, too, and is"
        way = f"--map {self._flag(self.left[0])}={self.fields[0]}"
        return f"{_listed(self.left)} {are} not sent: the list has no telephone field left for it ({way} takes it)."

    def _flag(self, column: Suggestion) -> str:
        """Name a column as the command line takes it: by its number where another has its name."""
        if [each.column.casefold() for each in self.columns].count(column.column.casefold()) > 1:
            return str(column.index + 1)
        return f'"{column.column}"' if " " in column.column else column.column

    def without_unsure(self, suggestions: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
        """Return suggestions without those that are not certain."""
        return tuple(
            replace(each, field="", score=0, why="") if each.index in self.unsure else each for each in suggestions
        )


def phone_columns(
    *, fields: Sequence[FieldSpec], suggestions: Sequence[Suggestion], rows: Sequence[Sequence[str]]
) -> PhoneColumns | None:
    """Look for several columns of telephone numbers; None where there is one at most, or a person has said all."""
    phones = tuple(spec.name for spec in fields if spec.type is FieldType.PHONE)
    if not phones or any(each.score == SAVED_SCORE and each.why.startswith("Mapped") for each in suggestions):
        return None
    columns = tuple(
        each for each in suggestions if each.field in ("", *phones) and _holds_phones(each.column, each.index, rows)
    )
    if len(columns) < 2:
        return None
    fed = [each for each in columns if each.field]
    names = [each.column.casefold() for each in columns]
    unsure = frozenset(
        each.index for each in fed if each.score < WITH_TYPE_SCORE or names.count(each.column.casefold()) > 1
    )
    return PhoneColumns(columns, phones, unsure, tuple(each for each in columns if not each.field))


def _holds_phones(column: str, at: int, rows: Sequence[Sequence[str]]) -> bool:
    words = words_of(column)
    if is_nameless(column) or OTHER_THINGS.intersection(words):
        return False
    known = TYPE_WORDS[FieldType.PHONE]
    bare = [word.rstrip("0123456789") for word in (plain(column), *words)]
    is_named = not known.isdisjoint(bare)
    return is_named and looks_like_phones([row[at] for row in rows if at < len(row)])


def _listed(columns: Sequence[Suggestion]) -> str:
    names = [f"“{each.column}”" for each in columns]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
