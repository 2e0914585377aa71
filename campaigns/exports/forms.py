"""The form that says which results are to be exported, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from bpadmin.platforms.types import Campaign, ListBinding, RecordKind
from bpadmin.records.export_columns import ALL_ATTEMPTS, ATTEMPT_NAMES, STATUS_NAMES
from bpadmin.records.export_order import ExportFormat, ExportOrder, Rows
from campaigns.export_order import results_order

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
    start = forms.DateTimeField(
        required=False, label="From", widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    end = forms.DateTimeField(
        required=False, label="Before", widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    rows = forms.ChoiceField(choices=Rows.said, label="Rows")
    format = forms.ChoiceField(choices=ExportFormat.choices, label="File")
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
        self.zone = ZoneInfo(time_zone)
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
        """Give the boxes for columns, group by group."""
        return [
            ("Fields of the record", self["entry_columns"]),
            ("Results", self["status_columns"]),
            ("Attempts (of a row for each attempt)", self["attempt_columns"]),
        ]

    def order(self, campaign_id: str = "") -> ExportOrder:
        """Give the order as said, of the campaign of the page or else of those chosen; the service checks it."""
        said = self.cleaned_data
        ids = [campaign_id] if campaign_id else said["campaigns"]
        return results_order(
            tuple((id_, self.names.get(id_, id_)) for id_ in ids),
            instances=(said["instance"],) if said["instance"] else (),
            list_name=self.list_names.get(said["instance"], ""),
            kind=RecordKind(said["kind"]),
            start=self._moment(said["start"]),
            end=self._moment(said["end"]),
            attempts=said["rows"] != Rows.RECORD,
            per_attempt=said["rows"] == Rows.ATTEMPT,
            columns=self._columns(),
            format=ExportFormat(said["format"]),
        )

    def _columns(self) -> tuple[str, ...]:
        said = self.cleaned_data
        chosen = [*said["entry_columns"], *said["status_columns"]]
        if said["rows"] == Rows.ATTEMPT:
            chosen += said["attempt_columns"] or (["attempt.*"] if chosen else [])
        elif said["rows"] == Rows.WITH_ATTEMPTS and chosen:
            chosen.append(ALL_ATTEMPTS)
        return ("place.*", *chosen) if chosen and len(said["campaigns"]) > 1 else tuple(chosen)

    def _moment(self, said: Any) -> Any:
        """Read a time as the tenant's own: the browser sends it without a zone."""
        if said is None:
            return None
        return timezone.make_naive(said, timezone.get_current_timezone()).replace(tzinfo=self.zone)
