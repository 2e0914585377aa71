"""What the broker's messages do; they carry nothing and may come twice or never."""

from __future__ import annotations

from celery import shared_task

from bpadmin.audit.sealing import entries_seal_all


@shared_task(name="bpadmin.audit.tasks.entries_seal")
def entries_seal() -> None:
    """Seal entries of the log that were left unsealed."""
    entries_seal_all()
