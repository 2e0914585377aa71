"""Django's view of this package."""

from django.apps import AppConfig
from django.core.signals import request_finished


class InstallationConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.installation"
    label = "installation"

    def ready(self) -> None:
        """Have each request store what was counted, when it is time."""
        from bpadmin.installation.tallies import flush_after_request

        request_finished.connect(flush_after_request, dispatch_uid="tallies")
