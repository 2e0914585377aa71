"""The forms of plans and holiday calendars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from bpadmin.plans.kinds import Option, PlanKind
from bpadmin.plans.models import NAME_LENGTH, HolidayCalendar, LateRule
from bpadmin.plans.services import DAYS, LONGEST_LATE, PlanWish
from bpadmin.plans.times import TimingRefused, exceptions_read
from bpadmin.tenants.times.days import Day
from bpadmin.tenants.times.zones import time_zone_choices

ONCE, DAILY, WEEKLY, MONTHLY, RULE = "once", "daily", "weekly", "monthly", "rule"
REPEATS = (
    (ONCE, "Once, on the first day"),
    (DAILY, "Every day"),
    (WEEKLY, "On some days of the week"),
    (MONTHLY, "On some days of the month"),
    (RULE, "By a rule of iCalendar"),
)
DATE = {"type": "date"}


class PlanForm(forms.Form):
    """Everything that makes a plan of one kind; the kind's own options are fields named `option_…`."""

    name = forms.CharField(
        max_length=NAME_LENGTH, required=False, label="Name", help_text="Left empty, it says what the plan does."
    )
    campaign = forms.CharField(
        max_length=400,
        help_text="Name or id.",
        widget=forms.TextInput(attrs={"list": "campaigns", "autocomplete": "off"}),
    )
    list = forms.CharField(
        max_length=400,
        label="List",
        help_text="Name or id, as bound to the campaign.",
        widget=forms.TextInput(attrs={"list": "lists", "autocomplete": "off"}),
    )
    times = forms.CharField(max_length=300, label="At", help_text="Times of the day, such as 09:00 or 09:00, 13:30.")
    time_zone = forms.ChoiceField(choices=time_zone_choices, help_text="The clock by which these times are meant.")
    repeats = forms.ChoiceField(choices=REPEATS, initial=WEEKLY, label="Repeats")
    weekdays = forms.MultipleChoiceField(
        choices=tuple(DAYS.items()),
        initial=["MO", "TU", "WE", "TH", "FR"],
        required=False,
        label="Days of the week",
        widget=forms.CheckboxSelectMultiple,
    )
    month_days = forms.CharField(
        max_length=120, required=False, label="Days of the month", help_text="Such as 1, 15; -1 is the last."
    )
    rule = forms.CharField(
        max_length=300, required=False, label="Rule", help_text="Such as FREQ=MONTHLY;BYDAY=1MO for each first Monday."
    )
    first_day = Day(label="First day", widget=forms.DateInput(format="%Y-%m-%d", attrs=DATE))
    last_day = Day(required=False, label="Last day", widget=forms.DateInput(format="%Y-%m-%d", attrs=DATE))
    calendar = forms.ModelChoiceField(
        queryset=HolidayCalendar.objects.none(), required=False, label="Rests on the days of", empty_label="No calendar"
    )
    exceptions = forms.CharField(
        required=False,
        max_length=20_000,
        label="Exceptions",
        help_text="One date a line. 2026-12-24 leaves that day out, 2026-12-24 10:00 sets its time, holiday or not.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    late_rule = forms.ChoiceField(
        choices=LateRule.choices, initial=LateRule.SKIP, label="If nothing ran at that time", required=False
    )
    late_minutes = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_LATE,
        initial=60,
        required=False,
        label="Made up within minutes",
        help_text="And never after a later plan about the same has had its time.",
    )
    is_trial = forms.BooleanField(required=False, label="Trial: only write down what it would have done")

    def __init__(
        self,
        *args: Any,
        kind: PlanKind,
        calendars: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["calendar"].queryset = calendars  # type: ignore[attr-defined]
        for option in kind.options:
            self.fields[f"option_{option.name}"] = _option_field(option)
        if not kind.takes_campaign:
            del self.fields["campaign"]
        if not kind.takes_list:
            del self.fields["list"]
        if kind.is_dangerous:
            del self.fields["late_rule"], self.fields["late_minutes"]
        if kind.needs_trial:
            del self.fields["is_trial"]
        if kind.watches:
            self.fields["times"].label = "From and to"
            self.fields["times"].help_text = "Two times of the day, such as 09:00 17:00."
            for name in ("late_rule", "late_minutes"):
                self.fields.pop(name, None)

    @property
    def option_fields(self) -> Sequence[forms.BoundField]:
        """Return the kind's own options."""
        return [self[f"option_{option.name}"] for option in self.kind.options]

    def clean_exceptions(self) -> Any:
        """Read the dates."""
        try:
            return exceptions_read(self.cleaned_data["exceptions"])
        except TimingRefused as refused:
            raise forms.ValidationError(str(refused)) from refused

    def wish(self) -> PlanWish:
        """Return what was said."""
        said = self.cleaned_data
        return PlanWish(
            name=said["name"],
            kind=self.kind.key,
            campaign=said.get("campaign", ""),
            list_name=said.get("list", ""),
            options={option.name: _text(said.get(f"option_{option.name}")) for option in self.kind.options},
            time_zone=said["time_zone"],
            times=said["times"],
            first_day=said["first_day"],
            last_day=said["last_day"],
            rule=_rule(said),
            calendar=said["calendar"],
            exceptions=said["exceptions"],
            late_rule=LateRule(said.get("late_rule") or LateRule.SKIP),
            late_minutes=said.get("late_minutes") or 60,
            is_trial=bool(said.get("is_trial")),
        )

    def refuse(self, message: str, name: str) -> None:
        """Show a refusal of the service at the field that it names."""
        candidates = (name, f"option_{name}")
        self.add_error(next((each for each in candidates if each in self.fields), None), message)


def _rule(said: dict[str, Any]) -> str:
    repeats = said["repeats"]
    if repeats == DAILY:
        return "FREQ=DAILY"
    if repeats == WEEKLY:
        return f"FREQ=WEEKLY;BYDAY={','.join(said['weekdays'] or DAYS)}"
    if repeats == MONTHLY:
        return f"FREQ=MONTHLY;BYMONTHDAY={said['month_days'].replace(' ', '') or said['first_day'].day}"
    return str(said["rule"]) if repeats == RULE else ""


def _option_field(option: Option) -> forms.Field:
    if option.form == "check":
        return forms.BooleanField(required=False, label=option.label, help_text=option.help)
    common: dict[str, Any] = {"label": option.label, "help_text": option.help, "required": option.is_needed}
    if option.form == "number":
        initial = int(option.default) if option.default else None
        return forms.IntegerField(min_value=option.least, max_value=option.most, initial=initial, **common)
    if option.form == "list":
        attributes = {"list": "lists", "autocomplete": "off"}
        return forms.CharField(max_length=400, widget=forms.TextInput(attrs=attributes), **common)
    return forms.CharField(max_length=200 if option.form == "text" else 20, **common)


def _text(value: Any) -> str:
    return "yes" if value is True else "" if value in (None, False) else str(value)


class HoldForm(forms.Form):
    """Why a plan is held."""

    reason = forms.CharField(max_length=300, required=False, label="Why", help_text="Shown to who wants to release it.")


class CalendarForm(forms.Form):
    """A holiday calendar: dates of one's own, an iCalendar file, or both."""

    name = forms.CharField(max_length=NAME_LENGTH)
    days = forms.CharField(
        required=False,
        max_length=100_000,
        label="Dates",
        help_text="One a line, such as 2026-12-25 Christmas.",
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    file = forms.FileField(
        required=False,
        label="iCalendar file",
        help_text="Every day on which it has an event counts, also those that repeat.",
        widget=forms.FileInput(attrs={"accept": ".ics,text/calendar"}),
    )
    without_file = forms.BooleanField(required=False, label="Take the stored file away")


class TransferForm(forms.Form):
    """A file of plans and rules that is taken in."""

    file = forms.FileField(label="File", widget=forms.FileInput(attrs={"accept": ".json,application/json"}))
    replaces = forms.BooleanField(
        required=False, label="Replace what has the same name", help_text="Plans are never replaced."
    )
