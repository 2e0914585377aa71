"""Django's view of this package."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.records"
    label = "records"

    def ready(self) -> None:
        """Tell the job engine who exports records, and how acts on sources are read again."""
        from bpadmin.jobs.models import JobKind
        from bpadmin.jobs.registry import KindWords, Structures, register

        words = KindWords(
            running="Exporting {target}",
            done="The export is ready.",
            title="Export: {target}",
            result_url="records:export_file",
            result_template="records/exports/_result.html",
        )
        exports = Structures(
            "bpadmin.records.export_options.ExportOptions",
            "bpadmin.records.export_options.ExportRemote",
            "bpadmin.jobs.options.ResultReport",
        )
        register(JobKind.RESULTS_EXPORT, "bpadmin.records.exports.ExportHandler", words=words, structures=exports)

        from bpadmin.audit.verbs import Verb
        from bpadmin.dialler.registry import actions_register

        actions_register((Verb.REQUEST_ADD,), "bpadmin.records.requesting.RequestAction")
