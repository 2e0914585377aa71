"""Which job a free worker takes next. The database decides; a message only says that a worker may look.

The rule, for the jobs of one queue that wait for a worker:

1. What is owed a turn goes first: a job whose driver died in the middle of one, and a job whose promised time ("the
   next try is at …") has come. The second kind takes half of the workers at most, so that tenants which do not answer
   cannot keep the others waiting.
2. Then tenants take turns: the tenant for which the fewest workers work now, of those the one served longest ago.
3. Within a tenant: what a person put first; then what has waited longer than PATIENCE, the longest waiting first; then
   the smallest, so that a large job does not keep small ones waiting and small ones cannot keep a large one for ever.
4. Jobs that write into one list keep the order in which they were confirmed, unless a person put one first.
5. A check reads its whole file in one turn, so checks of large files leave one worker of their queue free.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from bpadmin.installation.hold import hold_reason
from bpadmin.jobs.engine.dispatch import BULK, QUEUES, is_long, queue_of
from bpadmin.jobs.engine.lease import only_reads
from bpadmin.jobs.models import Job, JobState, TenantTurn, WorkerBeat, WriteLock
from bpadmin.jobs.queue.signs import FRESH_SECONDS

# A job that has waited this long for a worker since its last message gets another one.
MESSAGE_SECONDS = 5.0
PATIENCE = timedelta(seconds=60)
BYTES_PER_ROW = 100
LINE_SECONDS = 2
_LINE_KEY = "jobs:line:{queue}"
_COLUMNS = (
    "tenant",
    "kind",
    "state",
    "phase",
    "target_kind",
    "target_id",
    "options",
    "file_size",
    "rows_total",
    "n_not_sent",
    "n_uncertain",
    "work_done",
    "work_total",
    "lease_owner",
    "lease_until",
    "next_run_at",
    "waiting_since",
    "enqueued_at",
    "put_first_at",
    "remote",
    "failing_since",
    "remote_job_id",
    "created_at",
)


@dataclass(frozen=True, slots=True)
class Line:
    """The jobs of a queue that wait for a worker, the next one first, and how many large checks may begin now."""

    jobs: tuple[Job, ...]
    checks_left: float = math.inf

    def next(self, *, hint: int | None = None, but_not: Collection[int] = ()) -> Job | None:
        """Return the job that a free worker takes, None when there is none.

        A job that was offered to no worker is left to whoever drives it, unless `hint` names it or nobody came.
        """
        now = timezone.now()
        for job in self.jobs:
            is_offered = job.enqueued_at is not None or job.pk == hint or needs_message(job, now)
            may_begin = self.checks_left > 0 or not _is_check(job)
            if is_offered and may_begin and job.pk not in but_not:
                return job
        return None


@dataclass(slots=True)
class _Queue:
    """What the active jobs of one queue say: who is worked on, and who waits."""

    held: list[Job] = field(default_factory=list)
    waiting: list[Job] = field(default_factory=list)


def line_of(queue: str, now: datetime | None = None) -> Line:
    """Return the line of a queue as it stands now, in three queries."""
    now = now or timezone.now()
    mine = _by_queue(now)[queue]
    served = dict(TenantTurn.objects.filter(queue=queue).values_list("tenant_id", "served_at"))
    slots = _slots(queue)
    checks = sum(_is_check(job) for job in mine.held)
    checks_left = max(1, slots - 1) - checks if queue == BULK and slots else math.inf
    return Line(_ordered(mine, served, slots, now), checks_left)


def line_shown(queue: str) -> list[tuple[int, int]]:
    """Return (job, tenant) ids of a queue's line in its order, at most LINE_SECONDS old, however many pages ask."""
    pairs: list[tuple[int, int]] | None = cache.get_or_set(
        _LINE_KEY.format(queue=queue), lambda: [(job.pk, job.tenant_id) for job in line_of(queue).jobs], LINE_SECONDS
    )
    return pairs or []


def line_forget() -> None:
    """Have pages show the lines anew at once."""
    cache.delete_many([_LINE_KEY.format(queue=queue) for queue in QUEUES])


def jobs_waiting(now: datetime | None = None) -> list[Job]:
    """Return the jobs of all queues that wait for a worker, in no order."""
    return [job for queue in _by_queue(now or timezone.now()).values() for job in queue.waiting]


def needs_message(job: Job, now: datetime) -> bool:
    """Return whether a waiting job should be offered to the workers again.

    That is when no message was sent since it began to wait (for a time that has come, or since its driver died), or
    when nobody came for MESSAGE_SECONDS. A job that was offered to no worker has as long for whoever drives it.
    """
    since = waits_since(job)
    asked = job.enqueued_at
    if asked is None:
        is_left = job.waiting_since is None or _is_left_behind(job, now)
        return is_left or (now - since).total_seconds() > MESSAGE_SECONDS
    return asked < since or (now - asked).total_seconds() > MESSAGE_SECONDS


def waits_since(job: Job) -> datetime:
    """Return since when a job waits for a worker: the end of its last turn, of its wait or of its driver's lease."""
    times = (job.waiting_since or job.created_at, job.next_run_at, job.lease_until)
    return max(time for time in times if time is not None)


def is_locked_out(job: Job) -> bool:
    """Return whether a queued job has to wait until another one has ended that writes into the same list."""
    locks = WriteLock.objects.filter(
        tenant_id=job.tenant_id, target_kind=job.target_kind, target_id=job.target_id
    ).exclude(job_id=job.pk)
    return job.state == JobState.QUEUED and locks.exists()


def turn_note(*, tenant_id: int, queue: str) -> None:
    """Store that a worker of the queue has just worked for the tenant."""
    turn = TenantTurn(tenant_id=tenant_id, queue=queue, served_at=timezone.now())
    TenantTurn.objects.bulk_create(
        [turn], update_conflicts=True, unique_fields=["tenant", "queue"], update_fields=["served_at"]
    )


def _by_queue(now: datetime) -> dict[str, _Queue]:
    others = WriteLock.objects.filter(
        tenant_id=OuterRef("tenant_id"), target_kind=OuterRef("target_kind"), target_id=OuterRef("target_id")
    ).exclude(job_id=OuterRef("pk"))
    is_time = Q(next_run_at=None) | Q(next_run_at__lte=now)
    queued = Q(state=JobState.QUEUED) & is_time & Q(~Exists(others))
    queues: dict[str, _Queue] = defaultdict(_Queue)
    worked_on = Q(state__in=[JobState.RUNNING, JobState.PREPARING])
    if hold_reason():
        queued &= only_reads()
    for job in Job.objects.filter(queued | worked_on).only(*_COLUMNS).order_by("pk"):
        is_held = job.state != JobState.QUEUED and job.lease_until is not None and job.lease_until >= now
        if is_held:
            queues[queue_of(job)].held.append(job)
        elif (job.state != JobState.RUNNING or job.lease_until is not None) and _is_due(job, now):
            queues[queue_of(job)].waiting.append(job)
    return queues


def _is_due(job: Job, now: datetime) -> bool:
    return job.next_run_at is None or job.next_run_at <= now


def _slots(queue: str) -> int:
    """Count the jobs that living workers can work on at once for a queue; 0 when that is not known."""
    fresh = WorkerBeat.objects.filter(seen_at__gt=timezone.now() - timedelta(seconds=FRESH_SECONDS))
    return sum(slots for queues, slots in fresh.values_list("queues", "slots") if queue in queues.split(","))


def _ordered(mine: _Queue, served: dict[int, datetime], slots: int, now: datetime) -> tuple[Job, ...]:
    owed = [job for job in mine.waiting if _is_left_behind(job, now)]
    promised = [job for job in mine.waiting if job.failing_since and job.next_run_at]
    troubled = sum(job.failing_since is not None for job in mine.held)
    owed += sorted(promised, key=waits_since)[: max(0, max(1, slots // 2) - troubled)]
    first = {job.pk for job in owed}
    rest: dict[int, list[Job]] = defaultdict(list)
    for job in mine.waiting:
        if job.pk not in first:
            rest[job.tenant_id].append(job)
    by_tenant = {tenant: _within(jobs, now) for tenant, jobs in rest.items()}
    at_work = Counter(job.tenant_id for job in [*mine.held, *owed])
    return (*sorted(owed, key=waits_since), *_in_turn(by_tenant, at_work, served))


def _in_turn(by_tenant: dict[int, list[Job]], at_work: Counter[int], served: dict[int, datetime]) -> Iterable[Job]:
    """Let tenants take turns, as if every free worker took the next job and kept it."""
    heap = []
    for tenant, jobs in by_tenant.items():
        last = served[tenant].timestamp() if tenant in served else 0.0
        heap.append((at_work[tenant], last, min(waits_since(job) for job in jobs), tenant))
    heapq.heapify(heap)
    count = 0.0
    places = {tenant: iter(jobs) for tenant, jobs in by_tenant.items()}
    while heap:
        working, _, since, tenant = heapq.heappop(heap)
        if job := next(places[tenant], None):
            count += 1
            # Served later than everybody so far.
            heapq.heappush(heap, (working + 1, timezone.now().timestamp() + count, since, tenant))
            yield job


def _within(jobs: list[Job], now: datetime) -> list[Job]:
    """Order the jobs of one tenant; a place won by a job belongs to the one that must go before it on the same list."""
    places = sorted(jobs, key=lambda job: _rank(job, now))
    turns: dict[tuple[str, str], list[Job]] = defaultdict(list)
    for job in sorted(jobs, key=lambda job: (*_put_first(job), waits_since(job), job.pk)):
        turns[_target(job)].append(job)
    return [turns[_target(job)].pop(0) for job in places]


def _target(job: Job) -> tuple[str, str]:
    return ("check", str(job.pk)) if job.state == JobState.PREPARING else (job.target_kind, job.target_id)


def _put_first(job: Job) -> tuple[bool, float]:
    return job.put_first_at is None, -job.put_first_at.timestamp() if job.put_first_at else 0.0


def _rank(job: Job, now: datetime) -> tuple[bool, float, bool, float, float, int]:
    since = waits_since(job)
    is_patient = now - since <= PATIENCE
    size = _size(job) if is_patient else 0.0
    return (*_put_first(job), is_patient, size, since.timestamp(), job.pk)


def _size(job: Job) -> float:
    """Return about how many rows or records are left to work on."""
    if job.state == JobState.PREPARING:
        return job.file_size / BYTES_PER_ROW
    if is_long(job):
        return math.inf
    return max(job.n_not_sent + job.n_uncertain, job.work_total - job.work_done)


def _is_left_behind(job: Job, now: datetime) -> bool:
    return job.state != JobState.QUEUED and job.lease_until is not None and job.lease_until < now


def _is_check(job: Job) -> bool:
    return job.state == JobState.PREPARING
