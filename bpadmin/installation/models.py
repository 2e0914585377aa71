"""What belongs to this installation as a whole: whether it is held, by what it knows its database, what it counts."""

from __future__ import annotations

from django.db import models

from bpadmin.texts import LongText


class Installation(models.Model):
    """State of the whole installation, in the row with primary key 1.

    `held_since` is set while nothing may be sent; `held_reason` says why in words. `database` names the database
    server that this row was last seen on, `generation` counts the starts that were noted here and beside the database
    (see `bpadmin.installation.identity`). `swept_at` is when the sweep last ran, `files_mark` a text that lies in the
    shared folder for files as well, so that a machine with another folder is recognised.
    """

    held_since = models.DateTimeField(null=True, blank=True)
    held_reason = LongText(blank=True, default="")
    database = models.CharField(max_length=120, blank=True, default="")
    generation = models.PositiveBigIntegerField(default=0)
    swept_at = models.DateTimeField(null=True, blank=True)
    files_mark = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_installation")]

    def __str__(self) -> str:
        return "held" if self.held_since else "working"


class TallyKind(models.TextChoices):
    """What is counted."""

    CALL = "call", "Call of a platform"
    PAGE = "page", "Page"


# Seconds: the bounds of the histograms, an answer belongs to the first that it does not exceed.
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Tally(models.Model):
    """How many there were of one kind, name and outcome, and how long they took; see `bpadmin.installation.tallies`.

    `tenant` is a slug, "" where none is concerned. `seconds` is their sum. `upto_N` counts those that took at most
    BUCKETS[N] seconds, and longer than the bound before; what is left of `count` took longer than the last bound.
    """

    kind = models.CharField(max_length=10, choices=TallyKind.choices)
    tenant = models.CharField(max_length=60, blank=True, default="")
    name = models.CharField(max_length=80)
    outcome = models.CharField(max_length=20)
    count = models.BigIntegerField(default=0, db_default=0)
    seconds = models.FloatField(default=0.0, db_default=0.0)
    upto_0 = models.BigIntegerField(default=0, db_default=0)
    upto_1 = models.BigIntegerField(default=0, db_default=0)
    upto_2 = models.BigIntegerField(default=0, db_default=0)
    upto_3 = models.BigIntegerField(default=0, db_default=0)
    upto_4 = models.BigIntegerField(default=0, db_default=0)
    upto_5 = models.BigIntegerField(default=0, db_default=0)
    upto_6 = models.BigIntegerField(default=0, db_default=0)
    upto_7 = models.BigIntegerField(default=0, db_default=0)
    upto_8 = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "tenant", "name", "outcome"], name="one_tally_of_each"),
        ]

    def __str__(self) -> str:
        return f"{self.count} of {self.kind} {self.tenant} {self.name} {self.outcome}"
