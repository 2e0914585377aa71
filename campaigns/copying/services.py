"""Campaigns that are described, copied and deleted through the platform's API, where it offers that."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bpadmin.approvals.services import approval_first
from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.catalogue import campaigns_forget
from bpadmin.dialler.extensions import loss_announce
from bpadmin.dialler.live import Snapshot, live_read
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import Conflict, NotFound, PlatformError, Reason
from bpadmin.platforms.types import Campaign, CampaignOutline
from bpadmin.records.fields import Group, fields_grouped
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.services import tenant_client

if TYPE_CHECKING:
    from bpadmin.approvals.models import Approval
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.platforms.codes import ResultCode
    from bpadmin.tenants.models import Tenant

LANGUAGES = (("en", "English"), ("de", "German"))
CODES_TTL = 60.0
FIND_TIMEOUT = 20.0


def result_codes_read(tenant: Tenant, campaign_id: str, *, language: str) -> Snapshot[tuple[ResultCode, ...]]:
    """Return a campaign's result codes in one of LANGUAGES, at most a minute old."""
    name = f"codes:{campaign_id}:{language}"
    return live_read(
        tenant, name, lambda client: client.get_result_codes(campaign_id, language=language), ttl=CODES_TTL
    )


def campaign_described(tenant: Tenant, campaign: Campaign, searched: str = "") -> tuple[list[Group], str]:
    """Return the members of a campaign in groups, those in which `searched` stands, and the source of its records.

    The source is "" where the campaign has none of its own. Asks nobody.
    """
    try:
        with tenant_client(tenant) as client:
            columns, source_id = client.campaign_columns(campaign.fields), client.source_of_campaign(campaign.id)
    except PlatformError:  # the tenant's own data let no client be opened: then the members go without labels
        columns, source_id = (), ""
    return fields_grouped(campaign.fields, columns, searched=searched), source_id


def campaign_outlined(tenant: Tenant, campaign: Campaign) -> CampaignOutline:
    """Return hours, flags and weights of a campaign, as far as its members tell. Asks nobody."""
    try:
        with tenant_client(tenant) as client:
            return client.campaign_outline(campaign)
    except PlatformError:
        return CampaignOutline()


def campaigns_matching(*, tenant: Tenant, name: str) -> tuple[Campaign, ...]:
    """Ask the platform for the campaigns whose name has `name` in it. Raises PlatformError."""
    with tenant_client(tenant, read_timeout=FIND_TIMEOUT) as client:
        return client.find_campaigns(name)


def campaign_clone(
    *,
    tenant: Tenant,
    source: Campaign,
    destination: str,
    user_data: str = "",
    start: datetime | None = None,
    end: datetime | None = None,
    actor: Actor,
) -> Act:
    """Copy a campaign with everything but its contacts; the times are naive, in the platform's own zone.

    Names are unique on the platform. Whether the wanted one is free is asked first, so that a lost answer can be told
    from a name that was taken.
    """

    def ask(client: PlatformClient) -> Act:
        if takes_no_search(tenant):
            return _duplicated(client, source, destination)
        if _named(client, destination):
            return _taken(destination)
        try:
            made = client.clone_campaign(
                source=source.name, destination=destination, user_data=user_data, start=start, end=end
            )
        except Conflict:
            return _taken(destination)
        except NotFound as error:
            if error.reason is Reason.URL_NOT_FOUND:
                raise
            return Act(
                Outcome.REFUSED,
                f"“{destination}” was not made: the dialler knows no campaign “{source.name}” any more. Read the "
                "campaigns again.",
            )
        return Act(Outcome.DONE, f"“{destination}” is a copy of “{source.name}”, without its contacts.", made.id)

    return action_perform(
        verb=Verb.CAMPAIGN_CLONE,
        tenant=tenant,
        actor=actor,
        target=Target("campaign", source.id, source.name),
        asked=f"copy the campaign “{source.name}” to “{destination}”",
        ask=ask,
        what=f"“{destination}” was not made",
        wanted={"destination": destination},
        details={
            "destination": destination,
            "user_data": user_data,
            "from": start.isoformat() if start else "",
            "to": end.isoformat() if end else "",
        },
    )


def campaign_delete(
    *,
    tenant: Tenant,
    campaign: Campaign,
    by_name: bool = False,
    reason: str = "",
    actor: Actor,
    approval: Approval | None = None,
) -> Act:
    """Delete a campaign with its contacts and everything else that hangs on it; never repeated on a guess.

    Where lists are a campaign's for a while only, they stay, and its results go, also those in the archive.
    `by_name` asks the platform to find it by its exact name; the caller has shown what answers to it. Where the tenant
    is under the rule of two people, it waits for the `approval` of another one.
    """

    def ask(client: PlatformClient) -> Act:
        try:
            if by_name:
                client.delete_campaign_by_name(campaign.name)
            else:
                client.delete_campaign(campaign.id)
        except NotFound as error:
            if error.reason is Reason.URL_NOT_FOUND:
                raise
            return Act(Outcome.REFUSED, f"“{campaign.name}” was not there any more: somebody else deleted it.")
        return Act(Outcome.DONE, f"“{campaign.name}” is deleted, {goes}.")

    keeps_lists = takes_no_search(tenant)
    goes = "with its results and their archive" if keeps_lists else "with its contacts"
    waits = approval_first(
        kind="campaign.delete",
        tenant=tenant,
        target=Target("campaign", campaign.id, campaign.name),
        wanted={"by_name": by_name, "reason": reason},
        sentence=f"Delete the campaign “{campaign.name}” {goes}{f', because: {reason}' if reason else ''}.",
        actor=actor,
        approval=approval,
    )
    if waits:
        return Act(Outcome.ASKED, waits)
    if keeps_lists:
        for list_id in {binding.list_id for binding in campaign.lists or ()}:
            loss_announce(tenant=tenant, list_id=list_id)
    return action_perform(
        verb=Verb.CAMPAIGN_DELETE,
        tenant=tenant,
        actor=actor,
        target=Target("campaign", campaign.id, campaign.name),
        asked=f"delete the campaign “{campaign.name}” {goes}",
        ask=ask,
        what=f"“{campaign.name}” was not deleted",
        details={"reason": reason} if reason else None,
    )


class CloneAction(ActionKind):
    """A copy: names are unique, and the wanted one was free before."""

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Look for a campaign of the wanted name."""
        destination = action.want("destination")
        if takes_no_search(action.tenant):
            return None  # a copy is disabled, and no list of campaigns tells of those
        found = _named(client, destination)
        if found is None:
            return Act(
                Outcome.REFUSED,
                f"“{destination}” was not made: the answer was lost, and it is not there.",
                so_far=f"“{destination}” is not there so far; the answer was lost. Look again in a few minutes.",
            )
        sentence = f"“{destination}” is there. The answer was lost, so the campaigns were read again."
        return Act(Outcome.DONE, sentence, found.id)

    def after(self, action: Action, act: Act) -> None:
        """Let the table of campaigns ask again."""
        campaigns_forget(tenant=action.tenant, campaign_id=action.target_id)


class DeletionAction(ActionKind):
    """A deletion: the campaign is there, or it is not."""

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Look the campaign up."""
        name = action.target_name
        try:
            client.get_campaign(action.target_id)
        except NotFound as error:
            if error.reason is Reason.URL_NOT_FOUND:
                raise
            return Act(Outcome.DONE, f"“{name}” is deleted. The answer was lost, so the campaigns were read again.")
        return Act(
            Outcome.REFUSED,
            f"“{name}” was not deleted: the answer was lost, and it is still there.",
            so_far=(
                f"The request to delete “{name}” was sent and its answer was lost; the campaign is still there. "
                "It may yet take effect: look again in a few minutes before you try once more."
            ),
        )

    def after(self, action: Action, act: Act) -> None:
        """Let pages of the campaign ask again."""
        campaigns_forget(tenant=action.tenant, campaign_id=action.target_id)


def takes_no_search(tenant: Tenant) -> bool:
    """Return whether campaigns are copied and deleted by their ids alone, since none can be searched for by name."""
    return Capability.CAMPAIGN_SEARCH not in capabilities_known(tenant)


def _duplicated(client: PlatformClient, source: Campaign, destination: str) -> Act:
    try:
        made = client.duplicate_campaign(source_id=source.id, name=destination)
    except Conflict:
        return _taken(destination)
    return Act(
        Outcome.DONE,
        f"“{destination}” is a copy of “{source.name}”, without its lists. It is disabled: enable it in its settings.",
        made,
    )


def _named(client: PlatformClient, name: str) -> Campaign | None:
    return next((found for found in client.find_campaigns(name) if found.name == name), None)


def _taken(destination: str) -> Act:
    return Act(Outcome.REFUSED, f"There is a campaign “{destination}” already. Choose another name for the copy.")
