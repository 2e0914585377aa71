"""Django's view of this package."""

from django.apps import AppConfig


class DiallerConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.dialler"
    label = "dialler"
