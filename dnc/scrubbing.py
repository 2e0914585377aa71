"""Scrubbing the files that are sent into calling lists against the ledger."""

from __future__ import annotations

from collections.abc import Iterable

from bpadmin.acts import Actor
from bpadmin.jobs.models import Job
from dnc.chain import change_record
from dnc.models import ChangeKind, DncEntry, DncKind, DncList, EntryState

AT_ONCE = 500
BLOCKING = (EntryState.PRESENT, EntryState.UNKNOWN, EntryState.WANTED)


class LedgerScrubber:
    """Looks numbers up in the tenant's lists of numbers, and their area codes in those of area codes.

    What was asked for and is not in a list yet counts as blocked too: nobody is to be called on the way.
    """

    def __init__(self, job: Job, lists: dict[int, DncList], codes: dict[str, str]) -> None:
        self.job, self.lists, self.codes = job, lists, codes

    def blocked(self, numbers: Iterable[str]) -> dict[str, str]:
        """Give the blocked ones, each with the name of a list that blocks it."""
        asked = sorted(numbers)
        found = {text: self.codes[text[1:4]] for text in asked if len(text) == 11 and text[1:4] in self.codes}
        for start in range(0, len(asked) if self.lists else 0, AT_ONCE):
            part = asked[start : start + AT_ONCE]
            rows = DncEntry.objects.filter(dnc_list__in=list(self.lists), key__in=part, state__in=BLOCKING)
            for pk, key in rows.order_by().values_list("dnc_list", "key"):
                found[key] = f"in “{self.lists[pk].name}”"
        return found

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
    lists = {each.pk: each for each in mine.filter(type=DncKind.INTERNAL)}
    codes = DncEntry.objects.filter(dnc_list__in=mine.filter(type=DncKind.GEOGRAPHIC_AREACODE), state__in=BLOCKING)
    named = {key: f"area code in “{name}”" for key, name in codes.values_list("key", "dnc_list__name")}
    holds = DncEntry.objects.filter(dnc_list__in=list(lists), state__in=BLOCKING).exists()
    return LedgerScrubber(job, lists if holds else {}, named) if holds or named else None
