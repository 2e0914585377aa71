"""Scenes in which processes of the product die, are asked to end, or stand still."""

from __future__ import annotations

import signal

from bench.chaos.scene import KEYED, NOKEY, Stage, scene
from bench.chaos.stacks import pause
from bench.chaos.waiting import is_alive, send, sleep, wait_until


@scene()
def nothing(stage: Stage) -> None:
    """Nothing goes wrong: what the other scenes are measured against."""
    stage.finish(*stage.uploads())


@scene(short=True)
def kill_worker_child(stage: Stage) -> None:
    """The process that sends a job is killed, as by a lack of memory."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    for upload in uploads:
        stage.stack.kill_driver(upload.job_id)
    stage.finish(*uploads)


@scene()
def kill_worker_main(stage: Stage) -> None:
    """The main process of the worker is killed; its children are left to themselves."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    stage.stack.kill_main("worker-bulk")
    stage.finish(*uploads)


@scene()
def kill_all_workers(stage: Stage) -> None:
    """All workers with all their processes are killed."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    stage.stack.kill(*stage.stack.workers())
    stage.finish(*uploads)


@scene()
def kill_all_workers_five_times(stage: Stage) -> None:
    """All workers are killed five times in a row, whenever they have got a little further."""
    uploads = stage.uploads()
    for times in range(5):
        stage.half_way(*uploads, share=0.1 + 0.1 * times)
        wait_until(stage.stack.workers, "a worker runs", 60)
        stage.stack.kill(*stage.stack.workers())
        sleep(stage.dice.uniform(0.2, 1.0))
    stage.finish(*uploads)


@scene()
def kill_beat(stage: Stage) -> None:
    """The process that times the sweep is killed."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    stage.stack.kill("beat")
    stage.finish(*uploads)


@scene()
def kill_beat_and_worker(stage: Stage) -> None:
    """Beat and the worker are killed together."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    stage.stack.kill("beat", "worker-bulk")
    stage.finish(*uploads)


@scene()
def kill_web_while_polling(stage: Stage) -> None:
    """The web server is killed while a page asks for progress."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    stage.stack.person().job(uploads[0].job_id)
    stage.stack.kill("web")
    stage.stack.person().job(uploads[0].job_id)
    stage.finish(*uploads)


@scene(short=True)
def kill_everything(stage: Stage) -> None:
    """Everything is killed at once and started again."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    with stage.watch.away():
        stage.stack.kill_everything()
        stage.stack.start()
    stage.finish(*uploads)


@scene(short=True)
def term_worker(stage: Stage) -> None:
    """The worker is asked to end, as at every deployment."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    before = stage.stack.parts()["worker-bulk"]
    send(before, signal.SIGTERM)
    wait_until(lambda: not is_alive(before), "the worker ends", 40)
    stage.finish(*uploads)


@scene()
def term_everything(stage: Stage) -> None:
    """Everything is asked to end and started again."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    with stage.watch.away():
        stage.stack.term_everything()
        stage.stack.start()
    stage.finish(*uploads)


@scene(short=True)
def slow_tenant_and_killed_worker(stage: Stage) -> None:
    """One request takes long at the tenant, and the process that waits for its answer is killed."""
    made = [stage.ready(kind) for kind in (NOKEY, KEYED)]
    stage.tenant.latency(0.1)
    for upload in made:
        # Longer than it takes to start a process anew, shorter than the quiet time.
        stage.tenant.fault(upload.list_id, "slow", times=1, after=3, seconds=max(6.0, stage.scaled(160)))
    stage.confirm(*made)
    # A fault counts when it begins to strike: the requests are on their way and not answered.
    wait_until(lambda: stage.tenant.struck() >= len(made), "slow requests are under way", 60)
    for upload in made:
        stage.stack.kill_driver(upload.job_id)
    stage.finish(*made)


@scene(short=True)
def stalled_check_whose_lease_ran_out(stage: Stage) -> None:
    """The process that checks a file stands still until another has taken over, and then goes on."""
    for kind in (NOKEY, KEYED):
        upload = stage.sent_to_check(kind)
        driver = wait_until(
            lambda upload=upload: stage.stack.driver_of(upload.job_id) or stage.row(upload).state == "ready",
            "the check begins",
            60,
            every=0.01,
        )
        if driver is not True:
            pause(int(driver), max(4.0, stage.scaled(8) * 2))
        stage.checked(upload)
        stage.confirm(upload)
        stage.finish(upload)


@scene()
def kill_worker_while_checking(stage: Stage) -> None:
    """The worker is killed while it checks a file."""
    upload = stage.sent_to_check(KEYED)
    stage.stack.kill(*stage.stack.workers())
    stage.checked(upload)
    stage.confirm(upload)
    stage.finish(upload)
