"""One record of a list: looked up with all its results, added, changed and erased."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bpadmin.platforms.errors import Forbidden, NotFound, PlatformError, Reason, Unsupported
from bpadmin.platforms.types import Attempt, CallingList, ListUse, Record
from lists.formats.services import ANY_CAMPAIGN
from lists.records.fields import RecordFields, is_same, key_candidates, record_key_learn

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class InstanceResult:
    """What one campaign has done with the record; `record` is None where it could not be read, `trouble` says why."""

    use: ListUse
    place: str
    record: Record | None = None
    trouble: str = ""

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Return the attempts, oldest first; () where none were read."""
        return (self.record.attempts or ()) if self.record else ()


@dataclass(frozen=True, slots=True)
class Found:
    """A record as it is stored, the key it was found by, and its results in each place the list is bound."""

    key: Mapping[str, str]
    entry: Mapping[str, Any]
    results: tuple[InstanceResult, ...] = ()

    @property
    def timeline(self) -> list[tuple[InstanceResult, Attempt]]:
        """Return all attempts in all campaigns, the newest first; those without a time come last."""
        attempts = [(result, attempt) for result in self.results for attempt in reversed(result.attempts)]
        return sorted(attempts, key=lambda pair: pair[1].date or LONG_AGO, reverse=True)

    @property
    def tells_attempts(self) -> bool:
        """Return whether a campaign told which attempts there were, be it none; older APIs count them alone."""
        return any(result.record and result.record.attempts is not None for result in self.results)

    @property
    def troubles(self) -> list[InstanceResult]:
        """Return the places whose results could not be read."""
        return [result for result in self.results if result.trouble]


def record_find(
    *,
    client: PlatformClient,
    calling_list: CallingList,
    key: Mapping[str, str],
    fields: RecordFields,
    with_attempts: bool = False,
) -> Found | None:
    """Look a record up by its key with its results in every instance of the list; None when there is none.

    A campaign that cannot be read is told as its `trouble`. Raises PlatformError when the record itself cannot be.
    """
    for candidate in key_candidates(key, fields):
        try:
            return _find(client, calling_list, candidate, with_attempts)
        except NotFound as error:
            if error.reason != Reason.RECORD_NOT_FOUND:
                raise
    return None


def _find(client: PlatformClient, calling_list: CallingList, key: Mapping[str, str], with_attempts: bool) -> Found:
    results = []
    for use, place in use_places(client, calling_list.campaigns or ()):
        try:
            record = client.query_record(
                use.campaign_id, instance_id=use.instance_id, fields=key, extract_attempts=with_attempts
            )
        except PlatformError as error:
            if error.reason == Reason.RECORD_NOT_FOUND or error.status in (400, 401):
                raise
            results.append(InstanceResult(use, place, trouble=error.message))
        else:
            results.append(InstanceResult(use, place, record))
    entry = next((result.record.entry for result in results if result.record), None)
    if entry is None:
        entry = _outside_campaigns(client, calling_list.id, key)
    return Found(dict(key), entry, tuple(results))


def _outside_campaigns(client: PlatformClient, list_id: str, key: Mapping[str, str]) -> Mapping[str, Any]:
    """Look a record up without a campaign: by the newer method where the tenant has it, else by the older one."""
    try:
        return client.fetch_record(list_id, fields=key).entry
    except Unsupported:
        return client.query_record_deprecated(list_id, ANY_CAMPAIGN, fields=key)[0].entry


def use_places(client: PlatformClient, uses: Sequence[ListUse]) -> list[tuple[ListUse, str]]:
    """Name each instance of a list: its campaign, and the instance where the campaign has the list more than once."""
    times = Counter(use.campaign_id for use in uses)
    names: dict[str, str] = {}
    for campaign_id in [campaign_id for campaign_id, count in times.items() if count > 1]:
        try:
            bindings = client.get_campaign(campaign_id).lists or ()
        except (NotFound, Forbidden):
            continue
        names |= {binding.instance_id: binding.instance_name for binding in bindings}
    return [
        (
            use,
            f"{use.campaign_name} · {names.get(use.instance_id) or use.instance_id}"
            if times[use.campaign_id] > 1
            else use.campaign_name,
        )
        for use in uses
    ]


def record_key_noticed(*, tenant: Tenant, list_id: str, found: Found, fields: RecordFields) -> None:
    """Keep which field is the key, once the platform has found a record by one field of a list whose keys we ignore."""
    if fields.is_learnt and not fields.keys and len(found.key) == 1:
        name = next(iter(found.key))
        if name in found.entry and is_same(found.key, found.entry, fields.specs_of([name])):
            record_key_learn(tenant=tenant, list_id=list_id, name=name)


def key_of(entry: Mapping[str, Any], fields: RecordFields) -> dict[str, str]:
    """Return the key values of a stored record, {} where the keys are not known or not all there."""
    values = {name.casefold(): (name, value) for name, value in entry.items()}
    key = {}
    for spec in fields.keys:
        name, value = values.get(spec.name.casefold(), (spec.name, None))
        if value in (None, ""):
            return {}
        key[name] = str(value)
    return key
