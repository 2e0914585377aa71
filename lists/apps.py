"""Django's view of this package."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """Settings of the app."""

    name = "lists"

    def ready(self) -> None:
        """Tell the job engine who sends uploads and deletes records, and the records who knows of lists."""
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
