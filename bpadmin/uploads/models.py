"""What an upload does with rows, and how columns were mapped before. The table is that of the app `lists`."""

from __future__ import annotations

from django.db import models

from bpadmin.texts import ExactText, PlainData, ShortText


class UploadMode(models.TextChoices):
    """What an upload does with the rows of a file; kept in a job's options as `mode`."""

    ADD = "add", "Add new records"
    UPDATE = "update", "Update existing records"
    UPSERT = "upsert", "Add new records, update the ones already there"
    REPLACE = "replace", "Delete all records of the list, then add"


class SavedMapping(models.Model):
    """How the columns of a file with this header were mapped to a list's fields the last time.

    `header_hash` is the SHA-256 of the header cells; `mapping` maps a column's index (as text) to a field name.
    `conversion` is what was done to its cells (`bpadmin.uploads.conversion.rules`), None from an older program.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="saved_mappings")
    list_id = ExactText(max_length=400)
    header_hash = models.CharField(max_length=64)
    header = PlainData(default=list)
    mapping = PlainData(default=dict)
    conversion = PlainData(default=dict, null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "lists"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "list_id", "header_hash"], name="one_mapping_per_header")
        ]

    def __str__(self) -> str:
        return f"Mapping for {self.list_id}"


class Recipe(models.Model):
    """Which column goes where and what is done to its cells, kept for a list under a name that a person gave.

    `content` speaks of columns by their names, so that it serves every file that has them (`conversion.recipes`).
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="recipes")
    list_id = ExactText(max_length=400)
    name = ShortText(max_length=80)
    content = PlainData(default=dict)
    saved_by = ShortText(max_length=150, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "lists"
        constraints = [models.UniqueConstraint(fields=["tenant", "list_id", "name"], name="one_recipe_per_name")]

    def __str__(self) -> str:
        return self.name
