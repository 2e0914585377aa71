"""Updating records: partial, found by key, with "" and null resetting a field to its default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bpadmin.sandbox.state.formats import FieldType, as_texts
from bpadmin.sandbox.state.intake import FORMAT_ERROR, KEY_NOT_FOUND, MISSING_KEY, columns_if_alike
from bpadmin.sandbox.state.lists import CallingList
from bpadmin.sandbox.state.rows import Value


def update_records(target: CallingList, objects: Sequence[Mapping[str, Any]]) -> tuple[int, dict[int, tuple[str, str]]]:
    """Update each record in turn; returns the number updated and, for each refused place, its bucket and reason."""
    if objects and _update_alike(target, objects):
        return len(objects), {}
    refused: dict[int, tuple[str, str]] = {}
    for place, changes in enumerate(objects):
        problem = update_record(target, changes)
        if problem is not None:
            refused[place] = problem
    return len(objects) - len(refused), refused


def _update_alike(target: CallingList, objects: Sequence[Mapping[str, Any]]) -> bool:
    """Update records that have the same fields, column by column; False (and nothing done) when any is in doubt."""
    fmt = target.format
    columns = columns_if_alike(fmt, objects)
    if columns is None:
        return False
    bad: dict[int, str] = {}
    keys: list[Sequence[Value]] = []
    changes: list[tuple[int, Sequence[Value]]] = []
    for place, spec in enumerate(fmt.stored):
        column = columns.get(spec.name)
        if column is None:
            if spec.key:
                return False
            continue
        texts = as_texts(column, bad)
        if "" in texts and (spec.key or spec.required or spec.type is FieldType.PHONE):
            return False
        if spec.key:
            # A key phone is looked up as it is given, every other key as it is stored.
            keys.append(texts if spec.type is FieldType.PHONE else spec.normalise(texts, bad))
        else:
            changes.append((place, spec.normalise(texts, bad)))
    wanted = keys[0] if len(keys) == 1 else list(zip(*keys, strict=True))
    found = [at for key in wanted if (at := target.position(key)) is not None]
    if bad or len(found) < len(objects):
        return False
    for number, at in enumerate(found):
        row = list(target.rows.get(at))
        for place, values in changes:
            row[place] = values[number]
        target.rows.put(at, row)
    return True


def update_record(target: CallingList, changes: Mapping[str, Any]) -> tuple[str, str] | None:
    """Update one record; gives None, or the bucket and the reason why not."""
    if missing := missing_key(target, changes):
        return MISSING_KEY, f"missing key: {missing}"
    fmt = target.format
    if not fmt.names.issuperset(changes):
        unknown = next(name for name in changes if name not in fmt.names)
        return FORMAT_ERROR, f"unsupported field: {unknown}"
    at = target.find(changes)
    if at is None:
        return KEY_NOT_FOUND, "record is not found"
    row: list[Value] = list(target.rows.get(at))
    for name, value in changes.items():
        place = fmt.places.get(name)
        if place is None or fmt.stored[place].key:
            continue
        bad: dict[int, str] = {}
        row[place] = fmt.stored[place].normalise(as_texts([value], bad), bad)[0]
        if bad:
            return FORMAT_ERROR, f"'{name}': {bad[0]}"
        if row[place] == "" and fmt.stored[place].required:
            return FORMAT_ERROR, f"missing required field: {name}"
    if not any(row[place] for place in fmt.phones):
        return FORMAT_ERROR, "missing required field: at least one phone field"
    target.rows.put(at, row)
    return None


def missing_key(target: CallingList, values: Mapping[str, Any]) -> str | None:
    """Name the first key field that has no value in `values`; None when all have one."""
    for place in target.format.keys:
        name = target.format.stored[place].name
        value = values.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            return name
    return None
