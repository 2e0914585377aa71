"""The forms in which Do Not Call lists are bound to campaigns and taken off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from bpadmin.platforms.types import Campaign
from dnc.forms import TYPED
from dnc.keys.normalisation import COMMENT_LENGTH
from dnc.lists.bindings import Guard
from dnc.models import DncKind, DncList


class GuardForm(forms.Form):
    """How a list is to guard; a subclass asks for the other side."""

    disposition = forms.CharField(
        label="A match gets the disposition",
        max_length=255,
        widget=forms.TextInput(attrs={"list": "dispositions", **TYPED}),
        help_text="By its name in the campaign. Numbers that are held back appear under it in the results.",
    )
    allow_append = forms.BooleanField(label="Agents' “Add to DNC” adds to this list", required=False)
    for_link_group = forms.BooleanField(
        label="Also for all other campaigns of the campaign's link group", required=False
    )

    def choose_disposition(self, names: Sequence[str]) -> None:
        """Let the disposition be chosen among a campaign's, where the platform tells them."""
        if not names:
            return
        held = self.initial.get("disposition")
        self.initial["disposition"] = held if held in names else ""
        self.fields["disposition"] = forms.ChoiceField(
            label="A match gets the disposition",
            choices=[("", "Choose a disposition"), *((name, name) for name in names)],
            help_text="One of the campaign's. Numbers that are held back appear under it in the results.",
        )

    def wait_for_choice(self) -> None:
        """Leave the disposition out until it is known among which it is chosen."""
        del self.fields["disposition"]

    @property
    def waits(self) -> bool:
        """Return whether a disposition is to be chosen yet."""
        return "disposition" not in self.fields

    def guard(self) -> Guard:
        """Return what was said."""
        names = ("disposition", "allow_append", "for_link_group")
        return Guard(**{name: self.cleaned_data[name] for name in names if name in self.cleaned_data})


class CampaignsForm(GuardForm):
    """The campaigns that one list is to guard."""

    campaigns = forms.MultipleChoiceField(
        label="Campaigns",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one campaign."},
    )

    field_order = ("campaigns",)

    def __init__(self, *args: Any, dnc_list: DncList, campaigns: Sequence[Campaign], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {each.id: each for each in campaigns}
        self.fields["campaigns"].choices = [(each.id, each.name) for each in campaigns]  # type: ignore[attr-defined]
        if dnc_list.type != DncKind.INTERNAL:
            del self.fields["allow_append"]

    def clean_campaigns(self) -> list[Campaign]:
        """Return the campaigns that were chosen."""
        return [self.by_id[each] for each in self.cleaned_data["campaigns"]]


class ListForm(GuardForm):
    """The list that is to guard one campaign."""

    dnc_list = forms.ChoiceField(label="Do Not Call list")

    field_order = ("dnc_list",)

    def __init__(self, *args: Any, lists: Sequence[DncList], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {each.remote_id: each for each in lists}
        choices = [(each.remote_id, f"{each.name} ({each.get_type_display()})") for each in lists]
        self.fields["dnc_list"].choices = [("", "Choose a list"), *choices]  # type: ignore[attr-defined]
        self.fields["allow_append"].help_text = "Only a list of phone numbers can take them."

    def clean_dnc_list(self) -> DncList:
        """Return the list that was chosen."""
        return self.by_id[self.cleaned_data["dnc_list"]]


class UnbindForm(forms.Form):
    """Why a list is taken off a campaign."""

    reason = forms.CharField(label="Reason", max_length=COMMENT_LENGTH, help_text="Kept in the evidence.")
