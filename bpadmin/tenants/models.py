"""Tenants (one account on one platform) and who may do what in them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction

from bpadmin.texts import PlainData, ShortText


class Tenant(models.Model):
    """One account on one platform: where it is, how to sign in there, and how hard it may be driven.

    `credentials` holds the connection fields that are not secret (such as client_id); `secrets` the encrypted rest.
    `chunk_size` is records per request, `lanes` parallel requests per job.

    A request whose answer was lost is left alone for `quiet_seconds` before anything is concluded from its silence, or
    longer where `slowest_answer` (the longest that an answer of the platform was seen to take, in seconds) says so.
    `resends_after_quiet` lets such rows be sent again on silence alone, as `resends_after_quiet_by` decided.

    The server is reached by `proxy` (a URL without its password, which `proxy_secret` holds encrypted) where there is
    one, and `certificates` (PEM) are authorities that are trusted for it beside the usual ones.
    `catalogue_calls` is how many requests a minute the reading of campaigns and lists may cost, half of it while nobody
    looks; `catalogue_lanes` how many of them at a time while they are read for the first time.
    `two_people`: what empties, replaces or deletes lists, or removes many records, needs a second person
    (`bpadmin.approvals`).
    `secret_ends_on` is what a person said of the API secret, `certificate_ends_at` what the server's certificate said
    at `certificate_seen_at`.
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
    catalogue_calls = models.PositiveIntegerField(
        default=120, db_default=120, validators=[MinValueValidator(10), MaxValueValidator(6000)]
    )
    catalogue_lanes = models.PositiveSmallIntegerField(
        default=8, db_default=8, validators=[MinValueValidator(1), MaxValueValidator(16)]
    )
    proxy = models.CharField(max_length=300, blank=True, default="", db_default="")
    proxy_secret = models.TextField(blank=True, default="", db_default="")
    certificates = models.TextField(blank=True, default="", db_default="")
    two_people = models.BooleanField(default=False, db_default=False)
    secret_ends_on = models.DateField(null=True, blank=True)
    certificate_ends_at = models.DateTimeField(null=True, blank=True)
    certificate_seen_at = models.DateTimeField(null=True, blank=True)
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
        """Return whether this role may do what `wanted` may."""
        return self.rank >= wanted.rank


class Membership(models.Model):
    """A user's role in one tenant; `by_groups`: it follows their groups at the identity provider.

    `limits` are ids of the platform by kind (`bpadmin.tenants.limits`), None for the whole tenant.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VIEWER)
    limits = PlainData(null=True, blank=True, default=None)
    by_groups = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["user__username"]
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="one_membership_per_tenant")]

    def __str__(self) -> str:
        return f"{self.user} as {self.get_role_display()} in {self.tenant}"

    def save(self, *args: Any, **options: Any) -> None:
        """Store the row; of a new one with the limit that the person had when they were taken out.

        Whom a group takes away and gives back must not come back with more. An administrator whom somebody names by
        hand is not limited.
        """
        with transaction.atomic():
            if self._state.adding and self.limits is None:
                kept = KeptLimit.objects.filter(tenant=self.tenant, user=self.user)
                if self.by_groups or self.role != Role.ADMINISTRATOR:
                    self.limits = kept.values_list("limits", flat=True).first()
                kept.delete()
            super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """Take somebody out, and keep what they were limited to."""
        with transaction.atomic():
            if self.limits is not None:
                kept = {"limits": self.limits}
                KeptLimit.objects.update_or_create(tenant=self.tenant, user=self.user, defaults=kept)
            return super().delete(*args, **options)


class KeptLimit(models.Model):
    """What somebody was limited to in a tenant when they were taken out of it, for when they come back."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="kept_limits")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="kept_limits")
    limits = PlainData(default=dict)
    kept_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="one_kept_limit_per_tenant")]

    def __str__(self) -> str:
        return f"Kept limit of {self.user} in {self.tenant}"


class OneTimePassword(models.Model):
    """Marks a user whose password was made for them: it opens the door once, soon, and must be replaced then."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="one_time_password")
    made_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"One-time password of {self.user}"


class BreakGlass(models.Model):
    """An account of nobody's that runs the system for some hours, for when the identity provider is away."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="break_glass")
    reason = ShortText(max_length=300)
    made_at = models.DateTimeField(auto_now=True)
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Break-glass account {self.user}"


class Invitation(models.Model):
    """An offer to become one of a tenant's people, for whoever holds its link; only the hash of the link is kept."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=20, choices=Role.choices)
    whom = ShortText(max_length=254)
    email = ShortText(max_length=254, blank=True, default="")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_by_name = ShortText(max_length=150)
    ends_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by_name = ShortText(max_length=150, blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Invitation of {self.whom} to {self.tenant}"


class ApiToken(models.Model):
    """What a script signs in with as `user` in `tenant`, for what `scopes` name; only its hash is kept."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="api_tokens")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = ShortText(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)
    scopes = PlainData(default=list)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by_name = ShortText(max_length=150)
    ends_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"
