"""What the platform cannot tell about lists: their formats, and how files were mapped to them."""

from __future__ import annotations

from django.db import models

from bpadmin.texts import ExactText, PlainData, ShortText


class UploadMode(models.TextChoices):
    """What an upload does with the rows of a file; kept in a job's options as `mode`."""

    ADD = "add", "Add new records"
    UPDATE = "update", "Update existing records"
    UPSERT = "upsert", "Add new records, update the ones already there"
    REPLACE = "replace", "Delete all records of the list, then add"


class ListFormat(models.Model):
    """The fields of a list as far as we know them.

    The API has no way to ask for a format, so it is learnt: from lists created here, from records read back, and
    from what a supervisor said. `fields` is a list of FieldSpec.as_json() dicts, `source` says where it came from.
    """

    class Source(models.TextChoices):
        CREATED = "created", "Created here"
        SAID = "said", "Set by a supervisor"
        LEARNT = "learnt", "Learnt from records"

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="list_formats")
    list_id = ExactText(max_length=400)
    list_name = ShortText(max_length=300, blank=True)
    format_id = ExactText(max_length=120, blank=True, db_index=True)
    format_name = ShortText(max_length=300, blank=True)
    fields = PlainData(default=list)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.SAID)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "list_id"], name="one_format_per_list")]

    def __str__(self) -> str:
        return f"Format of {self.list_name}"


class SavedMapping(models.Model):
    """How the columns of a file with this header were mapped to a list's fields the last time.

    `header_hash` is the SHA-256 of the header cells; `mapping` maps a column's index (as text) to a field name.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="saved_mappings")
    list_id = ExactText(max_length=400)
    header_hash = models.CharField(max_length=64)
    header = PlainData(default=list)
    mapping = PlainData(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "list_id", "header_hash"], name="one_mapping_per_header")
        ]

    def __str__(self) -> str:
        return f"Mapping for {self.list_id}"
