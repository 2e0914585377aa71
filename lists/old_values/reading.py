"""Reading the list before a job changes it: page by page over turns, each turn kept with the job's lease."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from bpadmin.counts import counted
from bpadmin.jobs.engine.lease import lease_held, lease_of
from bpadmin.jobs.files.spool import Spool
from bpadmin.jobs.handlers import JobRefused, Pending
from bpadmin.jobs.models import Chunk, Job
from bpadmin.platforms.base import Capability
from bpadmin.platforms.record_rules.rules import canonical_key
from bpadmin.platforms.types import DeletePolicy, ListUse, Page, Record, RecordKind
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.uploads.models import UploadMode
from lists.deletions.by_key import key_values, record_of_key
from lists.deletions.options import deletion_options
from lists.deletions.preview import STATES
from lists.kinds import LIST_DELETE
from lists.models import OldValues
from lists.old_values.files import lines_read, part_write
from lists.old_values.services import PAGE, old_values_ends
from lists.records.fields import record_fields, record_fields_learn, values_spelled
from lists.uploads.modes import job_keys, job_mode
from lists.uploads.options import upload_options

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

NEVER = DeletePolicy.ONLY_NEVER_ATTEMPTED
TURN_SECONDS = 6.0
PART_ROWS = 20_000
CUT = "The old values could not be read, so nothing was changed. {why}"


def old_values_read(job: Job, client: PlatformClient) -> Pending | None:
    """Go on reading what is to be kept of the job's records; None when it is kept, or was not asked for.

    Raises JobRefused where the list cannot be read, before anything was changed, and PlatformError.
    """
    old = OldValues.objects.filter(job=job, is_done=False).first()
    if old is None:
        return None
    is_wanted = _wanted(job, client)
    until, entries = time.monotonic() + TURN_SECONDS, []
    fields = dict.fromkeys(old.fields)
    names = _fed(job)
    named = _keys_named(job, client)
    for page in _pages_by_key(job, client, old, named) if named else _pages(job, client, old.cursor):
        for record in page.items:
            old.n_read += 1
            if is_wanted(record):
                entry = _kept(record.entry, names)
                fields |= dict.fromkeys(entry)
                entries.append(entry)
        old.cursor = page.next_cursor
        if page.next_cursor and (time.monotonic() > until or len(entries) >= PART_ROWS):
            _store(job, old, entries, fields)
            return Pending(0.1, f"The old values are read before anything is changed: {counted(old.n_read, 'record')}.")
    if not named:
        _whole_check(job, old, client)
    old.is_done, old.ends_at = True, old_values_ends()
    _store(job, old, entries, fields)
    return None


def _whole_check(job: Job, old: OldValues, client: PlatformClient) -> None:
    """Refuse to go on where the platform gave fewer records than it counts. Raises JobRefused."""
    total = client.get_list(job.target_id).total_records
    if total is not None and old.n_read < total:
        raise JobRefused(CUT.format(why=f"The platform gave {old.n_read:,} of the {counted(total, 'record')} in it."))


def _store(job: Job, old: OldValues, entries: list[Mapping[str, Any]], fields: Mapping[str, None]) -> None:
    old.fields = list(fields)
    old.n_kept += len(entries)
    if entries:
        old.parts = [*old.parts, part_write(old, entries)]
    with lease_held(lease_of(job)):
        old.save()


def _pages(job: Job, client: PlatformClient, cursor: str) -> Iterator[Page[Record]]:
    """Read the list by itself where the tenant gives it, else through a campaign that has it.

    What a state in a campaign decides is read in that campaign.
    """
    kind, limit = RecordKind.ALL, PAGE
    if use := _use_of_state(job, client):
        return client.walk_records(kind, use.campaign_id, instance_id=use.instance_id, limit=limit, cursor=cursor)
    if Capability.LISTS_FETCH in capabilities_known(job.tenant):
        return client.walk_list(job.target_id, limit=limit, cursor=cursor)
    uses = client.get_list(job.target_id).campaigns
    if not uses:
        raise JobRefused(CUT.format(why="No campaign has this list any more."))
    use = min(uses, key=lambda each: (each.campaign_id, each.instance_id))
    return client.walk_records(kind, use.campaign_id, instance_id=use.instance_id, limit=limit, cursor=cursor)


def _use_of_state(job: Job, client: PlatformClient) -> ListUse | None:
    """Return the one binding whose state decides what a deletion takes, None where none does or several do.

    Only of what was never attempted: with what is completed, expired records go as well, and nothing tells those.
    """
    if job.kind != LIST_DELETE or (criteria := deletion_options(job).filter).policy is not NEVER:
        return None
    found = client.get_list(job.target_id).campaigns or ()
    uses = [use for use in found if use.campaign_id == criteria.campaign_id]
    return uses[0] if len(uses) == 1 else None


def _keys_named(job: Job, client: PlatformClient) -> tuple[str, tuple[str, ...]] | None:
    """Return the key and its values by which records are read of a list that can be read in no other way."""
    if job.kind != LIST_DELETE or Capability.LISTS_FETCH in capabilities_known(job.tenant):
        return None
    if client.get_list(job.target_id).campaigns:
        return None
    known = record_fields(tenant=job.tenant, list_id=job.target_id)
    name, values = key_values(deletion_options(job).filter, known)
    return (name, values) if values else None


def _pages_by_key(
    job: Job, client: PlatformClient, old: OldValues, named: tuple[str, tuple[str, ...]]
) -> Iterator[Page[Record]]:
    """Read the records of named keys one by one, each once however its key is written; a cursor counts the keys."""
    name, values = named
    begin = int(old.cursor or 0)
    found = {str(entry.get(name)) for entry in lines_read(old)} if begin else set()
    for at, value in enumerate(values[begin:], start=begin + 1):
        told = record_of_key(client, job.target_id, name, value)
        items: tuple[Record, ...] = ()
        if told is not None and told[1] not in found:
            found.add(told[1])
            items = (told[0]._replace(entry={**told[0].entry, name: told[1]}),)
        yield Page(items, next_cursor=str(at) if at < len(values) else "")


def _wanted(job: Job, client: PlatformClient) -> Callable[[Record], bool]:
    """Return what says of a record whether the job may touch it; rather one too many than one too few."""
    if job.kind == LIST_DELETE:
        criteria = deletion_options(job).filter
        # Learnt while there are records to learn them from: putting back needs them.
        known = record_fields_learn(tenant=job.tenant, list_id=job.target_id, client=client)
        values = {name.casefold(): values_spelled(name, said, known) for name, said in criteria.fields}
        has_state = STATES[criteria.policy if _use_of_state(job, client) else DeletePolicy.ALL]

        def is_met(record: Record) -> bool:
            texts = {name.casefold(): str(value) for name, value in record.entry.items() if value is not None}
            return has_state(record) and all(texts.get(name, "") in said for name, said in values.items())

        return is_met
    if job_mode(job) is UploadMode.REPLACE:
        return lambda record: True
    keys = job_keys(job)
    sent = set()
    with Spool.open(job) as spool:
        for chunk in Chunk.objects.filter(job=job).order_by("number").iterator():
            sent |= {canonical_key(record, keys) for record in orjson.loads(spool.body(chunk))}
    return lambda record: canonical_key(record.entry, keys) in sent


def _fed(job: Job) -> frozenset[str] | None:
    """Return the fields that an update writes, with its keys; None where the whole record goes."""
    if job.kind == LIST_DELETE or job_mode(job) is UploadMode.REPLACE:
        return None
    named = {*upload_options(job).mapping.values(), *(spec.name for spec in job_keys(job))}
    return frozenset(name.casefold() for name in named if name)


def _kept(entry: Mapping[str, Any], names: frozenset[str] | None) -> Mapping[str, Any]:
    if names is None:
        return dict(entry)
    return {name: value for name, value in entry.items() if name.casefold() in names}
