"""The append-only log of what people did on the platforms through us."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from bpadmin.audit.notes import notes_told
from bpadmin.audit.verbs import PERSONAL_VERBS, Verb
from bpadmin.texts import LongText, PlainData, ShortText

ERASED = "What this entry told of a person was erased."


class Outcome(models.TextChoices):
    """How the platform took it; ASKED is written down before the request, and followed by one of the others."""

    ASKED = "asked", "Asked, outcome unknown"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    UNKNOWN = "unknown", "Outcome unknown"


class ToldOnce(models.Manager["AuditEntry"]):
    """The log with every act once: its last entry."""

    def get_queryset(self) -> models.QuerySet[AuditEntry]:
        """Leave out that an act was asked for, or that its outcome was unknown, once a later entry says more."""
        later = AuditEntry.every.filter(act=models.OuterRef("act"), id__gt=models.OuterRef("id"))
        passing = models.Q(act__isnull=False, outcome__in=[Outcome.ASKED, Outcome.UNKNOWN])
        return super().get_queryset().select_related("personal").exclude(passing & models.Exists(later))


class AuditEntry(models.Model):
    """One entry: who did what to what, and how the platform took it.

    An act on a platform has two entries, or more: one when it is asked, before anything is sent, and one with its
    outcome. `act` is the number that they share. `every` holds all entries, `objects` each act once. Names are kept as
    text beside the ids, so that a row outlives the user, the tenant and the object; no id is a link that the database
    holds, so that no deletion rewrites the log.

    An entry is sealed right after it is stored (`bpadmin.audit.sealing`): it gets its `number` in the tenant's chain
    and a `hash` over itself and `prev_hash`, and what is about people goes to `PersonalValues`, of which
    `personal_hash` is left here. From then on the database refuses every change of it. `address` is where the request
    came from, `request` its number.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True, editable=False)
    verb = models.CharField(max_length=60)
    tenant = models.ForeignKey(
        "tenants.Tenant", null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    tenant_name = ShortText(max_length=120, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    actor_name = ShortText(max_length=150, blank=True)
    target_kind = ShortText(max_length=40, blank=True)
    target_id = ShortText(max_length=400, blank=True)
    target_name = ShortText(max_length=300, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.DONE)
    message = LongText(blank=True)
    details = PlainData(default=dict, blank=True)
    duration_ms = models.PositiveIntegerField(null=True)
    act = models.PositiveBigIntegerField(null=True)
    address = ShortText(max_length=45, blank=True, default="", db_default="")
    request = ShortText(max_length=64, blank=True, default="", db_default="")
    number = models.PositiveBigIntegerField(null=True, help_text="Position in the tenant's chain, from 1.")
    personal_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    prev_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    hash = models.CharField(max_length=64, blank=True, default="", db_default="")

    every = models.Manager()
    objects = ToldOnce()

    class Meta:
        default_manager_name = "objects"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["tenant", "-id"]),
            models.Index(fields=["target_kind", "target_id"]),
            models.Index(fields=["act", "id"], condition=models.Q(act__isnull=False), name="audit_act"),
            models.Index(fields=["tenant", "id"], condition=models.Q(number=None), name="audit_unsealed"),
            models.Index(fields=["tenant", "number"], name="audit_chain"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb_words} {self.target_name}"

    @property
    def verb_words(self) -> str:
        """What was done, in words; an entry of a verb that no longer exists shows it as stored."""
        return Verb(self.verb).label if self.verb in Verb.values else self.verb

    @property
    def told(self) -> dict[str, Any]:
        """What the entry tells: message, details, target_id and target_name, with what is about people where kept."""
        told = {name: getattr(self, name) for name in ("message", "details", "target_id", "target_name")}
        if not self.personal_hash:
            return told
        kept = getattr(self, "personal", None)
        if kept is None or kept.erased_at is not None:
            return {**told, "message": ERASED}
        return {**told, **kept.values}

    @property
    def told_message(self) -> str:
        """The message in words."""
        return str(self.told["message"])

    @property
    def told_target(self) -> str:
        """The name of what it was done to."""
        return str(self.told["target_name"])

    @property
    def is_personal(self) -> bool:
        """Return whether the entry is about a person's data."""
        return bool(self.personal_hash) or self.verb in PERSONAL_VERBS

    @property
    def notes(self) -> list[tuple[str, str]]:
        """The details as (label, words), personal values included."""
        return notes_told(self.verb, self.told["details"])

    @property
    def notes_masked(self) -> list[tuple[str, str]]:
        """The details for who may only look: that a person's data changed, and not from what to what."""
        return notes_told(self.verb, self.told["details"], sees_values=False)


class PersonalValues(models.Model):
    """What an entry tells of people, apart from the chain, so that it can be erased and the chain stays whole.

    `values` has the members message and details, and of a contact target_id and target_name. The entry signs a keyed
    hash of them and of `salt`: without the salt nobody can try out telephone numbers against it.
    """

    entry = models.OneToOneField(
        AuditEntry, primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="personal"
    )
    values = PlainData(default=dict)
    salt = models.CharField(max_length=64)
    erased_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"What entry {self.pk} tells of people"


class LogChain(models.Model):
    """The end of a tenant's chain: number and hash of its last entry, signed; `tenant` 0 is the installation."""

    tenant = models.PositiveBigIntegerField(unique=True)
    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)
    signature = models.CharField(max_length=64, blank=True, default="")

    def __str__(self) -> str:
        return f"Chain of tenant {self.tenant} up to {self.number}"


class DroppedSegment(models.Model):
    """Entries `first` to `last` of a chain, removed for their age before `before`, but those that `kept` numbers.

    It is stored before they are removed, and the database refuses to remove any other entry. `first_prev_hash` and
    `last_hash` hold the chain together across the gap.
    """

    tenant = models.PositiveBigIntegerField(db_index=True)
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField()
    first_prev_hash = models.CharField(max_length=64)
    last_hash = models.CharField(max_length=64)
    kept = PlainData(default=list)
    before = models.DateTimeField()
    at = models.DateTimeField()
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"Entries {self.first} to {self.last} of tenant {self.tenant}"


class SigningKey(models.Model):
    """A key that signs chains, for ever: `secret` is encrypted, `mark` names it.

    See `bpadmin.audit.signing`. The first one signs; the others prove what was signed with them.
    """

    mark = models.CharField(max_length=64, unique=True)
    secret = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        # The evidence of Do Not Call lists had them first.
        db_table = "dnc_signingkey"

    def __str__(self) -> str:
        return f"Signing key {self.mark[:8]}"
