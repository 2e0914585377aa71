"""Django's view of this package."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.operations"
    label = "operations"
