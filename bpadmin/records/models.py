"""What people keep about records and tables: sources they named, filters they saved, columns they chose."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from bpadmin.texts import ExactText, LongText, PlainData, ShortText


class NamedSource(models.Model):
    """A source that a person told us of, since the platform cannot list it.

    `values` are what was said in the fields of PlatformInfo.source_fields; `source_id` is the id made of them.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="named_sources")
    source_id = ExactText(max_length=400)
    name = ShortText(max_length=120)
    values = PlainData(default=dict)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    named_by_name = ShortText(max_length=150, blank=True)
    named_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "source_id"], name="one_name_per_source"),
            models.UniqueConstraint(fields=["tenant", "name"], name="one_source_per_name"),
        ]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """Conditions on a source's records under a name: its owner's own, or shared with everybody in the tenant.

    `conditions` are Condition.as_json() dicts.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="saved_views")
    source_id = ExactText(max_length=400)
    name = ShortText(max_length=80)
    conditions = PlainData(default=list)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    is_shared = models.BooleanField(default=False)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            # Nobody else's own views may show by a name that is taken; shared ones everybody sees.
            models.UniqueConstraint(fields=["tenant", "source_id", "owner", "name"], name="one_own_view_per_name"),
            models.UniqueConstraint(
                fields=["tenant", "source_id", "name"], condition=Q(is_shared=True), name="one_shared_view_per_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ColumnScope(models.TextChoices):
    """What a choice of columns is for."""

    SOURCE = "source", "A source"
    LIST = "list", "A calling list, in whatever campaign"
    TABLE = "table", "A table of the dashboard"


class Density(models.TextChoices):
    """How much room a row of a table takes."""

    USUAL = "", "Roomy"
    COMPACT = "compact", "Compact"


class ColumnChoice(models.Model):
    """The columns a person wants to see of records, or of a table; `columns` are keys of its columns.

    None of them means the usual ones. `density` is for tables alone.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="column_choices")
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="column_choices")
    scope = models.CharField(max_length=10, choices=ColumnScope.choices, default=ColumnScope.SOURCE)
    scope_id = ExactText(max_length=400)
    columns = PlainData(default=list)
    density = models.CharField(max_length=10, choices=Density.choices, blank=True, default="", db_default="")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "tenant", "scope", "scope_id"], name="one_column_choice_per_scope")
        ]

    def __str__(self) -> str:
        return f"Columns of {self.scope} {self.scope_id}"


class TableView(models.Model):
    """A search, filters and a sorting of a table, under a name, for one person; `query` as its address has them."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="table_views")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="table_views")
    table = ExactText(max_length=40)
    name = ShortText(max_length=80)
    query = LongText(blank=True, default="")
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "owner", "table", "name"], name="one_table_view_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class ExportPreset(models.Model):
    """An export that comes again and again; `content` is a `bpadmin.records.exports.presets.Preset` as JSON."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="export_presets")
    name = ShortText(max_length=80)
    content = PlainData(default=dict)
    saved_by_name = ShortText(max_length=150, blank=True)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="one_export_preset_per_name")]

    def __str__(self) -> str:
        return self.name


class ManyRows(models.Model):
    """What a job asks something of, one call each, and what became of each.

    `keys` are the ids or user data, one a line, compressed; `states` has a letter for each of them
    (`bpadmin.records.many.rows.Fate`). `told` maps the place of a row that was refused to the sentence, as far as they
    are kept, `acts` that of one in doubt to the number of its act. `is_confirmed`: a person has said yes to these rows.
    """

    job = models.OneToOneField("jobs.Job", on_delete=models.CASCADE, related_name="many")
    keys = models.BinaryField(default=bytes)
    states = models.BinaryField(default=bytes)
    told = PlainData(default=dict)
    acts = PlainData(default=dict)
    is_confirmed = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{len(self.states):,} rows of job {self.job_id}"
