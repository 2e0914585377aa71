"""Django's view of this package."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Settings of the app."""

    name = "campaigns"

    def ready(self) -> None:
        """Tell the job engine who exports results."""
        from bpadmin.jobs.models import JobKind
        from bpadmin.jobs.registry import KindWords, register

        words = KindWords(
            running="Exporting results of {target}",
            done="The export is ready.",
            result_url="campaigns:export_file",
            result_template="campaigns/exports/_result.html",
        )
        register(JobKind.RESULTS_EXPORT, "campaigns.exports.ExportHandler", words=words)
