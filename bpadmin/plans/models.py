"""Plans, what came of each of their moments, and the holidays on which they rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from bpadmin.texts import ExactText, LongText, PlainData, ShortText

NAME_LENGTH = 120


class HolidayCalendar(models.Model):
    """Days on which plans rest: `days` maps ISO dates to names, `ics` is an iCalendar file as it was given."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="holiday_calendars")
    name = ShortText(max_length=NAME_LENGTH)
    days = PlainData(default=dict, blank=True)
    ics = LongText(blank=True, default="")
    ics_name = ShortText(max_length=300, blank=True, default="")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="one_holiday_calendar_per_name")]

    def __str__(self) -> str:
        return self.name


class PlanState(models.TextChoices):
    """Whether a plan acts."""

    ACTIVE = "active", "On"
    SHADOW = "shadow", "Trial"
    HELD = "held", "Held"
    ENDED = "ended", "Ended"


class LateRule(models.TextChoices):
    """What becomes of a moment that passed while nothing ran."""

    SKIP = "skip", "Leave it out"
    MAKE_UP = "make_up", "Make it up"


class Plan(models.Model):
    """One thing that is to be done on a campaign, at moments of a clock.

    SHADOW ──released──▶ ACTIVE ◀──released── HELD ◀──held── ACTIVE or SHADOW; ACTIVE ──no moment left──▶ ENDED.

    `kind` names a registered PlanKind, `options` are its own. `times` are wall times of `time_zone` ("09:00 13:30") on
    the days that `rule` (an RRULE of days, "" for once) gives from `first_day` to `last_day`. `exceptions` maps ISO
    dates to the times of that day, "" for none. `next_at` is the next moment, None when there is none; whoever moves it
    on answers for it. A moment that is later than `late_minutes` is never made up. `target_key` says what the plan is
    about, so that an older wish never undoes a newer one. `owner` is who answers for the plan, and whose role counts
    when it acts; `shadow_since` is when its trial began, during which it only writes down what it would have done.
    `note` is the last that a watching plan has seen, `memory` what it keeps from look to look.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="plans")
    name = ShortText(max_length=NAME_LENGTH)
    kind = models.CharField(max_length=40)
    campaign_id = ExactText(max_length=400)
    campaign_name = ShortText(max_length=300)
    list_id = ExactText(max_length=400, blank=True, default="")
    list_name = ShortText(max_length=300, blank=True, default="")
    instance_id = ExactText(max_length=400, blank=True, default="")
    options = PlainData(default=dict, blank=True)
    target_key = models.CharField(max_length=64)
    time_zone = models.CharField(max_length=60)
    times = models.CharField(max_length=400)
    rule = models.CharField(max_length=300, blank=True, default="")
    first_day = models.DateField()
    last_day = models.DateField(null=True, blank=True)
    calendar = models.ForeignKey(
        HolidayCalendar, null=True, blank=True, on_delete=models.RESTRICT, related_name="plans"
    )
    exceptions = PlainData(default=dict, blank=True)
    late_rule = models.CharField(max_length=10, choices=LateRule.choices, default=LateRule.SKIP)
    late_minutes = models.PositiveIntegerField(default=60)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    owner_name = ShortText(max_length=150)
    is_of_shell = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.ACTIVE)
    held_reason = LongText(blank=True, default="")
    is_orphan = models.BooleanField(default=False)
    shadow_since = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    note = LongText(blank=True, default="")
    noted_at = models.DateTimeField(null=True, blank=True)
    memory = PlainData(default=dict, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state__in=["active", "shadow"]), name="plan_next"),
            models.Index(fields=["tenant", "target_key"], name="plan_target"),
        ]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="one_plan_per_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_on(self) -> bool:
        """Return whether its moments come."""
        return self.state in (PlanState.ACTIVE, PlanState.SHADOW)

    def option(self, name: str, default: Any = "") -> Any:
        """Return one of the kind's own options."""
        return self.options.get(name, default)


class RunState(models.TextChoices):
    """How far a run is, and how it ended."""

    PENDING = "pending", "Due"
    RUNNING = "at_work", "At work"
    WAITING = "waiting", "Waiting"
    DONE = "done", "Done"
    NOTHING = "nothing", "Did nothing"
    REFUSED = "refused", "Not done"
    UNKNOWN = "unknown", "Outcome unknown"
    MISSED = "missed", "Missed"
    WOULD = "would", "Would have acted"
    REPLACED = "replaced", "Not made up"


OPEN = (RunState.PENDING, RunState.RUNNING, RunState.WAITING)
TROUBLED = (RunState.NOTHING, RunState.REFUSED, RunState.UNKNOWN, RunState.MISSED)


class RunCause(models.TextChoices):
    """Why a run began."""

    TIME = "time", "by the clock"
    LATE = "late", "made up"
    PERSON = "person", "by a person"


class PlanRun(models.Model):
    """One moment of a plan and what came of it; there is never a second run of the same moment.

    PENDING ──claimed──▶ RUNNING ──▶ WAITING (until `look_at`) or an end. `claimed_at` is when somebody took it last:
    one that stays RUNNING for long was interrupted. Names are kept as text.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="plan_runs")
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="runs")
    planned_at = models.DateTimeField()
    cause = models.CharField(max_length=10, choices=RunCause.choices, default=RunCause.TIME)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = ShortText(max_length=150, blank=True, default="")
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.PENDING)
    sentence = LongText(blank=True, default="")
    memory = PlainData(default=dict, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    look_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    seen_by = ShortText(max_length=150, blank=True, default="")
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-planned_at", "-id"]
        indexes = [
            models.Index(fields=["tenant", "-planned_at"], name="plan_run_tenant"),
            models.Index(
                fields=["state", "look_at"],
                condition=Q(state__in=["pending", "at_work", "waiting"]),
                name="plan_run_open",
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["plan", "planned_at"], name="one_run_per_moment")]

    def __str__(self) -> str:
        return f"{self.plan} at {self.planned_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        """Return whether it has not ended."""
        return self.state in OPEN

    @property
    def needs_a_look(self) -> bool:
        """Return whether what was planned was not done, and nobody has seen that yet."""
        return self.state in TROUBLED and self.seen_at is None

    @property
    def late_by(self) -> timedelta:
        """Return how long after its moment it ended."""
        return (self.ended_at - self.planned_at) if self.ended_at else timedelta()
