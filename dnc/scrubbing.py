"""Scrubbing the files that are sent into calling lists against the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bpadmin.acts import Actor
from bpadmin.jobs.models import Job
from bpadmin.platforms.types import FieldSpec, FieldType
from dnc.chain import change_record
from dnc.models import ChangeKind, DncEntry, DncKind, DncList, EntryState
from dnc.normalising import KeyRules

AT_ONCE = 500
BLOCKING = (EntryState.PRESENT, EntryState.UNKNOWN, EntryState.WANTED)


class LedgerScrubber:
    """Looks values up in the tenant's lists: numbers and their area codes, postal codes, excluded values.

    What was asked for and is not in a list yet counts as blocked too: nobody is to be called on the way.
    """

    def __init__(self, job: Job, lists: Sequence[DncList], codes: dict[str, str]) -> None:
        self.job, self.lists, self.codes = job, lists, codes

    def looks_at(self, spec: FieldSpec) -> bool:
        """Tell whether a list is about what this field holds."""
        return bool(self._lists_of(spec)) or (spec.type is FieldType.PHONE and bool(self.codes))

    def blocked(self, spec: FieldSpec, values: Iterable[str]) -> dict[str, str]:
        """Give the blocked ones, each with the name of a list that blocks it."""
        asked = sorted(values)
        found: dict[str, str] = {}
        if spec.type is FieldType.PHONE:
            found = {text: self.codes[text[1:4]] for text in asked if len(text) == 11 and text[1:4] in self.codes}
        for dnc_list in self._lists_of(spec):
            rules = KeyRules.of(dnc_list)
            is_plain = spec.type is FieldType.PHONE or rules.kind is DncKind.EXCLUSION
            texts: dict[str, list[str]] = {}
            for text in asked:
                texts.setdefault(text if is_plain else rules.normal_one(text) or text, []).append(text)
            keys = sorted(texts)
            for start in range(0, len(keys), AT_ONCE):
                rows = DncEntry.objects.filter(
                    dnc_list=dnc_list, key__in=keys[start : start + AT_ONCE], state__in=BLOCKING
                )
                for key in rows.order_by().values_list("key", flat=True):
                    found.update(dict.fromkeys(texts[key], f"in “{dnc_list.name}”"))
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
            message=f"Check of {self.job.file_name} for {self.job.target_name}: {found:,} of {checked:,} rows are "
            f"blocked{f', {named}' if found else ''}.",
        )


def ledger_scrubber(job: Job) -> LedgerScrubber | None:
    """Give what scrubs a job, None where the ledger holds nothing to look for."""
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
