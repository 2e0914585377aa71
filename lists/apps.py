"""Django's view of this package."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """Settings of the app."""

    name = "lists"

    def ready(self) -> None:
        """Tell the job engine who sends uploads and who deletes records."""
        from bpadmin.jobs.models import JobKind
        from bpadmin.jobs.registry import KindWords, register

        register(JobKind.LIST_UPLOAD, "lists.sending.UploadHandler", face="lists.faces.UploadView")
        words = KindWords(
            running="Deleting records of {target}", done="The records are deleted.", draft_url="lists:deletion"
        )
        register(JobKind.LIST_DELETE, "lists.deleting.DeletionHandler", words=words)
