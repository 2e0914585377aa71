"""What the broker's messages do; they carry nothing and may come twice or never."""

from __future__ import annotations

from celery import shared_task

from bpadmin.dialler import sweep


@shared_task(name="bpadmin.dialler.tasks.actions_sweep")
def actions_sweep() -> None:
    """Settle acts whose outcome was not written down, as far as the platforms tell."""
    sweep.actions_sweep()
