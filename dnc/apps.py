"""Django's view of this package."""

from django.apps import AppConfig


class DncConfig(AppConfig):
    """Settings of the app."""

    name = "dnc"
