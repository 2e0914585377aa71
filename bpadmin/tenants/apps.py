"""Django's view of this package."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.tenants"
    label = "tenants"

    def ready(self) -> None:
        """Listen to who comes in."""
        from bpadmin.tenants.accounts import signals

        signals.connect()
