"""The chain of changes: each row signs itself and the row before it, so that none is altered or taken out unseen."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from bpadmin.acts import Actor
from bpadmin.audit.models import Outcome
from bpadmin.tenants.models import Tenant
from bpadmin.texts import texts_fit
from dnc.models import ChangeKind, DncChange, DncList
from dnc.signing import SigningKeys, signing_keys

if TYPE_CHECKING:
    from bpadmin.jobs.models import Job

FIRST = "0" * 64
UNREADABLE = (
    "A key that signed changes cannot be read: it is stored encrypted with a BPADMIN_ENCRYPTION_KEY that is not here. "
    "Bring that key back behind the present one, with a comma between them: what it signed seems altered until then."
)
SIGNED = (
    "number", "at", "kind", "list_id", "list_name", "by_name", "n_asked", "n_done", "n_already", "n_refused",
    "n_unknown", "file_name", "file_sha256", "comment", "outcome", "message", "job_number", "details",
)  # fmt: skip


def change_record(
    *,
    tenant: Tenant,
    kind: ChangeKind,
    actor: Actor,
    dnc_list: DncList | None = None,
    counts: Mapping[str, int] | None = None,
    outcome: Outcome = Outcome.DONE,
    message: str = "",
    comment: str = "",
    job: Job | None = None,
    file_name: str = "",
    file_sha256: str = "",
    details: Mapping[str, Any] | None = None,
) -> DncChange:
    """Append a row to the tenant's chain. `counts`: n_asked, n_done, n_already, n_refused, n_unknown.

    Call it in the transaction that stores what it tells of: it waits for other writers of the same tenant.
    """
    with transaction.atomic():
        Tenant.objects.select_for_update().get(pk=tenant.pk)
        last = DncChange.objects.filter(tenant=tenant).order_by("-number").first()
        change = DncChange(
            tenant=tenant,
            number=last.number + 1 if last else 1,
            at=timezone.now(),
            kind=kind,
            dnc_list=dnc_list,
            list_id=dnc_list.remote_id if dnc_list else "",
            list_name=dnc_list.name if dnc_list else "",
            actor=actor.user,
            by_name=actor_name(actor),
            file_name=(file_name or (job.file_name if job else ""))[:300],
            file_sha256=file_sha256 or (job.file_sha256 if job else ""),
            comment=comment[:300],
            outcome=outcome,
            message=message,
            job_number=job.pk if job else None,
            details=dict(details or {}),
            prev_hash=last.hash if last else FIRST,
            **(counts or {}),
        )
        texts_fit(change)  # what is signed is what will be read
        change.hash = row_hash(signed_data(change), change.prev_hash, key=signing_keys().current)
        change.save(force_insert=True)
    return change


def actor_name(actor: Actor) -> str:
    """Give the name by which an actor is known in the log."""
    return (actor.name or (actor.user.get_username() if actor.user else "the system"))[:150]


def signed_data(change: DncChange) -> dict[str, Any]:
    """Give what a row's hash is made of, as plain data."""
    data = {name: getattr(change, name) for name in SIGNED}
    return {**data, "at": change.at.isoformat(), "kind": str(change.kind), "outcome": str(change.outcome)}


def row_hash(data: Mapping[str, Any], prev_hash: str, *, key: bytes) -> str:
    """Give the HMAC-SHA256 of a row and of the hash before it, in hexadecimal."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key, f"{prev_hash}\n{text}".encode(), sha256).hexdigest()


def is_hash_good(data: Mapping[str, Any], prev_hash: str, found: str, *, keys: SigningKeys) -> bool:
    """Tell whether a hash was made of a row by any of the keys."""
    return any(hmac.compare_digest(row_hash(data, prev_hash, key=key), found) for key in keys.known)


def chain_faults(*, tenant: Tenant) -> Iterator[str]:
    """Go through a tenant's whole chain and say in words what is wrong with it; nothing when it is whole."""
    expected, before, keys = 1, FIRST, signing_keys()
    if keys.n_unreadable:
        yield UNREADABLE
    for change in DncChange.objects.filter(tenant=tenant).order_by("number").iterator(chunk_size=1000):
        if change.number != expected:
            yield f"Between change {expected - 1:,} and change {change.number:,} something was taken out."
        elif change.prev_hash != before:
            yield f"Change {change.number:,} does not follow the one before it."
        if not is_hash_good(signed_data(change), change.prev_hash, change.hash, keys=keys):
            yield f"Change {change.number:,} was altered after it was written."
        expected, before = change.number + 1, change.hash
