"""Django's view of this package."""

from django.apps import AppConfig


class InstallationConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.installation"
    label = "installation"
