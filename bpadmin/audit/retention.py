"""Removing entries for their age: the one way out of the log that the database admits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from bpadmin.audit.chain import row_hash
from bpadmin.audit.models import AuditEntry, DroppedSegment, PersonalValues
from bpadmin.audit.sealing import chain_end, chain_entries, entries_seal
from bpadmin.audit.signing import signing_keys


def chains_old(before: datetime) -> list[int]:
    """Return the chains that hold entries from before a time."""
    found = AuditEntry.every.filter(at__lt=before).order_by().values_list("tenant_id", flat=True).distinct()
    return sorted({tenant_id or 0 for tenant_id in found})


def segment_drop(*, chain: int, before: datetime, stay: Q, at_once: int) -> int | None:
    """Remove the oldest entries of a chain from before a time, `at_once` at most; None where there are none.

    Entries that `stay` matches are kept. Gives how many were removed. What is removed is written down first, signed,
    so that the rest of the chain can be proven across the gap.
    """
    entries_seal(chain)
    with transaction.atomic():
        chain_end(chain)
        last = DroppedSegment.objects.filter(tenant=chain).order_by("-last").first()
        rows = chain_entries(chain).filter(number__gt=last.last if last else 0).order_by("number")[:at_once]
        run: list[AuditEntry] = []
        for entry in rows:
            if entry.at >= before:
                break
            run.append(entry)
        if not run:
            return None
        numbers = [entry.number or 0 for entry in run]
        kept = chain_entries(chain).filter(stay, number__in=numbers).values_list("number", flat=True)
        segment = DroppedSegment(
            tenant=chain,
            first=numbers[0],
            last=numbers[-1],
            first_prev_hash=run[0].prev_hash,
            last_hash=run[-1].hash,
            kept=sorted(number for number in kept if number is not None),
            before=before,
            at=timezone.now(),
        )
        segment.hash = row_hash(segment_data(segment), segment.first_prev_hash, key=signing_keys().current)
        segment.save(force_insert=True)
        gone = [entry.pk for entry in run if entry.number not in set(segment.kept)]
        PersonalValues.objects.filter(pk__in=gone).delete()
        AuditEntry.every.filter(pk__in=gone)._raw_delete("default")
    return len(gone)


def segment_data(segment: DroppedSegment) -> dict[str, Any]:
    """Return what the signature of a removal is made of."""
    data = {name: getattr(segment, name) for name in ("tenant", "first", "last", "last_hash", "kept")}
    return {**data, "before": segment.before.isoformat(), "at": segment.at.isoformat()}
