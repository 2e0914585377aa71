"""Link groups: campaigns that follow one another, made, filled, emptied and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.live import Snapshot, live_forget, live_read
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.platforms.campaign_details import LinkGroup
from bpadmin.platforms.errors import NotFound, Reason
from campaigns.settings.services import details_forget

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.platforms.types import Campaign
    from bpadmin.tenants.models import Tenant

GROUPS = "link_groups"
TTL = 30.0
RESETS = (
    "The campaign takes its type, teams, hours, additional skills and term from the campaigns that are in the group "
    "already, and its call quota is switched off. What it had before is not kept."
)


def link_groups_read(tenant: Tenant) -> Snapshot[tuple[LinkGroup, ...]]:
    """Return the link groups with their campaigns in order: a call for each group, half a minute old at most."""
    return live_read(tenant, GROUPS, groups_now, ttl=TTL)


def groups_now(client: PlatformClient) -> tuple[LinkGroup, ...]:
    """Read the link groups with their campaigns past the cache. Raises PlatformError."""
    found = []
    for group in client.walk_link_groups():
        try:
            found.append(client.get_link_group(group.id))
        except NotFound as error:
            if error.reason is Reason.URL_NOT_FOUND:
                raise
    return tuple(found)


def link_group_create(*, tenant: Tenant, name: str, actor: Actor) -> Act:
    """Create an empty link group."""

    def ask(client: PlatformClient) -> Act:
        return Act(Outcome.DONE, f"The link group “{name}” is there.", client.create_link_group(name=name))

    return action_perform(
        verb=Verb.LINK_GROUP_CREATE,
        tenant=tenant,
        actor=actor,
        target=Target("link_group", "", name),
        asked=f"create the link group “{name}”",
        ask=ask,
        what=f"“{name}” was not created",
    )


def link_group_delete(*, tenant: Tenant, group: LinkGroup, actor: Actor) -> Act:
    """Delete a link group; it has to be empty."""

    def ask(client: PlatformClient) -> Act:
        client.delete_link_group(group.id)
        return Act(Outcome.DONE, f"The link group “{group.name}” is deleted.")

    return action_perform(
        verb=Verb.LINK_GROUP_DELETE,
        tenant=tenant,
        actor=actor,
        target=Target("link_group", group.id, group.name),
        asked=f"delete the link group “{group.name}”",
        ask=ask,
        what=f"“{group.name}” was not deleted",
    )


def campaign_link(*, tenant: Tenant, campaign: Campaign, group: LinkGroup, after_id: str = "", actor: Actor) -> Act:
    """Put a campaign into a link group after another one, first where none is named; or change its place there."""

    def ask(client: PlatformClient) -> Act:
        client.link_campaign(campaign.id, group_id=group.id, after_id=after_id)
        return Act(Outcome.DONE, f"“{campaign.name}” is in the link group “{group.name}”.")

    return action_perform(
        verb=Verb.CAMPAIGN_LINK,
        tenant=tenant,
        actor=actor,
        target=Target("campaign", campaign.id, campaign.name),
        asked=f"put “{campaign.name}” into the link group “{group.name}”",
        ask=ask,
        what=f"“{campaign.name}” was not put into the link group",
        wanted={"group": group.id, "name": group.name},
        details={"group": group.name, "after": after_id},
    )


def campaign_unlink(*, tenant: Tenant, campaign: Campaign, group: LinkGroup, actor: Actor) -> Act:
    """Take a campaign out of its link group; it keeps what it took from the group."""

    def ask(client: PlatformClient) -> Act:
        client.unlink_campaign(campaign.id)
        return Act(Outcome.DONE, f"“{campaign.name}” is in no link group any more.")

    return action_perform(
        verb=Verb.CAMPAIGN_LINK,
        tenant=tenant,
        actor=actor,
        target=Target("campaign", campaign.id, campaign.name),
        asked=f"take “{campaign.name}” out of the link group “{group.name}”",
        ask=ask,
        what=f"“{campaign.name}” was not taken out of the link group",
        wanted={"group": group.id, "name": group.name, "out": True},
        details={"group": group.name},
    )


class LinkAction(ActionKind):
    """A campaign put into a group or taken out: the group tells its campaigns."""

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Look whether the campaign is in the group."""
        is_in = action.target_id in {id_ for id_, _ in client.get_link_group(action.want("group")).campaigns or ()}
        where = f"“{action.target_name}” is {'' if is_in else 'not '}in the link group “{action.want('name')}”"
        if is_in != bool(action.want("out")):
            return Act(Outcome.DONE, f"{where}. The answer was lost, so the group was read again.")
        return Act(Outcome.REFUSED, f"{where}; the answer was lost.", so_far=f"{where} so far; the answer was lost.")

    def after(self, action: Action, act: Act) -> None:
        """Let pages read groups and campaign again."""
        live_forget(action.tenant, GROUPS)
        details_forget(tenant=action.tenant, campaign_id=action.target_id)


class GroupAction(ActionKind):
    """A group made or deleted: it is there, or it is not."""

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Look for the group, a new one by its name."""
        is_new = action.verb == Verb.LINK_GROUP_CREATE
        groups = list(client.walk_link_groups())
        found = next((each for each in groups if action.target_name == each.name or action.target_id == each.id), None)
        words = f"The link group “{action.target_name}” is {'there' if found else 'not there'}"
        if bool(found) == is_new:
            return Act(
                Outcome.DONE, f"{words}. The answer was lost, so the groups were read again.", found.id if found else ""
            )
        return Act(Outcome.REFUSED, f"{words}; the answer was lost.", so_far=f"{words} so far; the answer was lost.")

    def after(self, action: Action, act: Act) -> None:
        """Let pages read the groups again."""
        live_forget(action.tenant, GROUPS)
