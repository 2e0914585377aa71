"""Keys on their way into a list or out of it: one request's worth, what became of each, and the ledger's part of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import orjson

from bpadmin.platforms.types import FieldSpec
from bpadmin.uploads.batch import ADDED, ALREADY_THERE, DUPLICATE, UNACCOUNTED, UPDATED, Parcel
from bpadmin.uploads.batch_sender import Posting
from dnc.entries.ledger import (
    NO_DATES,
    Dates,
    Pair,
    entries_added,
    entries_removed,
    entries_there,
    entries_unknown,
    keys_present,
)
from dnc.entries.sources import THERE, THERE_AFTER_LOSS, source_witness
from dnc.keys.normalisation import COMMENT, KEY
from dnc.models import DncSource

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

KEY_FIELDS = (FieldSpec(KEY, key=True),)
NOT_FOUND = "keyNotFound"
ADDED_SINCE = "added_since"


def parcel_of(body: bytes, count: int) -> Parcel:
    """Make a parcel of a ready body."""
    return Parcel(body, count, KEY_FIELDS)


def body_of(pairs: Sequence[Pair], *, has_comments: bool) -> bytes:
    """Make a request body of keys and comments; an empty comment is left out."""
    records = [{KEY: key, COMMENT: comment} if comment and has_comments else {KEY: key} for key, comment in pairs]
    return orjson.dumps(records)


def parcel_post(client: PlatformClient, remote_id: str, parcel: Parcel, *, is_delete: bool) -> Posting:
    """Send a parcel; afterwards its fates tell what became of each key: UPDATED is a key that was deleted.

    May be done again after a lost answer: a key that is there, or gone, is not added or deleted twice.
    """
    posting = Posting(client, remote_id, parcel)
    if is_delete:
        posting.post(client.delete_many_dnc_records, fate=UPDATED, proof=NOT_FOUND)
        parcel.settle(parcel.with_fate(NOT_FOUND), ALREADY_THERE)
    else:
        posting.post(client.add_many_dnc_records, fate=ADDED, proof=DUPLICATE)
    return posting


def parcel_know(dnc_list_id: int, parcel: Parcel, present: Collection[str] | None = None) -> None:
    """Find out by the ledger which keys were there before, where the platform tells their number only.

    `present` are the keys that it held before this act, where the ledger has them in doubt since.
    """
    if parcel.passed_over:
        if present is None:
            present = keys_present(dnc_list_id, [record[KEY] for record in parcel.records])
        there = {index for index, record in enumerate(parcel.records) if record[KEY] in present}
        if len(there) == parcel.passed_over:
            parcel.settle_known(there)


def parcel_note(
    dnc_list_id: int,
    parcel: Parcel,
    source: DncSource,
    *,
    is_delete: bool,
    dates: Dates = NO_DATES,
    comment: str = "",
    ends: Mapping[str, date] | None = None,
) -> None:
    """Write what became of a parcel into the ledger.

    `comment` is for keys that have none of their own, and `ends` are the end dates of keys that have one of their own.
    """
    by_fate: dict[str, list[Pair]] = {}
    for record, fate in zip(parcel.records, parcel.fates, strict=True):
        by_fate.setdefault(fate, []).append(_pair(record, comment))
    there = [*by_fate.get(DUPLICATE, ()), *by_fate.get(ALREADY_THERE, ())]
    unsure = [*by_fate.get("", ()), *by_fate.get(UNACCOUNTED, ())]
    if is_delete:
        gone = [key for key, _ in [*by_fate.get(UPDATED, ()), *there]]
        entries_removed(dnc_list_id, gone, source)
    else:
        for some, its in _by_end(by_fate.get(ADDED, ()), dates, ends or {}):
            entries_added(dnc_list_id, some, source, its)
        for some, its in _by_end(there, dates, ends or {}):
            words = THERE_AFTER_LOSS if parcel.is_again else THERE
            entries_there(dnc_list_id, some, source_witness(source, words), its)
    if unsure:
        entries_unknown(dnc_list_id, unsure, source, is_delete=is_delete)


def _by_end(pairs: Sequence[Pair], dates: Dates, ends: Mapping[str, date]) -> list[tuple[list[Pair], Dates]]:
    """Part keys by the day on which they end, so that each part is written at once."""
    found: dict[date | None, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(ends.get(pair[0], dates.expires_on), []).append(pair)
    return [(some, replace(dates, expires_on=day)) for day, some in found.items()]


def parcel_note_lost(dnc_list_id: int, parcel: Parcel, source: DncSource, *, is_delete: bool) -> None:
    """Write into the ledger that a parcel was sent and its answer lost."""
    pairs = [
        _pair(record, "") for record, fate in zip(parcel.records, parcel.fates, strict=True) if fate != ADDED_SINCE
    ]
    entries_unknown(dnc_list_id, pairs, source, is_delete=is_delete)


def _pair(record: dict[str, Any], comment: str) -> Pair:
    return record[KEY], str(record.get(COMMENT) or comment)
