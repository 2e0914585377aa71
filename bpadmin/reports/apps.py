"""Django's view of this package."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.reports"
    label = "reports"

    def ready(self) -> None:
        """Offer the plan that makes a report, and have the secrets of destinations encrypted with the others."""
        from bpadmin.installation.encryption import stored_secrets
        from bpadmin.plans.extensions import transfer_parts
        from bpadmin.plans.kinds import plan_kinds_register
        from bpadmin.records.exports.order import order_keepers

        transfer_parts.add("bpadmin.reports.transfer.PART")
        order_keepers.add("bpadmin.reports.services.order_keep")
        stored_secrets.add("bpadmin.reports.destinations.secrets_reencrypt")
        plan_kinds_register({"report.make": "bpadmin.reports.plan.MakeReport"})
