"""Django's view of this package."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Settings of the app."""

    name = "campaigns"
