"""The form of a recycling, and of a rule."""

from __future__ import annotations

from typing import Any

from django import forms

from bpadmin.platforms.types import CallingList
from bpadmin.results.models import Disposition, DispositionGroup
from bpadmin.results.selection import MOST_HOURS, AttemptFilter
from bpadmin.tenants.models import Tenant
from lists.models import RecycleRule
from lists.recycling.services import NEW_NAME, RecycleWish

MOST_DISPOSITIONS = 200


class RecycleForm(forms.Form):
    """Which records, and into which list."""

    groups = forms.MultipleChoiceField(
        choices=[(each.value, each.label) for each in DispositionGroup if each.value],
        required=False,
        label="Last attempt counts as",
        widget=forms.CheckboxSelectMultiple,
    )
    dispositions = forms.MultipleChoiceField(
        required=False, label="Or its disposition is", widget=forms.CheckboxSelectMultiple
    )
    least = forms.IntegerField(min_value=1, max_value=1000, initial=1, label="Attempts, at least")
    most = forms.IntegerField(
        min_value=1, max_value=1000, required=False, label="Attempts, at most", help_text="Left empty: any number."
    )
    age_hours = forms.IntegerField(
        min_value=0,
        max_value=MOST_HOURS,
        initial=24,
        label="Hours since the last attempt",
        help_text="In whatever list it was.",
    )
    skips_contacted = forms.BooleanField(required=False, initial=True, label="Leave out who was contacted since")
    cap = forms.IntegerField(
        min_value=1,
        max_value=1000,
        required=False,
        label="Only with fewer attempts, in all lists, than",
        help_text="So that a new list does not reset a limit set by law.",
    )
    cap_days = forms.IntegerField(
        min_value=1, max_value=400, required=False, label="In the last days", help_text="Left empty: ever."
    )
    target = forms.CharField(
        max_length=400,
        required=False,
        label="Into the list",
        help_text="By name or id. Left empty, a new one is made with the same format.",
        widget=forms.TextInput(attrs={"list": "lists", "autocomplete": "off"}),
    )
    new_name = forms.CharField(
        max_length=200,
        required=False,
        initial=NEW_NAME,
        label="Name of the new list",
        help_text="May hold {list}, {date} and {time}.",
    )
    count_field = forms.CharField(
        max_length=200,
        required=False,
        label="Field for the attempts so far",
        help_text="A field of that list which is to hold how often the record was called in all lists.",
    )
    rule_name = forms.CharField(
        max_length=120, required=False, label="Keep as a rule named", help_text="For plans, and for the next time."
    )

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = Disposition.objects.filter(tenant=tenant).exclude(name="").values_list("name", flat=True)
        self.fields["dispositions"].choices = [(name, name) for name in names[:MOST_DISPOSITIONS]]  # type: ignore[attr-defined]

    @classmethod
    def initial_of(cls, rule: RecycleRule) -> dict[str, Any]:
        """Return what the form shows of a rule."""
        wanted = AttemptFilter.from_json(rule.filter).as_json()
        numbers = {name: wanted[name] or None for name in ("most", "cap", "cap_days")}
        names = ("new_name", "count_field")
        more = {"target": rule.target_name, "rule_name": rule.name, **{name: getattr(rule, name) for name in names}}
        return {**wanted, **numbers, **more}

    def wish(self, source: CallingList, target: CallingList | None) -> RecycleWish:
        """Return what was said."""
        said = self.cleaned_data
        wanted = AttemptFilter(
            groups=tuple(said["groups"]),
            dispositions=tuple(said["dispositions"]),
            least=said["least"],
            most=said["most"] or 0,
            age_hours=said["age_hours"],
            skips_contacted=said["skips_contacted"],
            cap=said["cap"] or 0,
            cap_days=said["cap_days"] or 0,
        )
        return RecycleWish(
            source=source,
            wanted=wanted,
            target=target,
            new_name=said["new_name"],
            count_field=said["count_field"],
        )

    def refuse(self, message: str, name: str) -> None:
        """Show a refusal of the service at the field that it names."""
        self.add_error(name if name in self.fields else None, message)
