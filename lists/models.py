"""What the platform cannot tell about lists: their formats, and how files were mapped to them."""

from __future__ import annotations

from django.db import models

from bpadmin.texts import ExactText, LongText, PlainData, ShortText
from bpadmin.uploads.models import Recipe, SavedMapping

__all__ = ["ListFormat", "Recipe", "SavedMapping", "TakeBack"]


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


class TakeBack(models.Model):
    """A job that takes an upload back: `states` holds a letter for each row of the upload's spool, in its order.

    What the letters mean, `lists.taking_back.rows.RowState` says; empty before anything was looked at. Nothing is
    deleted before somebody has said yes to the counts (`is_confirmed`).
    """

    job = models.OneToOneField("jobs.Job", on_delete=models.CASCADE, related_name="take_back")
    upload = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="take_backs")
    states = models.BinaryField(default=bytes)
    is_confirmed = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"Job {self.job_id} takes back job {self.upload_id}"


class OldValues(models.Model):
    """The records that a job is about to change or delete, as they were before: in parts in storage, until `ends_at`.

    The list is read to `cursor`; `fields` are the names of what was met, in their order. `is_gone`: the parts were
    removed, since their days are over or a person in them was erased.
    """

    job = models.OneToOneField("jobs.Job", on_delete=models.CASCADE, related_name="old_values")
    fields = PlainData(default=list)
    parts = PlainData(default=list)
    cursor = LongText(blank=True, default="")
    n_read = models.PositiveBigIntegerField(default=0)
    n_kept = models.PositiveBigIntegerField(default=0)
    is_done = models.BooleanField(default=False)
    is_gone = models.BooleanField(default=False)
    ends_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["ends_at"], condition=models.Q(is_gone=False), name="old_values_ends")]

    def __str__(self) -> str:
        return f"{self.n_kept:,} old records of job {self.job_id}"


class RecycleRule(models.Model):
    """What is recycled, again and again: `filter` is an AttemptFilter as JSON.

    Rows go into the list `target_id`, or where that is "" into a new one, named by the pattern `new_name`. With
    `count_field` the attempts so far go along in that field of the target.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="recycle_rules")
    name = ShortText(max_length=120)
    list_id = ExactText(max_length=400)
    list_name = ShortText(max_length=300)
    filter = PlainData(default=dict)
    target_id = ExactText(max_length=400, blank=True, default="")
    target_name = ShortText(max_length=300, blank=True, default="")
    new_name = ShortText(max_length=300, blank=True, default="")
    count_field = ShortText(max_length=200, blank=True, default="")
    changed_by_name = ShortText(max_length=150)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="one_recycle_rule_per_name")]

    def __str__(self) -> str:
        return self.name


class Recycling(models.Model):
    """A job that recycles: from which list, into which, and the `upload` by which the rows went.

    `target_id` is "" until a new list is made. Nothing is sent before somebody has said yes to the counts
    (`is_confirmed`); a plan says it with its rule.
    """

    job = models.OneToOneField("jobs.Job", on_delete=models.CASCADE, related_name="recycling")
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="recyclings")
    rule = models.ForeignKey(RecycleRule, null=True, blank=True, on_delete=models.SET_NULL, related_name="recyclings")
    list_id = ExactText(max_length=400)
    list_name = ShortText(max_length=300)
    target_id = ExactText(max_length=400, blank=True, default="")
    target_name = ShortText(max_length=300)
    upload = models.ForeignKey("jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_confirmed = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["tenant", "list_id"], name="recycling_source"),
            models.Index(fields=["tenant", "target_id"], name="recycling_target"),
        ]

    def __str__(self) -> str:
        return f"{self.list_name} → {self.target_name}"
