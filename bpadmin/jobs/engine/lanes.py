"""Sending a job's chunks on several lanes at once: one in the calling thread, the others in threads of their own."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count, Sum

from bpadmin.jobs.engine import chunks
from bpadmin.jobs.engine.completion import Ending
from bpadmin.jobs.engine.durability import commits_on_disk
from bpadmin.jobs.engine.lease import Heartbeat, lease_filter
from bpadmin.jobs.engine.outage import store_patiently
from bpadmin.jobs.engine.retry_policy import is_final, trouble_ending
from bpadmin.jobs.engine.shutdown import is_shutting_down
from bpadmin.jobs.files.blocks import number_of_blocks
from bpadmin.jobs.files.spool import Spool
from bpadmin.jobs.handlers import ChunkResult, Handler, JobRefused, job_options
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState, TenantSpeed
from bpadmin.jobs.sending_speed import SendingSpeed
from bpadmin.pace import scaled
from bpadmin.platforms.errors import PlatformError, Reason
from bpadmin.storage.troubles import StorageAway
from bpadmin.tenants.services import tenant_client

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient

log = logging.getLogger(__name__)

# An uncertain chunk is sent again only after this: its first request may still be worked on.
COOL_SECONDS = scaled(2.0, least=0.2)
FIRST_WAIT, SHORT_WAIT = 0.2, 2.0
# How often a lane that has to wait looks whether it may go on.
LOOK_SECONDS = 0.05
# How often what was found out about the speed is stored meanwhile.
TELL_SECONDS = scaled(2.0, least=0.2)
# Failures that smaller requests may be spared; whoever cannot be reached, or asks to wait, is not helped by them.
MAY_BE_TOO_LARGE = (Reason.READ_TIMEOUT, Reason.CONNECTION_CUT, Reason.SERVER_ERROR, Reason.WEB_PAGE)
OUR_ERROR = "These rows were on their way when an error of ours stopped the job."


class Lanes:
    """The lanes of one turn. `ending` is set when the turn must end for a reason other than the end of rows or of time.

    `failed_in_a_row` counts the requests without a usable answer since the last one with, `trouble` is their error.
    """

    def __init__(
        self, job: Job, *, handler: Handler, beat: Heartbeat, deadline: float | None, read_timeout: float
    ) -> None:
        self.job = job
        self.handler = handler
        self.beat = beat
        self.lease = beat.lease
        self.deadline = deadline
        self.read_timeout = read_timeout
        self.ending: Ending | None = None
        self.trouble: PlatformError | None = None
        self.failed_in_a_row = 0
        self._error: BaseException | None = None
        self._stop = threading.Event()
        # One transaction at a time from this process: lanes would else find the database locked and sleep.
        self._lock = threading.Lock()
        self._may_resend = handler.may_resend(job)
        self._cooling: list[tuple[float, int]] = []
        self.speed = SendingSpeed(1)
        self._told_at = time.monotonic()
        # So many lanes have a chunk under way.
        self._working = 0
        # Nothing was left to claim: a lane that waits for its turn need not wait any longer.
        self._is_dry = False
        # After a failed turn one lane feels its way with one chunk before all of them go on.
        self._is_probing = job.failures > 0

    def run(self) -> None:
        """Send until nothing is left to send now, time is up, or something stops it; `ending` tells what."""
        ready, rows = self._ready()
        if self._may_resend:
            uncertain = self.job.chunks.filter(state=ChunkState.UNCERTAIN).order_by("number")
            self._cooling = [(time.monotonic(), pk) for pk in uncertain.values_list("pk", flat=True)]
        if not ready and not self._cooling:  # as in a job without chunks, which has no spool either
            return
        self.speed = self._speed_now()
        if self.speed.rows:
            ready = max(ready, -(-rows // self.speed.rows))
        self._many = 1 if self._is_probing else max(1, min(self.speed.most_lanes, ready + len(self._cooling)))
        threads = [
            threading.Thread(target=copy_context().run, args=[self._thread], name=f"lane-{n}", daemon=True)
            for n in range(1, self._many)
        ]
        for thread in threads:
            thread.start()
        try:
            self._lane()
        except BaseException as exc:
            self._halt(exc)
            raise
        finally:
            for thread in threads:
                thread.join()
        self._learn()
        if self._error is not None:
            raise self._error

    def _ready(self) -> tuple[int, int]:
        found = self.job.chunks.filter(state=ChunkState.READY).aggregate(chunks=Count("pk"), rows=Sum("count"))
        return found["chunks"], found["rows"] or 0

    def _speed_now(self) -> SendingSpeed:
        """Go on by the numbers of the last turn, or of the tenant's last job; rows only where chunks may be divided."""
        can_divide = self._may_resend and self.job.chunks.exclude(blocks="").exists()
        size = (getattr(job_options(self.job), "chunk_size", 0) or self.job.tenant.chunk_size) if can_divide else 0
        learnt = TenantSpeed.objects.filter(tenant=self.job.tenant_id).values_list("learnt", flat=True).first()
        return SendingSpeed.of(self.job.speed, learnt or {}, most_lanes=self.handler.lanes(self.job), most_rows=size)

    def _learn(self) -> None:
        """Keep how it goes best for the next turn, and for the tenant's next job."""
        kept = self.speed.kept()
        if kept == self.job.speed:
            return
        store_patiently(lambda: lease_filter(self.lease).update(speed=kept))
        # A job that is bounded by its own kind tells nothing of how others go best.
        is_free = self.speed.most_rows > 0 and self.speed.most_lanes >= self.job.tenant.lanes
        if is_free and self.speed.has_measured:
            learnt = {name: kept[name] for name in ("lanes", "rows", "latency") if kept[name]}
            keep = partial(TenantSpeed.objects.update_or_create, tenant_id=self.job.tenant_id)
            store_patiently(lambda: keep(defaults={"learnt": learnt}))

    @property
    def is_open(self) -> bool:
        """Return whether another chunk may be taken."""
        is_in_time = self.deadline is None or time.monotonic() < self.deadline
        return is_in_time and not self._stop.is_set() and self.beat.is_safe and not is_shutting_down()

    def _thread(self) -> None:
        try:
            self._lane()
        except BaseException as exc:  # noqa: BLE001 - kept, and raised in the calling thread
            self._halt(exc)
        finally:
            connection.close()

    def _halt(self, error: BaseException) -> None:
        with self._lock:
            self._error = self._error or error
        self._stop.set()

    def _end(self, ending: Ending) -> None:
        with self._lock:
            self.ending = self.ending or ending
        self._stop.set()

    def _lane(self) -> None:
        client = tenant_client(self.job.tenant, read_timeout=self.read_timeout)
        try:
            with Spool.open(self.job) as spool, commits_on_disk(is_needed=not self._may_resend):
                chunk = self._take()
                while chunk is not None:
                    chunk = self._one(chunk, client, spool)
        finally:
            client.close()

    def _one(self, chunk: Chunk, client: PlatformClient, spool: Spool) -> Chunk | None:
        """Send one chunk, store what became of it, and give the next."""
        if not self.beat.is_safe:
            self._store(partial(chunks.chunk_give_back, self.lease, chunk))
            return None
        began = time.monotonic()
        try:
            result = self.handler.send(self.job, chunk, client=client, spool=spool)
        except PlatformError as error:
            self._failed(chunk, error)
            return self._take()
        except (JobRefused, StorageAway) as refused:
            # What a handler needs of the spool it reads before its first request: nothing has left.
            self._store(partial(chunks.chunk_give_back, self.lease, chunk, str(refused)))
            raise
        except BaseException:
            self._store(partial(chunks.chunk_uncertain, self.lease, chunk, OUR_ERROR))
            raise
        return self._done(chunk, result, time.monotonic() - began)

    def _take(self) -> Chunk | None:
        """Claim a chunk as soon as this lane may take part; None when the turn is over or nothing is left to claim."""
        while self.is_open:
            with self._lock:
                # By how many work, not by which: the others may have come to their end before a chunk was given back.
                if self._working < self.speed.lanes:
                    again = self._cooled()
                    claim = partial(chunks.chunk_claim, self.lease, again=again, most=self.speed.rows)
                    chunk = self._noted(store_patiently(claim), again)
                    self._is_dry = chunk is None
                    self._working += chunk is not None
                    return chunk
                if self._is_dry:
                    return None
            self._stop.wait(LOOK_SECONDS)
        return None

    def _noted(self, chunk: Chunk | None, again: int | None) -> Chunk | None:
        """Have what is left of an uncertain chunk that was divided sent again as well."""
        if chunk is not None and again is not None and chunk.whole:
            after = chunk.number + number_of_blocks(chunk.blocks)
            rest = Chunk.objects.filter(job_id=chunk.job_id, number=after, state=ChunkState.UNCERTAIN)
            known = {pk for _, pk in self._cooling}
            self._cooling += [(time.monotonic(), pk) for pk in rest.values_list("pk", flat=True) if pk not in known]
            self._cooling.sort()
        return chunk

    def _told(self) -> dict[str, Any]:
        """Return what pages are to show of the speed, when it is time for it. Call it with the lock held."""
        now = time.monotonic()
        if now - self._told_at < TELL_SECONDS:
            return {}
        self._told_at = now
        return {"speed": self.speed.kept()}

    def _done(self, chunk: Chunk, result: ChunkResult, seconds: float) -> Chunk | None:
        if result.stop:
            self._end(Ending(JobState.PARTIAL, result.stop))
        fields: dict[str, Any] = {"failures": 0, "failing_since": None, "message": ""} if self._is_probing else {}
        with self._lock:
            self.failed_in_a_row, self.trouble = 0, None
            self.speed.went_well(chunk.count, seconds)
            self._working -= 1
            has_room = self._working < self.speed.lanes
            claim = self.is_open and not self._is_probing and has_room
            again = self._cooled() if has_room else None
            fields |= self._told()
            done = partial(chunks.chunk_done, self.lease, chunk, result, claim=claim, again=again, job_fields=fields)
            following = self._noted(store_patiently(partial(done, most=self.speed.rows)), again)
            self._is_dry = self._is_dry or (claim and following is None)
            self._working += following is not None
        return following if has_room or self._is_probing else self._take()

    def _failed(self, chunk: Chunk, error: PlatformError) -> None:
        """Store that no usable answer came, and wait a little or end the turn."""
        log.warning("job %s, chunk %s, attempt %s: %s", self.job.pk, chunk.number, chunk.attempt, error.message)
        with self._lock:
            self.trouble = error
            self.speed.went_badly(chunk.count, is_told_to_wait=error.reason not in MAY_BE_TOO_LARGE)
            self._working -= 1
            move = chunks.chunk_uncertain if error.maybe_applied else chunks.chunk_give_back
            store_patiently(partial(move, self.lease, chunk, error.message))
            if self._may_resend and (error.maybe_applied or chunk.attempt > 1):
                self._cooling.append((time.monotonic() + COOL_SECONDS, chunk.pk))
            self.failed_in_a_row += 1
            in_a_row = self.failed_in_a_row
        many_failed = in_a_row > self._many + 1 or self._is_probing
        advice = error.retry_after or 0.0
        if is_final(error) or many_failed or advice > SHORT_WAIT:
            self._end(trouble_ending(self.job, error))
        elif error.maybe_applied and not self._may_resend:
            # The list must be counted before anything else is sent; the driver does that next.
            self._stop.set()
        else:
            self._stop.wait(max(advice, min(SHORT_WAIT, FIRST_WAIT * 2**in_a_row)) * random.uniform(0.7, 1.3))  # noqa: S311

    def _cooled(self) -> int | None:
        """Take an uncertain chunk off the waiting ones whose time has come. Call it with the lock held."""
        if self._cooling and self._cooling[0][0] <= time.monotonic():
            return self._cooling.pop(0)[1]
        return None

    def _store(self, move: Callable[[], None]) -> None:
        with self._lock:
            store_patiently(move)
