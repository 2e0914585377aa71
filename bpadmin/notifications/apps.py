"""Django's view of this package."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.notifications"
    label = "notifications"

    def ready(self) -> None:
        """Have the secrets of webhooks encrypted with the others, and hear what plans tell."""
        from bpadmin.installation.encryption import stored_secrets

        stored_secrets.add("bpadmin.notifications.webhooks.webhooks_reencrypt")

        from bpadmin.plans.extensions import plan_told

        plan_told.add("bpadmin.notifications.plans.plan_note")
