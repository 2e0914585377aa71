"""Django's view of this package."""

from django.apps import AppConfig


class DncConfig(AppConfig):
    """Settings of the app."""

    name = "dnc"

    def ready(self) -> None:
        """Tell the job engine who sends keys into lists and out of them, and campaigns who knows how fresh they are."""
        from bpadmin.jobs.models import JobKind
        from bpadmin.jobs.registry import Structures, register

        keys = Structures("dnc.file_options.KeysOptions", "dnc.file_options.KeysRemote", "dnc.replacing.KeysReport")
        for kind in (JobKind.DNC_ADD, JobKind.DNC_DELETE, JobKind.DNC_REPLACE):
            register(kind, "dnc.sending.KeysHandler", face="dnc.faces.DncJobView", structures=keys)
        from campaigns.dnc_notes import notes_register
        from dnc.freshness import freshness_notes
        from dnc.scrubbing import ledger_scrubber
        from lists.scrubbing import scrub_register

        notes_register(freshness_notes)
        scrub_register(ledger_scrubber)
