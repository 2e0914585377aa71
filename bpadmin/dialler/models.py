"""The acts that people ask of platforms: each is a row before it is a request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.texts import ExactText, LongText, PlainData, ShortText

MARGIN = timedelta(seconds=30)


class ActionState(models.TextChoices):
    """How far an act is: asked, or how the platform took it. The values are those of `Outcome`."""

    ASKED = "asked", "Asked, outcome unknown"
    DONE = "done", "Done"
    REFUSED = "refused", "Not done"
    UNKNOWN = "unknown", "Outcome unknown"


class Action(models.Model):
    """An act asked of the platform: who asked what of what, and what came of it.

    ASKED ──answer──▶ DONE, REFUSED or UNKNOWN; ASKED or UNKNOWN ──reading or person──▶ DONE or REFUSED (settled).

    ASKED is committed before the request leaves; when the process dies in between, it stays so. `lasts` is the longest
    that the act may take, in seconds. `open_from` is the moment from which an act without an outcome is shown to
    people, None once the outcome is known; `look_at` is when the sweep reads the platform again, None for never.
    `settled_by` names the person who settled it, or says that it was read. `wanted` is what reading the state again and
    following up need, forgotten with the outcome. Names are kept as text beside the links.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="actions")
    verb = models.CharField(max_length=60)
    target_kind = models.CharField(max_length=40, blank=True)
    target_id = ExactText(max_length=400, blank=True)
    target_name = ShortText(max_length=300, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = ShortText(max_length=150)
    asked = LongText(help_text="In words, as they complete “asked to …”.")
    asked_at = models.DateTimeField()
    lasts = models.FloatField()
    state = models.CharField(max_length=10, choices=ActionState.choices, default=ActionState.ASKED)
    sentence = LongText(blank=True, default="")
    details = PlainData(default=dict, blank=True)
    wanted = PlainData(default=dict, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = ShortText(max_length=150, blank=True, default="")
    open_from = models.DateTimeField(null=True, blank=True)
    look_at = models.DateTimeField(null=True, blank=True)
    looks = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["tenant", "open_from"], condition=Q(open_from__isnull=False), name="action_open"),
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="action_look"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["asked", "unknown"], open_from__isnull=False)
                | Q(state__in=["done", "refused"], open_from__isnull=True, look_at__isnull=True),
                name="an_action_is_open_until_its_outcome_is_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} asked to {self.asked}"

    @property
    def is_open(self) -> bool:
        """Tell whether nobody knows yet whether it was done."""
        return self.state in (ActionState.ASKED, ActionState.UNKNOWN)

    @property
    def latest_end(self) -> datetime:
        """Return the moment after which the process that asked cannot be at it any more."""
        return self.asked_at + timedelta(seconds=self.lasts) + MARGIN

    @property
    def quiet_until(self) -> datetime:
        """Return the moment before which the platform may still carry out a request whose answer was lost."""
        quiet = max(float(self.tenant.quiet_seconds), self.tenant.slowest_answer)
        return self.asked_at + timedelta(seconds=self.lasts + quiet)

    @property
    def is_quiet(self) -> bool:
        """Tell whether that moment is over, so that what is read then stays so."""
        return timezone.now() >= self.quiet_until

    @property
    def outcome(self) -> Outcome:
        """Return the state as the log writes it."""
        return Outcome(self.state)

    @property
    def verb_words(self) -> str:
        """Say what is acted on, for scripts and pages: the words of the verb, or the verb as it is stored."""
        return Verb(self.verb).label if self.verb in Verb.values else self.verb

    def want(self, name: str, default: Any = None) -> Any:
        """Return a part of what reading again needs."""
        return self.wanted.get(name, default)
