"""Feeds, and each file that came by one: what is known of it, what stood out, and the job that took it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from bpadmin.plans.models import NAME_LENGTH, HolidayCalendar, Plan
from bpadmin.texts import ExactText, LongText, PlainData, ShortText


class FeedState(models.TextChoices):
    """Whether a feed looks for files."""

    ACTIVE = "active", "On"
    HELD = "held", "Held"


class Complete(models.TextChoices):
    """How it is known that a file is all there."""

    STABLE = "stable", "Its size stays the same over two looks"
    MARKER = "marker", "A marker file lies beside it"
    AT_ONCE = "at_once", "It appears under its name when it is complete"


class Feed(models.Model):
    """Where files come from, when they must be there, what they go into, and what holds one back.

    ACTIVE ──held──▶ HELD ──released──▶ ACTIVE.

    `source` names a kind of `bpadmin.feeds.sources`, `address` its settings, `secret` the encrypted ones. `target`
    names a registered FeedTarget, `options` are what it is told (mode, recipe and so on). `times` are wall times of
    `time_zone` by which a file must be there on the days of `rule`; without any it looks round the clock. A file is
    looked for from `before_minutes` ahead of that moment on, every `every_minutes`, and taken by itself until
    `late_minutes` after it. `limits` are what guards go by (`bpadmin.feeds.runs.guards.Limits`). `then` is what a plan
    does when a file is in: {"kind", "campaign"}, empty for nothing. `owner` answers for the feed, and their role counts
    when it sends. `failures` counts the looks in a row at which the source could not be read, `note` says what the
    last look saw.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="feeds")
    name = ShortText(max_length=NAME_LENGTH)
    source = models.CharField(max_length=20)
    address = PlainData(default=dict, blank=True)
    secret = models.TextField(blank=True, default="")
    pattern = ShortText(max_length=300)
    day_offset = models.SmallIntegerField(default=0)
    complete = models.CharField(max_length=10, choices=Complete.choices, default=Complete.STABLE)
    marker = ShortText(max_length=60, blank=True, default="")
    target = models.CharField(max_length=20)
    target_id = ExactText(max_length=400)
    target_name = ShortText(max_length=300)
    options = PlainData(default=dict, blank=True)
    time_zone = models.CharField(max_length=60)
    times = models.CharField(max_length=400, blank=True, default="")
    rule = models.CharField(max_length=300, blank=True, default="")
    first_day = models.DateField()
    calendar = models.ForeignKey(
        HolidayCalendar, null=True, blank=True, on_delete=models.RESTRICT, related_name="feeds"
    )
    before_minutes = models.PositiveIntegerField(default=120)
    late_minutes = models.PositiveIntegerField(default=60)
    every_minutes = models.PositiveIntegerField(default=5)
    limits = PlainData(default=dict, blank=True)
    then = PlainData(default=dict, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    owner_name = ShortText(max_length=150)
    is_of_shell = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=FeedState.choices, default=FeedState.ACTIVE)
    held_reason = LongText(blank=True, default="")
    is_orphan = models.BooleanField(default=False)
    next_look_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    note = LongText(blank=True, default="")
    failures = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["next_look_at"], condition=Q(state="active"), name="feed_next_look")]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="one_feed_per_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_on(self) -> bool:
        """Return whether it looks for files."""
        return self.state == FeedState.ACTIVE

    def option(self, name: str, default: Any = "") -> Any:
        """Return one of the choices for its target."""
        return self.options.get(name, default)


class FeedRunState(models.TextChoices):
    """How far a file of a feed is, and how that ended."""

    ASKED = "feed_asked", "Asked for"
    FOUND = "feed_found", "Found"
    FETCHING = "feed_fetching", "Being fetched"
    CHECKING = "feed_checking", "Being checked"
    HELD = "feed_held", "Held back"
    RELEASED = "feed_released", "Released"
    SENT = "feed_sent", "Sent"
    REFUSED = "feed_refused", "Refused"
    FAILED = "feed_failed", "Failed"
    MISSING = "feed_missing", "Not there"
    WOULD = "feed_would", "Dry run"


UNDER_WAY = (FeedRunState.ASKED, FeedRunState.FETCHING, FeedRunState.CHECKING, FeedRunState.RELEASED)
TAKEN = (*UNDER_WAY, FeedRunState.HELD, FeedRunState.SENT, FeedRunState.REFUSED)
"""States of a run that holds its file, so that the same one is not taken again."""
WAITING_FOR_PEOPLE = (FeedRunState.HELD, FeedRunState.MISSING, FeedRunState.FAILED)


class FeedRun(models.Model):
    """One file of a feed, or a moment at which it was not there.

    FOUND ──complete──▶ FETCHING ──▶ CHECKING ──▶ SENT, or HELD where a guard tripped. HELD ──a person──▶ RELEASED ──▶
    SENT, or REFUSED. ASKED ──▶ FETCHING where a person wants the newest file now. MISSING ends when the file comes, or
    when a person says that it is not awaited any more. A dry run ends WOULD and leaves no job. `remote_key` is the hash
    of what makes this file this one (name, size, time, mark), `seen_key` the same at the last look. `facts` are those
    of `bpadmin.feeds.runs.facts`, `findings` what stood out (`guards.Finding`). `former` is the file it was compared
    with. `is_followed`: what was to come after the job was done.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="feed_runs")
    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="runs")
    found_at = models.DateTimeField()
    expected_at = models.DateTimeField(null=True, blank=True)
    day = models.DateField()
    is_dry = models.BooleanField(default=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = ShortText(max_length=150, blank=True, default="")
    state = models.CharField(max_length=20, choices=FeedRunState.choices, default=FeedRunState.FOUND)
    remote_key = models.CharField(max_length=64, blank=True, default="")
    seen_key = models.CharField(max_length=64, blank=True, default="")
    seen_at = models.DateTimeField(null=True, blank=True)
    file_name = ShortText(max_length=300, blank=True, default="")
    file_size = models.BigIntegerField(null=True, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True, default="")
    rows = models.PositiveIntegerField(null=True, blank=True)
    columns = models.PositiveIntegerField(null=True, blank=True)
    facts = PlainData(default=dict, blank=True)
    findings = PlainData(default=list, blank=True)
    former = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    job = models.ForeignKey("jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="feed_runs")
    sentence = LongText(blank=True, default="")
    claimed_at = models.DateTimeField(null=True, blank=True)
    decided_by = ShortText(max_length=150, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    is_followed = models.BooleanField(default=False)
    then_plan = models.ForeignKey(Plan, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-found_at", "-id"]
        indexes = [
            models.Index(fields=["tenant", "state"], name="feed_run_tenant_state"),
            models.Index(fields=["state"], condition=Q(is_followed=False), name="feed_run_open"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["feed", "remote_key"], condition=Q(is_dry=False) & ~Q(remote_key=""), name="one_run_per_file"
            ),
            models.UniqueConstraint(
                fields=["feed", "expected_at"], condition=Q(state="feed_missing"), name="one_missing_per_moment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name or 'no file'} of {self.feed}"

    @property
    def is_held(self) -> bool:
        """Return whether a person has to decide on it."""
        return self.state == FeedRunState.HELD

    @property
    def is_under_way(self) -> bool:
        """Return whether it goes on by itself."""
        return self.state in UNDER_WAY
