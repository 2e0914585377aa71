"""Sending a job's chunks on several lanes at once: one in the calling thread, the others in threads of their own."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from functools import partial

from django.db import connection

from bpadmin.jobs import ledger
from bpadmin.jobs.durable import commits_on_disk
from bpadmin.jobs.endings import Ending
from bpadmin.jobs.lease import Heartbeat
from bpadmin.jobs.models import Chunk, ChunkState, Job, JobState
from bpadmin.jobs.outage import store_patiently
from bpadmin.jobs.registry import ChunkResult, Handler, JobRefused
from bpadmin.jobs.shutdown import is_shutting_down
from bpadmin.jobs.spool import Spool
from bpadmin.jobs.troubles import is_final, trouble_ending
from bpadmin.pace import scaled
from bpadmin.platforms.client import PlatformClient
from bpadmin.platforms.errors import PlatformError
from bpadmin.tenants.services import tenant_client

log = logging.getLogger(__name__)

# An uncertain chunk is sent again only after this: its first request may still be worked on.
COOL_SECONDS = scaled(2.0, least=0.2)
FIRST_WAIT, SHORT_WAIT = 0.2, 2.0
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
        # After a failed turn one lane feels its way with one chunk before all of them go on.
        self._is_probing = job.failures > 0

    def run(self) -> None:
        """Send until nothing is left to send now, time is up, or something stops it; `ending` tells what."""
        ready = self.job.chunks.filter(state=ChunkState.READY).count()
        if self._may_resend:
            uncertain = self.job.chunks.filter(state=ChunkState.UNCERTAIN).order_by("number")
            self._cooling = [(time.monotonic(), pk) for pk in uncertain.values_list("pk", flat=True)]
        if not ready and not self._cooling:  # as in a job without chunks, which has no spool either
            return
        self._many = 1 if self._is_probing else max(1, min(self.handler.lanes(self.job), ready + len(self._cooling)))
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
        if self._error is not None:
            raise self._error

    @property
    def is_open(self) -> bool:
        """Tell whether another chunk may be taken."""
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
            self._store(partial(ledger.chunk_give_back, self.lease, chunk))
            return None
        try:
            result = self.handler.send(self.job, chunk, client=client, spool=spool)
        except PlatformError as error:
            self._failed(chunk, error)
            return self._take()
        except JobRefused as refused:
            # What a handler needs of the spool it reads before its first request: nothing has left.
            self._store(partial(ledger.chunk_give_back, self.lease, chunk, str(refused)))
            raise
        except BaseException:
            self._store(partial(ledger.chunk_uncertain, self.lease, chunk, OUR_ERROR))
            raise
        return self._done(chunk, result)

    def _take(self) -> Chunk | None:
        if not self.is_open:
            return None
        with self._lock:
            return store_patiently(partial(ledger.chunk_claim, self.lease, again=self._cooled()))

    def _done(self, chunk: Chunk, result: ChunkResult) -> Chunk | None:
        if result.stop:
            self._end(Ending(JobState.PARTIAL, result.stop))
        fields = {"failures": 0, "failing_since": None, "message": ""} if self._is_probing else {}
        with self._lock:
            self.failed_in_a_row, self.trouble = 0, None
            claim, again = self.is_open and not self._is_probing, self._cooled()
            done = partial(ledger.chunk_done, self.lease, chunk, result, claim=claim, again=again, job_fields=fields)
            return store_patiently(done)

    def _failed(self, chunk: Chunk, error: PlatformError) -> None:
        """Store that no usable answer came, and wait a little or end the turn."""
        log.warning("job %s, chunk %s, attempt %s: %s", self.job.pk, chunk.number, chunk.attempt, error.message)
        with self._lock:
            self.trouble = error
            move = ledger.chunk_uncertain if error.maybe_applied else ledger.chunk_give_back
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
