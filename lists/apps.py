"""Django's view of this package."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """Settings of the app."""

    name = "lists"

    def ready(self) -> None:
        """Tell who sends uploads and deletes records, who knows of lists, and how acts on lists are read again."""
        from bpadmin.jobs.models import JobKind
        from bpadmin.jobs.registry import KindWords, Structures, register

        uploads = Structures(
            "lists.upload_options.UploadOptions", "lists.upload_options.UploadRemote", "lists.report.CheckReport"
        )
        register(JobKind.LIST_UPLOAD, "lists.sending.UploadHandler", face="lists.faces.UploadView", structures=uploads)
        words = KindWords(
            running="Deleting records of {target}", done="The records are deleted.", draft_url="lists:deletion"
        )
        deletions = Structures("lists.deleting.DeletionOptions", "lists.deleting.DeletionRemote")
        register(JobKind.LIST_DELETE, "lists.deleting.DeletionHandler", words=words, structures=deletions)

        from bpadmin.records.behind import behind_register
        from lists.behind import list_behind

        behind_register(list_behind)

        from bpadmin.audit.verbs import Verb
        from bpadmin.dialler.registry import actions_register

        actions_register((Verb.LIST_CREATE,), "lists.creation.CreationAction")
        actions_register((Verb.LIST_DELETE,), "lists.deletion.DeletionAction")
        records = (Verb.RECORD_ADD, Verb.RECORD_UPDATE, Verb.RECORD_ERASE)
        actions_register(records, "lists.record_acts.RecordAction")
