"""Sealing: an entry that was stored gets its place in the chain, and what it tells of people is laid apart.

It happens in a transaction of its own right after the one that stored the entry: a chain has one end, and whoever
appends to it waits for the other, which in the middle of what is acted upon would be a deadlock. Entries that the
release before has written, or that a killed process left, are sealed by the next one and every minute.
"""

from __future__ import annotations

import logging
import secrets
from functools import partial
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet

from bpadmin.audit.chain import FIRST, row_hash
from bpadmin.audit.forwarding import entry_forward
from bpadmin.audit.models import AuditEntry, LogChain, PersonalValues
from bpadmin.audit.signing import SigningKeys, signing_keys
from bpadmin.audit.verbs import PERSONAL_VERBS

log = logging.getLogger(__name__)

SIGNED = (
    "number", "verb", "tenant_id", "tenant_name", "actor_id", "actor_name", "target_kind", "target_id", "target_name",
    "outcome", "message", "details", "duration_ms", "act", "address", "request", "personal_hash",
)  # fmt: skip
# In one transaction, during which nobody else can write on SQLite.
AT_ONCE = 500
# What is laid apart of entries about people; of others, and what the log tells where it cannot be read, nothing.
APART = ("message", "details")
APART_OF_CONTACTS = ("message", "details", "target_id", "target_name")
INSTALLATION = 0


def seal_soon(tenant_id: int | None) -> None:
    """Seal a tenant's entries as soon as the present transaction is stored."""
    transaction.on_commit(partial(_seal_quietly, tenant_id or INSTALLATION))


def _seal_quietly(chain: int) -> None:
    try:
        entries_seal(chain)
    except DatabaseError:
        log.warning("entries of the log are not sealed yet; the next one seals them", exc_info=True)


def entries_seal_all() -> int:
    """Seal what is not sealed yet in every chain; returns how many entries."""
    tenants = AuditEntry.every.filter(number=None).order_by().values_list("tenant_id", flat=True).distinct()
    return sum(entries_seal(tenant_id or INSTALLATION) for tenant_id in list(tenants))


def entries_seal(chain: int) -> int:
    """Seal a tenant's entries in the order in which they were stored; returns how many."""
    count = sealed = _seal_some(chain)
    # Fewer than fit were all of them: whoever has stored one since seals it.
    while sealed == AT_ONCE:
        sealed = _seal_some(chain)
        count += sealed
    return count


def chain_entries(chain: int) -> QuerySet[AuditEntry]:
    """Return the entries of a tenant's chain; 0 is the chain of what belongs to no tenant."""
    return AuditEntry.every.filter(Q(tenant_id=chain) if chain else Q(tenant=None))


def chain_end(chain: int) -> LogChain:
    """Return the end of a chain, locked; call it in a transaction."""
    end, _ = LogChain.objects.select_for_update().get_or_create(tenant=chain, defaults={"hash": FIRST})
    return end


def _seal_some(chain: int) -> int:
    if not chain_entries(chain).filter(number=None).exists():
        return 0
    sealed = []
    with transaction.atomic():
        end = chain_end(chain)
        keys = signing_keys()
        # Read anew: what is signed is what the database gives back.
        for entry in chain_entries(chain).filter(number=None).order_by("id")[:AT_ONCE]:
            _seal(entry, end, keys)
            sealed.append(entry)
        end.signature = row_hash(end_data(end), end.hash, key=keys.current)
        end.save()
    for entry in sealed:
        entry_forward(entry)
    return len(sealed)


def _seal(entry: AuditEntry, end: LogChain, keys: SigningKeys) -> None:
    values = personal_of(entry)
    if values:
        kept = PersonalValues(entry=entry, values=values, salt=secrets.token_hex(16))
        entry.personal_hash = values_hash(kept, key=keys.current)
        # One of an entry that lost its number, as in a restored database, is made anew.
        PersonalValues.objects.filter(pk=entry.pk).delete()
        kept.save(force_insert=True)
        for name in values:
            setattr(entry, name, {} if name == "details" else "")
    entry.number, entry.prev_hash = end.number + 1, end.hash
    entry.hash = row_hash(signed_data(entry), entry.prev_hash, key=keys.current)
    changed = ("number", "prev_hash", "hash", "personal_hash", *values)
    AuditEntry.every.filter(pk=entry.pk, number=None).update(**{name: getattr(entry, name) for name in changed})
    end.number, end.hash = entry.number, entry.hash


def personal_of(entry: AuditEntry) -> dict[str, Any]:
    """Return what an entry tells of people, by the names of its columns; {} where it is about none."""
    if entry.verb not in PERSONAL_VERBS:
        return {}
    names = APART_OF_CONTACTS if entry.target_kind == "contact" else APART
    found = {name: getattr(entry, name) for name in names}
    return found if any(found.values()) else {}


def signed_data(entry: AuditEntry) -> dict[str, Any]:
    """Return what an entry's hash is made of, as plain data."""
    data = {name: getattr(entry, name) for name in SIGNED}
    return {**data, "at": entry.at.isoformat(), "outcome": str(entry.outcome), "verb": str(entry.verb)}


def values_hash(kept: PersonalValues, *, key: bytes) -> str:
    """Return the keyed hash that an entry keeps of what it tells of people."""
    return row_hash({"entry": kept.pk, "values": kept.values}, kept.salt, key=key)


def end_data(end: LogChain) -> dict[str, Any]:
    """Return what the signature of a chain's end is made of."""
    return {"chain": end.tenant, "number": end.number}
