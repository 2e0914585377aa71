"""Django's view of this package."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """Settings of the app."""

    name = "lists"

    def ready(self) -> None:
        """Tell the job engine who sends uploads and who deletes records."""
        from bpadmin.jobs.models import JobKind
        from bpadmin.jobs.registry import register

        register(JobKind.LIST_UPLOAD, "lists.sending.UploadHandler")
        register(JobKind.LIST_DELETE, "lists.deleting.DeletionHandler")
