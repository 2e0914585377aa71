"""The one row about this installation as a whole: whether it is held, and by what it recognises its own database."""

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
