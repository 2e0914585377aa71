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
        from bpadmin.jobs.orphans import collector_register
        from bpadmin.tenants.encryption import reencrypt_register
        from campaigns.dnc_notes import notes_register
        from dnc.freshness import freshness_notes
        from dnc.ledger import staged_collect
        from dnc.scrubbing import ledger_scrubber
        from dnc.signing import signing_keys_reencrypt
        from lists.scrubbing import scrub_register

        reencrypt_register(signing_keys_reencrypt)
        collector_register("staged Do Not Call keys", staged_collect)
        notes_register(freshness_notes)
        scrub_register(ledger_scrubber)

        from bpadmin.audit.verbs import Verb
        from bpadmin.dialler.registry import actions_register

        actions_register((Verb.DNC_ADD, Verb.DNC_DELETE), "dnc.key_action.KeysAction")
        actions_register((Verb.DNC_CLEAR,), "dnc.clearing.ClearAction")
        actions_register((Verb.DNC_LIST_CREATE,), "dnc.managing.CreationAction")
        actions_register((Verb.DNC_LIST_UPDATE,), "dnc.managing.PropertiesAction")
        actions_register((Verb.DNC_LIST_DELETE,), "dnc.dropping.DropAction")
        actions_register((Verb.DNC_BIND, Verb.DNC_UNBIND), "dnc.guarding.GuardAction")
