"""Django's view of this package."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.sandbox"
    label = "sandbox"
