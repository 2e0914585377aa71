"""The append-only log of what people did on the platforms through us."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from bpadmin.audit.verbs import Verb
from bpadmin.texts import LongText, PlainData, ShortText


class Outcome(models.TextChoices):
    """How the platform took it."""

    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    UNKNOWN = "unknown", "Outcome unknown"


class AuditEntry(models.Model):
    """One act: who did what to what, and how the platform took it.

    Names are kept as text beside the links, so that a row outlives the user, the tenant and the object.
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

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["tenant", "-id"]), models.Index(fields=["target_kind", "target_id"])]

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
