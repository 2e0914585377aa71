"""What a deletion would take, before it is asked for: how many records, some of them, and who dials the list.

The platform deletes by a filter and tells the number afterwards. Before, records are counted where its API lets them be
counted: by key they are looked up, by a field or by their result in a campaign the list is read in a campaign. By when
they were created nothing can be counted, and in a list that hangs in no campaign nothing can be read but by key, unless
the tenant gives such lists as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from bpadmin.platforms.errors import Invalid, PlatformError, Unsupported
from bpadmin.platforms.results import source_id_of_list
from bpadmin.platforms.types import CallingList, CampaignState, DeletePolicy, ListUse, Page, Record, RecordKind
from lists.deletions.by_key import key_values, record_of_key
from lists.deletions.options import RecordFilter
from lists.records.fields import RecordFields, values_spelled

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

LOOKUPS = 100
PAGE = 1000
SAMPLE_ROWS, SAMPLE_FIELDS = 5, 6
CAMPAIGNS_ASKED = 10
# Above either of these the list's name is typed.
MANY_RECORDS, MANY_PERCENT = 1000, 10

BY_CREATION = "by when records were created the API lets nobody count them"
UNBOUND = "the list hangs in no campaign, and the API reads the records of a list in a campaign only"
TWICE = "the list hangs in this campaign more than once"
EXPIRED = "expired records go as well, and the API does not tell how many there are"
NAMED_VALUES = 5


@dataclass(frozen=True, slots=True)
class Dialling:
    """A campaign that the list hangs in; `is_running` and `is_enabled` (the list in it) are None where unknown."""

    name: str
    is_running: bool | None = None
    is_enabled: bool | None = None

    @property
    def dials(self) -> bool:
        """Return whether calls of the list may be under way in it: what is not known may be."""
        return self.is_running is not False and self.is_enabled is not False


@dataclass(frozen=True, slots=True)
class Preview:
    """How many records a deletion takes: at least `least`, at most `most` (None: unknown) of the list's `total`.

    `why` says why they could not be counted, "" where they were. `note` is what else must be known of the number.
    `is_cut` tells that the time was over before all was read. `sample` holds some of the records.
    """

    total: int | None
    least: int
    most: int | None
    why: str = ""
    note: str = ""
    is_cut: bool = False
    sample: tuple[Mapping[str, str], ...] = ()
    campaigns: tuple[Dialling, ...] = ()

    @property
    def is_counted(self) -> bool:
        """Return whether the number is known."""
        return self.least == self.most

    @property
    def takes_nothing(self) -> bool:
        """Return whether it is known that no record matches."""
        return self.most == 0

    @property
    def takes_all(self) -> bool:
        """Return whether every record of the list goes, by whatever filter."""
        return bool(self.total) and self.least == self.total

    @property
    def wants_name(self) -> bool:
        """Return whether so much may go that the list's name is typed first."""
        if self.most is None or self.total is None:
            return True
        return self.takes_all or self.most > MANY_RECORDS or self.most * 100 > self.total * MANY_PERCENT

    @property
    def words(self) -> str:
        """Say in a sentence how many records go."""
        if self.takes_all:
            return (
                f"It takes all {_records(self.least)} of the list." if self.least != 1 else "It takes its only record."
            )
        of_all = f" of the {self.total:,} in the list" if self.total is not None else ""
        if self.takes_nothing:
            return f"No record matches{of_all}."
        if self.is_counted:
            return f"It takes {_records(self.least)}{of_all}."
        most = f"up to {_records(self.most)}" if self.most is not None else "any number of records"
        if self.least:
            return f"It takes at least {_records(self.least)}, {most}: {self.why}."
        return f"How many records it takes cannot be counted, {most}: {self.why}."

    @property
    def sample_words(self) -> str:
        """Say what the sample is of: of what goes, or of what nobody can tell whether it goes."""
        if self.why == BY_CREATION:
            return "Records that may be among them"
        if self.is_counted and self.least == len(self.sample):
            return "The record" if self.least == 1 else "The records"
        return "Some of them"

    @property
    def dialled_by(self) -> tuple[Dialling, ...]:
        """Return the campaigns in which calls of the list may be under way."""
        return tuple(each for each in self.campaigns if each.dials)

    def as_json(self) -> dict[str, Any]:
        """Return a plain dict; `from_json` takes it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Preview:
        """Take a dict as `as_json` wrote it."""
        campaigns = tuple(Dialling(**each) for each in data["campaigns"])
        return cls(**{**data, "sample": tuple(data["sample"]), "campaigns": campaigns})


def preview_read(
    *,
    client: PlatformClient,
    calling_list: CallingList,
    criteria: RecordFilter,
    fields: RecordFields,
    seconds: float | None,
) -> Preview:
    """Count what a deletion would take, for at most some seconds; a platform that does not answer makes it unknown."""
    give_up = time.monotonic() + seconds if seconds is not None else float("inf")
    try:
        counted = _Count(client, calling_list, criteria, fields, give_up).preview()
    except PlatformError as error:
        why = f"the dialler did not let the records be read ({error.message.rstrip('.')})"
        counted = Preview(calling_list.total_records, 0, calling_list.total_records, why=why)
    return replace(counted, campaigns=_campaigns(client, calling_list))


class _Count:
    """One count: what is wanted of a record, and the ways to find those that match."""

    def __init__(
        self,
        client: PlatformClient,
        calling_list: CallingList,
        criteria: RecordFilter,
        fields: RecordFields,
        give_up: float,
    ) -> None:
        self.client, self.list, self.criteria, self.fields = client, calling_list, criteria, fields
        self.give_up = give_up
        self.total = calling_list.total_records
        self.wanted = {name.casefold(): values_spelled(name, values, fields) for name, values in criteria.fields}
        self.uses = tuple(calling_list.campaigns or ())
        self.sample: list[Mapping[str, str]] = []
        # Values of the only field of the filter that a record has.
        self.met: set[str] = set()

    def preview(self) -> Preview:
        """Count as well as it can be."""
        criteria = self.criteria
        window = _window(criteria, self.list.created)
        if window == "none":
            return Preview(self.total, 0, 0)
        is_by_result = criteria.policy != DeletePolicy.ALL
        if not self.wanted and not is_by_result:
            # All of them, or all of those that the campaign has, which are the same.
            self._sample_any()
            found = Preview(self.total, self.total or 0, self.total)
        elif is_by_result and len(self._uses_here()) != 1:
            found = Preview(self.total, 0, self.total, why=TWICE if self._uses_here() else UNBOUND)
        elif not is_by_result and (lookup := self._lookup()) is not None:
            found = lookup
        elif self.uses:
            use = (self._uses_here() or self.uses)[0]
            kind = RecordKind.COMPLETED if self._counts_completed else RecordKind.ALL
            found = self._walk(self.client.walk_records(kind, use.campaign_id, instance_id=use.instance_id, limit=PAGE))
        else:
            found = self._walk_unbound()
        if criteria.policy is DeletePolicy.ONLY_COMPLETED and found.least != self.total:
            found = replace(found, most=self.total, why=EXPIRED)
        if window == "part":
            found = replace(found, least=0, why=BY_CREATION)
        if found.is_counted and found.least and not criteria.campaign_id:
            found = replace(found, note=self._missing_words())
        return replace(found, sample=tuple(self.sample))

    def _uses_here(self) -> tuple[ListUse, ...]:
        if not self.criteria.campaign_id:
            return self.uses[:1]
        return tuple(use for use in self.uses if use.campaign_id == self.criteria.campaign_id)

    def _matches(self, entry: Mapping[str, Any]) -> bool:
        texts = {name.casefold(): str(value) for name, value in entry.items() if value is not None}
        return all(texts.get(name, "") in values for name, values in self.wanted.items())

    def _meet(self, entry: Mapping[str, Any]) -> None:
        if len(self.wanted) == 1:
            self.met |= {str(value) for name, value in entry.items() if name.casefold() in self.wanted}

    def _missing_words(self) -> str:
        """Say which values of the filter's only field no record has; "" where all were met or there are many."""
        if len(self.criteria.fields) != 1 or len(self.criteria.fields[0][1]) > LOOKUPS:
            return ""
        name, values = self.criteria.fields[0]
        missing = [value for value in values if self.met.isdisjoint(values_spelled(name, (value,), self.fields))]
        named = ", ".join(f"“{value}”" for value in missing[:NAMED_VALUES])
        rest = f" and {len(missing) - NAMED_VALUES:,} more" if len(missing) > NAMED_VALUES else ""
        return f"No record has the {name} {named}{rest}." if missing else ""

    def _take(self, entry: Mapping[str, Any]) -> None:
        if len(self.sample) < SAMPLE_ROWS:
            shown = {name: str(value) for name, value in entry.items() if value not in (None, "")}
            self.sample.append(dict(list(shown.items())[:SAMPLE_FIELDS]))

    def _lookup(self) -> Preview | None:
        """Look each key up; None where the filter names no single key, or too many values for that."""
        name, values = self._key_values()
        if not values or (len(values) > LOOKUPS and self.uses):
            return None
        found: set[str] = set()
        for n, value in enumerate(values):
            if time.monotonic() > self.give_up:
                return self._cut(len(found), len(found) + len(values) - n)
            try:
                told = record_of_key(self.client, self.list.id, name, value)
            except Invalid:
                if not self.fields.keys:  # it was tried as a key, and is none
                    return None
                raise
            if told is None:
                continue
            entry, stored = told[0].entry, told[1]
            if stored not in found and self._matches({**entry, name: value}):
                found.add(stored)
                self.met |= {stored, value}
                self._take(entry)
        return Preview(self.total, len(found), len(found))

    def _key_values(self) -> tuple[str, tuple[str, ...]]:
        """Return the one key that the filter names and its values; where no key is known, its only field is tried."""
        given = self.criteria.fields
        if not self.fields.keys and len(given) == 1 and not self.uses:
            return given[0]
        return key_values(self.criteria, self.fields)

    @property
    def _counts_completed(self) -> bool:
        return self.criteria.policy is DeletePolicy.ONLY_COMPLETED

    def _walk_unbound(self) -> Preview:
        """Read a list that hangs in no campaign, where the tenant gives those."""
        try:
            return self._walk(self.client.walk_source(source_id_of_list(self.list.id), limit=PAGE))
        except (Unsupported, Invalid):
            return Preview(self.total, 0, self.total, why=UNBOUND)

    def _walk(self, pages: Iterator[Page[Record]]) -> Preview:
        is_completed = self._counts_completed
        n_read = n_found = 0
        for page in pages:
            for record in page.items:
                n_read += 1
                if STATES[self.criteria.policy](record) and self._matches(record.entry):
                    n_found += 1
                    self._meet(record.entry)
                    self._take(record.entry)
            if page.next_cursor and time.monotonic() > self.give_up:
                unread = None if self.total is None else self.total - (n_found if is_completed else n_read)
                return self._cut(n_found, None if unread is None else n_found + max(unread, 0))
        return Preview(self.total, n_found, n_found)

    def _cut(self, least: int, most: int | None) -> Preview:
        why = "the list is too large to be read to its end while you wait"
        return Preview(self.total, least, most, why=why, is_cut=True)

    def _sample_any(self) -> None:
        if not self.uses:
            with suppress(Unsupported, Invalid):
                for record in next(
                    iter(self.client.walk_source(source_id_of_list(self.list.id), limit=SAMPLE_ROWS)), Page(())
                ).items:
                    self._take(record.entry)
        for use in self.uses[:1]:
            page = self.client.get_all_records(use.campaign_id, instance_id=use.instance_id, limit=SAMPLE_ROWS)
            for record in page.items:
                self._take(record.entry)


# What tells by a record as its campaign tells it whether it has the state: completed ones are read as such.
STATES: Mapping[DeletePolicy, Callable[[Record], bool]] = {
    DeletePolicy.ALL: lambda record: True,
    DeletePolicy.ONLY_COMPLETED: lambda record: True,
    DeletePolicy.ONLY_NEVER_ATTEMPTED: lambda record: (
        record.status is None or not (record.status.total_attempts or record.status.completed)
    ),
}


def _window(criteria: RecordFilter, created: datetime | None) -> str:
    """Say whether the window of creation leaves "all" records, "none", or a "part" that nobody can tell."""
    begin, end = criteria.created_from, criteria.created_to
    if begin is None and end is None:
        return "all"
    if (begin and begin > timezone.now()) or (created and end and end <= created):
        return "none"
    is_all = (begin is None or (created is not None and begin <= created)) and (end is None or end > timezone.now())
    return "all" if is_all else "part"


def _campaigns(client: PlatformClient, calling_list: CallingList) -> tuple[Dialling, ...]:
    """Tell of each campaign of the list whether it runs and whether the list is enabled in it."""
    names = {use.campaign_id: use.campaign_name for use in calling_list.campaigns or ()}
    told = []
    for n, (campaign_id, name) in enumerate(names.items()):
        try:
            campaign = client.get_campaign(campaign_id) if n < CAMPAIGNS_ASKED else None
        except PlatformError:
            campaign = None
        if campaign is None:
            told.append(Dialling(name))
            continue
        state = {CampaignState.RUNNING: True, CampaignState.STOPPED: False}.get(campaign.state)
        ours = [each.enabled for each in campaign.lists or () if each.list_id == calling_list.id]
        is_enabled = None if not ours or None in ours else any(ours)
        told.append(Dialling(name, state, is_enabled))
    return tuple(told)


def _records(count: int) -> str:
    return f"{count:,} record{'' if count == 1 else 's'}"
