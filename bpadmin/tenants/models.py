"""Tenants (one account on one platform) and who may do what in them."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from bpadmin.texts import ShortText


class Tenant(models.Model):
    """One account on one platform: where it is, how to sign in there, and how hard it may be driven.

    `credentials` holds the connection fields that are not secret (such as client_id); `secrets` the encrypted rest.
    `chunk_size` is records per request, `lanes` parallel requests per job.

    A request whose answer was lost is left alone for `quiet_seconds` before anything is concluded from its silence, or
    longer where `slowest_answer` (the longest that an answer of the platform was seen to take, in seconds) says so.
    `resends_after_quiet` lets such rows be sent again on silence alone, as `resends_after_quiet_by` decided.
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    platform = models.CharField(max_length=40, default="brightpattern")
    base_url = models.CharField(max_length=300)
    credentials = models.JSONField(default=dict, blank=True)
    secrets = models.TextField(blank=True, default="")
    time_zone = models.CharField(max_length=60, default="UTC")
    lanes = models.PositiveSmallIntegerField(default=4, validators=[MinValueValidator(1), MaxValueValidator(16)])
    chunk_size = models.PositiveIntegerField(default=1000, validators=[MinValueValidator(1), MaxValueValidator(10_000)])
    quiet_seconds = models.PositiveIntegerField(
        default=180, db_default=180, validators=[MinValueValidator(1), MaxValueValidator(86_400)]
    )
    slowest_answer = models.FloatField(default=0.0, db_default=0.0)
    resends_after_quiet = models.BooleanField(default=False, db_default=False)
    resends_after_quiet_by = ShortText(max_length=150, blank=True, default="", db_default="")
    capabilities = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="tenants")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member may do; each role includes the one before it."""

    VIEWER = "viewer", "Viewer"
    SUPERVISOR = "supervisor", "Supervisor"
    ADMINISTRATOR = "administrator", "Administrator"

    @property
    def rank(self) -> int:
        """Order of the roles: a higher rank may do all that a lower one may."""
        return list(Role).index(self)

    def covers(self, wanted: Role) -> bool:
        """Tell whether this role may do what `wanted` may."""
        return self.rank >= wanted.rank


class Membership(models.Model):
    """A user's role in one tenant."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VIEWER)

    class Meta:
        ordering = ["user__username"]
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="one_membership_per_tenant")]

    def __str__(self) -> str:
        return f"{self.user} as {self.get_role_display()} in {self.tenant}"


class OneTimePassword(models.Model):
    """Marks a user whose password was made for them: it must be replaced at the first sign-in, and soon."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="one_time_password")
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"One-time password of {self.user}"
