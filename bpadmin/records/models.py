"""What people keep about records: sources they named, filters they saved, columns they chose."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from bpadmin.texts import ExactText, PlainData, ShortText


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


class ColumnChoice(models.Model):
    """The columns a person wants to see of records; `columns` are keys of `records.columns.RecordColumn`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="column_choices")
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="column_choices")
    scope = models.CharField(max_length=10, choices=ColumnScope.choices, default=ColumnScope.SOURCE)
    scope_id = ExactText(max_length=400)
    columns = PlainData(default=list)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "tenant", "scope", "scope_id"], name="one_column_choice_per_scope")
        ]

    def __str__(self) -> str:
        return f"Columns of {self.scope} {self.scope_id}"
