"""Django's view of this package."""

from django.apps import AppConfig


class ResultsConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.results"
    label = "results"

    def ready(self) -> None:
        """Have its secrets encrypted with the others, and results read before records are taken away from here."""
        from bpadmin.dialler.extensions import before_loss, fresh_counts
        from bpadmin.installation.encryption import stored_secrets
        from bpadmin.tenants.glances import tenant_glances

        stored_secrets.add("bpadmin.results.reading.identity.keys_reencrypt")
        stored_secrets.add("bpadmin.results.hooks.services.hooks_reencrypt")
        before_loss.add("bpadmin.results.reading.last_look.results_read_before")
        fresh_counts.add("bpadmin.results.figures.stock.never_attempted")
        tenant_glances.add("bpadmin.results.home.services.tenants_glance")
