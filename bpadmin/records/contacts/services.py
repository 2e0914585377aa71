"""Contacts deleted by their id or by their user data; each is an act of its own, written down before it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.platforms.errors import NotFound, Reason

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

# At once, on a page; more become a job.
MOST_AT_ONCE = 100
EFFECT = (
    "The dialler removes a contact with its attempts and results for good. A call of it that is under way is not "
    "spoken of in the vendor's documents: delete contacts while their campaign does not dial them."
)


def contact_delete(*, tenant: Tenant, contact_id: str, actor: Actor, mark: str | None = None) -> Act:
    """Delete the contact with this id. After a lost answer it is looked for, and never deleted again on a guess."""

    def ask(client: PlatformClient) -> Act:
        try:
            client.delete_contact(contact_id)
        except NotFound as error:
            if error.reason is not Reason.RECORD_NOT_FOUND:
                raise
            return Act(Outcome.REFUSED, f"There is no contact {contact_id}: it was deleted before.")
        return Act(Outcome.DONE, f"Contact {contact_id} is deleted.")

    return action_perform(
        verb=Verb.CONTACT_DELETE,
        tenant=tenant,
        actor=actor,
        target=Target("contact", contact_id, f"Contact {contact_id}"),
        asked=f"delete contact {contact_id}",
        ask=ask,
        what=f"Contact {contact_id} was not deleted",
        wanted={"id": contact_id, "user_data": ""},
        mark=mark,
    )


def contact_delete_by_user_data(*, tenant: Tenant, user_data: str, actor: Actor, mark: str | None = None) -> Act:
    """Delete the one contact with this user data; where several share it nothing is, since the platform takes any."""
    user_data = user_data.strip()

    def ask(client: PlatformClient) -> Act:
        found = client.find_contacts(user_data)
        if not found:
            return Act(Outcome.REFUSED, f"There is no contact with the user data {user_data}.")
        if len(found) > 1:
            ids = ", ".join(each.id for each in found[:20])
            return Act(
                Outcome.REFUSED,
                f"{len(found)} contacts share the user data {user_data}, and the dialler would delete any one of them. "
                f"Delete those that are meant by their ids: {ids}.",
            )
        try:
            client.delete_contact_by_user_data(user_data)
        except NotFound as error:
            if error.reason is not Reason.RECORD_NOT_FOUND:
                raise
            return Act(Outcome.REFUSED, f"There is no contact with the user data {user_data}: it was deleted just now.")
        return Act(Outcome.DONE, f"The contact with the user data {user_data} is deleted.")

    return action_perform(
        verb=Verb.CONTACT_DELETE,
        tenant=tenant,
        actor=actor,
        target=Target("contact", "", f"User data {user_data}"),
        asked=f"delete the contact with the user data {user_data}",
        ask=ask,
        what=f"The contact with the user data {user_data} was not deleted",
        wanted={"id": "", "user_data": user_data},
        mark=mark,
    )


def contacts_delete(*, tenant: Tenant, user_data: Iterable[str], actor: Actor) -> Iterator[tuple[str, Act]]:
    """Delete contacts by their user data, one after another; returns what came of each, once for what comes twice."""
    for each in user_data_read(user_data):
        yield each, contact_delete_by_user_data(tenant=tenant, user_data=each, actor=actor)


def user_data_read(lines: Iterable[str]) -> list[str]:
    """Return the user data in a text, one a line; blank lines, quotation marks around and doubles are passed over."""
    found = (line.strip().strip('"').strip() for line in lines)
    return list(dict.fromkeys(each for each in found if each))


class ContactDeletion(ActionKind):
    """A deletion, which is looked for: a contact that is not there any more is deleted."""

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Ask for the contact."""
        contact_id, user_data = action.want("id"), action.want("user_data")
        try:
            is_there = bool(client.get_contact(contact_id) if contact_id else client.find_contacts(user_data))
        except NotFound as error:
            if error.reason is not Reason.RECORD_NOT_FOUND:
                raise
            is_there = False
        name = action.target_name
        if is_there:
            return Act(Outcome.REFUSED, f"{name} is there still. The answer was lost, so it was looked for.")
        return Act(Outcome.DONE, f"{name} is deleted. The answer was lost, so it was looked for.")
