"""Django's view of this package."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.approvals"
    label = "approvals"
