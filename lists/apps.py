"""Django's view of this package."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """Settings of the app."""

    name = "lists"

    def ready(self) -> None:
        """Tell the job engine who sends uploads."""
        from bpadmin.jobs.models import JobKind
        from bpadmin.jobs.registry import register
        from lists.sending import UploadHandler

        register(JobKind.LIST_UPLOAD, UploadHandler())
