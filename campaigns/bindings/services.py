"""Which lists a campaign dials: bind, change, reorder and unbind list instances.

The platform's update reads null and "" as "reset to default", and the default of `enabled` is false: every change
here sends all properties, as the person saw and left them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypedDict

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.catalogue import campaign_now, campaigns_forget, lists_forget
from bpadmin.dialler.extensions import loss_announce
from bpadmin.dialler.registry import ActionKind, Inverse, Undoing
from bpadmin.dialler.types import START_PRIVILEGE, Act, Actor, Target
from bpadmin.platforms.errors import Conflict, NotFound
from bpadmin.platforms.types import Campaign, ListBinding, Sorting, SortingType
from campaigns.bindings.order import orders_changed
from campaigns.bindings.undo import binding_before, binding_changed, binding_inverse, binding_undo
from campaigns.bindings.words import binding_described, binding_named, enabled_word

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant


BINDING_VERBS = (Verb.LIST_BIND, Verb.LIST_REBIND, Verb.LIST_UNBIND)
YET = "It may yet take effect: look again in a few minutes before you try once more."


class BindingRefused(Exception):
    """What is asked for cannot be; the message is a sentence for the supervisor. Nothing was sent."""


def binding_check(wish: ListBinding) -> ListBinding:
    """Return the binding as it would be sent. Raises BindingRefused."""
    if wish.order < 1 or wish.dialing_ratio < 1:
        raise BindingRefused("Order and dialing ratio are whole numbers of at least 1.")
    fields = tuple(each for each in wish.sorting.fields if each.field_name.strip())
    if wish.sorting.type == SortingType.CUSTOM and not fields:
        raise BindingRefused("A custom sorting needs at least one field to sort by.")
    kept = fields if wish.sorting.type == SortingType.CUSTOM else ()
    return replace(wish, sorting=replace(wish.sorting, fields=kept), instance_name=wish.instance_name.strip())


def list_bind(*, tenant: Tenant, campaign: Campaign, wish: ListBinding, actor: Actor) -> Act:
    """Bind the list `wish.list_id` to a campaign; the Act's id is the new instance's. Raises BindingRefused."""
    wish = binding_check(wish)

    def ask(client: PlatformClient) -> Act:
        bound = client.bind_list(campaign.id, list_id=wish.list_id, **_properties(wish))
        records = (
            ""
            if bound.total_records is None
            else f" It has {bound.total_records:,} record{'s' * (bound.total_records != 1)}."
        )
        sentence = f"“{wish.list_name}” is bound to “{campaign.name}” and {enabled_word(wish)}.{records}"
        return Act(Outcome.DONE, sentence, bound.instance_id)

    return _perform(
        tenant,
        campaign,
        wish,
        actor,
        Verb.LIST_BIND,
        ask,
        asked=f"bind the list “{wish.list_name}” to the campaign “{campaign.name}”, {enabled_word(wish)}",
        what=f"“{wish.list_name}” was not bound",
        before=[each.instance_id for each in campaign.lists or ()],
    )


def binding_change(
    *,
    tenant: Tenant,
    campaign: Campaign,
    wish: ListBinding,
    actor: Actor,
    undoes: Action | None = None,
    together: int | None = None,
) -> Act:
    """Return a list instance the properties of `wish`, all of them. Raises BindingRefused.

    `undoes` and `together` are those of `action_perform`.
    """
    wish = binding_check(wish)
    before = next((each for each in campaign.lists or () if each.instance_id == wish.instance_id), None)

    def ask(client: PlatformClient) -> Act:
        try:
            client.update_list(campaign.id, instance_id=wish.instance_id, **_properties(wish))
        except (NotFound, Conflict) as error:
            return Act(Outcome.REFUSED, f"“{binding_named(wish)}” was not changed: {error.message}")
        return Act(
            Outcome.DONE,
            f"“{binding_named(wish)}” in “{campaign.name}” is {enabled_word(wish)}, {binding_described(wish)}.",
        )

    name, wanted = binding_named(wish), f"{enabled_word(wish)}, {binding_described(wish)}"
    asked = f"change “{name}” in the campaign “{campaign.name}” to {wanted}"
    what = f"“{name}” was not changed"
    undo = {} if before is None else binding_undo(before, wish)
    way: dict[str, Any] = {"undo": undo, "undoes": undoes, "together": together}
    return _perform(tenant, campaign, wish, actor, Verb.LIST_REBIND, ask, asked=asked, what=what, **way)


def list_unbind(*, tenant: Tenant, campaign: Campaign, binding: ListBinding, actor: Actor) -> Act:
    """Remove a list instance from a campaign; live calls of it are dropped, all but in preview campaigns."""

    def ask(client: PlatformClient) -> Act:
        try:
            client.unbind_list(campaign.id, instance_id=binding.instance_id)
        except (NotFound, Conflict) as error:
            return Act(Outcome.REFUSED, f"“{binding_named(binding)}” was not unbound: {error.message}")
        return Act(Outcome.DONE, f"“{binding_named(binding)}” is no longer bound to “{campaign.name}”.")

    asked = f"unbind “{binding_named(binding)}” from the campaign “{campaign.name}”"
    what = f"“{binding_named(binding)}” was not unbound"
    loss_announce(tenant=tenant, list_id=binding.list_id, instance_id=binding.instance_id)
    return _perform(tenant, campaign, binding, actor, Verb.LIST_UNBIND, ask, asked=asked, what=what)


def bindings_reorder(*, tenant: Tenant, campaign: Campaign, orders: Mapping[str, int], actor: Actor) -> list[Act]:
    """Return the instances these orders (`campaigns.bindings.order`); only those are changed whose order is another.

    Gives one Act for each change; stops at the first that was not done, so that a half-done order says where it
    stopped.
    """
    acts: list[Act] = []
    for binding, order in orders_changed(campaign, orders):
        if binding.order == order:
            continue
        first = acts[0].number if acts else None
        wish = replace(binding, order=order)
        act = binding_change(tenant=tenant, campaign=campaign, wish=wish, actor=actor, together=first)
        acts.append(act)
        if not act.is_done:
            break
    return acts


def binding_find(campaign: Campaign, instance_id: str) -> ListBinding:
    """Return an instance of a campaign. Raises BindingRefused when it is not bound any more."""
    for binding in campaign.lists or ():
        if binding.instance_id == instance_id:
            return binding
    raise BindingRefused(f"This list is no longer bound to “{campaign.name}”. Somebody has unbound it meanwhile.")


class _Properties(TypedDict):
    instance_name: str
    enabled: bool
    order: int
    dialing_ratio: int
    sorting: Sorting


def _properties(wish: ListBinding) -> _Properties:
    return {
        "instance_name": wish.instance_name,
        "enabled": bool(wish.enabled),
        "order": wish.order,
        "dialing_ratio": wish.dialing_ratio,
        "sorting": wish.sorting,
    }


def _perform(
    tenant: Tenant,
    campaign: Campaign,
    binding: ListBinding,
    actor: Actor,
    verb: Verb,
    ask: Callable[[PlatformClient], Act],
    *,
    asked: str,
    what: str,
    before: Sequence[str] = (),
    undo: dict[str, Any] | None = None,
    undoes: Action | None = None,
    together: int | None = None,
) -> Act:
    return action_perform(
        verb=verb,
        tenant=tenant,
        actor=actor,
        target=Target("campaign", campaign.id, campaign.name),
        asked=asked,
        ask=ask,
        what=what,
        privilege=START_PRIVILEGE,
        wanted={
            "list_id": binding.list_id,
            "list_name": binding.list_name,
            "instance_id": binding.instance_id,
            "name": binding_named(binding),
            "before": list(before),
            "enabled": bool(binding.enabled),
            "described": binding_described(binding),
            "instance_name": binding.instance_name,
        },
        details={"list": binding.list_name, "instance": binding.instance_id, "wanted": binding_described(binding)},
        undo=undo,
        undoes=undoes,
        together=together,
    )


class BindingAction(ActionKind):
    """A binding, change or unbinding: the campaign tells which instances it has, and with what properties."""

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Read the campaign's instances."""
        now = client.get_campaign(action.target_id).lists or ()
        if action.verb == Verb.LIST_BIND:
            return self._bound(action, now)
        name, campaign = action.want("name"), action.target_name
        found = next((each for each in now if each.instance_id == action.want("instance_id")), None)
        if action.verb == Verb.LIST_UNBIND:
            if found is None:
                again = "The answer was lost, so the campaign was read again."
                return Act(Outcome.DONE, f"“{name}” is no longer bound to “{campaign}”. {again}")
            return Act(
                Outcome.REFUSED,
                f"“{name}” was not unbound from “{campaign}”: the answer was lost, and it is still there.",
                so_far=f"“{name}” is still bound to “{campaign}”; the answer was lost. {YET}",
            )
        if found is None:
            return Act(Outcome.REFUSED, f"“{name}” is no longer bound to “{campaign}”, so there is nothing to change.")
        wanted = (action.want("enabled"), _today(action.want("described")), action.want("instance_name"))
        if (bool(found.enabled), binding_described(found), found.instance_name) == wanted:
            again = "The answer was lost, so the campaign was read again."
            return Act(Outcome.DONE, f"“{name}” in “{campaign}” is changed. {again}")
        has = f"it has {binding_described(found)} and is {enabled_word(found)}"
        return Act(
            Outcome.REFUSED,
            f"“{name}” was not changed, or was changed again: {has}.",
            so_far=f"“{name}” has its former properties so far; the answer was lost. {YET}",
        )

    def after(self, action: Action, act: Act) -> None:
        """Let pages of the campaign and of the list ask again."""
        campaigns_forget(tenant=action.tenant, campaign_id=action.target_id)
        lists_forget(tenant=action.tenant, list_id=action.want("list_id", ""))

    def has_inverse(self, action: Action) -> bool:
        """A change has one where it changed something."""
        return bool(action.undo) and action.undo["before"] != action.undo["after"]

    def inverse(self, action: Action) -> Inverse | str:
        """A change is undone by the properties that the instance had."""
        if action.verb != Verb.LIST_REBIND or not action.undo:
            return super().inverse(action)
        if not self.has_inverse(action):
            return "This act changed nothing, so there is nothing to undo."
        return binding_inverse(action)

    def is_about(self, action: Action, later: Action) -> bool:
        """Only what was done to the same instance, and what deletes the campaign."""
        if later.verb == Verb.CAMPAIGN_DELETE:
            return True
        return later.verb in BINDING_VERBS and later.details.get("instance") == action.details.get("instance")

    def changed(self, action: Action, client: PlatformClient) -> str:
        """It must still have the properties that the act gave it."""
        lists = client.get_campaign(action.target_id).lists or ()
        return binding_changed(action, lists)

    def undo(self, action: Action, said: Undoing) -> Act:
        """Give it back what it had."""
        campaign = campaign_now(tenant=action.tenant, campaign_id=action.target_id)
        try:
            now = binding_find(campaign, action.details["instance"])
            wish = binding_before(action, now)
            return binding_change(
                tenant=action.tenant,
                campaign=campaign,
                wish=wish,
                actor=said.actor,
                undoes=action,
                together=said.together,
            )
        except BindingRefused as refused:
            return Act(Outcome.REFUSED, str(refused))

    def _bound(self, action: Action, now: Sequence[ListBinding]) -> Act:
        name, before = action.want("list_name"), action.want("before", ())
        new = [each for each in now if each.list_id == action.want("list_id") and each.instance_id not in before]
        if new:
            sentence = f"“{name}” is bound. The answer was lost, so the campaign was read again."
            return Act(Outcome.DONE, sentence, new[0].instance_id)
        return Act(
            Outcome.REFUSED,
            f"“{name}” was not bound: the answer was lost, and it is not there.",
            so_far=f"“{name}” is not bound so far; the answer was lost. {YET}",
        )


def _today(described: str) -> str:
    """Return words of versions before 0.2.0, which open acts may still hold, as they are said now."""
    return described.replace("natural sorting", "as loaded").replace("random sorting", "in random order")
