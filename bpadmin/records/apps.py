"""Django's view of this package."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.records"
    label = "records"

    def ready(self) -> None:
        """Tell the job engine who exports records, and how acts on sources are read again."""
        from bpadmin.jobs.kinds import kinds_register
        from bpadmin.records.kinds import CONTACTS_DELETE, REQUESTS_RECALL, RESULTS_EXPORT

        kinds_register(RESULTS_EXPORT, CONTACTS_DELETE, REQUESTS_RECALL)

        from bpadmin.approvals.kinds import approval_kinds_register

        approval_kinds_register({"contacts.delete": "bpadmin.records.many.services.ContactsDeletion"})

        from bpadmin.records.limits import source_object
        from bpadmin.tenants.limits import finders_add

        finders_add({"source_id": source_object})

        from bpadmin.audit.verbs import Verb
        from bpadmin.dialler.registry import actions_register

        actions_register((Verb.CONTACT_DELETE,), "bpadmin.records.contacts.services.ContactDeletion")
        actions_register((Verb.REQUEST_ADD,), "bpadmin.records.requests.services.RequestAction")
