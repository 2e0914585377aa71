"""What happened that somebody is told, who wants to know it, and what became of every message."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from bpadmin.notifications.topics import Topic
from bpadmin.tenants.models import Role
from bpadmin.texts import ExactText, LongText, PlainData, ShortText


class Tone(models.TextChoices):
    """How bad it is."""

    BAD = "bad", "Needs somebody now"
    WARN = "warn", "Look at it"
    INFO = "info", "For your information"
    OK = "ok", "All well"


class Event(models.Model):
    """Something that happened, or began and lasts until `ended_at`, in a tenant or (`tenant` None) the installation.

    `kind` is its name for machines ("job.failed"), `subject` what it is about; `mark` makes it the same event when it
    is found again. `owner` is whose job or webhook it is. Something that lasts and was not found since `missing_since`
    ends when a later look does not find it either.
    """

    tenant = models.ForeignKey(
        "tenants.Tenant", null=True, blank=True, on_delete=models.CASCADE, related_name="notification_events"
    )
    topic = models.CharField(max_length=20, choices=Topic.choices)
    kind = models.CharField(max_length=60)
    subject = ExactText(max_length=500, blank=True, default="")
    mark = models.CharField(max_length=64, unique=True)
    tone = models.CharField(max_length=4, choices=Tone.choices)
    title = ShortText(max_length=300)
    words = LongText(blank=True, default="")
    path = ShortText(max_length=600, blank=True, default="")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VIEWER)
    needs_person = models.BooleanField(default=False)
    is_critical = models.BooleanField(default=False)
    is_lasting = models.BooleanField(default=False)
    began_at = models.DateTimeField(default=timezone.now)
    missing_since = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["tenant", "ended_at"], name="event_open"),
            models.Index(fields=["began_at"], name="event_age"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "subject"],
                name="one_open_event_of_a_cause",
                condition=models.Q(is_lasting=True, ended_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.title


class Watch(models.Model):
    """How far a tenant has been looked at: ended jobs up to `jobs_until`, what lasts at `looked_at`."""

    tenant = models.OneToOneField("tenants.Tenant", on_delete=models.CASCADE, related_name="notification_watch")
    jobs_until = models.DateTimeField(default=timezone.now)
    looked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Watch of {self.tenant}"


class Rule(models.Model):
    """Whether somebody is told of a topic on pages and by e-mail; without a `user` it is the team's default."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="notification_rules")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="notification_rules"
    )
    topic = models.CharField(max_length=20, choices=Topic.choices)
    page = models.BooleanField(default=True)
    email = models.BooleanField(default=False)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = ShortText(max_length=150)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user", "topic"], name="one_rule_a_topic", condition=models.Q(user__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["tenant", "topic"], name="one_default_a_topic", condition=models.Q(user__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_topic_display()} for {self.user or 'the team'}"


class Delivery(models.Model):
    """When somebody of a tenant may be disturbed; times are those of the tenant's clock.

    E-mail waits from `quiet_from` to `quiet_until`, and toasts and e-mail until `snoozed_until`. `digest_at` is when
    the day before is summed up by e-mail, `digest_on` the last day on which it was.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="notification_deliveries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_deliveries")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    digest_at = models.TimeField(null=True, blank=True)
    digest_on = models.DateField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="one_delivery_a_person")]

    def __str__(self) -> str:
        return f"Delivery to {self.user} in {self.tenant}"


class WebhookForm(models.TextChoices):
    """What a webhook is sent."""

    STANDARD = "standard", "Standard Webhooks (signed)"
    SLACK = "slack", "Slack"
    TEAMS = "teams", "Microsoft Teams"
    GOOGLE_CHAT = "google_chat", "Google Chat"


class Webhook(models.Model):
    """An address that is told what happens in a tenant. Address and keys are encrypted: whoever has them may write.

    `key` signs; so does `key_before` until `key_before_until`. `failures` counts those in a row since `failing_since`.
    `is_off`: the receiver answered that it is gone (410). `tells_names`: people's and files' names are told as well.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="webhooks")
    name = ShortText(max_length=80)
    form = models.CharField(max_length=20, choices=WebhookForm.choices, default=WebhookForm.STANDARD)
    url = models.TextField()
    host = ShortText(max_length=255)
    key = models.TextField(blank=True, default="")
    key_before = models.TextField(blank=True, default="")
    key_before_until = models.DateTimeField(null=True, blank=True)
    topics = PlainData(default=list)
    tells_names = models.BooleanField(default=False)
    is_off = models.BooleanField(default=False)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    trouble = LongText(blank=True, default="")
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_by_name = ShortText(max_length=150)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="one_webhook_of_a_name")]

    def __str__(self) -> str:
        return self.name


class Channel(models.TextChoices):
    """The way of a message."""

    PAGE = "page", "On pages"
    EMAIL = "email", "E-mail"
    WEBHOOK = "webhook", "Webhook"


class MessageKind(models.TextChoices):
    """Why there is a message."""

    NEWS = "news", "News"
    RECOVERY = "recovery", "Over"
    DIGEST = "digest", "Digest"
    TEST = "test", "Test"


class MessageState(models.TextChoices):
    """Where a message is. On pages: SENT is in the inbox, ACCEPTED was seen there."""

    QUEUED = "queued", "Queued"
    SENT = "sent", "Sent"
    ACCEPTED = "accepted", "Accepted"
    FAILED = "failed", "Failed, tried again"
    GIVEN_UP = "given_up", "Given up"


class Message(models.Model):
    """One message to one person or webhook by one channel, and what became of it.

    It is sent from `due_at` on; `wait` says why not before. `answer` is the last thing that its server said. `why` says
    why the person gets it. `shown_at` is when a toast told it.
    """

    tenant = models.ForeignKey(
        "tenants.Tenant", null=True, blank=True, on_delete=models.CASCADE, related_name="notification_messages"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="notification_messages"
    )
    webhook = models.ForeignKey(Webhook, null=True, blank=True, on_delete=models.CASCADE, related_name="messages")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    kind = models.CharField(max_length=10, choices=MessageKind.choices, default=MessageKind.NEWS)
    events = models.ManyToManyField(Event, related_name="messages")
    public_id = models.CharField(max_length=40, unique=True)
    event_kind = models.CharField(max_length=60)
    tone = models.CharField(max_length=4, choices=Tone.choices)
    title = ShortText(max_length=300)
    words = LongText(blank=True, default="")
    path = ShortText(max_length=600, blank=True, default="")
    why = LongText(blank=True, default="")
    is_critical = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=MessageState.choices, default=MessageState.QUEUED)
    made_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True, blank=True)
    wait = ShortText(max_length=200, blank=True, default="")
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    answer = LongText(blank=True, default="")
    shown_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "channel", "seen_at"], name="message_inbox"),
            models.Index(fields=["state", "due_at"], name="message_due"),
            models.Index(fields=["made_at"], name="message_age"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.get_state_display()})"
