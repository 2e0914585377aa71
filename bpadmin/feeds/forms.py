"""The forms of feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict

from bpadmin.feeds.models import Complete, Feed
from bpadmin.feeds.runs.guards import Limits
from bpadmin.feeds.secrets import secrets_read
from bpadmin.feeds.services import LONGEST_BEFORE, LONGEST_LATE, LONGEST_PAUSE, FeedWish
from bpadmin.feeds.sources.base import Setting, Source
from bpadmin.feeds.targets import Choice, FeedTarget
from bpadmin.installation.encryption import SecretUnreadable
from bpadmin.plans.kinds import plan_kind
from bpadmin.plans.models import NAME_LENGTH, HolidayCalendar
from bpadmin.plans.services import DAYS
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.times.days import Day
from bpadmin.tenants.times.zones import time_zone_choices

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

KEPT = "Stored. Left empty, it stays."
WEEKLY = "FREQ=WEEKLY;BYDAY="


class FeedForm(forms.Form):
    """Everything that makes a feed from one kind of source into one kind of target.

    The source's settings are fields named `source_…`, the target's choices `option_…`.
    """

    name = forms.CharField(max_length=NAME_LENGTH, label="Name")
    pattern = forms.CharField(
        max_length=300,
        label="Files are named",
        help_text="Such as leads_{YYYY}-{MM}-{DD}*.csv: {YYYY}, {YY}, {MM}, {DD} are parts of the day, * is anything.",
    )
    day_offset = forms.IntegerField(
        min_value=-31,
        max_value=31,
        initial=0,
        label="Day in the name",
        help_text="0: the day itself. -1: the day before.",
    )
    complete = forms.ChoiceField(
        choices=Complete.choices, initial=Complete.STABLE, label="A file is complete when", required=False
    )
    marker = forms.CharField(
        max_length=60,
        required=False,
        label="Marker file",
        help_text="Where one is awaited: its ending, such as .done",
    )
    target_name = forms.CharField(
        max_length=400,
        label="List",
        help_text="By name or id.",
        widget=forms.TextInput(attrs={"list": "lists", "autocomplete": "off"}),
    )
    times = forms.CharField(
        max_length=300,
        required=False,
        label="To be there by",
        help_text="Such as 06:00. Empty: files are taken whenever they come, and none is missed.",
    )
    time_zone = forms.ChoiceField(choices=time_zone_choices, label="Time zone", help_text="The clock of all its times.")
    weekdays = forms.MultipleChoiceField(
        choices=tuple(DAYS.items()),
        initial=list(DAYS),
        required=False,
        label="Days of the week",
        widget=forms.CheckboxSelectMultiple,
    )
    rule = forms.CharField(
        max_length=300, required=False, label="Rule in place of days", help_text="Such as FREQ=MONTHLY;BYMONTHDAY=1"
    )
    first_day = Day(label="First day", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    calendar = forms.ModelChoiceField(
        queryset=HolidayCalendar.objects.none(),
        required=False,
        label="Not on the days of",
        empty_label="No calendar",
    )
    before_minutes = forms.IntegerField(
        min_value=0, max_value=LONGEST_BEFORE, initial=120, label="Minutes before that it is looked for"
    )
    every_minutes = forms.IntegerField(min_value=1, max_value=LONGEST_PAUSE, initial=5, label="Minutes between looks")
    late_minutes = forms.IntegerField(
        min_value=0,
        max_value=LONGEST_LATE,
        initial=60,
        label="Minutes that it may be late",
        help_text="One that comes later is held back: the shift may run already.",
    )
    shrink = forms.IntegerField(min_value=0, max_value=100, label="Percent fewer rows", help_text="0 never asks.")
    growth = forms.IntegerField(min_value=0, max_value=100_000, label="Percent more rows")
    rejects = forms.IntegerField(min_value=0, max_value=100, label="Points more rejects than usual")
    overlap = forms.IntegerField(min_value=0, max_value=100, label="Points off the usual overlap")
    live = forms.IntegerField(
        min_value=0,
        max_value=100,
        label="Points more in live lists",
        help_text="Numbers that are in lists which are being dialled already.",
    )
    then_kind = forms.ChoiceField(required=False, label="When a file is in")
    then_campaign = forms.CharField(
        max_length=400,
        required=False,
        label="In the campaign",
        help_text="Name or id.",
        widget=forms.TextInput(attrs={"list": "campaigns", "autocomplete": "off"}),
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        source: Source,
        target: FeedTarget,
        tenant: Tenant,
        calendars: Any,
        feed: Feed | None = None,
        initial: Mapping[str, Any],
    ) -> None:
        super().__init__(data, initial={**Limits().as_json(), **(_shown(feed) if feed else {}), **initial})
        self.source, self.target, self.choices = source, target, target.choices_of(tenant)
        kept = _kept(feed) if feed else {}
        for setting in source.settings:
            self.fields[f"source_{setting.name}"] = _setting_field(setting, is_kept=bool(kept.get(setting.name)))
        for choice in self.choices:
            self.fields[f"option_{choice.name}"] = _choice_field(choice)
        self.fields["calendar"].queryset = calendars  # type: ignore[attr-defined]
        offered = capabilities_known(tenant)
        known = [(key, plan_kind(key)) for key in target.then]
        kinds = [(key, kind.label) for key, kind in known if kind is not None and kind.needs in offered]
        if kinds:
            self.fields["then_kind"].choices = [("", "Nothing follows"), *kinds]  # type: ignore[attr-defined]
        else:
            del self.fields["then_kind"], self.fields["then_campaign"]

    @property
    def source_fields(self) -> Sequence[forms.BoundField]:
        """Return the settings of the source."""
        return [self[f"source_{each.name}"] for each in self.source.settings]

    @property
    def option_fields(self) -> Sequence[forms.BoundField]:
        """Return the choices for the target."""
        return [self[f"option_{each.name}"] for each in self.choices]

    def wish(self) -> FeedWish:
        """Return what was said; a secret that was left empty stays."""
        said = self.cleaned_data
        secrets = {each.name: said[f"source_{each.name}"] or None for each in self.source.settings if each.is_secret}
        rule = said["rule"].strip() or f"{WEEKLY}{','.join(said['weekdays'] or DAYS)}"
        return FeedWish(
            name=said["name"],
            source=self.source.key,
            address={
                each.name: str(said[f"source_{each.name}"] or "") for each in self.source.settings if not each.is_secret
            },
            secrets=secrets,
            pattern=said["pattern"],
            day_offset=said["day_offset"],
            complete=said["complete"] or Complete.STABLE,
            marker=said["marker"],
            target=self.target.key,
            target_name=said["target_name"],
            options={each.name: said[f"option_{each.name}"] for each in self.choices},
            time_zone=said["time_zone"],
            times=said["times"],
            rule=rule,
            first_day=said["first_day"],
            calendar=said["calendar"],
            before_minutes=said["before_minutes"],
            late_minutes=said["late_minutes"],
            every_minutes=said["every_minutes"],
            limits={name: said[name] for name in Limits().as_json()},
            then_kind=said.get("then_kind", ""),
            then_campaign=said.get("then_campaign", ""),
        )

    def refuse(self, message: str, name: str) -> None:
        """Show a refusal of the service at the field that it names."""
        candidates = (f"source_{name}", f"option_{name}", name)
        self.add_error(next((each for each in candidates if each in self.fields), None), message)


def _kept(feed: Feed) -> Mapping[str, str]:
    try:
        return secrets_read(feed)
    except SecretUnreadable:
        return {}


def _shown(feed: Feed) -> dict[str, Any]:
    names = ("name", "pattern", "day_offset", "complete", "marker", "times", "time_zone", "first_day", "calendar")
    shown = {name: getattr(feed, name) for name in names}
    shown |= {name: getattr(feed, name) for name in ("before_minutes", "late_minutes", "every_minutes")}
    shown |= {"target_name": feed.target_id, "rule": feed.rule, **Limits.from_json(feed.limits).as_json()}
    if feed.rule.startswith(WEEKLY) and ";" not in feed.rule.removeprefix(WEEKLY):
        shown |= {"rule": "", "weekdays": feed.rule.removeprefix(WEEKLY).split(",")}
    elif feed.rule == "FREQ=DAILY":
        shown |= {"rule": "", "weekdays": list(DAYS)}
    shown |= {f"source_{name}": value for name, value in feed.address.items()}
    shown |= {f"option_{name}": value for name, value in feed.options.items()}
    return shown | {"then_kind": feed.then.get("kind", ""), "then_campaign": feed.then.get("campaign", "")}


def _setting_field(setting: Setting, *, is_kept: bool) -> forms.Field:
    common: dict[str, Any] = {
        "label": setting.label,
        "help_text": KEPT if is_kept else setting.help,
        "required": setting.is_needed and not is_kept,
        "initial": setting.default,
    }
    if setting.form == "number":
        return forms.IntegerField(min_value=1, max_value=65535, **common)
    if setting.form in ("area", "secret_area"):
        area = forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"})
        return forms.CharField(max_length=100_000, widget=area, strip=False, **common)
    if setting.form == "secret":
        hidden = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        return forms.CharField(max_length=1000, widget=hidden, strip=False, **common)
    return forms.CharField(max_length=1000, **common)


def _choice_field(choice: Choice) -> forms.Field:
    common: dict[str, Any] = {"label": choice.label, "help_text": choice.help, "required": False}
    if choice.values:
        return forms.ChoiceField(choices=choice.values, initial=choice.default, **common)
    return forms.CharField(max_length=300, initial=choice.default, **common)


class ReasonForm(forms.Form):
    """Why a feed is held, or a file refused."""

    reason = forms.CharField(max_length=300, required=False, label="Why", help_text="Shown to whoever asks later.")


class DecideForm(forms.Form):
    """What is said to a file that is held back: the choices that its check asks for."""

    def __init__(self, *args: Any, target: FeedTarget | None, choices: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in target.choices if target else ():
            if each.name in choices:
                field = _choice_field(each)
                field.required = True
                self.fields[each.name] = field

    def answers(self) -> dict[str, str]:
        """Return what was chosen."""
        return {name: str(value) for name, value in self.cleaned_data.items()}
