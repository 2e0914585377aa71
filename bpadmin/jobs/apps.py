"""Django's view of this package."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.jobs"
    label = "jobs"
