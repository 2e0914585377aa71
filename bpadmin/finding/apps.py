"""Django's view of this package."""

from django.apps import AppConfig


class FindingConfig(AppConfig):
    """Settings of the app; it stores nothing."""

    name = "bpadmin.finding"
    label = "finding"
