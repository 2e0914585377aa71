"""Django's view of this package."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Settings of the app."""

    name = "campaigns"

    def ready(self) -> None:
        """Tell how acts on campaigns are read again."""
        from bpadmin.audit.verbs import Verb
        from bpadmin.dialler.registry import actions_register

        actions_register((Verb.CAMPAIGN_START, Verb.CAMPAIGN_STOP), "campaigns.services.StateAction")
        bindings = (Verb.LIST_BIND, Verb.LIST_REBIND, Verb.LIST_UNBIND)
        actions_register(bindings, "campaigns.bindings.BindingAction")
        actions_register((Verb.CAMPAIGN_CLONE,), "campaigns.managing.CloneAction")
        actions_register((Verb.CAMPAIGN_DELETE,), "campaigns.managing.DeletionAction")
