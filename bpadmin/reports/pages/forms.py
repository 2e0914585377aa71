"""The forms of reports and destinations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from bpadmin.records.exports.presets import Period
from bpadmin.reports.content import Figures, Records
from bpadmin.reports.models import NAME_LENGTH, Destination, Report, ReportFormat, Subject, Way
from bpadmin.reports.services import FILE_NAME, ReportWish

TABLE_WORDS = {
    "stock": "Records by where they stand",
    "hours": "Calls by hour or day",
    "dispositions": "Attempts by disposition",
    "lists": "By list",
    "endings": "Calls by type of result code",
    "agents": "Calls by agent",
}
FIGURES_FILES = (ReportFormat.XLSX, ReportFormat.CSV, ReportFormat.PDF)
RECORDS_FILES = (ReportFormat.CSV, ReportFormat.XLSX, ReportFormat.NDJSON)
FILE_NAME_HELP = (
    "May hold {report}, {period}, {from}, {until}, {tenant} and {title}. The ending, such as .xlsx, is added."
)


class ReportForm(forms.Form):
    """What every report has; `about` is what it shows, of which figures can leave out some of the tenant's `tables`.

    Where `places` are given, campaigns by id and name, it can be chosen what it shows.
    """

    campaign = forms.ChoiceField(required=False, label="Results of")
    name = forms.CharField(max_length=NAME_LENGTH)
    period = forms.ChoiceField(required=False, label="Days")
    format = forms.ChoiceField(label="File")
    tables = forms.MultipleChoiceField(
        required=False,
        label="Tables",
        widget=forms.CheckboxSelectMultiple,
    )
    file_name = forms.CharField(max_length=200, initial=FILE_NAME, label="Name of the file", help_text=FILE_NAME_HELP)
    destinations = forms.ModelMultipleChoiceField(
        queryset=Destination.objects.none(), required=False, label="Goes to", widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,
        about: Figures | Records,
        destinations: Any,
        tables: Sequence[str],
        places: Sequence[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.about = about
        if places:
            self.fields["campaign"].choices = [("", "All campaigns"), *places]  # type: ignore[attr-defined]
            self.fields["name"].required = False
            self.fields["name"].help_text = "Left empty, it is named after what it shows."
        else:
            del self.fields["campaign"]
        is_figures = isinstance(about, Figures)
        formats = FIGURES_FILES if is_figures else RECORDS_FILES
        whenever = [] if is_figures else [("", "Whatever their time")]
        self.fields["period"].choices = [*whenever, *Period.choices]  # type: ignore[attr-defined]
        self.fields["format"].choices = [(each.value, each.label) for each in formats]  # type: ignore[attr-defined]
        self.fields["destinations"].queryset = destinations  # type: ignore[attr-defined]
        if is_figures:
            self.fields["period"].required = True
            self.fields["tables"].choices = [(name, TABLE_WORDS[name]) for name in tables]  # type: ignore[attr-defined]
        else:
            del self.fields["tables"]

    @classmethod
    def initial_of(cls, report: Report) -> dict[str, Any]:
        """Return what the form shows of a report that there is."""
        names = ("name", "period", "format", "file_name")
        return {
            **{name: getattr(report, name) for name in names},
            "tables": report.content.get("tables", []) if report.subject == Subject.RESULTS else [],
            "destinations": report.destinations.all(),
        }

    def wish(self, time_zone: str) -> ReportWish:
        """Return what was said."""
        said, about = self.cleaned_data, self.about
        if isinstance(about, Figures):
            about = Figures(
                about.campaign_id, about.campaign_name, about.list_id, about.list_name, tuple(said["tables"])
            )
        return ReportWish(
            name=said["name"] or f"Results of {self.about.title}",
            content=about,
            period=said["period"],
            format=said["format"],
            time_zone=time_zone,
            file_name=said["file_name"],
            destinations=tuple(said["destinations"]),
        )

    def refuse(self, message: str, name: str) -> None:
        """Show a refusal of the service at the field that it names."""
        self.add_error(name if name in self.fields else None, message)


class DestinationForm(forms.Form):
    """A place that reports go to; which fields there are depends on the way."""

    name = forms.CharField(max_length=NAME_LENGTH, help_text="By which people here know it.")

    def __init__(self, *args: Any, way: Way, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(_fields_of(way))

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """Return the way's own fields."""
        return [self[name] for name in self.fields if name != "name"]

    def said(self) -> dict[str, str]:
        """Return what was said of the place, without the secret."""
        return {name: str(value) for name, value in self.cleaned_data.items() if name not in ("name", "secret")}

    def refuse(self, message: str, name: str) -> None:
        """Show a refusal of the service at the field that it names."""
        self.add_error(name if name in self.fields else None, message)


def _fields_of(way: Way) -> dict[str, forms.Field]:
    def text(label: str, help_text: str = "", *, required: bool = True, **more: Any) -> forms.CharField:
        return forms.CharField(max_length=400, label=label, help_text=help_text, required=required, **more)

    secret = forms.PasswordInput(attrs={"autocomplete": "off"})
    if way is Way.MAIL:
        return {"to": text("Addresses", "With commas between.")}
    if way is Way.FOLDER:
        return {
            "folder": text("Folder", "Beneath the tenant's own, in the one that the operator allows.", required=False)
        }
    if way is Way.S3:
        return {
            "bucket": text("Bucket"),
            "prefix": text("Folder in it", required=False),
            "endpoint": text("Endpoint", "Empty for Amazon's.", required=False),
            "region": text("Region", required=False, initial="us-east-1"),
            "key_id": text("Access key ID"),
            "secret": text("Secret access key", widget=secret),
        }
    return {
        "host": text("Server"),
        "port": forms.IntegerField(min_value=1, max_value=65535, initial=22),
        "user": text("User"),
        "folder": text("Folder", required=False),
        "host_key": forms.CharField(
            label="Host key",
            max_length=4000,
            help_text="The server's public key, such as “ssh-ed25519 AAAA…”. Another one is refused.",
            widget=forms.Textarea(attrs={"rows": 2}),
        ),
        "secret": forms.CharField(
            label="Password or private key",
            max_length=20_000,
            help_text="A private key begins with “-----BEGIN”.",
            widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        ),
    }
