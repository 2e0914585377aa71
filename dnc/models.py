"""Do Not Call lists, what is known to be in them, and every change that was made through us."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from bpadmin.texts import ExactText, LongText, PlainData, ShortText


class DncKind(models.TextChoices):
    """Types of Do Not Call lists, as the platform client spells them (`bpadmin.platforms.types.DncType`)."""

    INTERNAL = "INTERNAL", "Phone numbers"
    GEOGRAPHIC_POSTAL = "GEOGRAPHIC_POSTAL", "Postal codes"
    GEOGRAPHIC_AREACODE = "GEOGRAPHIC_AREACODE", "Area codes"
    GEOGRAPHIC_STATE = "GEOGRAPHIC_STATE", "States (read-only)"
    EXCLUSION = "EXCLUSION", "Excluded records"
    UNKNOWN = "UNKNOWN", "Unknown"


class PhoneRule(models.TextChoices):
    """How numbers become keys: the same way as in the calling lists that the list protects."""

    AUTO = "AUTO", "US and Canada where it fits, other countries as digits"
    US_CANADA = "US_CANADA", "US and Canada only"
    OTHER = "OTHER", "Digits as they are"


class Purpose(models.TextChoices):
    """What a list is for: which lists a number goes into that nobody here is to call any more.

    Until somebody says it, a list takes such numbers as those of own opt-outs do: one number too many in a list can be
    taken out again, one too few is a call that must not be made.
    """

    UNSAID = "unsaid", "Nobody has said what it is for"
    OWN = "own", "Own opt-outs: who asked us not to call"
    REGISTRY = "registry", "A public registry's numbers"
    LITIGATORS = "litigators", "Litigators"
    OTHER = "other", "Something else"


class PresentLists(models.Manager["DncList"]):
    """The lists that the platform has, as far as is known."""

    def get_queryset(self) -> models.QuerySet[DncList]:
        """Leave out those that were deleted."""
        return super().get_queryset().filter(gone_at=None)


class DncList(models.Model):
    """A Do Not Call list of a tenant; one whose campaigns are gone stays, as its numbers do.

    `campaigns` are those seen to use it: [{"id", "name", "disposition"}]. `is_complete`: the ledger holds everything
    that the list holds, as far as nobody changes it elsewhere: it was read back (`read_at`), or emptied through us.
    `data_as_of`: the day to which the registry's data in it are true. `fresh_days`: after so many they are too old.
    `gone_at`: the list was deleted on the platform. Its row and its entries stay, for those who ask later who put in
    what; `objects` passes it over and `every` does not.
    """

    class Source(models.TextChoices):
        """How we know of it."""

        SEEN = "seen", "Used by a campaign"
        TYPED = "typed", "Typed in"
        TENANT = "tenant", "Listed by the tenant"

    FRESH_DAYS = 31
    FRESH_DAYS_UK = 28

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="dnc_lists")
    remote_id = ExactText(max_length=400)
    name = ShortText(max_length=300)
    type = models.CharField(max_length=30, choices=DncKind.choices, default=DncKind.UNKNOWN)
    country = ShortText(max_length=40, blank=True, default="")
    list_field = ShortText(max_length=200, blank=True, default="")
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.SEEN)
    campaigns = PlainData(default=list, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When the platform last named it.")
    phone_rule = models.CharField(max_length=10, choices=PhoneRule.choices, default=PhoneRule.AUTO)
    purpose = models.CharField(
        max_length=12, choices=Purpose.choices, default=Purpose.UNSAID, db_default=Purpose.UNSAID
    )
    is_registry = models.BooleanField(default=False, help_text="Its contents come from a public registry.")
    data_as_of = models.DateField(null=True, blank=True)
    fresh_days = models.PositiveSmallIntegerField(default=FRESH_DAYS)
    read_at = models.DateTimeField(null=True, blank=True)
    is_complete = models.BooleanField(default=False)
    max_shrink = models.PositiveSmallIntegerField(default=10, help_text="Percent a replacement may remove unasked.")
    gone_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    every = models.Manager()
    objects = PresentLists()

    class Meta:
        default_manager_name = "objects"
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "remote_id"], name="one_dnc_list_per_remote_id")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_own(self) -> bool:
        """Return whether it takes those who asked this very company: its purpose says so, or nobody has said it."""
        return self.told_purpose in (Purpose.OWN, Purpose.UNSAID)

    @property
    def told_purpose(self) -> Purpose:
        """Return what it is for; a public registry's list is known as such before anybody said its purpose."""
        return Purpose.REGISTRY if self.is_registry else Purpose(self.purpose)

    @property
    def id_and_name(self) -> tuple[str, str]:
        """Return the platform's id and the name."""
        return self.remote_id, self.name


class DncSource(models.Model):
    """Where entries came from, or what took them away: one act of one person, or one file. Entries point to it."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = ShortText(max_length=150)
    text = ShortText(max_length=300, help_text="In words: typed in, file dnc.csv, read from the tenant.")
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    file_sha256 = models.CharField(max_length=64, blank=True, default="")
    witness_of = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The act by which it became known that entries were there already; nobody here put them in.",
    )

    def __str__(self) -> str:
        return self.told

    @property
    def told(self) -> str:
        """Say how entries came to be known: what somebody did, or that they were in the list already."""
        return self.text if self.witness_of_id else f"{self.text}, by {self.by_name}"

    @property
    def put_in_by(self) -> str:
        """Name who put the entries in, "" where it was nobody here, as far as is known."""
        return "" if self.witness_of_id else self.by_name


class EntryState(models.IntegerChoices):
    """What is known of a key in a list; small numbers, since there are millions of them."""

    PRESENT = 1, "In the list"
    REMOVED = 2, "Removed"
    UNKNOWN = 3, "Unknown: the answer was lost"
    WANTED = 4, "Asked for, not in the list yet"


class DncEntry(models.Model):
    """One key of one list, as far as we know. Rows are kept small and have one index for both uniqueness and search.

    `source` is what put it in, `removed_by` what took it out (of a REMOVED one). `changed_at` is the last time we
    asked the platform about it. `received_on` and `due_on` belong to an opt-out request, `expires_on` is the day on
    which the entry is taken out.
    """

    dnc_list = models.ForeignKey(DncList, on_delete=models.CASCADE, related_name="entries", db_index=False)
    key = ExactText(max_length=200)
    comment = ShortText(max_length=300, blank=True, default="")
    state = models.PositiveSmallIntegerField(choices=EntryState.choices, default=EntryState.PRESENT)
    added_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    source = models.ForeignKey(DncSource, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    removed_by = models.ForeignKey(DncSource, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    received_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)

    class Meta:
        ordering = ["dnc_list", "key"]
        constraints = [models.UniqueConstraint(fields=["dnc_list", "key"], name="one_entry_per_key")]
        indexes = [
            models.Index(fields=["expires_on"], condition=Q(expires_on__isnull=False), name="dnc_entry_expiring"),
            models.Index(fields=["due_on"], condition=Q(due_on__isnull=False), name="dnc_entry_due"),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.get_state_display()})"

    @property
    def added_by_name(self) -> str:
        """Name who put it in."""
        return self.source.put_in_by


class DncStaged(models.Model):
    """The keys of a file or of a read-back while they are compared with the ledger; `batch` names the comparison."""

    batch = models.BigIntegerField()
    key = ExactText(max_length=200)
    comment = ShortText(max_length=300, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "key"], name="one_staged_per_key")]

    def __str__(self) -> str:
        return self.key


class ChangeKind(models.TextChoices):
    """What was done to a list, or with its contents."""

    ASKED = "asked", "asked for a change of"
    ADD = "add", "added"
    DELETE = "delete", "removed"
    REPLACE = "replace", "replaced"
    CLEAR = "clear", "emptied"
    EXPIRE = "expire", "removed what had expired"
    SCRUB = "scrub", "scrubbed a file against"
    READ_BACK = "read_back", "read back"
    REQUEST = "request", "took an opt-out request"
    SETTINGS = "settings", "changed the settings of"
    LIST_CREATE = "list_create", "created"
    LIST_DELETE = "list_delete", "deleted"
    BIND = "bind", "bound to a campaign"
    UNBIND = "unbind", "took off a campaign"


class DncChange(models.Model):
    """One change or scrub, never altered: rows of a tenant form a chain in which each signs the one before it.

    `hash` is an HMAC over the row and `prev_hash`; see `dnc.evidence.chain`. Names are kept as text, so that a row
    outlives what it names. The counts: asked for, done, there (or gone) before, refused, and of unknown outcome.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="dnc_changes")
    number = models.PositiveBigIntegerField(help_text="Position in the tenant's chain, from 1.")
    at = models.DateTimeField()
    kind = models.CharField(max_length=20, choices=ChangeKind.choices)
    dnc_list = models.ForeignKey(DncList, null=True, on_delete=models.SET_NULL, related_name="changes")
    list_id = ExactText(max_length=400, blank=True)
    list_name = ShortText(max_length=300, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = ShortText(max_length=150)
    n_asked = models.PositiveBigIntegerField(default=0)
    n_done = models.PositiveBigIntegerField(default=0)
    n_already = models.PositiveBigIntegerField(default=0)
    n_refused = models.PositiveBigIntegerField(default=0)
    n_unknown = models.PositiveBigIntegerField(default=0)
    file_name = ShortText(max_length=300, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    comment = ShortText(max_length=300, blank=True)
    outcome = models.CharField(max_length=12)
    message = LongText(blank=True)
    job_number = models.PositiveBigIntegerField(null=True)
    details = PlainData(default=dict, blank=True)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="one_dnc_change_per_number")]
        indexes = [models.Index(fields=["tenant", "at"]), models.Index(fields=["dnc_list", "-number"])]

    def __str__(self) -> str:
        return f"{self.by_name} {self.get_kind_display()} {self.list_name}"


class ClosedChain(models.Model):
    """The end of a chain of changes that was removed with its tenant (whose number it keeps); only appended to."""

    tenant = models.PositiveBigIntegerField(unique=True)
    last = models.PositiveBigIntegerField()
    last_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Chain of tenant {self.tenant}, {self.last} changes"
