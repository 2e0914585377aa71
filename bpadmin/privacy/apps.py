"""Django's view of this package."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.privacy"
    label = "privacy"

    def ready(self) -> None:
        """Say how a tenant's removal is approved."""
        from bpadmin.approvals.kinds import approval_kinds_register

        approval_kinds_register({"tenant.remove": "bpadmin.privacy.removal.TenantRemoval"})
