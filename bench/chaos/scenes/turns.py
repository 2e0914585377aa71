"""Scenes about whose turn it is: one short trouble, a killed process and a quiet tenant among many long jobs.

What is counted are turns: how often other jobs were taken up before the one that waited. A worker that is busy ends
its turn first, so as many turns as there are workers, and as many again, are fair.
"""

from __future__ import annotations

import time

from bench.chaos.judge import Verdict
from bench.chaos.scene import KEYED, NOKEY, Stage, Upload, scene
from bench.chaos.waiting import children_of, sleep, wait_until

LONG_JOBS = 5


def _workers(stage: Stage) -> int:
    """Count the processes that send large jobs."""
    return max(1, len(children_of(stage.stack.workers()["worker-bulk"])))


def _ready(stage: Stage, count: int, slugs: list[str]) -> list[Upload]:
    """Bring long jobs to their last word, more than there are workers, tenant by tenant."""
    made = []
    for number in range(count):
        slug = slugs[number % len(slugs)]
        made.append(stage.ready(NOKEY, rows=3000, slug=slug))
        made[-1].slug = slug
    return made


def _confirm(stage: Stage, uploads: list[Upload]) -> None:
    for upload in uploads:
        stage.confirm(upload, slug=upload.slug)


def _slugs(stage: Stage, *names: str) -> list[str]:
    for name in names:
        if not stage.stack.store.rows("SELECT id FROM tenants_tenant WHERE slug = ?", name):
            stage.stack.tenant_connect(name)
    return list(names)


def _end(stage: Stage, uploads: list[Upload]) -> None:
    """Let the rest go fast, and end what is not of interest."""
    stage.tenant.latency(0)
    for upload in uploads:
        if not stage.row(upload).is_final:
            stage.stack.person(upload.slug).cancel(upload.job_id)
    stage.wait(*uploads)


def _turns_of_others(stage: Stage, mine: Upload, since: float, until: float) -> int:
    """Count how often other jobs were taken up in a span of time."""
    others = [sight for job_id, sight in stage.watch.sights.items() if job_id != mine.job_id]
    return sum(since < at < until for sight in others for at, _ in sight.turns)


def _waited(stage: Stage, mine: Upload, since: float, what: str, before: int) -> None:
    """Wait until a job has got on, and judge by the turns that others took meanwhile."""
    limit = 2 * _workers(stage) + 1
    sight = stage.watch.sights[mine.job_id]
    wait_until(
        lambda: (
            stage.row(mine).answered > before
            or stage.row(mine).is_final
            or _turns_of_others(stage, mine, since, time.monotonic()) > 6 * limit
        ),
        what,
        200,
    )
    now = time.monotonic()
    turns = _turns_of_others(stage, mine, since, now)
    verdict = Verdict(rows=len(mine.people), stall=now - since)
    verdict.notes.append(f"{what}: after {turns} turns of others (fair: {limit}) and {now - since:.1f} s")
    verdict.stuck = int(turns > limit)
    sight.longest = 0.0
    stage.say("turns", verdict)


@scene(short=True)
def one_503_while_long_jobs_run(stage: Stage) -> None:
    """Five long jobs run; another meets 503 for a moment and goes on when it said, not when the long ones are done."""
    busy = _ready(stage, LONG_JOBS, _slugs(stage, "busy"))
    mine = stage.ready(NOKEY, rows=3000)
    stage.tenant.latency(0.4)
    stage.confirm(mine)
    stage.half_way(mine, share=0.03)
    _confirm(stage, busy)
    stage.tenant.fault(mine.list_id, "http_503")
    wait_until(lambda: stage.row(mine).next_run_at or stage.row(mine).is_final, "a trouble", 60)
    stage.tenant.control("DELETE", "faults")
    _waited(stage, mine, time.monotonic(), "the job with the 503 goes on", stage.row(mine).answered)
    _end(stage, busy)
    stage.finish(mine)


@scene()
def killed_child_while_long_jobs_run(stage: Stage) -> None:
    """Five long jobs run, and the process that sends a sixth is killed."""
    busy = _ready(stage, LONG_JOBS, _slugs(stage, "busy"))
    mine = stage.ready(KEYED, rows=6000)
    stage.tenant.latency(0.4)
    stage.confirm(mine)
    stage.half_way(mine, share=0.03)
    _confirm(stage, busy)
    wait_until(lambda: stage.stack.driver_of(mine.job_id) or stage.row(mine).is_final, "a turn", 60)
    before = stage.row(mine).answered
    stage.stack.kill_driver(mine.job_id)
    if not stage.row(mine).is_final:
        _waited(stage, mine, time.monotonic(), "the job of the killed process goes on", before)
    _end(stage, busy)
    stage.finish(mine)


@scene(short=True)
def quiet_tenant_among_thirty_jobs(stage: Stage) -> None:
    """Thirty jobs of five tenants wait; a sixth tenant's 1,000 rows begin within a turn of those that run."""
    slugs = _slugs(stage, "busy", "busy-2", "busy-3", "busy-4", "busy-5")
    busy = _ready(stage, 30 if stage.rows > 2000 else 10, slugs)
    mine = stage.ready(NOKEY, rows=1000)
    stage.tenant.latency(0.4)
    _confirm(stage, busy)
    sleep(1.0)
    stage.confirm(mine)
    _waited(stage, mine, time.monotonic(), "the quiet tenant's rows begin", 0)
    _end(stage, busy)
    stage.finish(mine)
