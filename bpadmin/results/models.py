"""What is kept of the results of lists: attempts, the state of each record that was tried, and counts of both.

No names and no numbers of called persons are in here: a record is a keyed hash of its key (reading/identity.py).
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from bpadmin.texts import ExactText, LongText, PlainData, ShortText


class ResultsSettings(models.Model):
    """How a tenant's results are read: the budget of calls, what is kept, and who reads now.

    `key` is the secret of the keyed hashes, encrypted. `calls_left` is what is left of the budget at `calls_at`.
    `reader` is the process that reads, until `reader_until`. `trouble` is why nothing can be read, "" where it can,
    and `is_refused` whether the API user's sign-in is what is refused. `turn` counts the steps.
    """

    tenant = models.OneToOneField("tenants.Tenant", on_delete=models.CASCADE, related_name="results_settings")
    key = models.TextField()
    is_reading = models.BooleanField(default=True)
    calls_a_minute = models.PositiveSmallIntegerField(default=60)
    whole_every_minutes = models.PositiveSmallIntegerField(default=60)
    keeps_agents = models.BooleanField(default=False)
    calls_left = models.FloatField(default=0.0)
    calls_at = models.DateTimeField(null=True, blank=True)
    turn = models.PositiveBigIntegerField(default=0)
    reader = models.CharField(max_length=40, blank=True, default="")
    reader_until = models.DateTimeField(null=True, blank=True)
    running_found_at = models.DateTimeField(null=True, blank=True)
    all_found_at = models.DateTimeField(null=True, blank=True)
    trouble = LongText(blank=True, default="")
    is_refused = models.BooleanField(default=False)
    trouble_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "results settings"

    def __str__(self) -> str:
        return f"Results of {self.tenant}"


class ResultHook(models.Model):
    """The address to which a tenant's platform sends results; whoever has its secret may send there.

    `secret` is encrypted, `secret_hash` what it is found by. `taken` events were of use, `passed` told nothing of
    results, `refused` were none; `trouble` is why the last of those was refused.
    """

    tenant = models.OneToOneField("tenants.Tenant", on_delete=models.CASCADE, related_name="result_hook")
    secret = models.TextField()
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    made_by_name = ShortText(max_length=150)
    taken = models.PositiveBigIntegerField(default=0)
    passed = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField(null=True, blank=True)
    trouble = LongText(blank=True, default="")
    trouble_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Address for results of {self.tenant}"


class SentResult(models.Model):
    """What a platform sent of one record, until whoever reads the tenant's results has counted it.

    `facts` are what is kept of a record anyway: hashes, times, dispositions; no names and no numbers. `mark` is the
    hash of all that was sent, so that the same event waits once.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="sent_results")
    mark = models.BigIntegerField()
    source_id = ExactText(max_length=820)
    at = models.DateTimeField()
    record_made_at = models.DateTimeField(null=True, blank=True)
    facts = PlainData(default=dict)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "mark"], name="a_sent_result_waits_once")]

    def __str__(self) -> str:
        return f"{self.source_id} at {self.at:%Y-%m-%d %H:%M:%S}"


class ResultSource(models.Model):
    """The results of one list in one campaign, or of what else a platform reads in one walk, and how far it is read.

    `read_at` is the moment up to which changes are known (our clock), `newest` the time of the newest attempt seen (the
    dialler's clock). `cursor` is where a reading of changes goes on that began at `reading_from`; at `deep_at` one
    looked back further than usual. At `same_at` known records were met again, so that nothing was lost before.

    A whole reading has the members `walk_…`: `walk_number` counts them, `walk_never` the records in this one that were
    never attempted. `never` is how many are so now, None before the first whole reading; `base_total` is what the
    dialler's total was when that ended.

    `total` is what the dialler says, at `total_at`. `unseen` attempts are known by number only. `heard_at` is when the
    platform last sent something of it by itself.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="result_sources")
    source_id = ExactText(max_length=820)
    campaign_id = ExactText(max_length=400, blank=True, default="")
    campaign_name = ShortText(max_length=300, blank=True, default="")
    list_id = ExactText(max_length=400, blank=True, default="")
    list_name = ShortText(max_length=300, blank=True, default="")
    instance_id = ExactText(max_length=400, blank=True, default="")
    is_enabled = models.BooleanField(null=True, blank=True)
    is_running = models.BooleanField(default=False)
    is_bound = models.BooleanField(default=True)
    total = models.PositiveIntegerField(null=True, blank=True)
    total_at = models.DateTimeField(null=True, blank=True)
    key_fields = PlainData(default=list, blank=True)
    # Changes
    read_at = models.DateTimeField(null=True, blank=True)
    first_read_at = models.DateTimeField(null=True, blank=True)
    newest = models.DateTimeField(null=True, blank=True)
    cursor = LongText(blank=True, default="")
    reading_from = models.DateTimeField(null=True, blank=True)
    reading_began_at = models.DateTimeField(null=True, blank=True)
    deep_at = models.DateTimeField(null=True, blank=True)
    same_at = models.DateTimeField(null=True, blank=True)
    # A whole reading
    walk_number = models.PositiveIntegerField(default=0)
    walk_cursor = LongText(blank=True, default="")
    walk_began_at = models.DateTimeField(null=True, blank=True)
    walk_why = ShortText(max_length=80, blank=True, default="")
    walk_read = models.PositiveIntegerField(default=0)
    walk_never = models.PositiveIntegerField(default=0)
    walk_found = models.PositiveIntegerField(default=0)
    walk_changed = models.PositiveIntegerField(default=0)
    walk_done_at = models.DateTimeField(null=True, blank=True)
    walk_wanted = ShortText(max_length=80, blank=True, default="first reading")
    never = models.IntegerField(null=True, blank=True)
    base_total = models.PositiveIntegerField(null=True, blank=True)
    # What went wrong
    failures = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    trouble = LongText(blank=True, default="")
    heard_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["campaign_name", "list_name", "id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "source_id"], name="one_result_source")]
        indexes = [
            models.Index(fields=["tenant", "campaign_id"], name="result_source_campaign"),
            models.Index(fields=["tenant", "list_id"], name="result_source_list"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """Name the list, or what it is where it has no name."""
        return self.list_name or self.campaign_name or self.source_id

    @property
    def is_urgent(self) -> bool:
        """Return whether its records are being dialled."""
        return self.is_bound and self.is_running and self.is_enabled is not False

    @property
    def walk_percent(self) -> int | None:
        """How much of the whole reading under way is done, None where there is none or its size is not known."""
        if self.walk_began_at is None or not self.total:
            return None
        return min(100, self.walk_read * 100 // self.total)


class DispositionGroup(models.TextChoices):
    """What a disposition counts as; the words are those of all pages, files and commands."""

    CONTACT = "contact", "Contact"
    RIGHT_PARTY = "right_party", "Right party"
    SUCCESS = "success", "Success"
    REFUSED = "refused", "Refused"
    DO_NOT_CALL = "do_not_call", "Do not call"
    MACHINE = "machine", "Machine"
    NO_ANSWER = "no_answer", "No answer"
    BAD_NUMBER = "bad_number", "Bad number"
    NO_AGENT = "no_agent", "No agent"
    NONE = "", "Not grouped"


class Ending(models.TextChoices):
    """What a platform's own result code does with a record, where the platform has such types."""

    DONE = "done", "Done"
    ABORTED = "aborted", "Aborted"
    DELAY = "delay", "Delayed"
    APPOINTMENT = "appointment", "Appointment"
    NONE = "", "Not told"


class Disposition(models.Model):
    """A word with which a tenant's dialler ends attempts, and the group it counts as; `ending` as the dialler types it.

    `is_proposed`: the group comes from the word itself and nobody has looked at it yet. `seen` counts its attempts.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="dispositions")
    name = ExactText(max_length=200, blank=True)
    group = models.CharField(max_length=20, choices=DispositionGroup.choices, blank=True, default="")
    ending = models.CharField(max_length=12, choices=Ending.choices, blank=True, default="", db_default="")
    is_proposed = models.BooleanField(default=True)
    seen = models.PositiveBigIntegerField(default=0)
    changed_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-seen", "name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="one_disposition")]

    def __str__(self) -> str:
        return self.name or "No disposition"


class GroupChange(models.Model):
    """A change of what a disposition counts as: figures made before it were counted by `before`."""

    disposition = models.ForeignKey(Disposition, on_delete=models.CASCADE, related_name="changes")
    before = models.CharField(max_length=20, choices=DispositionGroup.choices, blank=True, default="")
    after = models.CharField(max_length=20, choices=DispositionGroup.choices, blank=True, default="")
    at = models.DateTimeField(default=timezone.now)
    by = ShortText(max_length=150)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.disposition}: {self.get_before_display()} → {self.get_after_display()}"


class Attempt(models.Model):
    """One attempt at a record. `at` is UTC, `seconds` the platform's callDuration as it documents it, not talk time.

    `mark` is what makes it the same attempt when it is read again. `is_call`: somebody was dialled; others are
    decisions of the dialler, such as a match of a Do Not Call list. `agent` is a login, where the tenant keeps those.
    """

    source = models.ForeignKey(ResultSource, on_delete=models.CASCADE, related_name="attempts", db_index=False)
    mark = models.BigIntegerField()
    record = models.BigIntegerField()
    at = models.DateTimeField()
    disposition = models.ForeignKey(Disposition, on_delete=models.PROTECT, related_name="+", db_index=False)
    seconds = models.PositiveIntegerField(null=True, blank=True)
    is_call = models.BooleanField(default=True)
    agent = ShortText(max_length=150, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "mark"], name="an_attempt_counts_once")]
        indexes = [models.Index(fields=["source", "at"], name="attempt_time")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"


class Place(models.IntegerChoices):
    """Where a record that was attempted stands."""

    OPEN = 0, "Attempted, open"
    COMPLETED = 1, "Completed"
    GONE = 2, "Gone since"


class RecordState(models.Model):
    """How a record stands that was attempted: by the last thing read of it.

    `told` is how many attempts the platform says, `kept` how many of them are in the ledger. `walk` is the last whole
    reading that met it as attempted, `born` the one during which changes told of it first (0: none).
    """

    source = models.ForeignKey(ResultSource, on_delete=models.CASCADE, related_name="states", db_index=False)
    record = models.BigIntegerField()
    place = models.PositiveSmallIntegerField(choices=Place.choices, default=Place.OPEN)
    disposition = models.ForeignKey(Disposition, on_delete=models.PROTECT, related_name="+", db_index=False)
    told = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    walk = models.PositiveIntegerField(default=0)
    born = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "record"], name="one_state_a_record")]

    def __str__(self) -> str:
        return f"{self.get_place_display()}"


class HourCount(models.Model):
    """How many attempts of a source ended in a disposition within an hour of the tenant's clock; `hour` is UTC."""

    source = models.ForeignKey(ResultSource, on_delete=models.CASCADE, related_name="hours", db_index=False)
    hour = models.DateTimeField()
    disposition = models.ForeignKey(Disposition, on_delete=models.PROTECT, related_name="+", db_index=False)
    is_call = models.BooleanField(default=True)
    count = models.PositiveIntegerField(default=0)
    seconds = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "hour", "disposition", "is_call"], name="one_count_an_hour")
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00}: {self.count}"


class StockCount(models.Model):
    """How many records of a source stand in a place with a last disposition; `depth` is attempts, 4 for four or more.

    `attempts` adds up what the platform tells of attempts at them.
    """

    source = models.ForeignKey(ResultSource, on_delete=models.CASCADE, related_name="stock", db_index=False)
    place = models.PositiveSmallIntegerField(choices=Place.choices)
    disposition = models.ForeignKey(Disposition, on_delete=models.PROTECT, related_name="+", db_index=False)
    depth = models.PositiveSmallIntegerField()
    records = models.IntegerField(default=0)
    attempts = models.BigIntegerField(default=0)
    unseen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "place", "disposition", "depth"], name="one_stock_count")
        ]

    def __str__(self) -> str:
        return f"{self.get_place_display()}: {self.records}"


class GapReason(models.TextChoices):
    """Why attempts of a span may be unknown."""

    UNBOUND = "unbound", "the list was taken off the campaign, or deleted, elsewhere"
    REMOVED = "removed", "records were deleted from the list"
    RELOADED = "reloaded", "the list was emptied and filled again"
    BETWEEN = "between", "the platform tells only the last attempt of a record, and some were made in between"
    UNREAD = "unread", "it could not be read to the end before its records were deleted or unbound from here"


class Gap(models.Model):
    """A span in which attempts may have been made that nobody can read any more. `count` is how many, where known."""

    source = models.ForeignKey(ResultSource, on_delete=models.CASCADE, related_name="gaps")
    reason = models.CharField(max_length=20, choices=GapReason.choices)
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField()
    count = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-ended_at"]

    def __str__(self) -> str:
        return self.get_reason_display()


class Recount(models.Model):
    """A whole reading that has ended, and what it found other than was known.

    `found` attempts were not in the ledger, `changed` records stood otherwise, `gone` were no longer there.
    `counts_differed` is how many kept counts were not what the ledger adds up to.
    """

    source = models.ForeignKey(ResultSource, on_delete=models.CASCADE, related_name="recounts")
    why = ShortText(max_length=80)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    records = models.PositiveIntegerField()
    found = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    gone = models.PositiveIntegerField()
    counts_differed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.records} records"

    @property
    def is_same(self) -> bool:
        """Return whether it found what was known."""
        return not (self.found or self.changed or self.gone or self.counts_differed)
