"""The chain of changes: each row signs itself and the row before it, so that none is altered or taken out unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from bpadmin.audit.chain import FIRST, Link, links_faults, row_hash
from bpadmin.audit.models import Outcome
from bpadmin.audit.signing import signing_keys
from bpadmin.dialler.types import Actor
from bpadmin.tenants.models import Tenant
from bpadmin.texts import texts_fit
from dnc.evidence.guard import evidence_guard_missing
from dnc.models import ChangeKind, ClosedChain, DncChange, DncList

if TYPE_CHECKING:
    from bpadmin.jobs.models import Job

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
    """Return the name by which an actor is known in the log."""
    return (actor.name or (actor.user.get_username() if actor.user else "the system"))[:150]


def signed_data(change: DncChange) -> dict[str, Any]:
    """Return what a row's hash is made of, as plain data."""
    data = {name: getattr(change, name) for name in SIGNED}
    return {**data, "at": change.at.isoformat(), "kind": str(change.kind), "outcome": str(change.outcome)}


def chain_faults(*, tenant: Tenant) -> Iterator[str]:
    """Go through a tenant's whole chain and say in words what is wrong with it; nothing when it is whole."""
    changes = DncChange.objects.filter(tenant=tenant).order_by("number").iterator(chunk_size=1000)
    for name in evidence_guard_missing():
        yield f"The database's own guard over the evidence is not there ({name}). Run manage.py migrate, and ask why."
    if ClosedChain.objects.filter(tenant=tenant.pk).exists():
        yield "The chain was written down as removed with its tenant, and the tenant is still here."
    links = (Link(each.number, signed_data(each), each.prev_hash, each.hash) for each in changes)
    yield from links_faults(links, noun="change", keys=signing_keys())


def chain_close(*, tenant: Tenant) -> None:
    """Write down that a tenant's chain goes with it: without this the database lets no row of it go."""
    last = DncChange.objects.filter(tenant=tenant).order_by("-number").first()
    if last is not None:
        ClosedChain.objects.create(tenant=tenant.pk, last=last.number, last_hash=last.hash, at=timezone.now())
