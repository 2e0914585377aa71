"""Columns that hold one telephone number in parts: area code and number, or area code, exchange and line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tabular.formula import unguard
from bpadmin.uploads.conversion.rules import MadeColumn
from bpadmin.uploads.mapping.column_words import words_of
from bpadmin.uploads.mapping.suggestions import VALUES_SCORE, Suggestion, looks_like_phones

JOIN = "+"
_AREA = frozenset(
    {
        "npa", "area", "areacode", "vorwahl", "indicatif", "ddd", "lada", "prefijo", "prefisso", "prefixo", "netnummer",
        "kengetal", "kierunkowy", "predvolba", "ac",
    }
)  # fmt: skip
_EXCHANGE = frozenset({"nxx", "exchange", "exch", "prefix", "cop", "centraloffice"})
_LINE = frozenset({"line", "linenumber", "number", "station", "suffix", "last4", "subscriber", "xxxx"})
_LOCAL = frozenset(
    {
        "phone", "telephone", "tel", "telefon", "telefono", "telefone", "fone", "rufnummer", "telefonnummer", "number",
        "phonenumber", "local", "localnumber", "numero", "nummer", "numer", "mobile", "cell",
    }
)  # fmt: skip
_THREE, _FOUR = re.compile(r"\(?[2-9]\d\d\)?", re.ASCII), re.compile(r"\d{1,4}", re.ASCII)
_SEVEN, _CODE = re.compile(r"\d{3}[- .]?\d{4}", re.ASCII), re.compile(r"\(?0?\d{1,5}\)?", re.ASCII)
_ABROAD = re.compile(r"\d(?:[- ./]?\d){3,8}", re.ASCII)
_MOST = 0.7
# What the columns are called and hold, one after the other: of North America in three or two, of others in two.
_NORTH_AMERICAN = ((_AREA, _THREE), (_EXCHANGE, _THREE), (_LINE | _LOCAL, _FOUR))
_LOCAL_BEHIND = ((_AREA, _THREE), (_LOCAL, _SEVEN))
_LOCAL_ABROAD = ((_AREA, _CODE), (_LOCAL, _ABROAD))


@dataclass(frozen=True, slots=True)
class NumberParts:
    """The columns, in order, whose cells make one telephone number, and the telephone field for it."""

    columns: tuple[Suggestion, ...]
    field: str

    @property
    def made(self) -> MadeColumn:
        """Return the column that joins them."""
        title = JOIN.join(each.column for each in self.columns)
        return MadeColumn(title=title, columns=tuple(each.index for each in self.columns))

    def taken(self, suggestions: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
        """Return suggestions in which the column that joins them, and none of them, goes into the field."""
        mine = {each.index for each in self.columns}
        return tuple(
            replace(each, field=self.field, score=VALUES_SCORE, why=self.sentence)
            if each.column == self.made.title
            else replace(each, field="", score=0, why="")
            if each.index in mine or each.field == self.field
            else each
            for each in suggestions
        )

    @property
    def sentence(self) -> str:
        """Say what was found."""
        names = [f"“{each.column}”" for each in self.columns]
        return f"{', '.join(names[:-1])} and {names[-1]} hold one telephone number in parts."

    @property
    def for_shell(self) -> str:
        """Say it with the flag that joins them."""
        said = f"{self.made.title}={self.field}"
        flag = f'"{said}"' if " " in said else said
        return f"{self.sentence} If they are to be joined: --map {flag}. COLUMN= leaves a column out."


def number_parts(
    *, fields: Sequence[FieldSpec], suggestions: Sequence[Suggestion], rows: Sequence[Sequence[str]]
) -> NumberParts | None:
    """Find the parts of a number beside one another; None where there are none, or a column holds whole numbers."""
    phones = [spec.name for spec in fields if spec.type is FieldType.PHONE]
    whole = any(looks_like_phones([row[at] for row in rows if at < len(row)]) for at in range(len(suggestions)))
    if not phones or whole:
        return None
    for at in range(len(suggestions)):
        for wanted in (_NORTH_AMERICAN, _LOCAL_BEHIND, _LOCAL_ABROAD):
            found = tuple(suggestions[at : at + len(wanted)])
            if len(found) == len(wanted) and all(
                _fits(each, words, pattern, rows) for each, (words, pattern) in zip(found, wanted, strict=True)
            ):
                fed = next((each.field for each in found if each.field in phones), phones[0])
                return NumberParts(found, fed)
    return None


def _fits(column: Suggestion, words: frozenset[str], pattern: re.Pattern[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a column is called so, and most of its cells are such a part."""
    named = words_of(column.column)
    if not words.intersection((*named, "".join(named))):
        return False
    at = column.index
    cells = [unguard(cell, True) for row in rows if at < len(row) and (cell := row[at].strip())]
    return bool(cells) and sum(bool(pattern.fullmatch(cell)) for cell in cells) >= _MOST * len(cells)
