"""The acts that people ask of platforms, each a row before it is a request; and the catalogue of what a tenant has."""

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
    following up need, forgotten with the outcome. `undo` is what taking it back needs, kept; `undoes` is the act that
    this one takes back, and `together` the number of the first of several that one click asked for. `mark` names
    what may be asked for once only, such as a row of a job. Names are kept as text beside the links.
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
    undo = PlainData(default=dict, db_default=models.Value({}, output_field=models.JSONField()), blank=True)
    undoes = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="undos")
    together = models.PositiveBigIntegerField(null=True, blank=True)
    mark = models.CharField(max_length=60, null=True, blank=True, unique=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["tenant", "target_kind", "target_id"], name="action_target"),
            models.Index(fields=["together"], condition=Q(together__isnull=False), name="action_together"),
            models.Index(fields=["tenant", "open_from"], condition=Q(open_from__isnull=False), name="action_open"),
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="action_look"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["asked", "unknown"], open_from__isnull=False)
                | Q(state__in=["done", "refused"], open_from__isnull=True, look_at__isnull=True),
                name="an_action_is_open_until_its_outcome_is_known",
            ),
            models.UniqueConstraint(
                fields=["undoes"], condition=~Q(state="refused"), name="an_action_is_undone_once_at_most"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} asked to {self.asked}"

    @property
    def is_open(self) -> bool:
        """Return whether nobody knows yet whether it was done."""
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
        """Return whether that moment is over, so that what is read then stays so."""
        return timezone.now() >= self.quiet_until

    @property
    def outcome(self) -> Outcome:
        """Return the state as the log writes it."""
        return Outcome(self.state)

    @property
    def verb_words(self) -> str:
        """Say what is acted on, for scripts and pages: the words of the verb, or the verb as it is stored."""
        return Verb(self.verb).label if self.verb in Verb.values else self.verb

    @property
    def told_undo(self) -> str:
        """Return what the log says before what came of an act that takes another one back, "" for any other."""
        return f"Undo of act {self.undoes.pk} ({self.undoes.called}): " if self.undoes is not None else ""

    @property
    def called(self) -> str:
        """Name the act in a sentence: the words of the verb and what it was done to."""
        return f"{self.verb_words} {self.target_name}".strip()

    def want(self, name: str, default: Any = None) -> Any:
        """Return a part of what reading again needs."""
        return self.wanted.get(name, default)


class CatalogueState(models.Model):
    """How far a tenant's catalogue is read, who reads it now, and how hard the tenant may be asked.

    `claim` names the refresher at work, which renews `claim_until` as long as it works. A part is read again when it
    is older than its kind may be, or at once where `…_due` is set: an act here may have changed it. `lists_walk` counts
    the walks over all lists, `lists_cursor` is where the present one goes on; `lists_read_at` is the end of the last
    whole one. `quiet_until` is the moment before which the tenant is left alone, after `failures` troubles in a row, of
    which `error` is the last one's sentence. `lanes` is how many requests at a time did it good so far, `latency` the
    seconds that they took, `tokens` the requests that are free at `tokens_at`. `guards_changed` is set when what the
    campaigns tell of Do Not Call lists has changed and the lists have not been told yet.
    """

    tenant = models.OneToOneField("tenants.Tenant", on_delete=models.CASCADE, related_name="catalogue")
    claim = models.CharField(max_length=40, blank=True, default="")
    claim_until = models.DateTimeField(null=True)
    campaigns_read_at = models.DateTimeField(null=True)
    campaigns_due = models.BooleanField(default=False)
    lists_read_at = models.DateTimeField(null=True)
    lists_began_at = models.DateTimeField(null=True)
    lists_cursor = LongText(blank=True, default="")
    lists_walk = models.PositiveIntegerField(default=0)
    lists_due = models.BooleanField(default=False)
    dnc_read_at = models.DateTimeField(null=True)
    dnc_due = models.BooleanField(default=False)
    guards_changed = models.BooleanField(default=False)
    looked_at = models.DateTimeField(null=True)
    quiet_until = models.DateTimeField(null=True)
    is_told_to_wait = models.BooleanField(default=False)
    failures = models.PositiveSmallIntegerField(default=0)
    error = LongText(blank=True, default="")
    lanes = models.FloatField(default=2.0)
    latency = models.FloatField(default=0.0)
    tokens = models.FloatField(default=0.0)
    tokens_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Catalogue of {self.tenant}"


class CatalogueCampaign(models.Model):
    """A campaign as the platform told of it last: listed with name and state, read whole with what is bound to it.

    `read_at` is when it was read whole, None for not yet, `tried_at` when that was tried last; `due` asks for it at
    once, `wanted_at` says that somebody looks at it. `acted_at` is the last act on it from here: what a reading that
    began before says of it does not count. `digest` stands for what is bound to it, so that it is written only when it
    changes. `kept`: it is disabled, so that no listing tells of it, and was opened here by its id.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    remote_id = ExactText(max_length=400)
    name = ShortText(max_length=300)
    name_key = models.BinaryField(max_length=240)
    search = LongText()
    state = models.CharField(max_length=10)
    enabled = models.BooleanField(null=True)
    fields = PlainData(default=dict, blank=True)
    read_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    due = models.BooleanField(default=False)
    wanted_at = models.DateTimeField(null=True)
    acted_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=40, blank=True, default="")
    kept = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "remote_id"], name="one_row_per_campaign")]
        indexes = [
            models.Index(fields=["tenant", "name_key"], name="catalogue_campaign_name"),
            models.Index(fields=["tenant", "tried_at"], name="catalogue_campaign_tried"),
        ]

    def __str__(self) -> str:
        return self.name


class CatalogueBinding(models.Model):
    """A list instance of a campaign; `details` is the rest of what the platform told of it."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(CatalogueCampaign, on_delete=models.CASCADE, related_name="bindings")
    list_id = ExactText(max_length=400)
    instance_id = ExactText(max_length=400)
    list_name = ShortText(max_length=300)
    instance_name = ShortText(max_length=300, blank=True)
    name_key = models.BinaryField(max_length=240)
    campaign_key = models.BinaryField(max_length=240)
    search = LongText()
    total_records = models.BigIntegerField(null=True)
    details = PlainData(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "campaign_key", "name_key"], name="catalogue_binding_campaign"),
            models.Index(fields=["tenant", "name_key"], name="catalogue_binding_name"),
        ]

    def __str__(self) -> str:
        return f"{self.list_name} in {self.campaign_id}"


class CatalogueGuard(models.Model):
    """A Do Not Call list on a campaign, with the disposition that a match gets."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(CatalogueCampaign, on_delete=models.CASCADE, related_name="guards")
    dnc_id = ExactText(max_length=400)
    name = ShortText(max_length=300)
    type = ShortText(max_length=30)
    disposition = ShortText(max_length=300, blank=True)
    country = ShortText(max_length=60, blank=True)
    list_field = ShortText(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "dnc_id"], name="catalogue_guard_list")]

    def __str__(self) -> str:
        return f"{self.name} on {self.campaign_id}"


class CatalogueList(models.Model):
    """A calling list as the platform told of it last; `walk` is the last walk over all lists that met it.

    `is_gone` marks one that was deleted from here, until no reading of before can tell of it any more. `due` and
    `acted_at` are as those of a campaign.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    remote_id = ExactText(max_length=400)
    name = ShortText(max_length=300)
    name_key = models.BinaryField(max_length=240)
    format_key = models.BinaryField(max_length=240)
    search = LongText()
    format_id = ExactText(max_length=400, blank=True)
    format_name = ShortText(max_length=300, blank=True)
    created = models.DateTimeField(null=True)
    total_records = models.BigIntegerField(null=True)
    uses = PlainData(null=True)
    walk = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField()
    due = models.BooleanField(default=False)
    acted_at = models.DateTimeField(null=True)
    is_gone = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "remote_id"], name="one_row_per_list")]
        indexes = [
            models.Index(fields=["tenant", "is_gone", "name_key"], name="catalogue_list_name"),
            models.Index(fields=["tenant", "is_gone", "created"], name="catalogue_list_created"),
        ]

    def __str__(self) -> str:
        return self.name
