"""The form that says which results are to be exported, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from bpadmin.platforms.types import Campaign, ListBinding, RecordKind
from bpadmin.records.exports.columns import ALL_ATTEMPTS, ATTEMPT_NAMES, STATUS_NAMES
from bpadmin.records.exports.order import ExportFormat, ExportOrder, Rows, zone_choices
from bpadmin.records.exports.presets import LONGEST_NAME, Period, Preset
from bpadmin.web.moments import MomentField
from campaigns.exports.order import results_order

KINDS = (
    (RecordKind.ALL.value, "All records"),
    (RecordKind.COMPLETED.value, "Completed records"),
    (RecordKind.UPDATED.value, "Records that were tried"),
)
ALL_FIELDS = "entry.*"


class ExportForm(forms.Form):
    """An order: of one campaign and perhaps one of its lists, or of several campaigns."""

    campaigns = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    instance = forms.ChoiceField(required=False, label="List")
    kind = forms.ChoiceField(choices=KINDS, label="Records")
    start = MomentField(label="From")
    end = MomentField(label="Before")
    period = forms.ChoiceField(
        choices=[("", "From and before, as said"), *Period.choices], label="Days", required=False
    )
    preset_name = forms.CharField(
        label="Keep as a preset named",
        required=False,
        max_length=LONGEST_NAME,
        help_text="For the next time, here and in the shell (--preset NAME). One of that name is replaced.",
    )
    rows = forms.ChoiceField(choices=Rows.said, label="Rows")
    format = forms.ChoiceField(choices=ExportFormat.said(""), label="File")
    time_zone = forms.ChoiceField(label="Times", required=False)
    entry_columns = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    status_columns = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    attempt_columns = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(
        self,
        *args: Any,
        campaigns: Sequence[Campaign],
        bindings: Sequence[ListBinding],
        known_fields: Sequence[str],
        time_zone: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in ("start", "end"):
            self.fields[name].zone = ZoneInfo(time_zone)  # type: ignore[attr-defined]
        self.zone_name = time_zone
        self.fields["time_zone"].choices = zone_choices(time_zone)  # type: ignore[attr-defined]
        self.names = {campaign.id: campaign.name for campaign in campaigns}
        self.list_names = {binding.instance_id: binding.list_name for binding in bindings}
        entry = [(name, name) for name in known_fields] or [(ALL_FIELDS, "All fields")]
        choices = {
            "campaigns": list(self.names.items()),
            "instance": [("", "All its lists"), *self.list_names.items()],
            "entry_columns": entry,
            "status_columns": [(f"status.{name}", name) for name in STATUS_NAMES] + [("status.*", "all others")],
            "attempt_columns": [(f"attempt.{name}", name) for name in ATTEMPT_NAMES] + [("attempt.*", "all others")],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]

    @property
    def column_groups(self) -> list[tuple[str, Any]]:
        """Return the boxes for columns, group by group."""
        return [
            ("Fields of the record", self["entry_columns"]),
            ("Results", self["status_columns"]),
            ("Attempts (of a row for each attempt)", self["attempt_columns"]),
        ]

    def order(self, campaign_id: str = "") -> ExportOrder:
        """Return the order as said, of the campaign of the page or else of those chosen; the service checks it."""
        said = self.cleaned_data
        start, end = said["start"], said["end"]
        if said["period"]:
            start, end = Period(said["period"]).window(said["time_zone"] or self.zone_name, timezone.now())
        ids = [campaign_id] if campaign_id else said["campaigns"]
        return results_order(
            tuple((id_, self.names.get(id_, id_)) for id_ in ids),
            instances=(said["instance"],) if said["instance"] else (),
            list_name=self.list_names.get(said["instance"], ""),
            kind=RecordKind(said["kind"]),
            start=start,
            end=end,
            attempts=said["rows"] != Rows.RECORD,
            per_attempt=said["rows"] == Rows.ATTEMPT,
            columns=self._columns(),
            format=ExportFormat(said["format"]),
            time_zone=said["time_zone"] or self.zone_name,
        )

    def clean(self) -> dict[str, Any]:
        """Refuse days that are said twice."""
        said = super().clean() or self.cleaned_data
        if said.get("period") and (said.get("start") or said.get("end")):
            raise forms.ValidationError("Say either which days, or from when to before when.")
        return said

    def _columns(self) -> tuple[str, ...]:
        said = self.cleaned_data
        chosen = [*said["entry_columns"], *said["status_columns"]]
        if said["rows"] == Rows.ATTEMPT:
            chosen += said["attempt_columns"] or (["attempt.*"] if chosen else [])
        elif said["rows"] == Rows.WITH_ATTEMPTS and chosen:
            chosen.append(ALL_ATTEMPTS)
        return ("place.*", *chosen) if chosen and len(said["campaigns"]) > 1 else tuple(chosen)


def preset_initial(preset: Preset) -> dict[str, Any]:
    """Return what a form shows that begins with a preset."""
    rows = Rows.ATTEMPT if preset.per_attempt else Rows.WITH_ATTEMPTS if preset.attempts else Rows.RECORD
    parts = {"status": "status_columns", "attempt": "attempt_columns"}
    chosen: dict[str, list[str]] = {name: [] for name in ("entry_columns", *parts.values())}
    for column in preset.columns:
        if column not in ("place.*", ALL_ATTEMPTS):
            chosen[parts.get(column.partition(".")[0], "entry_columns")].append(column)
    said = {"kind": preset.kind, "period": preset.period, "format": preset.format, "time_zone": preset.time_zone}
    return {**said, **chosen, "rows": rows.value}
