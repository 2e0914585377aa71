"""Django's view of this package."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Settings of the app."""

    name = "campaigns"

    def ready(self) -> None:
        """Return how acts on campaigns are read again, and which plans there are for them."""
        from bpadmin.approvals.kinds import approval_kinds_register
        from bpadmin.audit.verbs import Verb
        from bpadmin.dialler.extensions import list_disablers
        from bpadmin.dialler.registry import actions_register
        from bpadmin.plans.kinds import plan_kinds_register
        from bpadmin.results.home.extensions import need_finders

        need_finders.add("campaigns.needs.idle_needs")
        actions_register((Verb.CAMPAIGN_START, Verb.CAMPAIGN_STOP), "campaigns.services.StateAction")
        bindings = (Verb.LIST_BIND, Verb.LIST_REBIND, Verb.LIST_UNBIND)
        actions_register(bindings, "campaigns.bindings.services.BindingAction")
        actions_register((Verb.CAMPAIGN_CLONE,), "campaigns.copying.services.CloneAction")
        details = (Verb.CAMPAIGN_SETTINGS, Verb.CAMPAIGN_DISPOSITIONS, Verb.CAMPAIGN_TEAMS, Verb.CAMPAIGN_CALLER_IDS)
        actions_register(details, "campaigns.settings.services.DetailsAction")
        actions_register((Verb.CAMPAIGN_LINK,), "campaigns.settings.link_groups.LinkAction")
        groups = (Verb.LINK_GROUP_CREATE, Verb.LINK_GROUP_DELETE)
        actions_register(groups, "campaigns.settings.link_groups.GroupAction")
        actions_register((Verb.CAMPAIGN_DELETE,), "campaigns.copying.services.DeletionAction")
        list_disablers.add("campaigns.bindings.everywhere.list_disable_everywhere")
        approval_kinds_register({"campaign.delete": "campaigns.copying.approvals.CampaignDeletion"})
        plan_kinds_register(
            {
                "campaign.start": "campaigns.plans.kinds.Start",
                "campaign.stop": "campaigns.plans.kinds.Stop",
                "list.enable": "campaigns.plans.kinds.Enable",
                "list.disable": "campaigns.plans.kinds.Disable",
                "list.bind": "campaigns.plans.kinds.Bind",
                "list.unbind": "campaigns.plans.kinds.Unbind",
                "list.order": "campaigns.plans.kinds.Order",
                "list.drain": "campaigns.plans.drain.Drain",
                "list.low": "campaigns.plans.low_list.LowList",
            }
        )
