"""The append-only log of what people did on the platforms through us."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from bpadmin.audit.verbs import Verb
from bpadmin.texts import LongText, PlainData, ShortText


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
        return super().get_queryset().exclude(passing & models.Exists(later))


class AuditEntry(models.Model):
    """One entry: who did what to what, and how the platform took it.

    An act on a platform has two entries, or more: one when it is asked, before anything is sent, and one with its
    outcome. `act` is the number that they share; it is no link, so that no deletion rewrites the log. `every` holds all
    entries, `objects` each act once. Names are kept as text beside the links, so that a row outlives the user, the
    tenant and the object.
    """

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    verb = models.CharField(max_length=60)
    tenant = models.ForeignKey("tenants.Tenant", null=True, on_delete=models.SET_NULL, related_name="+")
    tenant_name = ShortText(max_length=120, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = ShortText(max_length=150, blank=True)
    target_kind = ShortText(max_length=40, blank=True)
    target_id = ShortText(max_length=400, blank=True)
    target_name = ShortText(max_length=300, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.DONE)
    message = LongText(blank=True)
    details = PlainData(default=dict, blank=True)
    duration_ms = models.PositiveIntegerField(null=True)
    act = models.PositiveBigIntegerField(null=True)

    every = models.Manager()
    objects = ToldOnce()

    class Meta:
        default_manager_name = "objects"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["tenant", "-id"]),
            models.Index(fields=["target_kind", "target_id"]),
            models.Index(fields=["act", "id"], condition=models.Q(act__isnull=False), name="audit_act"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb_words} {self.target_name}"

    @property
    def verb_words(self) -> str:
        """What was done, in words; an entry of a verb that no longer exists shows it as stored."""
        return Verb(self.verb).label if self.verb in Verb.values else self.verb

    @property
    def notes(self) -> list[tuple[str, str]]:
        """The details as (name, words): a change is told as "before → after"."""
        return [(name.replace("_", " "), _words(value)) for name, value in self.details.items()]


def _words(value: object) -> str:
    if isinstance(value, list) and len(value) == 2:
        return " → ".join(_words(part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(part)}" for name, part in value.items())
    return str(value) if value not in ("", None) else "nothing"
