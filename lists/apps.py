"""Django's view of this package."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """Settings of the app."""

    name = "lists"

    def ready(self) -> None:
        """Tell the job engine who sends uploads and deletes records, and the records who knows of lists."""
        from bpadmin.jobs.models import JobKind
        from bpadmin.jobs.registry import KindWords, register

        register(JobKind.LIST_UPLOAD, "lists.sending.UploadHandler", face="lists.faces.UploadView")
        words = KindWords(
            running="Deleting records of {target}", done="The records are deleted.", draft_url="lists:deletion"
        )
        register(JobKind.LIST_DELETE, "lists.deleting.DeletionHandler", words=words)

        from bpadmin.records.behind import behind_register
        from lists.behind import list_behind

        behind_register(list_behind)
