"""Django's view of this package."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.audit"
    label = "audit"
