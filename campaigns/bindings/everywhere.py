"""Disable a list wherever it may be dialled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bpadmin.dialler.types import Act, Actor
from bpadmin.tenants.services import tenant_client

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant


def list_disable_everywhere(tenant: Tenant, list_id: str, actor: Actor) -> list[Act]:
    """Disable a list in every campaign in which it is enabled, and return an Act for each. Raises PlatformError."""
    # Imported here, since this module is named when the app is made ready, before there are models.
    from campaigns.bindings.services import binding_change

    acts = []
    with tenant_client(tenant) as client:
        ids = dict.fromkeys(use.campaign_id for use in client.get_list(list_id).campaigns or ())
        campaigns = [client.get_campaign(campaign_id) for campaign_id in ids]
    for campaign in campaigns:
        for binding in campaign.lists or ():
            if binding.list_id == list_id and binding.enabled:
                wish = replace(binding, enabled=False)
                acts.append(binding_change(tenant=tenant, campaign=campaign, wish=wish, actor=actor))
    return acts
