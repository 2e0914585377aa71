"""Scrubbing the files that are sent into calling lists against the ledger."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from bpadmin.counts import part_of
from bpadmin.dialler.types import Actor
from bpadmin.jobs.models import Job
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.uploads.checking.block_check import BLOCKED
from dnc.evidence.chain import change_record
from dnc.keys.normalisation import KeyRules
from dnc.models import ChangeKind, DncEntry, DncKind, DncList, EntryState

_FIRST_OF_AREA = "23456789"
BLOCKING = (EntryState.PRESENT, EntryState.UNKNOWN, EntryState.WANTED)


class LedgerScrubber:
    """Looks values up in the tenant's lists: numbers and their area codes, postal codes, excluded values.

    What was asked for and is not in a list yet counts as blocked too: nobody is to be called on the way.
    """

    code = BLOCKED

    def __init__(self, job: Job, lists: Sequence[DncList], codes: dict[str, str]) -> None:
        self.job, self.lists, self.codes = job, lists, codes

    def looks_at(self, spec: FieldSpec) -> bool:
        """Return whether a list is about what this field holds."""
        return bool(self._lists_of(spec)) or (spec.type is FieldType.PHONE and bool(self.codes))

    def blocked(self, spec: FieldSpec, values: Iterable[str]) -> dict[str, str]:
        """Return the blocked ones, each with the name of a list that blocks it."""
        asked = values if isinstance(values, set) else set(values)
        other = _other_readings(asked, spec)
        found: dict[str, str] = {}

        def mark(form: str, words: str) -> None:
            """Note the value that is written so, and the one that may be kept so: a file may hold both."""
            if form in asked:
                found[form] = words
            if form in other:
                found[other[form]] = words

        if spec.type is FieldType.PHONE and self.codes:
            for form in asked | other.keys():
                if len(form) == 11 and form[1:4] in self.codes:
                    mark(form, self.codes[form[1:4]])
        for dnc_list in self._lists_of(spec):
            rules, words = KeyRules.of(dnc_list), f"in “{dnc_list.name}”"
            if spec.type is FieldType.PHONE or rules.kind is DncKind.EXCLUSION:
                for key in _held(dnc_list, asked | other.keys()):
                    mark(key, words)
                continue
            written: dict[str, list[str]] = {}
            for text in asked:
                written.setdefault(rules.normal_one(text) or text, []).append(text)
            for key in _held(dnc_list, written):
                found |= dict.fromkeys(written[key], words)
        return found

    def _lists_of(self, spec: FieldSpec) -> list[DncList]:
        wanted = {FieldType.PHONE: DncKind.INTERNAL, FieldType.ZIP_CODE: DncKind.GEOGRAPHIC_POSTAL}.get(spec.type)
        name = spec.name.casefold()
        return [
            each
            for each in self.lists
            if each.type == wanted or (each.type == DncKind.EXCLUSION and each.list_field.casefold() == name)
        ]

    def record(self, *, checked: int, found: int, left_out: int) -> None:
        """Write the scrub into the chain."""
        named = "left out" if left_out else "not left out"
        change_record(
            tenant=self.job.tenant,
            kind=ChangeKind.SCRUB,
            actor=Actor(user=self.job.owner, name=self.job.owner_name),
            counts={"n_asked": checked, "n_done": left_out, "n_already": found - left_out},
            job=self.job,
            message=f"Check of {self.job.file_name} for {self.job.target_name}: {part_of(found, checked, 'row', 'is')} "
            f"blocked{f', {named}' if found else ''}.",
        )


def _other_readings(texts: Collection[str], spec: FieldSpec) -> dict[str, str]:
    """Return the other forms that the platform may keep values in, each with the value.

    Of which type a list's telephone field is, its API does not tell, and what is known of it may be a guess: a number
    of the US or Canada is looked up with and without the 1.
    """
    if spec.type is not FieldType.PHONE or spec.default_country_code not in ("", "1"):
        return {}
    numbers = [text for text in texts if text.isdecimal()]
    longer = {f"1{text}": text for text in numbers if len(text) == 10 and text[0] in _FIRST_OF_AREA}
    shorter = {text[1:]: text for text in numbers if len(text) == 11 and text[0] == "1" and text[1] in _FIRST_OF_AREA}
    return longer | shorter


def _held(dnc_list: DncList, keys: Collection[str]) -> QuerySet[DncEntry, str]:
    """Return those of the keys that are in a list, or may be, asked for as one parameter: one each costs more."""
    wanted = RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(keys))])
    if connection.vendor == "postgresql":
        wanted = RawSQL("SELECT unnest(%s::text[])", [list(keys)])
    held = DncEntry.objects.filter(dnc_list=dnc_list, key__in=wanted, state__in=BLOCKING)
    return held.order_by().values_list("key", flat=True)


def ledger_scrubber(job: Job) -> LedgerScrubber | None:
    """Return what scrubs a job, None where the ledger holds nothing to look for."""
    mine = DncList.objects.filter(tenant=job.tenant_id)
    kinds = (DncKind.INTERNAL, DncKind.GEOGRAPHIC_POSTAL, DncKind.EXCLUSION)
    lists = [
        each
        for each in mine.filter(type__in=kinds)
        if DncEntry.objects.filter(dnc_list=each, state__in=BLOCKING).exists()
    ]
    codes = DncEntry.objects.filter(dnc_list__in=mine.filter(type=DncKind.GEOGRAPHIC_AREACODE), state__in=BLOCKING)
    named = {key: f"area code in “{name}”" for key, name in codes.values_list("key", "dnc_list__name")}
    return LedgerScrubber(job, lists, named) if lists or named else None
