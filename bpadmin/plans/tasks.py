"""What the broker's messages do; they may come twice or never."""

from __future__ import annotations

from celery import shared_task

from bpadmin.plans import running


@shared_task(name="bpadmin.plans.tasks.plans_sweep")
def plans_sweep() -> None:
    """Claim the moments that have come, and have each run gone on with by whichever worker is free."""
    for run_id in running.plans_sweep():
        plan_run_go.apply_async(args=[run_id], queue="interactive", expires=60)


@shared_task(name="bpadmin.plans.tasks.plans_tidy")
def plans_tidy() -> None:
    """Remove runs that are older than they are to be kept."""
    running.runs_tidy()


@shared_task(name="bpadmin.plans.tasks.plan_run_go")
def plan_run_go(run_id: int) -> None:
    """Go on with one run."""
    running.run_go(run_id=run_id)
