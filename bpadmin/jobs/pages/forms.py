"""What a reader of the job table may ask for, and a person's word on uncertain rows."""

from __future__ import annotations

from django import forms
from django.db.models import Q

from bpadmin.jobs.kinds import TargetKind
from bpadmin.jobs.models import Job, JobState
from bpadmin.jobs.services import Decision

GROUPS: dict[str, tuple[str, Q]] = {
    "active": ("Working now", Q(state__in=Job.ACTIVE)),
    "waiting": ("Waiting for somebody", Q(state__in=[JobState.DRAFT, JobState.READY, JobState.PAUSED])),
    "trouble": ("Not all rows in", Q(state__in=[JobState.PARTIAL, JobState.FAILED, JobState.ERRORED])),
    "done": ("All rows in", Q(state=JobState.SUCCEEDED)),
    "cancelled": ("Cancelled", Q(state=JobState.CANCELLED)),
}


class JobFilterForm(forms.Form):
    """The filters above the job table; what makes no sense counts as not given."""

    q = forms.CharField(
        label="File or list", required=False, max_length=200, widget=forms.TextInput({"type": "search"})
    )
    state = forms.ChoiceField(
        label="State", required=False, choices=[("", "All"), *((key, words) for key, (words, _) in GROUPS.items())]
    )
    list = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)

    def query(self) -> Q:
        """Return the condition on jobs."""
        self.is_valid()
        said = self.cleaned_data
        wanted = GROUPS[said["state"]][1] if said.get("state") else Q()
        if said.get("list"):
            wanted &= Q(target_kind=TargetKind.LIST, target_id=said["list"])
        if text := said.get("q"):
            wanted &= Q(file_name__icontains=text) | Q(target_name__icontains=text)
        return wanted

    @property
    def is_narrowed(self) -> bool:
        """Return whether anything was asked for at all."""
        return any(self.cleaned_data.values()) if self.is_bound and self.is_valid() else False


class DecisionForm(forms.Form):
    """What a person found out about rows whose answer was lost."""

    decision = forms.ChoiceField(choices=Decision.choices)
