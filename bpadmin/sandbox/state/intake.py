"""Adding many records at once, field by field: the checks run over whole columns, not over single cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from bpadmin.sandbox.state.formats import FieldType, Format, as_texts
from bpadmin.sandbox.state.lists import CallingList, Key
from bpadmin.sandbox.state.rows import Row, Value

MISSING_KEY, MISSING_REQUIRED, FORMAT_ERROR = "missingKey", "missingRequired", "formatError"
DUPLICATE_KEY, LIMIT_EXCEEDED, KEY_NOT_FOUND = "duplicateKey", "limitExceeded", "keyNotFound"

# A record is refused for the first of these that applies.
ADD_BUCKETS = (MISSING_KEY, MISSING_REQUIRED, FORMAT_ERROR, DUPLICATE_KEY, LIMIT_EXCEEDED)


@dataclass(slots=True)
class Refusals:
    """Why records of one request were refused: bucket -> place in the request -> reason in words."""

    buckets: dict[str, dict[int, str]] = field(default_factory=lambda: {bucket: {} for bucket in ADD_BUCKETS})

    def settle(self) -> dict[int, tuple[str, str]]:
        """Return each refused place its one bucket and reason."""
        settled: dict[int, tuple[str, str]] = {}
        for bucket, places in self.buckets.items():
            for place, reason in places.items():
                settled.setdefault(place, (bucket, reason))
        return settled


def add_records(
    target: CallingList, objects: Sequence[Mapping[str, Any]], *, now: int, room: int
) -> tuple[int, dict[int, tuple[str, str]]]:
    """Check records and add the good ones; `room` is how many more rows the tenant may hold.

    Gives the number added and, for each refused place, its bucket and reason.
    """
    if not objects:
        return 0, {}
    fmt = target.format
    refusals = Refusals()
    columns = _columns(fmt, objects, refusals)
    texts = [_texts(columns.get(spec.name), spec.type, len(objects), refusals) for spec in fmt.stored]
    _check_presence(fmt, texts, refusals)
    bad = refusals.buckets[FORMAT_ERROR]
    stored = [
        spec.normalise(column, bad) if spec.name in columns else column
        for spec, column in zip(fmt.stored, texts, strict=True)
    ]
    rows: list[Row] = list(zip(*stored, strict=True))
    keys = _keys(fmt, stored)
    refused = refusals.settle()
    added = _add_fast(target, rows, keys, now, room) if not refused else None
    if added is None:
        added = _add_checked(target, rows, keys, texts, refused, now, room)
    elif any(texts[place] is not stored[place] for place in fmt.keys):
        _remember_aliases(target, rows, texts, range(len(rows)), len(target.rows) - len(rows))
    return added, refused


def columns_if_alike(fmt: Format, objects: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Any]] | None:
    """Turn records into columns when all have the same, known fields; None when they do not."""
    names = tuple(objects[0])
    if len(names) < 2 or not fmt.names.issuperset(names) or set(map(len, objects)) != {len(names)}:
        return None
    try:
        return dict(zip(names, zip(*map(itemgetter(*names), objects), strict=True), strict=True))
    except KeyError:
        return None


def _columns(fmt: Format, objects: Sequence[Mapping[str, Any]], refusals: Refusals) -> dict[str, Sequence[Any]]:
    """Turn records into columns; the quick way when all have the same fields, as files have."""
    alike = columns_if_alike(fmt, objects)
    if alike is not None:
        return alike
    bad = refusals.buckets[FORMAT_ERROR]
    for place, record in enumerate(objects):
        if not fmt.names.issuperset(record):
            unknown = next(name for name in record if name not in fmt.names)
            bad[place] = f"unsupported field: {unknown}"
    return {spec.name: [record.get(spec.name) for record in objects] for spec in fmt.stored}


def _texts(column: Sequence[Any] | None, kind: FieldType, count: int, refusals: Refusals) -> Sequence[str]:
    if column is None:
        return [""] * count
    wrong: dict[int, str] = {}
    texts = as_texts(column, wrong)
    for place, reason in wrong.items():
        refusals.buckets[FORMAT_ERROR].setdefault(place, reason)
        # A value of the wrong kind is a format error, not an absent one.
        texts[place] = "?"  # type: ignore[index]
    return texts


def _check_presence(fmt: Format, texts: Sequence[Sequence[str]], refusals: Refusals) -> None:
    for place, spec in enumerate(fmt.stored):
        if (spec.key or spec.required) and "" in texts[place]:
            bucket, what = (MISSING_KEY, "missing key") if spec.key else (MISSING_REQUIRED, "missing required field")
            for at, text in enumerate(texts[place]):
                if not text:
                    refusals.buckets[bucket].setdefault(at, f"{what}: {spec.name}")
    if all("" in texts[place] for place in fmt.phones):
        for at, phones in enumerate(zip(*(texts[place] for place in fmt.phones), strict=True)):
            if not any(phones):
                reason = "missing required field: at least one phone field"
                refusals.buckets[MISSING_REQUIRED].setdefault(at, reason)


def _keys(fmt: Format, stored: Sequence[Sequence[Value]]) -> Sequence[Key]:
    if len(fmt.keys) == 1:
        return stored[fmt.keys[0]]
    return list(zip(*(stored[place] for place in fmt.keys), strict=True))


def _add_fast(target: CallingList, rows: list[Row], keys: Sequence[Key], now: int, room: int) -> int | None:
    """Add all rows when nothing speaks against any of them; None when single rows have to be looked at."""
    if len(rows) > room:
        return None
    if target.format.keys:
        distinct = set(keys)
        if len(distinct) != len(rows) or not target.index.keys().isdisjoint(distinct):
            return None
        start = len(target.rows)
        target.index.update(zip(keys, range(start, start + len(rows)), strict=True))
    target.append(rows, now)
    return len(rows)


def _add_checked(
    target: CallingList,
    rows: list[Row],
    keys: Sequence[Key],
    texts: Sequence[Sequence[str]],
    refused: dict[int, tuple[str, str]],
    now: int,
    room: int,
) -> int:
    start = len(target.rows)
    good: list[Row] = []
    places: list[int] = []
    has_key = bool(target.format.keys)
    for place, row in enumerate(rows):
        if place in refused:
            continue
        if has_key and keys[place] in target.index:
            refused[place] = (DUPLICATE_KEY, "a record with the same key already exists in the list")
        elif len(good) >= room:
            refused[place] = (LIMIT_EXCEEDED, "the maximum total number of rows across all lists has been reached")
        else:
            if has_key:
                target.index[keys[place]] = start + len(good)
            good.append(row)
            places.append(place)
    target.append(good, now)
    _remember_aliases(target, good, texts, places, start)
    return len(good)


def _remember_aliases(
    target: CallingList, rows: Sequence[Row], texts: Sequence[Sequence[str]], places: Sequence[int], start: int
) -> None:
    """Remember key phones as they were given; `places[i]` is where row i stood in the request."""
    fmt = target.format
    phone_keys = [place for place in fmt.keys if fmt.stored[place].type is FieldType.PHONE]
    if not phone_keys:
        return
    for offset, (row, place) in enumerate(zip(rows, places, strict=True)):
        given: dict[int, Value] = {key: texts[key][place] for key in phone_keys}
        if any(row[key] != value for key, value in given.items()):
            target.remember_alias(row, given, start + offset)
