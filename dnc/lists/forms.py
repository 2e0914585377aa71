"""The forms in which whole Do Not Call lists are made, changed and deleted; of each type only what it has."""

from __future__ import annotations

from typing import Any

from django import forms

from bpadmin.platforms.types import KEEP, DailyReset, Keep
from bpadmin.tenants.times.zones import time_zone_choices
from dnc.forms import TYPED
from dnc.keys.normalisation import COMMENT_LENGTH
from dnc.lists.property_rules import (
    MOST_DAYS,
    NAME_LENGTH,
    PREFIXED,
    USUAL_DAYS,
    WITH_COUNTRY,
    WITH_EXPIRY,
    WITH_FIELD,
    WITH_RESET,
    Properties,
)
from dnc.models import DncKind


class PropertiesForm(forms.Form):
    """The properties of a list of one type. `now` are those that it has, None for a new list."""

    name = forms.CharField(
        label="Name", max_length=NAME_LENGTH, help_text="No two Do Not Call lists of a tenant have the same name."
    )

    def __init__(
        self,
        *args: Any,
        kind: DncKind,
        time_zone: str,
        now: Properties | None = None,
        reset_words: str = "",
        **kwargs: Any,
    ) -> None:
        if now is not None:
            kwargs["initial"] = _initial(now)
        super().__init__(*args, **kwargs)
        self.kind, self.now = kind, now
        if kind in WITH_COUNTRY:
            self.fields["country"] = forms.CharField(
                label="Country", max_length=8, required=False, help_text="Its two letters: US, CA, GB…"
            )
        if kind is DncKind.GEOGRAPHIC_AREACODE:
            self.fields["is_prefixed"] = forms.BooleanField(
                label="Area codes of several countries, each with its country's prefix", required=False
            )
        if kind in WITH_FIELD:
            self.fields["list_field"] = forms.CharField(
                label="Excluded by the field",
                max_length=200,
                required=now is None,
                widget=forms.TextInput(attrs={"list": "fields-known", **TYPED}),
                help_text="A field of the calling lists, as their formats call it. Records that have a listed value "
                "in it are not dialled.",
            )
        if kind in WITH_EXPIRY:
            self.fields["expires"] = forms.BooleanField(label="Entries expire by themselves", required=False)
            self.fields["expire_days"] = forms.IntegerField(
                label="Days until they expire",
                required=False,
                min_value=0,
                max_value=MOST_DAYS,
                initial=USUAL_DAYS,
                help_text=f"0 to {MOST_DAYS}, counted for each from the day on which it was added. Then it may be "
                "dialled again.",
            )
        if kind in WITH_RESET:
            self._add_reset(time_zone, reset_words)

    def _add_reset(self, time_zone: str, reset_words: str) -> None:
        zones = time_zone_choices()
        self.fields["reset_daily"] = forms.BooleanField(label="Emptied every day", required=False)
        self.fields["reset_time"] = forms.TimeField(
            label="Time of day", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        )
        self.fields["reset_zone"] = forms.ChoiceField(
            label="Time zone", required=False, choices=zones, initial=time_zone
        )
        if reset_words:
            self.fields["reset_time"].help_text = f"Now: {reset_words}. Left empty, it stays so."

    def clean(self) -> dict[str, Any]:
        """Ask for what a switch needs."""
        said = super().clean() or self.cleaned_data
        if said.get("expires") and said.get("expire_days") is None and "expire_days" not in self.errors:
            self.add_error("expire_days", "Say after how many days.")
        has_none_yet = self.now is None or self.now.reset is None
        is_wanted = said.get("reset_daily") and has_none_yet and "reset_time" not in self.errors
        if is_wanted and said.get("reset_time") is None:
            self.add_error("reset_time", "Say at what time.")
        return said

    def wish(self) -> Properties:
        """Return the properties as said."""
        said = self.cleaned_data
        country = PREFIXED if said.get("is_prefixed") else said.get("country", "")
        return Properties(
            name=said["name"],
            type=self.kind,
            country=country,
            expire_days=said["expire_days"] if said.get("expires") else None,
            list_field=said.get("list_field", ""),
            reset=self._reset(said),
        )

    def _reset(self, said: dict[str, Any]) -> DailyReset | Keep | None:
        if not said.get("reset_daily"):
            return None
        if said["reset_time"] is None:
            return KEEP
        return DailyReset(f"{said['reset_time']:%H:%M:%S}", said["reset_zone"])


class DropForm(forms.Form):
    """The list's name, typed, and why it is deleted."""

    typed_name = forms.CharField(
        label="Type the list's name to delete it", max_length=300, widget=forms.TextInput(attrs=TYPED)
    )
    reason = forms.CharField(label="Reason", max_length=COMMENT_LENGTH, help_text="Kept in the evidence.")


def _initial(now: Properties) -> dict[str, Any]:
    is_prefixed = now.country.lower() == PREFIXED
    return {
        "name": now.name,
        "country": "" if is_prefixed else now.country,
        "is_prefixed": is_prefixed,
        "list_field": now.list_field,
        "expires": now.expire_days is not None,
        "expire_days": USUAL_DAYS if now.expire_days is None else now.expire_days,
        "reset_daily": now.reset is not None,
    }
