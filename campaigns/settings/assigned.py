"""The teams that work for a campaign and the numbers it shows: assigned and taken off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.types import Act, Actor
from bpadmin.platforms.campaign_details import CallerId
from campaigns.settings.services import partly_act, target_of

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.platforms.types import Campaign
    from bpadmin.tenants.models import Tenant


def teams_assign(
    *, tenant: Tenant, campaign: Campaign, ids: Sequence[str], skill_level: int = 100, actor: Actor
) -> Act:
    """Assign teams by id, with the level of skill that their members get."""

    def ask(client: PlatformClient) -> Act:
        done = client.assign_teams(campaign.id, ids, skill_level=skill_level)
        return partly_act(done, len(ids), one="team", what="assigned to", name=campaign.name)

    return action_perform(
        verb=Verb.CAMPAIGN_TEAMS,
        tenant=tenant,
        target=target_of(campaign),
        actor=actor,
        asked=f"assign {len(ids)} team{'' if len(ids) == 1 else 's'} to “{campaign.name}”",
        what="The teams were not assigned",
        ask=ask,
        wanted={"facts": {f"team:{each}": True for each in ids}},
        details={"assigned": list(ids), "skill_level": skill_level},
    )


def teams_unassign(*, tenant: Tenant, campaign: Campaign, ids: Sequence[str], actor: Actor) -> Act:
    """Take teams off by id: their agents get no more calls of the campaign."""

    def ask(client: PlatformClient) -> Act:
        done = client.unassign_teams(campaign.id, ids)
        return partly_act(done, len(ids), one="team", what="taken off", name=campaign.name)

    return action_perform(
        verb=Verb.CAMPAIGN_TEAMS,
        tenant=tenant,
        target=target_of(campaign),
        actor=actor,
        asked=f"take {len(ids)} team{'' if len(ids) == 1 else 's'} off “{campaign.name}”",
        what="The teams were not taken off",
        ask=ask,
        wanted={"facts": {f"team:{each}": None for each in ids}},
        details={"taken_off": list(ids)},
    )


def caller_ids_assign(*, tenant: Tenant, campaign: Campaign, caller_ids: Sequence[CallerId], actor: Actor) -> Act:
    """Assign numbers that the tenant has, for all records or for those of a state or province."""
    numbers = [each.number for each in caller_ids]

    def ask(client: PlatformClient) -> Act:
        done = client.assign_caller_ids(campaign.id, caller_ids)
        return partly_act(done, len(numbers), one="caller ID", what="assigned to", name=campaign.name)

    return action_perform(
        verb=Verb.CAMPAIGN_CALLER_IDS,
        tenant=tenant,
        target=target_of(campaign),
        actor=actor,
        asked=f"assign the caller IDs {', '.join(numbers)} to “{campaign.name}”",
        what="The caller IDs were not assigned",
        ask=ask,
        wanted={"facts": {f"caller_id:{each}": True for each in numbers}},
        details={"assigned": [[each.number, each.state] for each in caller_ids]},
    )


def caller_ids_unassign(*, tenant: Tenant, campaign: Campaign, caller_ids: Sequence[CallerId], actor: Actor) -> Act:
    """Take caller IDs off a campaign."""
    numbers = [each.number for each in caller_ids]

    def ask(client: PlatformClient) -> Act:
        done = client.unassign_caller_ids(campaign.id, [each.id for each in caller_ids])
        return partly_act(done, len(numbers), one="caller ID", what="taken off", name=campaign.name)

    return action_perform(
        verb=Verb.CAMPAIGN_CALLER_IDS,
        tenant=tenant,
        target=target_of(campaign),
        actor=actor,
        asked=f"take the caller IDs {', '.join(numbers)} off “{campaign.name}”",
        what="The caller IDs were not taken off",
        ask=ask,
        wanted={"facts": {f"caller_id:{each}": None for each in numbers}},
        details={"taken_off": numbers},
    )
