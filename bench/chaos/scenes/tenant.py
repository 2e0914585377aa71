"""Scenes in which the tenant is slow, cuts, refuses, lies, or is away."""

from __future__ import annotations

from typing import Any

from bench.chaos.scene import KEYED, NOKEY, Stage, Upload, scene
from bench.chaos.waiting import sleep, wait_until


def _under(stage: Stage, kind: str, *, times: int | None = None, **how: Any) -> list[Upload]:
    """Send a file into a list of each kind, with a fault of each list's requests on order."""
    made = [stage.ready(each) for each in (NOKEY, KEYED)]
    stage.tenant.latency(0.03)
    for upload in made:
        stage.tenant.fault(upload.list_id, kind, times=times, **how)
    stage.confirm(*made)
    return made


def _enter(name: str, kind: str, words: str, *, short: bool = False, **how: Any) -> None:
    """Enter a scene in which requests fail in one way, some of them at random."""

    def play(stage: Stage) -> None:
        stage.finish(*_under(stage, kind, **how))

    play.__doc__ = words
    scene(name=name, short=short)(play)


_enter("reset-after-5", "cut_after", "5 % of the requests are cut after they were carried out.", probability=0.05)
_enter("reset-after-20", "cut_after", "20 % are cut after they were carried out.", short=True, probability=0.2)
_enter("reset-before-20", "cut_before", "20 % are cut before they were carried out.", probability=0.2)
_enter("http503-20", "http_503", "20 % are answered with 503.", probability=0.2)
_enter("http500-after-5", "http_500", "5 % are answered with 500 and were carried out.", probability=0.05, applied=True)
_enter("http429-20", "rate_limit", "20 % are answered with 429 and Retry-After.", probability=0.2, seconds=1)
_enter("truncated-10", "cut_body", "10 % of the answers break off.", probability=0.1)
_enter("html-10", "html", "10 % are answered with a page of a proxy, and carried out.", probability=0.1, applied=True)
_enter("slow-10", "slow", "10 % take a second.", probability=0.1, seconds=1.0)
_enter("tokens-expired-10", "revoke_token", "10 % find that their token has been withdrawn.", probability=0.1)
_enter("rows-dropped", "drop_row", "Rows are dropped, and not counted as added.", times=3)
_enter("rows-dropped-and-counted", "drop_row_counted", "Rows are dropped and counted as added.", short=True, times=3)
_enter("two-buckets", "two_buckets", "A refused row is named under two reasons at once.", short=True, times=2)


@scene()
def hangs(stage: Stage) -> None:
    """A few requests are never answered: half of them were carried out."""
    made = [stage.ready(kind) for kind in (NOKEY, KEYED)]
    for upload in made:
        for is_applied in (True, False):
            stage.tenant.fault(upload.list_id, "hang", times=1, after=4, seconds=120, applied=is_applied)
    stage.confirm(*made)
    stage.finish(*made)


@scene(short=True)
def slow_tenant_small_file(stage: Stage) -> None:
    """A file of 150 rows, for whose requests the tenant takes 25 s each."""
    for kind in (NOKEY, KEYED):
        upload = stage.ready(kind, rows=100)
        # Longer than the patience with a small file, shorter than the quiet time.
        stage.tenant.fault(upload.list_id, "slow", times=1, seconds=max(4.5, stage.scaled(120)))
        stage.confirm(upload)
        stage.finish(upload)


@scene(short=True)
def slow_tenant_beyond_the_read_time_out(stage: Stage) -> None:
    """One request of many is carried out only after the product has given up waiting for its answer."""
    stage.finish(*_under(stage, "slow", times=1, after=5, seconds=max(4.5, stage.scaled(90))))


@scene()
def slow_tenant_beyond_the_quiet_time(stage: Stage) -> None:
    """One request is carried out even after the quiet time: it may end as a question, and never twice."""
    made = _under(stage, "slow", times=1, after=5, seconds=stage.scaled(180) + 8)
    sleep(stage.scaled(180) + 10)
    stage.finish(*made)


@scene()
def tokens_revoked(stage: Stage) -> None:
    """All tokens are withdrawn, five times."""
    uploads = stage.uploads()
    for _ in range(5):
        sleep(0.4)
        stage.tenant.control("POST", "revoke")
    stage.finish(*uploads)


@scene()
def mixture(stage: Stage) -> None:
    """Every way to fail at once, each of 4 %."""
    made = [stage.ready(kind) for kind in (NOKEY, KEYED)]
    stage.tenant.latency(0.03)
    for upload in made:
        for kind in ("cut_after", "cut_before", "http_503", "rate_limit", "cut_body", "revoke_token", "html", "slow"):
            stage.tenant.fault(upload.list_id, kind, probability=0.04, seconds=0.5)
    stage.confirm(*made)
    stage.finish(*made)


@scene()
def tenant_clock_ahead(stage: Stage) -> None:
    """The tenant's clock jumps three days ahead."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    stage.tenant.control("POST", "clock", {"advance_seconds": 3 * 86400})
    stage.finish(*uploads)


@scene()
def tenant_unreachable(stage: Stage) -> None:
    """Nothing answers at the tenant's address for a while."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    with stage.watch.away():
        stage.tenant.kill()
        sleep(max(4.0, stage.scaled(60)))
        stage.tenant.start()
    stage.tenant.latency(0.02)
    stage.finish(*uploads)


@scene()
def no_counts(stage: Stage) -> None:
    """A few answers tell no counts."""
    stage.finish(*_under(stage, "no_counts", times=2, after=3))


@scene()
def no_counts_for_good(stage: Stage) -> None:
    """No answer ever tells counts: after a while that is a question, and no reason to try for ever."""
    made = _under(stage, "no_counts")
    stuck = stage.wait(*made, longest=max(60.0, stage.scaled(1500)))
    for upload in made:
        row = stage.row(upload)
        if upload.job_id in stuck:
            sight = stage.watch.sights[upload.job_id]
            sight.longest = max(sight.longest, stage.watch.still_for(upload.job_id))
            stage.stack.person().cancel(upload.job_id)
            wait_until(lambda upload=upload: stage.row(upload).is_final, "the cancelled job ends", 60)
            verdict = stage.judged(upload)
            verdict.stuck = 1
            verdict.notes.append(f"tried for ever: {row.state} {row.message[:200]}")
            stage.say(upload.kind, verdict)
        else:
            stage.finish(upload, by_hand=False)


@scene(short=True)
def list_deleted_in_the_middle(stage: Stage) -> None:
    """Somebody deletes the list while it is being filled: no row may be said to be in it."""
    uploads = stage.uploads(rows=5 * stage.rows)
    ended = set()
    for upload in uploads:
        stage.half_way(upload, share=0.1)
        # Of a job that ends before its list is deleted, what it says is true.
        if stage.row(upload).is_final:
            ended.add(upload.job_id)
        stage.tenant.list_delete(upload.list_id)
    stage.wait(*uploads)
    for upload in uploads:
        row, page = stage.row(upload), stage.stack.person().job(upload.job_id)
        verdict = stage.judged(upload)
        verdict.lost = verdict.miscounted = 0
        verdict.notes = [f"{row.state}: {row.message[:200]}"]
        if upload.job_id in ended:
            verdict.notes = ["ended before its list was deleted: nothing to judge"]
        elif " rows are in the list" in page.words and row.in_list:
            verdict.miscounted = row.in_list
            verdict.notes = [f"a list that is gone is said to hold {row.in_list:,} rows: {row.message[:200]}"]
        verdict.stuck = int(not row.is_final)
        stage.say(upload.kind, verdict)


@scene(short=True)
def user_locked_for_a_while(stage: Stage) -> None:
    """The API user is locked and unlocked again: once may be a typo, so the job waits and goes on."""
    uploads = stage.uploads()
    stage.half_way(*uploads)
    rights = ["Manage all services and campaigns", "Start campaigns and enable lists", "Manage Lists"]
    user = {"name": "sandbox", "privileges": [*rights, "Update content of calling list"]}
    with stage.watch.away():
        stage.tenant.control("POST", "users", {**user, "is_locked": True})
        stage.tenant.control("POST", "revoke")
        sleep(max(2.0, stage.scaled(10)))
        stage.tenant.control("POST", "users", user)
    stage.finish(*uploads)


@scene()
def hang_and_cancel(stage: Stage) -> None:
    """A job is cancelled while a request hangs: what is in doubt stays in doubt and can be settled."""
    made = [stage.ready(kind) for kind in (NOKEY, KEYED)]
    stage.tenant.latency(0.1)
    for upload in made:
        stage.tenant.fault(upload.list_id, "hang", times=1, after=3, seconds=60, applied=True)
    stage.confirm(*made)
    wait_until(lambda: stage.tenant.struck() >= len(made), "requests hang", 60)
    for upload in made:
        stage.stack.person().cancel(upload.job_id)
    stage.finish(*made)
