"""Django's view of this package."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.plans"
    label = "plans"
