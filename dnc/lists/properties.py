"""Making, changing and deleting whole Do Not Call lists, on tenants whose version of the platform lets that be done.

Everything here is asked for once. When an answer is lost the platform is read again instead; what it does not tell
then is said to be unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.catalogue import catalogue_again
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import Conflict
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.services import tenant_has
from dnc.evidence.intents import intent_record, list_of, outcome_record
from dnc.lists.effects import lists_forget
from dnc.lists.property_rules import (
    Properties,
    differences,
    is_fulfilled,
    members_changed,
    members_new,
    properties_as_json,
    properties_check,
    properties_from_json,
    properties_of,
)
from dnc.lists.sync import UK, DncRefused
from dnc.models import ChangeKind, DncList

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

PRIVILEGE = "Manage Lists"
NOT_MANAGED = (
    "This tenant's version of the platform does not let Do Not Call lists be created, changed or deleted from here: "
    "that is done in Contact Center Administrator."
)


def can_manage(tenant: Tenant) -> bool:
    """Return whether lists can be made, changed and deleted, as far as was found out. Asks nobody."""
    return Capability.DNC_LISTS_MANAGE in capabilities_known(tenant)


def managing_check(tenant: Tenant) -> None:
    """Raise DncRefused for a tenant whose lists cannot be made, changed or deleted from here."""
    if not tenant_has(tenant, Capability.DNC_LISTS_MANAGE):
        raise DncRefused(NOT_MANAGED)


def dnc_create(*, tenant: Tenant, wish: Properties, actor: Actor) -> Act:
    """Create an empty list, which no campaign uses yet; the Act's id is the new list's. Raises DncRefused."""
    managing_check(tenant)
    wish = properties_check(wish)

    def ask(client: PlatformClient) -> Act:
        try:
            created = client.create_dnc_list(**members_new(wish))
        except Conflict:
            sentence = f"“{wish.name}” was not created: there is a Do Not Call list of this name. Choose another name."
            return Act(Outcome.REFUSED, sentence)
        return Act(Outcome.DONE, f"“{wish.name}” is there, and empty.", created.id)

    return action_perform(
        verb=Verb.DNC_LIST_CREATE,
        tenant=tenant,
        actor=actor,
        target=Target("dnc", "", wish.name),
        asked=f"create the Do Not Call list “{wish.name}”",
        ask=ask,
        what=f"“{wish.name}” was not created",
        privilege=PRIVILEGE,
        wanted={"wish": properties_as_json(wish)},
        details=_as_json(wish),
    )


def dnc_properties_change(*, dnc_list: DncList, now: Properties, wish: Properties, actor: Actor) -> Act:
    """Return a list other properties; only what differs from `now` is sent. Raises DncRefused."""
    tenant = dnc_list.tenant
    managing_check(tenant)
    wish = properties_check(wish, now)
    if wish.type is not now.type:
        raise DncRefused("The type of a list is given once. Create another list for what is to be held.")
    members, changed = members_changed(now, wish), differences(now, wish)
    if not members:
        return Act(Outcome.DONE, f"“{now.name}” stays as it is: nothing was changed.")
    said = "; ".join(f"{name}: {after}" for name, (_, after) in changed.items())

    def ask(client: PlatformClient) -> Act:
        try:
            client.update_dnc_properties(dnc_list.remote_id, **members)
        except Conflict:
            sentence = f"“{now.name}” was not changed: another Do Not Call list is named “{wish.name}”."
            return Act(Outcome.REFUSED, sentence)
        return Act(Outcome.DONE, f"“{now.name}” is changed. {said[:1].upper()}{said[1:]}.")

    act = action_perform(
        verb=Verb.DNC_LIST_UPDATE,
        tenant=tenant,
        actor=actor,
        target=Target("dnc", dnc_list.remote_id, dnc_list.name),
        asked=f"change the Do Not Call list “{now.name}”: {said}",
        ask=ask,
        what=f"“{now.name}” was not changed",
        privilege=PRIVILEGE,
        wanted={"list": dnc_list.pk, "wish": properties_as_json(wish)},
        details={"changed": changed},
    )
    dnc_list.refresh_from_db(fields=["name", "country", "list_field"])
    return act


class CreationAction(ActionKind):
    """A new list: names are unique, so an empty list of this name and type is ours."""

    def asked(self, action: Action) -> None:
        """Write the intent into the evidence."""
        intent_record(action, ChangeKind.LIST_CREATE, details=action.details)

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Look for a list of the wanted name."""
        wish = properties_from_json(action.want("wish"))
        found = next((each for each in client.walk_dnc_lists() if each.name == wish.name), None)
        if found is None:
            return Act(
                Outcome.REFUSED,
                f"“{wish.name}” was not created: the answer was lost, and it is not there.",
                so_far=f"The answer was lost, and it is not there so far: look again before you create “{wish.name}”.",
            )
        if found.total_records or found.type.value != wish.type.value:
            sentence = f"“{wish.name}” was not created: there is another list of this name. Choose another name."
            return Act(Outcome.REFUSED, sentence)
        sentence = f"“{wish.name}” is there, and empty. The answer was lost, so the lists were read again."
        return Act(Outcome.DONE, sentence, found.id)

    def ended(self, action: Action, act: Act, by: Actor) -> None:
        """Keep the list that was made."""
        wish = properties_from_json(action.want("wish"))
        dnc_list = _stored(action.tenant, wish, action.target_id) if act.is_done and action.target_id else None
        outcome_record(action, act, ChangeKind.LIST_CREATE, by, dnc_list=dnc_list, details=_as_json(wish))

    def after(self, action: Action, act: Act) -> None:
        """Let pages ask for the lists again."""
        catalogue_again(tenant=action.tenant, dnc=True)


class PropertiesAction(ActionKind):
    """A change of properties, which the platform tells."""

    def asked(self, action: Action) -> None:
        """Write the intent into the evidence."""
        intent_record(action, ChangeKind.SETTINGS, details=action.details)

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Compare the list with what it was to become."""
        name, wish = action.target_name, properties_from_json(action.want("wish"))
        found = properties_of(client.get_dnc_list(action.target_id), list_of(action))
        if is_fulfilled(wish, found):
            return Act(Outcome.DONE, f"“{name}” is changed. The answer was lost, so the list was read again.")
        return Act(
            Outcome.REFUSED,
            f"“{name}” was not changed, or was changed again: it has other properties than were asked for.",
            so_far=f"“{name}” has its former properties so far; the answer was lost. Look again in a few minutes.",
        )

    def ended(self, action: Action, act: Act, by: Actor) -> None:
        """Keep what the platform has now."""
        wish = properties_from_json(action.want("wish"))
        if act.is_done:
            changes = {"name": wish.name, "country": wish.country, "list_field": wish.list_field}
            DncList.every.filter(pk=action.want("list")).update(**changes)
        details = {"changed": action.details.get("changed", {})}
        outcome_record(action, act, ChangeKind.SETTINGS, by, details=details)

    def after(self, action: Action, act: Act) -> None:
        """Let pages of the list and its campaigns ask again."""
        if dnc_list := list_of(action):
            lists_forget(dnc_list)


def _stored(tenant: Tenant, wish: Properties, remote_id: str) -> DncList:
    """Keep a list that was just made: it is empty, so that all of it is known."""
    dnc_list, _ = DncList.every.update_or_create(
        tenant=tenant,
        remote_id=remote_id,
        defaults={
            "name": wish.name,
            "type": wish.type,
            "country": wish.country,
            "list_field": wish.list_field,
            "source": DncList.Source.TENANT,
            "fresh_days": DncList.FRESH_DAYS_UK if wish.country in UK else DncList.FRESH_DAYS,
            "seen_at": timezone.now(),
            "is_complete": True,
        },
    )
    return dnc_list


def _as_json(wish: Properties) -> Mapping[str, Any]:
    members = {**members_new(wish), "type": wish.type.value}
    if "reset" in members:
        members["reset"] = f"{members['reset'].time} {members['reset'].time_zone}"
    return members
