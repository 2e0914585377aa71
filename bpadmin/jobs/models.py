"""Jobs and their chunks: the database is the truth, Celery only moves it along."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from bpadmin.counts import part_of
from bpadmin.jobs.kinds import TargetKind, kind_label, kind_of
from bpadmin.jobs.target_words import in_words_of, target_noun
from bpadmin.logs import request_id
from bpadmin.texts import ExactText, LongText, PlainData, ShortText


class JobState(models.TextChoices):
    """Where a job stands; see Job for the machine."""

    DRAFT = "draft", "Draft"
    PREPARING = "preparing", "Checking"
    READY = "ready", "Ready to send"
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    SUCCEEDED = "succeeded", "Succeeded"
    PARTIAL = "partial", "Partly done"
    FAILED = "failed", "Failed"
    ERRORED = "errored", "Stopped by an error of ours"
    CANCELLED = "cancelled", "Cancelled"


class JobPhase(models.TextChoices):
    """What a sending job is busy with; blank before it is confirmed."""

    BEGIN = "begin", "Getting the list ready"
    SEND = "send", "Sending"
    READ_BACK = "read_back", "Reading the list back"


class Wanted(models.TextChoices):
    """What a person asked of a job that is being worked on; its driver reads it between chunks."""

    PAUSE = "pause", "Pause"
    CANCEL = "cancel", "Cancel"


class Job(models.Model):
    """A piece of work that outlives a request, a worker and a broker.

    The machine (transitions are services in `bpadmin.jobs.services`; illegal moves raise IllegalMove)::

        DRAFT ─→ PREPARING ─→ READY ─→ QUEUED ⇄ RUNNING ─→ SUCCEEDED | PARTIAL
                     │          │        │  ⇅       │  ⇅
                     │          │        └─ PAUSED ─┘
                     └──────────┴──────────┴─→ FAILED (the platform or the file refused) | ERRORED (our bug) | CANCELLED

    DRAFT: a file has arrived, its mapping is not confirmed. PREPARING: the check reads the whole file, nothing is
    sent. READY: waits for a person. QUEUED: waits for a worker, or for its turn after a slice. PARTIAL: every row
    has its outcome and some were not accepted, or a person must decide on an uncertain rest.

    Ways back: READY, and a check that FAILED or ERRORED, may be checked again (job_submit). A job that ended with
    rows not sent goes to QUEUED with job_retry, and so does a PARTIAL one when a person has decided (chunk_decide).
    One that ended with rows in question may read its target back (job_read_back): it goes to QUEUED in the phase
    READ_BACK, sends nothing, and ends where it had ended before, or SUCCEEDED when every row was found.

    Accounting, true at every moment but the check and of every kind (a constraint of the database holds it; a job
    without rows of a file counts none, an export counts the lists it has read)::

        rows_total = n_accepted + n_already_there + n_rejected + n_uncertain + n_not_sent + n_unaccounted

    n_accepted = n_added + n_updated. n_unaccounted: the platform took a row without an error and does not hold it.
    n_rejected includes n_rejected_check (refused by our own check, never sent). Blank lines are no rows.

    `revision` counts the changes of what a person chose (kind and options; counters do not move it). `confirmed` is
    what was confirmed, with the digest of the spool that was checked; nothing else is sent.
    `failing_reason` is the Reason of the trouble since `failing_since`, so that one kind is told from another.
    `waiting_since` is when the job last began to wait for a worker, `enqueued_at` when a message was last sent for it,
    `put_first_at` when a person put it before the tenant's other jobs. `speed` is how it is being sent
    (`bpadmin.jobs.sending_speed`).
    """

    ACTIVE = (JobState.PREPARING, JobState.QUEUED, JobState.RUNNING)
    FINAL = (JobState.SUCCEEDED, JobState.PARTIAL, JobState.FAILED, JobState.ERRORED, JobState.CANCELLED)
    OUTCOMES = (
        "n_added", "n_updated", "n_already_there", "n_rejected", "n_uncertain", "n_not_sent", "n_unaccounted",
    )  # fmt: skip
    COUNTERS = ("rows_total", "rows_blank", "n_rejected_check", *OUTCOMES)

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=30)
    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.DRAFT, db_index=True)
    phase = models.CharField(max_length=30, choices=JobPhase.choices, blank=True, default="")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="jobs")
    owner_name = ShortText(max_length=150, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")
    target_kind = models.CharField(
        max_length=10, choices=TargetKind.choices, default=TargetKind.LIST, db_default=TargetKind.LIST
    )
    target_id = ExactText(max_length=400, blank=True)
    target_name = ShortText(max_length=300, blank=True)

    file_name = ShortText(max_length=300, blank=True)
    file_size = models.PositiveBigIntegerField(default=0)
    file_sha256 = models.CharField(max_length=64, blank=True)
    upload_path = models.CharField(max_length=300, blank=True)
    spool_path = models.CharField(max_length=300, blank=True)

    # The number of the request that it began with: what the workers log of it, and send along, carries it.
    request = ShortText(max_length=64, blank=True, default=request_id, db_default="")
    options = PlainData(default=dict, blank=True)
    revision = models.PositiveIntegerField(default=0, db_default=0)
    confirmed = PlainData(default=dict, db_default=models.Value({}, output_field=models.JSONField()), blank=True)
    report = PlainData(default=dict, blank=True)

    rows_total = models.PositiveBigIntegerField(default=0)
    rows_blank = models.PositiveBigIntegerField(default=0)
    n_added = models.PositiveBigIntegerField(default=0)
    n_updated = models.PositiveBigIntegerField(default=0)
    n_already_there = models.PositiveBigIntegerField(default=0)
    n_rejected = models.PositiveBigIntegerField(default=0)
    n_rejected_check = models.PositiveBigIntegerField(default=0)
    n_uncertain = models.PositiveBigIntegerField(default=0)
    n_not_sent = models.PositiveBigIntegerField(default=0)
    n_unaccounted = models.PositiveBigIntegerField(default=0)
    work_done = models.PositiveBigIntegerField(default=0, help_text="Progress of the check, in bytes or rows.")
    work_total = models.PositiveBigIntegerField(default=0)

    wanted = models.CharField(max_length=10, choices=Wanted.choices, blank=True, default="")
    lease_owner = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    next_run_at = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)
    enqueued_at = models.DateTimeField(null=True, blank=True)
    put_first_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="Consecutive failures to reach the platform.")
    failing_since = models.DateTimeField(null=True, blank=True)
    failing_reason = models.CharField(max_length=40, blank=True, default="", db_default="")
    remote_job_id = ExactText(max_length=120, blank=True, default="")
    remote = PlainData(default=dict, blank=True)
    speed = PlainData(default=dict, db_default=models.Value({}, output_field=models.JSONField()), blank=True)
    message = LongText(blank=True, default="", help_text="What happened, in plain words.")

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    seconds_running = models.FloatField(default=0.0, help_text="Time spent sending, without pauses and waits.")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["tenant", "-id"]),
            models.Index(fields=["state", "lease_until"]),
            models.Index(fields=["tenant", "target_id"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="every_row_has_one_outcome",
                condition=models.Q(state=JobState.PREPARING)
                | models.Q(
                    rows_total=models.F("n_added")
                    + models.F("n_updated")
                    + models.F("n_already_there")
                    + models.F("n_rejected")
                    + models.F("n_uncertain")
                    + models.F("n_not_sent")
                    + models.F("n_unaccounted")
                ),
            ),
            models.CheckConstraint(
                name="refused_by_the_check_is_rejected",
                condition=models.Q(n_rejected__gte=models.F("n_rejected_check")),
            ),
            models.CheckConstraint(
                name="only_a_driven_job_has_a_lease",
                condition=models.Q(lease_owner="") | models.Q(state__in=[JobState.RUNNING, JobState.PREPARING]),
            ),
        ]

    def __str__(self) -> str:
        return f"Job {self.pk}: {self.kind_label} {self.target_name} ({self.state})"

    def save(self, *args: Any, **options: Any) -> None:
        """Store the row; of a new one, what its kind is about as well: an id alone does not say which list it is."""
        if self._state.adding:
            self.target_kind = kind_of(self).target
        super().save(*args, **options)

    @property
    def kind_label(self) -> str:
        """Return what people call its kind."""
        return kind_label(self.kind)

    @property
    def told_message(self) -> str:
        """Return what came of it, with its platform's word for what rows go into; `message` is as it is stored."""
        return in_words_of(self.message, target_noun(self)) if self.message else ""

    @property
    def n_accepted(self) -> int:
        """Rows that the platform took: added or updated."""
        return self.n_added + self.n_updated

    @property
    def n_in_list(self) -> int:
        """Count the rows that are in the list now, whoever brought them."""
        return self.n_accepted + self.n_already_there

    @property
    def is_all_refused(self) -> bool:
        """Return whether there were rows, and of every single one it is known that it did not get in."""
        return 0 < self.rows_total == self.n_rejected + self.n_unaccounted

    @property
    def accounted(self) -> int:
        """Sum of all outcomes; equals rows_total at every moment after the check."""
        return sum(getattr(self, name) for name in self.OUTCOMES)

    @property
    def n_in_reserve(self) -> int:
        """Count the rows that the check keeps back: each is sent only where another row of its key is refused.

        They are among `n_not_sent`.
        """
        return int((self.report.get("doubles") or {}).get("spare", 0))

    @property
    def n_to_send(self) -> int:
        """Count the rows of a checked job that are sent when somebody confirms it."""
        return self.n_not_sent - self.n_in_reserve

    @property
    def to_send_words(self) -> str:
        """Say how many rows of a checked job are sent, and how many are kept in reserve."""
        reserve = f", {self.n_in_reserve:,} in reserve" if self.n_in_reserve else ""
        return f"{part_of(self.n_to_send, self.rows_total, 'row')} to send{reserve}"

    @property
    def is_active(self) -> bool:
        """Return whether something still moves by itself."""
        return self.state in self.ACTIVE

    @property
    def is_final(self) -> bool:
        """Return whether nothing more will happen."""
        return self.state in self.FINAL


class ChunkState(models.TextChoices):
    """Where a chunk stands, and in which of the job's counters its rows are.

    HELD: to be sent only once all others are done, n_not_sent · READY: to be sent, n_not_sent · IN_FLIGHT: the request
    may have left, n_not_sent on the first attempt and n_uncertain on later ones · DONE: each row in the counter of its
    outcome · UNCERTAIN: its answer did not arrive, n_uncertain · ASK: only a person can decide, n_uncertain.
    """

    HELD = "held", "Held back"
    READY = "ready", "Ready"
    IN_FLIGHT = "in_flight", "In flight"
    DONE = "done", "Done"
    UNCERTAIN = "uncertain", "Uncertain"
    ASK = "ask", "Needs a decision"


class Chunk(models.Model):
    """One request's worth of rows: `count` records at `offset` (bytes, `length` long) in the job's spool.

    `first_record` is the index of its first record among all spooled records; the spool's side file gives the source
    row number of each. `outcome` maps a reason code to the source row numbers it befell, e.g. {"duplicateKey": [17]};
    its member "detail" maps a row number (as text) to a sentence. While a person is asked it maps what reading the list
    back told (`reasons.FOUND` and its like) to row numbers. `attempt` counts the requests that may have reached
    the platform. `grew_by` is how much the list had grown when the chunk's answer was lost, where that is known.

    `blocks` says where a chunk may be divided before it is sent (`bpadmin.jobs.files.blocks`), "" where it may not.
    Where it may, each block is compared with what the check wrote, and `checksum` is blank.
    Of a part, `whole` is what the check wrote of the chunk that it was cut from, so that what was confirmed can be told
    again; its `checksum` is `blocks.OF_BLOCKS`, and each block is compared by itself. Numbers have gaps for parts.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    count = models.PositiveIntegerField()
    first_record = models.PositiveBigIntegerField()
    first_row = models.PositiveBigIntegerField()
    last_row = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField()
    length = models.PositiveBigIntegerField()
    checksum = models.CharField(max_length=16, blank=True, default="", db_default="")
    blocks = models.TextField(blank=True, default="", db_default="")
    whole = models.CharField(max_length=200, blank=True, default="", db_default="")
    state = models.CharField(max_length=10, choices=ChunkState.choices, default=ChunkState.READY)
    attempt = models.PositiveIntegerField(default=0)
    owner = models.CharField(max_length=80, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    n_added = models.PositiveIntegerField(default=0)
    n_updated = models.PositiveIntegerField(default=0)
    n_already_there = models.PositiveIntegerField(default=0)
    n_rejected = models.PositiveIntegerField(default=0)
    n_unaccounted = models.PositiveIntegerField(default=0)
    grew_by = models.BigIntegerField(null=True, blank=True)
    outcome = PlainData(default=dict, blank=True)
    message = LongText(blank=True, default="")

    class Meta:
        ordering = ["job", "number"]
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="one_chunk_per_number"),
            models.CheckConstraint(
                name="every_row_of_a_done_chunk_has_one_outcome",
                condition=~models.Q(state=ChunkState.DONE)
                | models.Q(
                    count=models.F("n_added")
                    + models.F("n_updated")
                    + models.F("n_already_there")
                    + models.F("n_rejected")
                    + models.F("n_unaccounted")
                ),
            ),
        ]
        indexes = [models.Index(fields=["job", "state", "number"])]

    def __str__(self) -> str:
        return f"Chunk {self.number} of job {self.job_id}"


class Reading(models.Model):
    """The last reading of a job's target for rows in question: how far it is, and why it ended without a result.

    `kept` and `tally` are the handler's own, stored together with each other, so that a reading goes on where it was;
    they are emptied when it has ended. `state_before` is where the job had ended.
    """

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="reading")
    state_before = models.CharField(max_length=12, choices=JobState.choices)
    message_before = LongText(blank=True, default="")
    kept = PlainData(default=dict, blank=True)
    tally = models.BinaryField(default=bytes)
    trouble = LongText(blank=True, default="", help_text="Why nothing was found out, in plain words.")

    def __str__(self) -> str:
        return f"Reading for job {self.job_id}"


class RefusedRow(models.Model):
    """A refused row of an ended job while people correct it on a page; removed with the files of its job.

    `number` counts the job's refused rows from 1, `row` is the row of the (first) file. `cells` are as they stood in
    the file, one text per column; `edited` maps the index of a column (as text) to what was typed there last, by
    `by_name`.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="refused_rows")
    number = models.PositiveIntegerField()
    row = models.PositiveBigIntegerField()
    code = ShortText(max_length=100)
    detail = LongText(blank=True, default="")
    fix = LongText(blank=True, default="")
    cells = PlainData(default=list)
    edited = PlainData(default=dict, blank=True)
    is_dropped = models.BooleanField(default=False)
    by_name = ShortText(max_length=150, blank=True, default="")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["job", "number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="one_refused_row_per_number")]

    def __str__(self) -> str:
        return f"Row {self.row} of job {self.job_id}"

    @property
    def texts(self) -> list[str]:
        """Return the cells as they stand now."""
        return [str(self.edited.get(str(at), cell)) for at, cell in enumerate(self.cells)]


class WriteLock(models.Model):
    """The one job that may write into a target (a list) now; kept from its first turn until it has ended.

    Two writers on one list would make counting its records useless, and a replacing job would delete what another adds.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    target_kind = models.CharField(
        max_length=10, choices=TargetKind.choices, default=TargetKind.LIST, db_default=TargetKind.LIST
    )
    target_id = ExactText(max_length=400)
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="write_lock")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "target_kind", "target_id"], name="one_writer_per_target")
        ]

    def __str__(self) -> str:
        return f"{self.target_id} is written by job {self.job_id}"


class TenantTurn(models.Model):
    """When a worker last worked for a tenant, by queue: tenants take turns by it."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    queue = models.CharField(max_length=20)
    served_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "queue"], name="one_turn_per_tenant_and_queue")]

    def __str__(self) -> str:
        return f"Tenant {self.tenant_id} in {self.queue}"


class TenantSpeed(models.Model):
    """How a tenant's last upload was sent best (`bpadmin.jobs.sending_speed`); its next one begins so."""

    tenant = models.OneToOneField("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    learnt = PlainData(default=dict)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Speed of tenant {self.tenant_id}"


class WorkerBeat(models.Model):
    """A sign of life of one worker process, renewed every few seconds; `queues` as a comma-separated text.

    `slots` is how many jobs it works on at once, 0 where it did not say. `clock_skew` is by how many seconds its
    machine's clock is ahead of the database's, `version` which code it runs. Beat has a row as well, without queues.
    """

    name = models.CharField(max_length=120, primary_key=True)
    queues = models.CharField(max_length=120, blank=True)
    slots = models.PositiveSmallIntegerField(default=0, db_default=0)
    seen_at = models.DateTimeField()
    clock_skew = models.FloatField(null=True, blank=True)
    version = models.CharField(max_length=40, blank=True, default="", db_default="")

    def __str__(self) -> str:
        return f"{self.name} ({self.queues})"


class RemovedByAge(models.Model):
    """How much was removed of a tenant because of its age, and the sums of the removed jobs' rows.

    The row without a tenant is about the activity log, which names tenants that are gone as well.
    """

    ROWS = (
        "n_added", "n_updated", "n_already_there", "n_rejected", "n_unaccounted",
    )  # fmt: skip

    tenant = models.OneToOneField("tenants.Tenant", null=True, on_delete=models.CASCADE, related_name="+")
    jobs = models.PositiveBigIntegerField(default=0, db_default=0)
    chunks = models.PositiveBigIntegerField(default=0, db_default=0)
    entries = models.PositiveBigIntegerField(default=0, db_default=0)
    n_added = models.PositiveBigIntegerField(default=0, db_default=0)
    n_updated = models.PositiveBigIntegerField(default=0, db_default=0)
    n_already_there = models.PositiveBigIntegerField(default=0, db_default=0)
    n_rejected = models.PositiveBigIntegerField(default=0, db_default=0)
    n_unaccounted = models.PositiveBigIntegerField(default=0, db_default=0)
    last_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.jobs} jobs of tenant {self.tenant_id}"
