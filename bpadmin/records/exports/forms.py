"""The form that says as what kind of file the records of a source are exported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db import models

from bpadmin.platforms.sources import Condition, Source
from bpadmin.records.columns import RecordColumn
from bpadmin.records.exports.columns import ALL_ATTEMPTS
from bpadmin.records.exports.order import ExportFormat, ExportOrder, Rows, zone_choices


class Columns(models.TextChoices):
    """Which columns the file has."""

    ALL = "all", "All, also fields that turn up only in some {noun}s"
    SEEN = "seen", "The columns you see on the page"

    @classmethod
    def said(cls, noun: str) -> list[tuple[str, str]]:
        """Return the choices of a form, with the platform's word for a record."""
        return [(columns.value, columns.label.format(noun=noun)) for columns in cls]


class SourceExportForm(forms.Form):
    """Rows, columns and kind of file; which records stands in the address of the page."""

    rows = forms.ChoiceField(label="Rows")
    columns = forms.ChoiceField(label="Columns", widget=forms.RadioSelect, initial=Columns.ALL)
    format = forms.ChoiceField(label="File")
    time_zone = forms.ChoiceField(label="Times", required=False)

    def __init__(self, *args: Any, has_attempts: bool, noun: str, platform: str, time_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = ExportFormat.said(platform)  # type: ignore[attr-defined]
        self.zone_name = time_zone
        self.fields["time_zone"].choices = zone_choices(time_zone)  # type: ignore[attr-defined]
        self.fields["rows"].choices = Rows.said(noun)  # type: ignore[attr-defined]
        self.fields["columns"].choices = Columns.said(noun)  # type: ignore[attr-defined]
        if not has_attempts:
            del self.fields["rows"]

    def order(self, source: Source, conditions: Sequence[Condition], seen: Sequence[RecordColumn]) -> ExportOrder:
        """Return the order as said; the service checks it."""
        said = self.cleaned_data
        rows = said.get("rows", Rows.RECORD)
        columns = [column.export_name for column in seen] if said["columns"] == Columns.SEEN else []
        if columns and rows != Rows.RECORD:
            columns.append("attempt.*" if rows == Rows.ATTEMPT else ALL_ATTEMPTS)
        return ExportOrder(
            sources=(source,),
            conditions=tuple(conditions),
            attempts=rows != Rows.RECORD,
            per_attempt=rows == Rows.ATTEMPT,
            columns=tuple(columns),
            format=ExportFormat(said["format"]),
            time_zone=said["time_zone"] or self.zone_name,
        )
