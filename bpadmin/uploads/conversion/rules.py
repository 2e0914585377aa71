"""What is made of a file's cells before the list's rules see them: one rule for a column, made columns, rows taken.

All of it is data with a version, without Django, so that another process can apply it (`converter` beside it).
A member that is not known here is refused by its name: passed over, other values would be sent than were meant.

A column is known by its index. The columns that are made follow those of the file: in a file with five columns the
first made one has the index 5, in the mapping as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from typing import Any, ClassVar, Self

from bpadmin.jobs.options import NotUnderstood
from bpadmin.platforms.record_rules.dates import FORMATS
from bpadmin.uploads.conversion.cell_rules import DATE_PATTERNS, value_key

VERSION = 1
UPPER, LOWER, TITLE = "upper", "lower", "title"
CASES = {UPPER: "in capitals", LOWER: "in small letters", TITLE: "with a capital at each word"}
LEAVE, CLEAR = "leave", "clear"
BLANKS = {LEAVE: "a blank cell leaves the field as it is", CLEAR: "a blank cell clears the field"}
REFUSE, KEEP = "refuse", "keep"
OTHERS = {REFUSE: "other values are refused", KEEP: "other values stay"}
DECIMALS = {",": "1.234,56", ".": "1,234.56"}
MOST_PARTS, LONGEST_TEXT, MOST_VALUES = 50, 400, 1000


class RuleRefused(NotUnderstood):
    """What was said is no rule; the message says which member, and what it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strict:
    """Base: a dictionary of exactly the members that the class has; those with their defaults are left out of it."""

    @classmethod
    def from_json(cls, data: Any, where: str = "The rule") -> Self:
        """Take what `as_json` gave, or what a person wrote. Raises RuleRefused with the name of what is wrong."""
        members = {each.name: each for each in fields(cls)}
        members_known(data, members, where)
        said = {name: _value_read(members[name], value, where) for name, value in data.items()}
        missing = [name for name, each in members.items() if name not in said and not _has_default(each)]
        if missing:
            raise RuleRefused(f"{where} lacks “{missing[0]}”.")
        return cls(**said)._checked(where)

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage."""
        found = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if not _has_default(each) or value != _default(each):
                found[each.name] = value.as_json() if isinstance(value, Strict) else _plain(value)
        return found

    def _checked(self, where: str) -> Self:
        return self


def members_known(data: Any, known: Mapping[str, Any] | Sequence[str], where: str) -> None:
    """Refuse what is no object, and members that are not known, by their names. Raises RuleRefused."""
    if not isinstance(data, Mapping):
        raise RuleRefused(f"{where} must be an object with members, such as {', '.join(known)}.")
    if unknown := [str(name) for name in data if name not in known]:
        names = ", ".join(f"“{name}”" for name in unknown)
        raise RuleRefused(f"{where} has the unknown member {names}; known are {', '.join(known)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRule(Strict):
    """What is done to the cells of one column, in the order of the members. A blank cell stays blank until `default`.

    `part` (from 1, or from the end: -1) is taken of cells cut up at `separator`, "" being blanks. `tidy` makes one
    blank of several. `values` maps cells to what they become, whatever their case; `others` says what is done with
    those that it does not name. `date` is the pattern in which dates are written, `decimal` the sign before decimals.
    `country` is put in front of telephone numbers without one. `prefix` is put in front where it is not there yet.
    `blank` says what a blank cell does to a record that is there: it leaves the field or clears it; "" as for the file.
    """

    part: int = 0
    separator: str = ""
    tidy: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    others: str = REFUSE
    case: str = ""
    digits: bool = False
    decimal: str = ""
    date: str = ""
    country: str = ""
    prefix: str = ""
    default: str = ""
    blank: str = ""

    @property
    def is_empty(self) -> bool:
        """Return whether cells stay as they are."""
        return not self.as_json().keys() - {"blank", "separator", "others"}

    def told(self) -> list[str]:
        """Say in words what is done, a phrase for each step."""
        at = "blanks" if not self.separator.strip() else f"“{self.separator}”"
        which = "the last part" if self.part == -1 else f"part {self.part}"
        steps = {
            f"{which}, cut at {at}": self.part,
            "blanks tidied": self.tidy,
            f"{_pairs_told(self.values)} ({OTHERS.get(self.others, '')})": self.values,
            CASES.get(self.case, ""): self.case,
            "digits only": self.digits,
            f"numbers written {DECIMALS.get(self.decimal, '')}": self.decimal,
            f"dates written {self.date}, into the list's form": self.date,
            f"country code {self.country} where none is": self.country,
            f"“{self.prefix}” in front": self.prefix,
            f"blank becomes “{self.default}”": self.default,
            BLANKS.get(self.blank, ""): self.blank,
        }
        return [words for words, is_done in steps.items() if is_done]

    def _checked(self, where: str) -> ColumnRule:
        allowed: dict[str, tuple[str, Sequence[str]]] = {
            "case": (self.case, ("", *CASES)),
            "others": (self.others, tuple(OTHERS)),
            "decimal": (self.decimal, ("", *DECIMALS)),
            "date": (self.date, ("", *dict.fromkeys((*DATE_PATTERNS, *FORMATS)))),
            "blank": (self.blank, ("", *BLANKS)),
        }
        for name, (value, choices) in allowed.items():
            if value not in choices:
                there = ", ".join(f"“{choice}”" for choice in choices if choice)
                raise RuleRefused(f"{where}: “{name}” is “{value}”; it can be {there}.")
        if abs(self.part) > MOST_PARTS:
            raise RuleRefused(f"{where}: “part” is {self.part}; it can be 1 to {MOST_PARTS}, or -1 for the last one.")
        code = self.country.lstrip("+")
        if code and not (code.isascii() and code.isdecimal() and len(code) <= 4 and code[0] != "0"):
            raise RuleRefused(f"{where}: “country” is “{self.country}”; write a country code such as 49 or 1.")
        if len(self.values) > MOST_VALUES:
            raise RuleRefused(f"{where}: “values” names {len(self.values):,} values; {MOST_VALUES:,} are the most.")
        if self.date and (self.decimal or self.digits or self.country):
            raise RuleRefused(f"{where}: a column holds dates or numbers, not both; leave out “date” or the other.")
        values = {value_key(name): value for name, value in self.values.items()}
        if len(values) < len(self.values):
            raise RuleRefused(f"{where}: “values” names a value twice: case and blanks make no difference.")
        return replace(self, country=code)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeColumn(Strict):
    """A column that the file lacks: a `text` that is the same in all rows, or `columns` joined with `joint` between.

    Blank cells are left out of what is joined. `rule` is applied to the outcome.
    """

    title: str
    text: str = ""
    columns: tuple[int, ...] = ()
    joint: str = ""
    rule: ColumnRule = field(default_factory=ColumnRule)

    def told(self, header: Sequence[str]) -> str:
        """Say in words what it is made of."""
        if not self.columns:
            words = f"“{self.text}” in every row"
        elif len(self.columns) == 1:
            words = f"from {header[self.columns[0]]}"
        else:
            names = " + ".join(header[at] for at in self.columns)
            words = f"{names}, joined" + (f" with “{self.joint}”" if self.joint else "")
        return "; ".join([words, *self.rule.told()])

    def _checked(self, where: str) -> MadeColumn:
        if bool(self.text) == bool(self.columns):
            raise RuleRefused(f"{where} needs either “text” or “columns”.")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRule(Strict):
    """Which rows are taken: those whose cell in `column` is one of `values`, whatever its case.

    With `leaves_out` it is the others that are taken.
    """

    column: int
    values: tuple[str, ...]
    leaves_out: bool = False

    def told(self, header: Sequence[str]) -> str:
        """Say in words which rows are taken."""
        values = " or ".join(f"“{value}”" if value else "blank" for value in self.values)
        return f"only rows whose {header[self.column]} is {'not ' if self.leaves_out else ''}{values}"

    def _checked(self, where: str) -> RowRule:
        if not self.values:
            raise RuleRefused(f"{where} names no value: say which rows are taken.")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """All that is said of a file's cells; what is empty changes nothing and costs nothing.

    `blank` says what blank cells do to records that are there, LEAVE or CLEAR, where the rule of a column says nothing.
    """

    columns: Mapping[int, ColumnRule] = field(default_factory=dict)
    made: tuple[MadeColumn, ...] = ()
    rows: tuple[RowRule, ...] = ()
    blank: str = LEAVE

    MEMBERS: ClassVar[tuple[str, ...]] = ("version", "columns", "made", "rows", "blank")

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Conversion:
        """Take what `as_json` gave; {} is no conversion. Raises RuleRefused."""
        if not data:
            return cls()
        members_known(data, cls.MEMBERS, "The conversion")
        if int(data.get("version") or VERSION) > VERSION:
            raise RuleRefused("A newer version of this program wrote these rules: this one does not know all of them.")
        columns = {
            int(at): ColumnRule.from_json(rule, f"The rule of column {int(at) + 1}")
            for at, rule in dict(data.get("columns") or {}).items()
        }
        made = [MadeColumn.from_json(each, f"Made column {n}") for n, each in enumerate(data.get("made") or (), 1)]
        rows = [RowRule.from_json(each, "The rule for rows") for each in data.get("rows") or ()]
        return cls(columns=columns, made=tuple(made), rows=tuple(rows), blank=blank_read(data))

    def as_json(self) -> dict[str, Any]:
        """Return a plain dictionary for storage, {} where there is nothing to do."""
        if self.is_empty:
            return {}
        return {
            "version": VERSION,
            "columns": {str(at): rule.as_json() for at, rule in sorted(self.columns.items()) if rule.as_json()},
            "made": [each.as_json() for each in self.made],
            "rows": [each.as_json() for each in self.rows],
            **({"blank": self.blank} if self.blank != LEAVE else {}),
        }

    @property
    def is_empty(self) -> bool:
        """Return whether every cell and every row is taken as it is."""
        return not (
            self.made or self.rows or self.blank == CLEAR or any(rule.as_json() for rule in self.columns.values())
        )

    def titles(self, header: Sequence[str]) -> tuple[str, ...]:
        """Return the names of the file's columns and of those that are made."""
        return (*header, *(each.title for each in self.made))

    def rule(self, column: int) -> ColumnRule:
        """Return what is done to a column."""
        return self.columns.get(column) or ColumnRule()

    def with_rule(self, column: int, rule: ColumnRule) -> Conversion:
        """Return the conversion with another rule for a column."""
        columns = {**self.columns, column: rule}
        return replace(self, columns={at: each for at, each in sorted(columns.items()) if each.as_json()})

    def problems(self, header: Sequence[str]) -> list[str]:
        """Return every reason why it cannot be applied to a file with this header, as sentences."""
        named = [
            *self.columns,
            *(at for each in self.made for at in each.columns),
            *(each.column for each in self.rows),
        ]
        if strange := [at for at in named if not 0 <= at < len(header)]:
            return [f"A rule is about column {strange[0] + 1}, and the file has {len(header)} columns."]
        return []

    def told(self, header: Sequence[str]) -> list[str]:
        """Say in words all that is done, a sentence without its full stop for each column."""
        if self.problems(header):
            return self.problems(header)
        found = [f"{header[at]}: {'; '.join(words)}" for at, rule in self.columns.items() if (words := rule.told())]
        found += [f"{each.title}: {each.told(header)}" for each in self.made]
        found += [each.told(header) for each in self.rows]
        return [*found, BLANKS[CLEAR]] if self.blank == CLEAR else found


def conversion_from(columns: Mapping[int, ColumnRule]) -> Conversion:
    """Return a conversion of columns alone, those without a rule left out."""
    return Conversion(columns={at: rule for at, rule in sorted(columns.items()) if rule.as_json()})


def blank_read(data: Mapping[str, Any]) -> str:
    """Read what blank cells do. Raises RuleRefused."""
    said = data.get("blank", LEAVE)
    if said not in BLANKS:
        raise RuleRefused(f"“blank” is {said!r}; it can be {' or '.join(f'“{each}”' for each in BLANKS)}.")
    return str(said)


def values_read(text: str) -> dict[str, str]:
    """Read a value map as people write it: `Ja = true`, a pair on each line. Raises RuleRefused."""
    found: dict[str, str] = {}
    for line in filter(str.strip, text.splitlines()):
        before, sign, after = line.partition("=")
        if not sign or not before.strip():
            raise RuleRefused(f"“{line.strip()[:60]}”: write a value, = and what it becomes, such as Ja = true.")
        if value_key(before) in map(value_key, found):
            raise RuleRefused(f"“{before.strip()}” is named twice: case makes no difference.")
        found[before.strip()] = after.strip()
    return found


def values_written(values: Mapping[str, str]) -> str:
    """Write a value map as people read it."""
    return "\n".join(f"{before} = {after}" for before, after in values.items())


def _pairs_told(values: Mapping[str, str]) -> str:
    pairs = [f"“{before}” becomes “{after}”" for before, after in list(values.items())[:3]]
    more = len(values) - len(pairs)
    return ", ".join(pairs) + (f" and {more} more" if more > 0 else "")


def _has_default(each: Field[Any]) -> bool:
    return each.default is not MISSING or each.default_factory is not MISSING


def _default(each: Field[Any]) -> Any:
    if each.default_factory is not MISSING:
        return each.default_factory()
    return each.default


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def _value_read(each: Field[Any], value: Any, where: str) -> Any:
    """Take a member's value in the type that the class says; a text for a number or the reverse is refused."""
    place = f"{where}: “{each.name}”"
    kind = str(each.type)
    if kind == "ColumnRule":
        return ColumnRule.from_json(value, where)
    if kind == "bool":
        return _of_kind(value, bool, f"{place} is true or false")
    if kind == "int":
        return _of_kind(value, int, f"{place} is a whole number")
    if kind == "str":
        return _text(value, place)
    if kind.startswith("tuple"):
        item = int if "int" in kind else str
        if not isinstance(value, list | tuple):
            raise RuleRefused(f"{place} is a list.")
        return tuple(
            _text(one, place) if item is str else _of_kind(one, int, f"{place} holds numbers") for one in value
        )
    if not isinstance(value, Mapping):
        raise RuleRefused(f"{place} is an object of texts.")
    return {_text(name, place): _text(one, place) for name, one in value.items()}


def _of_kind(value: Any, kind: type, words: str) -> Any:
    if type(value) is not kind:
        raise RuleRefused(f"{words}, not {value!r}.")
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise RuleRefused(f"{place} is a text, not {value!r}.")
    if len(value) > LONGEST_TEXT:
        raise RuleRefused(f"{place} is longer than {LONGEST_TEXT} characters.")
    return value
