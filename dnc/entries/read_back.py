"""Merging what the tenant can read back into the ledger: afterwards it knows all that the list holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from bpadmin.counts import counted
from bpadmin.dialler.types import Actor
from bpadmin.jobs.engine.dispatch import BULK, ring
from bpadmin.platforms.base import Capability
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.services import tenant_client
from dnc.entries.ledger import (
    PAIRS_AT_ONCE,
    Pair,
    batch_make,
    entries_removed,
    entries_there,
    gone_count,
    gone_keys,
    new_count,
    pairs_storable,
    staged_add,
    staged_forget,
    staged_pairs,
)
from dnc.evidence.chain import actor_name, change_record
from dnc.keys.normalisation import COMMENT_LENGTH
from dnc.models import ChangeKind, DncEntry, DncList, DncSource, EntryState

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant


Held = Callable[[], AbstractContextManager[None]]
LEFT_OUT = " {count:,} have more than 200 signs, or signs that cannot be kept here: the list is not known as a whole."


class ReadStopped(Exception):
    """The reading was told to stop; the ledger is as it was."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What a read-back found: entries in all, those the ledger did not know, and those it knew that are gone."""

    total: int
    new: int
    gone: int


def ledger_read_back(
    *,
    dnc_list: DncList,
    pairs: Iterable[Pair],
    actor: Actor,
    began_at: datetime | None = None,
    held: Held = transaction.atomic,
) -> ReadBack:
    """Take (key, comment) pairs, all that the list holds, in any order and of any number; flat in memory.

    `began_at` is when the reading began: what was added or removed through us since then is left as it is. Whoever
    reads for a job has each write made under its lease: `held` begins the transaction that proves it.
    """
    began_at = began_at or timezone.now()
    batch, rest, total, left_out = batch_make(), iter(pairs), 0, 0
    try:
        while part := list(islice(rest, PAIRS_AT_ONCE)):
            storable = pairs_storable(part)
            with held():
                staged_add(batch, storable)
            total += len(part)
            left_out += len(part) - len(storable)
        with held():
            source = DncSource.objects.create(
                tenant=dnc_list.tenant, actor=actor.user, by_name=actor_name(actor), text="read from the tenant"
            )
        new, gone = new_count(dnc_list, batch), gone_count(dnc_list, batch)
        for staged in staged_pairs(batch):
            with held():
                newer = _changed(dnc_list, [key for key, _ in staged], began_at)
                entries_there(dnc_list.pk, [pair for pair in staged if pair[0] not in newer], source, is_read=True)
        for keys in gone_keys(dnc_list, batch, limit=PAIRS_AT_ONCE):
            with held():
                newer = _changed(dnc_list, keys, began_at)
                entries_removed(dnc_list.pk, [key for key in keys if key not in newer], source)
    finally:
        staged_forget(batch)
    found = ReadBack(total, new, gone)
    with held():
        DncList.objects.filter(pk=dnc_list.pk).update(read_at=began_at, is_complete=not left_out)
        dnc_list.refresh_from_db()
        change_record(
            tenant=dnc_list.tenant,
            kind=ChangeKind.READ_BACK,
            actor=actor,
            dnc_list=dnc_list,
            counts={"n_asked": total, "n_done": total - left_out, "n_refused": left_out},
            message=f"{counted(total, 'entry')} read; {new:,} not known here, {gone:,} known before and gone now."
            + (LEFT_OUT.format(count=left_out) if left_out else ""),
        )
    return found


def dnc_read_back(
    *,
    dnc_list: DncList,
    actor: Actor,
    should_stop: Callable[[], bool] = lambda: False,
    held: Held = transaction.atomic,
) -> ReadBack:
    """Read a list's entries from the tenant into the ledger; a thousand in a request. PlatformError, ReadStopped.

    `held` as in `ledger_read_back`.
    Raises Unsupported for a tenant that cannot: see Capability.DNC_READ in `capabilities_known(tenant)`.
    """

    def pairs(client: PlatformClient) -> Iterator[Pair]:
        for page in client.walk_dnc_records(dnc_list.remote_id):
            if should_stop():
                raise ReadStopped
            for record in page.items:
                yield record.key, record.comment[:COMMENT_LENGTH]

    began_at = timezone.now()
    with tenant_client(dnc_list.tenant) as client:
        return ledger_read_back(dnc_list=dnc_list, pairs=pairs(client), actor=actor, began_at=began_at, held=held)


def can_read_back(tenant: Tenant) -> bool:
    """Return whether a tenant's lists can be read, as far as was found out."""
    return Capability.DNC_READ in capabilities_known(tenant)


def read_back_ring(dnc_list: DncList) -> bool:
    """Ask a worker to read a list back; False when the broker cannot be reached."""
    return ring("dnc.tasks.dnc_read_back", dnc_list.pk, BULK)


def _changed(dnc_list: DncList, keys: list[str], moment: datetime) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), 500):
        rows = DncEntry.objects.filter(dnc_list=dnc_list, key__in=keys[start : start + 500], changed_at__gt=moment)
        found.update(rows.filter(state__in=[EntryState.PRESENT, EntryState.REMOVED]).values_list("key", flat=True))
    return found
