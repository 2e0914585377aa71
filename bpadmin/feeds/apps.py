"""Django's view of this package."""

from django.apps import AppConfig


class FeedsConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.feeds"
    label = "feeds"

    def ready(self) -> None:
        """Show on the home page what feeds need, and have their secrets encrypted with the others."""
        from bpadmin.installation.encryption import stored_secrets
        from bpadmin.results.home.extensions import need_finders

        need_finders.add("bpadmin.feeds.needs.feed_needs")
        from bpadmin.plans.extensions import transfer_parts

        transfer_parts.add("bpadmin.feeds.transfer.PART")
        stored_secrets.add("bpadmin.feeds.secrets.feeds_reencrypt")
