"""Recipes: which column goes where and what is done to its cells, by the names of columns, so that it fits other files.

As JSON a recipe can be kept, handed on and taken in. A column whose name comes several times in the header is written
`["Phone", 2]`: the second of that name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bpadmin.uploads.conversion.cell_rules import value_key
from bpadmin.uploads.conversion.rules import (
    BLANKS,
    CLEAR,
    LEAVE,
    ColumnRule,
    Conversion,
    MadeColumn,
    RowRule,
    RuleRefused,
    blank_read,
    conversion_from,
    members_known,
)

VERSION = 1
MEMBERS = ("recipe", "name", "list", "columns", "made", "rows", "blank")
CONTENT = ("recipe", "columns", "made", "rows", "blank")
COLUMN_MEMBERS = ("column", "field", "rule")
MADE_MEMBERS = ("title", "text", "columns", "joint", "field", "rule")
ROW_MEMBERS = ("column", "values", "leaves_out")
LONGEST_NAME = 80
MOST_BYTES = 1024 * 1024
NAMES_TOLD = 8


@dataclass(frozen=True, slots=True)
class Applied:
    """A recipe on a header: `mapping` as in FileOptions, and the conversion."""

    mapping: Mapping[str, str]
    conversion: Conversion


def recipe_content(*, header: Sequence[str], mapping: Mapping[str, str], conversion: Conversion) -> dict[str, Any]:
    """Return a mapping and a conversion as a recipe's content, by the names of the columns."""
    names = _references(header)
    width = len(header)
    columns: list[dict[str, Any]] = []
    for at, name in enumerate(names):
        rule, said = conversion.rule(at).as_json(), mapping.get(str(at), "")
        if rule or said:
            columns.append({"column": name, **({"field": said} if said else {}), **({"rule": rule} if rule else {})})
    made = []
    for number, each in enumerate(conversion.made):
        data = each.as_json()
        if each.columns:
            data["columns"] = [names[at] for at in each.columns]
        made.append({**data, "field": mapping.get(str(width + number), "")})
    rows = [{**each.as_json(), "column": names[each.column]} for each in conversion.rows]
    blank = {"blank": conversion.blank} if conversion.blank != LEAVE else {}
    return {"recipe": VERSION, "columns": columns, "made": made, "rows": rows, **blank}


def recipe_apply(content: Mapping[str, Any], header: Sequence[str], *, is_lenient: bool = False) -> Applied:
    """Take a recipe to a file with this header. Raises RuleRefused, naming the columns that it lacks.

    With `is_lenient` what the file lacks is left out: for a suggestion that a person sees first.
    """
    recipe_check(content)
    found, width = _Header(header, is_lenient=is_lenient), len(header)
    mapping: dict[str, str] = {}
    rules: dict[int, ColumnRule] = {}
    for entry in content.get("columns") or ():
        at = found.index(entry["column"])
        if at is not None:
            rules[at] = ColumnRule.from_json(entry.get("rule") or {})
            if entry.get("field"):
                mapping[str(at)] = entry["field"]
    made: list[MadeColumn] = []
    for entry in content.get("made") or ():
        columns = [found.index(name) for name in entry.get("columns") or ()]
        known = tuple(at for at in columns if at is not None)
        if len(known) == len(columns):
            if entry.get("field"):
                mapping[str(width + len(made))] = entry["field"]
            made.append(replace(_made_read(entry), columns=known))
    rows = []
    for entry in content.get("rows") or ():
        at = found.index(entry["column"])
        if at is not None:
            rows.append(RowRule.from_json({**entry, "column": at}))
    found.refuse_missing()
    return Applied(
        mapping, replace(conversion_from(rules), made=tuple(made), rows=tuple(rows), blank=blank_read(content))
    )


def recipe_check(content: Any) -> None:
    """Refuse what is no recipe, by the name of what is wrong. Raises RuleRefused."""
    members_known(content, MEMBERS, "The recipe")
    version = content.get("recipe", VERSION)
    if version != VERSION:
        raise RuleRefused(f"The recipe is of version {version}; this program knows version {VERSION}.")
    blank_read(content)
    for name in ("columns", "made", "rows"):
        if not isinstance(content.get(name, []), list):
            raise RuleRefused(f"The recipe's “{name}” is a list.")
    for number, entry in enumerate(content.get("columns") or (), 1):
        where = f"Column {number} of the recipe"
        members_known(entry, COLUMN_MEMBERS, where)
        _name_of(entry.get("column"), where)
        _field_of(entry, where)
        ColumnRule.from_json(entry.get("rule") or {}, f"The rule of {_told(entry['column'])}")
    for number, entry in enumerate(content.get("made") or (), 1):
        where = f"Made column {number} of the recipe"
        members_known(entry, MADE_MEMBERS, where)
        _field_of(entry, where)
        if not isinstance(entry.get("columns", []), list):
            raise RuleRefused(f"{where}: “columns” is a list.")
        for name in entry.get("columns") or ():
            _name_of(name, where)
        _made_read(entry, where)
    for entry in content.get("rows") or ():
        members_known(entry, ROW_MEMBERS, "The recipe's rule for rows")
        _name_of(entry.get("column"), "The recipe's rule for rows")
        RowRule.from_json({**entry, "column": 0}, "The recipe's rule for rows")
    fields = [entry["field"] for part in ("columns", "made") for entry in content.get(part) or () if entry.get("field")]
    if twice := [name for name in fields if fields.count(name) > 1]:
        raise RuleRefused(f"The recipe feeds the field “{twice[0]}” twice.")


def recipe_read(text: str | bytes) -> tuple[str, dict[str, Any]]:
    """Read a recipe from JSON: its name ("" where it has none) and its content. Raises RuleRefused."""
    if len(text) > MOST_BYTES:
        raise RuleRefused("The file is larger than any recipe: 1 MB is the most.")
    try:
        data = json.loads(text, object_pairs_hook=_without_doubles)
    except RuleRefused:
        raise
    except (ValueError, RecursionError) as error:
        raise RuleRefused(f"It is no JSON: {error}.") from error
    if not isinstance(data, dict) or not any(name in data for name in ("columns", "made")):
        raise RuleRefused("It is no recipe: an object with “columns” is expected, as an export writes it.")
    recipe_check(data)
    name = data.get("name", "")
    if not isinstance(name, str):
        raise RuleRefused("The recipe's “name” is a text.")
    return " ".join(name.split()), {key: data[key] for key in CONTENT if key in data}


def recipe_written(*, name: str, list_name: str, content: Mapping[str, Any]) -> str:
    """Write a recipe as JSON for people and other installations."""
    return (
        json.dumps({"recipe": VERSION, "name": name, "list": list_name, **content}, ensure_ascii=False, indent=2) + "\n"
    )


def recipe_told(content: Mapping[str, Any]) -> list[str]:
    """Say in words what a recipe does, a line for each column. Raises RuleRefused."""
    names = recipe_header(content)
    applied = recipe_apply(content, names)
    titles = applied.conversion.titles(names)
    lines = []
    for at, title in enumerate(titles):
        field = applied.mapping.get(str(at), "")
        made = applied.conversion.made[at - len(names)] if at >= len(names) else None
        words = made.told(names) if made else "; ".join(applied.conversion.rule(at).told())
        if field or words:
            lines.append(f"{title} → {field or 'not sent'}" + (f" ({words})" if words else ""))
    lines += [rule.told(names) for rule in applied.conversion.rows]
    return [*lines, BLANKS[CLEAR]] if applied.conversion.blank == CLEAR else lines


def recipe_header(content: Mapping[str, Any]) -> list[str]:
    """Return the names of the columns that a recipe needs, one as often as it needs it. Raises RuleRefused."""
    recipe_check(content)
    wanted = [entry["column"] for part in ("columns", "rows") for entry in content.get(part) or ()]
    wanted += [name for entry in content.get("made") or () for name in entry.get("columns") or ()]
    header: list[str] = []
    for reference in wanted:
        name, number = _name_of(reference, "The recipe")
        there = sum(value_key(one) == value_key(name) for one in header)
        header += [name] * max(number - there, 0)
    return header


class _Header:
    """Finds columns by their names, whatever their case, and notes which are not there."""

    def __init__(self, header: Sequence[str], *, is_lenient: bool) -> None:
        self.is_lenient = is_lenient
        self.header = header
        self.missing: list[str] = []
        self._places: dict[str, list[int]] = {}
        for at, name in enumerate(header):
            self._places.setdefault(value_key(name), []).append(at)

    def index(self, reference: Any) -> int | None:
        name, number = _name_of(reference, "The recipe")
        places = self._places.get(value_key(name), [])
        if len(places) >= number:
            return places[number - 1]
        self.missing.append(_told(reference))
        return None

    def refuse_missing(self) -> None:
        if self.missing and not self.is_lenient:
            names = ", ".join(dict.fromkeys(self.missing))
            there = ", ".join(f"“{name}”" for name in self.header[:NAMES_TOLD])
            more = f" and {len(self.header) - NAMES_TOLD} more" if len(self.header) > NAMES_TOLD else ""
            raise RuleRefused(f"The recipe is for files with {names}, which this one lacks. It has {there}{more}.")


def _references(header: Sequence[str]) -> list[Any]:
    keys = list(map(value_key, header))
    return [
        name if keys.count(keys[at]) == 1 else [name, keys[: at + 1].count(keys[at])] for at, name in enumerate(header)
    ]


def _name_of(reference: Any, where: str) -> tuple[str, int]:
    if isinstance(reference, str):
        return reference, 1
    is_pair = isinstance(reference, list) and len(reference) == 2
    if is_pair and isinstance(reference[0], str) and type(reference[1]) is int and 1 <= reference[1] <= 1000:
        return reference[0], reference[1]
    raise RuleRefused(f'{where}: “column” is the name of a column, or a list such as ["Phone", 2], not {reference!r}.')


def _field_of(entry: Mapping[str, Any], where: str) -> None:
    if not isinstance(entry.get("field", ""), str):
        raise RuleRefused(f"{where}: “field” is a text.")


def _told(reference: Any) -> str:
    name, number = _name_of(reference, "The recipe")
    return f"“{name}”" if number == 1 else f"“{name}” (number {number} of that name)"


def _made_read(entry: Mapping[str, Any], where: str = "The recipe") -> MadeColumn:
    data = {name: value for name, value in entry.items() if name != "field"}
    if data.get("columns"):
        data["columns"] = [0] * len(data["columns"])
    return MadeColumn.from_json(data, where)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise RuleRefused(f"“{next(name for name in names if names.count(name) > 1)}” stands twice in one object.")
    return found
