"""Django's view of this package."""

from django.apps import AppConfig


class DiallerConfig(AppConfig):
    """Settings of the app."""

    name = "bpadmin.dialler"
    label = "dialler"

    def ready(self) -> None:
        """Say who finds campaigns and lists by name, for roles that are limited to some."""
        from bpadmin.dialler.limits import act_numbered, campaign_named, list_named
        from bpadmin.tenants.limits import CAMPAIGNS, LISTS, finders_add, namers_add

        namers_add({CAMPAIGNS: campaign_named, LISTS: list_named})
        finders_add({"act": act_numbered})
