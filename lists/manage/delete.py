"""Deleting a whole list: what hangs on it is told first, and the platform is asked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpadmin.approvals.services import approval_first
from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.catalogue import lists_forget
from bpadmin.dialler.extensions import loss_announce
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.platforms.errors import NotFound, Reason
from bpadmin.platforms.types import CallingList
from bpadmin.uploads.models import SavedMapping
from lists.models import ListFormat

if TYPE_CHECKING:
    from bpadmin.approvals.models import Approval
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

PRIVILEGE = "Manage Lists"


@dataclass(frozen=True, slots=True)
class DeletionFacts:
    """What a supervisor must know before a list is deleted.

    `campaigns` are the names of the campaigns that it hangs in, each once. `is_last_of_format` is None when the other
    lists could not be read.
    """

    campaigns: tuple[str, ...]
    records: int | None
    format_name: str
    is_last_of_format: bool | None


def list_deletion_facts(*, calling_list: CallingList, others: Sequence[CallingList] | None) -> DeletionFacts:
    """Gather what deleting `calling_list` takes with it; `others` are all lists of the tenant, None when unknown."""
    is_last = None
    if others is not None and calling_list.format_id:
        is_last = not any(each.format_id == calling_list.format_id and each.id != calling_list.id for each in others)
    return DeletionFacts(
        campaigns=tuple(dict.fromkeys(use.campaign_name for use in calling_list.campaigns or ())),
        records=calling_list.total_records,
        format_name=calling_list.format_name,
        is_last_of_format=is_last,
    )


def list_delete(*, tenant: Tenant, list_id: str, list_name: str, actor: Actor, approval: Approval | None = None) -> Act:
    """Delete a list with its records; its results are archived at the platform. What is known of it here goes too."""
    waits = approval_first(
        kind="list.delete",
        tenant=tenant,
        target=Target("list", list_id, list_name),
        wanted={},
        sentence=f"Delete the list “{list_name}” with its records.",
        actor=actor,
        approval=approval,
    )
    if waits:
        return Act(Outcome.ASKED, waits)

    def ask(client: PlatformClient) -> Act:
        try:
            client.delete_list(list_id)
        except NotFound:
            return Act(Outcome.REFUSED, f"The dialler knows no list “{list_name}” any more. Nothing was deleted.")
        return Act(Outcome.DONE, f"The list “{list_name}” is deleted. Results of completed calls are in the archive.")

    loss_announce(tenant=tenant, list_id=list_id)
    return action_perform(
        verb=Verb.LIST_DELETE,
        tenant=tenant,
        actor=actor,
        target=Target("list", list_id, list_name),
        asked=f"delete the list “{list_name}” with its records",
        ask=ask,
        what=f"“{list_name}” was not deleted",
        privilege=PRIVILEGE,
    )


class DeletionAction(ActionKind):
    """A deletion of a list: it is there, or it is not."""

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Look the list up."""
        name = action.target_name
        try:
            client.get_list(action.target_id)
        except NotFound as error:
            if error.reason is Reason.URL_NOT_FOUND:
                raise
            return Act(
                Outcome.DONE,
                f"The list “{name}” is deleted. The answer to the request was lost, so the list was looked up.",
            )
        return Act(
            Outcome.REFUSED,
            f"“{name}” was not deleted: the answer was lost, and the list is still there.",
            so_far=(
                f"The request to delete “{name}” was sent and its answer was lost; the list is still there. "
                "It may yet take effect: look again in a minute before you try once more."
            ),
        )

    def ended(self, action: Action, act: Act, by: Actor) -> None:
        """Forget what was known of a list that is gone."""
        if act.is_done:
            ListFormat.objects.filter(tenant=action.tenant, list_id=action.target_id).delete()
            SavedMapping.objects.filter(tenant=action.tenant, list_id=action.target_id).delete()

    def after(self, action: Action, act: Act) -> None:
        """Let pages of lists ask again."""
        lists_forget(tenant=action.tenant, list_id=action.target_id, is_gone=act.is_done)
