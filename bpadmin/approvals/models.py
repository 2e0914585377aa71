"""What one person asked for and another one has to approve."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from bpadmin.tenants.models import Tenant
from bpadmin.texts import LongText, PlainData, ShortText


class ApprovalState(models.TextChoices):
    """Where it stands; what is asked for longer than a day has ended, whatever stands here."""

    ASKED = "asked", "Asked"
    GIVEN = "given", "Approved"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Approval(models.Model):
    """An act that two people do: `wanted` is all of it, frozen; `facts` what was so of its target when it was asked.

    `used_at` is when it was carried out: it is for one time. Names are kept as text, to outlive people.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="approvals")
    kind = models.CharField(max_length=40)
    target_kind = models.CharField(max_length=20)
    target_id = ShortText(max_length=400)
    target_name = ShortText(max_length=300)
    sentence = LongText()
    wanted = PlainData(default=dict)
    facts = PlainData(default=dict)
    state = models.CharField(max_length=12, choices=ApprovalState.choices, default=ApprovalState.ASKED)
    asked_at = models.DateTimeField(auto_now_add=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_by_name = ShortText(max_length=150)
    ends_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_by_name = ShortText(max_length=150, blank=True, default="")
    used_at = models.DateTimeField(null=True, blank=True)
    outcome = LongText(blank=True, default="")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["tenant", "state", "ends_at"], name="approvals_open")]

    def __str__(self) -> str:
        return f"{self.sentence} ({self.get_state_display()})"

    @property
    def is_open_now(self) -> bool:
        """Return whether it waits for somebody."""
        return self.state == ApprovalState.ASKED and self.ends_at > timezone.now()

    @property
    def told(self) -> str:
        """Where it stands, in a word."""
        is_over = self.state == ApprovalState.ASKED and not self.is_open_now
        return "Over: nobody approved it in time" if is_over else self.get_state_display()
