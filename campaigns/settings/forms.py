"""The forms of a campaign's settings, dispositions, teams, caller IDs and link group, with the document's bounds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from bpadmin.platforms.campaign_details import (
    LARGEST,
    OVERDIAL_PERCENT,
    CallerId,
    CallerIdMethod,
    CampaignDetails,
    DialingMode,
    DialRule,
    Disposition,
    DispositionType,
    LinkGroup,
)
from campaigns.settings.dispositions import ACTIONS, BOUNDS, TYPES, disposition_made
from campaigns.settings.services import settings_told

MODES = (
    (DialingMode.PREVIEW, "Preview: an agent looks at the record before the call"),
    (DialingMode.PROGRESSIVE, "Progressive: calls when an agent is free"),
    (DialingMode.PREDICTIVE, "Predictive: calls before an agent is free"),
    (DialingMode.AUTOMATIC, "Automatic: calls without agents (IVR)"),
)
METHODS = (
    (CallerIdMethod.DEFAULT, "Always the default"),
    (CallerIdMethod.RND_WITHIN_LIST, "Any of the campaign's"),
    (CallerIdMethod.RND_WITHIN_STATE_OW_DEFAULT, "Any of the record's state, else the default"),
    (CallerIdMethod.RND_WITHIN_STATE_OW_LIST, "Any of the record's state, else any"),
    (CallerIdMethod.RECORD_CALLING_NUMBER, "The one in the record"),
    (CallerIdMethod.GEOGRAPHIC_PROXIMITY, "The nearest"),
    (CallerIdMethod.DMAPPING_INT_NUMBERS, "By the mapping of internal numbers"),
)
NEEDS_DEFAULT = (CallerIdMethod.DEFAULT, CallerIdMethod.RND_WITHIN_STATE_OW_DEFAULT)
NAME_LENGTH = 255
# What stands together on the page of settings, under which head.
PARTS = (
    ("The campaign", ("name", "enabled")),
    (
        "Calls",
        (
            *("mode", "no_answer_seconds", "overdial_percent", "adjusts_overdial"),
            *("initial_overdial_percent", "concurrent_calls"),
        ),
    ),
    ("Caller ID", ("caller_id_method", "default_caller_id")),
)


class SettingsForm(forms.Form):
    """How a campaign dials. A field is left out where the platform does not tell the setting."""

    name = forms.CharField(label="Name", max_length=NAME_LENGTH)
    enabled = forms.BooleanField(
        label="Enabled", required=False, help_text="A disabled campaign is in no table of the platform's."
    )
    mode = forms.ChoiceField(label="Dialling mode", choices=MODES)
    no_answer_seconds = forms.IntegerField(
        label="Give up after (seconds)", min_value=0, max_value=LARGEST, help_text="How long a call rings unanswered."
    )
    overdial_percent = forms.IntegerField(
        label="Overdial rate in progressive mode (%)", min_value=OVERDIAL_PERCENT[0], max_value=OVERDIAL_PERCENT[1]
    )
    adjusts_overdial = forms.BooleanField(label="The platform adjusts this rate by itself", required=False)
    initial_overdial_percent = forms.IntegerField(
        label="Initial overdial rate in predictive mode (%)",
        min_value=OVERDIAL_PERCENT[0],
        max_value=OVERDIAL_PERCENT[1],
    )
    concurrent_calls = forms.IntegerField(label="Concurrent calls in automatic mode", min_value=1, max_value=LARGEST)
    caller_id_method = forms.ChoiceField(label="Caller ID that is shown", choices=METHODS)
    default_caller_id = forms.CharField(label="Default caller ID", required=False, max_length=60)

    def __init__(self, data: Any = None, *, details: CampaignDetails) -> None:
        self.before = settings_told(details)
        super().__init__(data, initial=self.before)
        for name in list(self.fields):
            if self.before.get(name) is None:
                del self.fields[name]
        # The time is written for one mode; preview has none.
        if self.before.get("mode") == DialingMode.PREVIEW and "no_answer_seconds" in self.fields:
            self.fields["no_answer_seconds"].help_text += " It is not changed in preview mode, which has none."
        for name in ("mode", "caller_id_method"):
            self._keep_unknown(name)
        if "default_caller_id" in self.fields:
            numbers = [each.number for each in details.caller_ids or ()]
            self._choose(numbers)

    @property
    def parts(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields that there are by part, with its head."""
        found = [(title, [self[name] for name in names if name in self.fields]) for title, names in PARTS]
        return [(title, fields) for title, fields in found if fields]

    def clean(self) -> dict[str, Any]:
        """Refuse a method without the default that it needs."""
        cleaned: dict[str, Any] = super().clean() or {}
        needs = cleaned.get("caller_id_method") in NEEDS_DEFAULT
        touched = any(cleaned.get(name) != self.before.get(name) for name in ("caller_id_method", "default_caller_id"))
        if needs and touched and not cleaned.get("default_caller_id"):
            self.add_error("default_caller_id", "This method needs a default. Choose one of the campaign's numbers.")
        if cleaned.get("mode") == DialingMode.PREVIEW:
            cleaned["no_answer_seconds"] = None
        return cleaned

    def _keep_unknown(self, name: str) -> None:
        """Offer what a later version said as it is, so that the rest can be changed all the same."""
        if self.before.get(name) == "UNKNOWN":
            del self.fields[name]

    def _choose(self, numbers: Iterable[str]) -> None:
        held = self.before["default_caller_id"]
        known = dict.fromkeys([*numbers, *([held] if held else [])])
        choices = [("", "None"), *((number, number) for number in known)]
        self.fields["default_caller_id"] = forms.ChoiceField(
            label="Default caller ID", required=False, choices=choices, help_text="One of the campaign's numbers."
        )


class DispositionForm(forms.Form):
    """One disposition with its dial rule; what is empty is left to the platform's defaults."""

    name = forms.CharField(label="Name", max_length=NAME_LENGTH)
    folder = forms.CharField(label="Folder", max_length=NAME_LENGTH, help_text="Dispositions are grouped by it.")
    type = forms.ChoiceField(label="Counts as", choices=TYPES)
    code = forms.CharField(label="Code", required=False, max_length=NAME_LENGTH, help_text="For scenarios and exports.")
    description = forms.CharField(label="Description", required=False, max_length=1000)
    agent_selects = forms.BooleanField(label="Agents may choose it", required=False, initial=True)
    agent_reschedules = forms.BooleanField(label="Agents may set when to call again", required=False)
    action = forms.ChoiceField(label="What follows", choices=ACTIONS, required=False)
    wait_minutes = forms.IntegerField(label="Wait at least (minutes)", required=False)
    reschedule_minutes = forms.IntegerField(label="Call again after (minutes)", required=False)
    retries = forms.BooleanField(label="Retry the same number first", required=False)
    max_retries = forms.IntegerField(label="Retries at most", required=False)
    retry_minutes = forms.IntegerField(label="Minutes between retries", required=False)
    scenario_id = forms.CharField(label="Id of the scenario", required=False, max_length=60)

    def __init__(self, data: Any = None, *, held: Disposition | None = None) -> None:
        initial: dict[str, Any] = {}
        if held is not None:
            rule = held.rule or DialRule(action=None)
            initial = {name: getattr(held, name, None) for name in self.base_fields}
            initial |= {name: getattr(rule, name) for name in ("action", "retries", "scenario_id", *BOUNDS)}
        super().__init__(data, initial=initial)
        self.held = held
        for name, (low, high) in BOUNDS.items():
            field = forms.IntegerField(label=self.fields[name].label, required=False, min_value=low, max_value=high)
            self.fields[name] = field

    def disposition(self) -> Disposition:
        """Return what was said. Raises DispositionRefused."""
        said = dict(self.cleaned_data)
        said["type"] = DispositionType(said["type"])
        has_rule = said["action"] or any(said[name] for name in ("retries", "scenario_id", *BOUNDS))
        if not has_rule and not (self.held and self.held.rule):
            for name in ("action", "retries", "scenario_id"):
                said[name] = None
        return disposition_made(said, held=self.held)


class TeamsForm(forms.Form):
    """Teams told by their ids, since the platform does not list them."""

    ids = forms.CharField(
        label="Ids of teams",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="As they stand in the address of the team's page in Contact Center Administrator; one a line.",
    )
    skill_level = forms.IntegerField(label="Skill level", initial=100, min_value=0, max_value=100)

    def clean_ids(self) -> list[str]:
        """Return the ids, each once."""
        return list(dict.fromkeys(self.cleaned_data["ids"].replace(",", " ").split()))


class CallerIdsForm(forms.Form):
    """Numbers that a campaign is to show."""

    numbers = forms.CharField(
        label="Numbers",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="Numbers that the tenant has, as the platform writes them; one a line.",
    )
    state = forms.CharField(
        label="Only for the state or province", required=False, max_length=60, help_text="Left empty, for all."
    )

    def caller_ids(self) -> list[CallerId]:
        """Return what was said, each number once."""
        numbers = dict.fromkeys(self.cleaned_data["numbers"].replace(",", " ").split())
        return [CallerId(number, self.cleaned_data["state"].strip()) for number in numbers]


class LinkForm(forms.Form):
    """The place of a campaign in a link group."""

    group = forms.ChoiceField(label="Link group")
    after = forms.ChoiceField(label="Starts after", required=False)
    is_known = forms.BooleanField(
        label="I know that its type, teams, hours and term are replaced by those of the group"
    )

    def __init__(self, data: Any = None, *, groups: Sequence[LinkGroup], campaign_id: str) -> None:
        super().__init__(data)
        self.by_id = {group.id: group for group in groups}
        choices = [(group.id, f"{group.name} ({len(group.campaigns or ())})") for group in groups]
        self.fields["group"].choices = choices  # type: ignore[attr-defined]
        others = {id_: name for group in groups for id_, name in group.campaigns or () if id_ != campaign_id}
        self.fields["after"].choices = [("", "None: it comes first"), *others.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a predecessor that is in another group."""
        cleaned: dict[str, Any] = super().clean() or {}
        group, after = self.by_id.get(cleaned.get("group", "")), cleaned.get("after")
        if group and after and after not in {id_ for id_, _ in group.campaigns or ()}:
            self.add_error("after", "That campaign is in another link group.")
        return cleaned


class GroupForm(forms.Form):
    """The name of a new link group."""

    name = forms.CharField(label="New link group", max_length=NAME_LENGTH)
