"""The right to work on a job: taken by one conditional UPDATE, renewed by a heartbeat, lost when it runs out.

Every write of a driver is guarded by the owner of the lease, so that a driver which was taken for dead and was only
slow cannot change anything any more: `job_remember` for the job's own row, `lease_held` for everything else.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from bpadmin.installation.hold import hold_reason
from bpadmin.jobs.engine.outage import connection_renew
from bpadmin.jobs.kinds import kinds
from bpadmin.jobs.models import Job, JobPhase, JobState, WriteLock
from bpadmin.pace import scaled

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=scaled(8, least=2))
BEAT_SECONDS = scaled(2.0, least=0.5)


def only_reads() -> Q:
    """Return which jobs may go on while everything is held: those that send nothing."""
    return Q(phase=JobPhase.READ_BACK) | Q(kind__in=[kind for kind in kinds() if kind.only_reads])


class LeaseLost(Exception):
    """Somebody else works on the job by now; nothing that this driver still knows may be stored."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease on a job; `owner` is unique to this driver and this turn."""

    job_id: int
    owner: str


@cache
def machine_mark() -> str:
    """Name the place in which process ids mean the same: this boot of this machine, and this container."""
    parts = [socket.gethostname()]
    for path in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        try:
            parts.append(Path(path).readlink().name if path.endswith("pid") else Path(path).read_text().strip())
        except OSError:
            parts.append("")
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:12]


def owner_make(worker: str) -> str:
    """Make an owner's name: who, on which machine, in which process, which turn."""
    return f"{worker[:40]}/{machine_mark()}/{os.getpid()}/{secrets.token_hex(4)}"


def is_owner_dead(owner: str) -> bool:
    """Return whether the owner is a process of this machine that is gone; False when that cannot be known."""
    parts = owner.rsplit("/", 3)
    if len(parts) != 4 or parts[1] != machine_mark() or not parts[2].isdigit():
        return False
    try:
        os.kill(int(parts[2]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def lease_take(*, job_id: int, worker: str) -> Lease | None:
    """Take a job that waits for its turn, or whose driver is gone, together with the right to write into its target.

    Gives None when it is not its turn: somebody works on it, it waits for a time, or another job writes there.
    """
    now = timezone.now()
    lease = Lease(job_id, owner_make(worker))
    held = hold_reason()
    waiting = Q(state=JobState.QUEUED) & (Q(next_run_at=None) | Q(next_run_at__lte=now))
    left_behind = Q(state=JobState.RUNNING, lease_until__lt=now)
    with transaction.atomic(durable=True):
        taken = Job.objects.filter(waiting | left_behind, only_reads() if held else Q(), pk=job_id).update(
            state=JobState.RUNNING,
            lease_owner=lease.owner,
            lease_until=now + LEASE,
            next_run_at=None,
            started_at=Coalesce(F("started_at"), now),
        )
        if not taken:
            if held:
                Job.objects.filter(waiting, pk=job_id).exclude(message=held).update(message=held)
            return None
        job = Job.objects.only("tenant_id", "target_kind", "target_id").get(pk=job_id)
        target = {"tenant_id": job.tenant_id, "target_kind": job.target_kind, "target_id": job.target_id}
        WriteLock.objects.bulk_create([WriteLock(**target, job_id=job_id)], ignore_conflicts=True)
        # None where the other job ended in between: it is not this one's turn yet, and will be at the next try.
        lock = WriteLock.objects.select_related("job").filter(**target).first()
        if lock is None or lock.job_id != job_id:
            transaction.set_rollback(True)
    if lock is not None and lock.job_id == job_id:
        return lease
    if lock is not None:
        Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(message=_waits_for(lock.job))
    return None


def _waits_for(holder: Job) -> str:
    name = holder.file_name or holder.kind_label
    if holder.state == JobState.PAUSED:
        return (
            f"Waits for job {holder.pk} ({name}), which was paused while it wrote into the same list. "
            "Resume or cancel that job."
        )
    return f"Waits for job {holder.pk} ({name}), which is writing into the same list."


def lease_take_check(*, job_id: int, worker: str) -> Lease | None:
    """Take a job that is to be checked; None when somebody does it, it waits for a time, or is not to be checked."""
    now = timezone.now()
    lease = Lease(job_id, owner_make(worker))
    is_free = Q(lease_owner="") | Q(lease_until=None) | Q(lease_until__lt=now)
    is_time = Q(next_run_at=None) | Q(next_run_at__lte=now)
    taken = Job.objects.filter(is_free, is_time, pk=job_id, state=JobState.PREPARING).update(
        lease_owner=lease.owner, lease_until=now + LEASE
    )
    return lease if taken else None


def lease_filter(lease: Lease) -> Any:
    """Return the query that finds the job only while the lease is held."""
    return Job.objects.filter(pk=lease.job_id, lease_owner=lease.owner)


def lease_of(job: Job) -> Lease:
    """Return the lease under which this instance was read; of a job that nobody works on, that nobody does."""
    return Lease(job.pk, job.lease_owner)


@contextmanager
def lease_held(lease: Lease) -> Iterator[None]:
    """Run the block in one transaction that first proves the lease; raises LeaseLost, with nothing stored.

    The job's row stays locked meanwhile, so that nobody can take over before the block has been stored. A block that
    took long has the lease renewed once more at its end.
    """
    with transaction.atomic():
        if not _renewed(lease):
            raise LeaseLost
        began = time.monotonic()
        yield
        if time.monotonic() - began > BEAT_SECONDS and not _renewed(lease):
            raise LeaseLost


def _renewed(lease: Lease) -> bool:
    # A job that nobody works on has no time that could run out, but it must still be so.
    until = timezone.now() + LEASE if lease.owner else None
    return bool(lease_filter(lease).update(lease_until=until))


def job_driven(lease: Lease) -> Job:
    """Read the job, with its tenant, that is worked on under a lease; raises LeaseLost."""
    job: Job | None = lease_filter(lease).select_related("tenant").first()
    if job is None:
        raise LeaseLost
    return job


def job_reread(job: Job) -> None:
    """Read a job anew that is being worked on; raises LeaseLost when somebody else works on it by now.

    Never `refresh_from_db` in a driver: it would take the lease of whoever has taken over for its own.
    """
    owner = job.lease_owner
    job.refresh_from_db()
    if job.lease_owner != owner:
        job.lease_owner = owner
        raise LeaseLost


def job_remember(job: Job, **fields: Any) -> None:
    """Store fields of a job that is being worked on, and on the instance; raises LeaseLost when it is not ours."""
    if not Job.objects.filter(pk=job.pk, lease_owner=job.lease_owner).update(**fields):
        raise LeaseLost
    for name, value in fields.items():
        setattr(job, name, value)


class Heartbeat:
    """Renew the lease from a thread of its own while the `with` block runs, and keep the time spent if it is sending.

    `wanted` is what a person asked for meanwhile, `is_lost` tells that the lease is gone. Nothing may be sent once
    `is_safe` is False: the renewals have not come through for so long that somebody else may have taken over.
    """

    def __init__(self, lease: Lease, *, is_sending: bool = True) -> None:
        self.lease = lease
        self.is_sending = is_sending
        self.wanted = ""
        self.is_lost = False
        self.gone = threading.Event()
        self._renewed = time.monotonic()
        self._counted = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"heartbeat-{lease.job_id}", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.gone.set()
        self._thread.join()

    @property
    def is_safe(self) -> bool:
        """Return whether the lease is surely still ours."""
        return not self.is_lost and time.monotonic() - self._renewed < LEASE.total_seconds() - BEAT_SECONDS

    def seconds_uncounted(self) -> float:
        """Return the seconds since time was last added to the job, and start anew."""
        now = time.monotonic()
        seconds, self._counted = now - self._counted, now
        return seconds

    def _run(self) -> None:
        try:
            while not self.gone.wait(BEAT_SECONDS):
                self._beat()
                if self.is_lost:
                    return
        finally:
            connection.close()

    def _beat(self) -> None:
        asked = time.monotonic()
        # A speed is worked out from this time, so the check's must not be in it.
        seconds = self.seconds_uncounted() if self.is_sending else 0.0
        try:
            renewed = lease_filter(self.lease).update(
                lease_until=timezone.now() + LEASE, seconds_running=F("seconds_running") + seconds
            )
            wanted = lease_filter(self.lease).values_list("wanted", flat=True).first()
        except (DatabaseError, InterfaceError):
            log.warning("the lease of job %s could not be renewed", self.lease.job_id, exc_info=True)
            connection_renew()
            return
        if not renewed or wanted is None:
            self.is_lost = True
            return
        self._renewed = asked
        self.wanted = wanted


def leases_expire_dead() -> int:
    """End the leases whose owner is a process of this machine that is gone; returns how many they were."""
    now = timezone.now()
    held = Job.objects.filter(state__in=[JobState.RUNNING, JobState.PREPARING], lease_until__gte=now)
    owners = held.exclude(lease_owner="").values_list("pk", "lease_owner")
    dead = [(pk, owner) for pk, owner in owners if is_owner_dead(owner)]
    return sum(Job.objects.filter(pk=pk, lease_owner=owner).update(lease_until=_past(now)) for pk, owner in dead)


def _past(now: datetime) -> datetime:
    return now - timedelta(seconds=1)
