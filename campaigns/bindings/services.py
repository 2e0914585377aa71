"""Which lists a campaign dials: bind, change, reorder and unbind list instances.

The platform's update reads null and "" as "reset to default", and the default of `enabled` is false: every change
here sends all properties, as the person saw and left them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.platforms.errors import Conflict, NotFound
from bpadmin.platforms.types import Campaign, ListBinding, Sorting, SortingType
from bpadmin.tenants.services import tenant_client
from campaigns.services import campaigns_forget
from campaigns.words import START_PRIVILEGE
from lists.services import lists_forget

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant


YET = "It may yet take effect: look again in a few minutes before you try once more."


class BindingRefused(Exception):
    """What is asked for cannot be; the message is a sentence for the supervisor. Nothing was sent."""


def binding_check(wish: ListBinding) -> ListBinding:
    """Give the binding as it would be sent. Raises BindingRefused."""
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
        sentence = f"“{wish.list_name}” is bound to “{campaign.name}” and {_enabled(wish)}.{records}"
        return Act(Outcome.DONE, sentence, bound.instance_id)

    return _perform(
        tenant,
        campaign,
        wish,
        actor,
        Verb.LIST_BIND,
        ask,
        asked=f"bind the list “{wish.list_name}” to the campaign “{campaign.name}”, {_enabled(wish)}",
        what=f"“{wish.list_name}” was not bound",
        before=[each.instance_id for each in campaign.lists or ()],
    )


def binding_change(*, tenant: Tenant, campaign: Campaign, wish: ListBinding, actor: Actor) -> Act:
    """Give a list instance the properties of `wish`, all of them. Raises BindingRefused."""
    wish = binding_check(wish)

    def ask(client: PlatformClient) -> Act:
        try:
            client.update_list(campaign.id, instance_id=wish.instance_id, **_properties(wish))
        except (NotFound, Conflict) as error:
            return Act(Outcome.REFUSED, f"“{_name(wish)}” was not changed: {error.message}")
        return Act(Outcome.DONE, f"“{_name(wish)}” in “{campaign.name}” is {_enabled(wish)}, {_described(wish)}.")

    asked = f"change “{_name(wish)}” in the campaign “{campaign.name}” to {_enabled(wish)}, {_described(wish)}"
    what = f"“{_name(wish)}” was not changed"
    return _perform(tenant, campaign, wish, actor, Verb.LIST_REBIND, ask, asked=asked, what=what)


def list_unbind(*, tenant: Tenant, campaign: Campaign, binding: ListBinding, actor: Actor) -> Act:
    """Remove a list instance from a campaign; live calls of it are dropped, all but in preview campaigns."""

    def ask(client: PlatformClient) -> Act:
        try:
            client.unbind_list(campaign.id, instance_id=binding.instance_id)
        except (NotFound, Conflict) as error:
            return Act(Outcome.REFUSED, f"“{_name(binding)}” was not unbound: {error.message}")
        return Act(Outcome.DONE, f"“{_name(binding)}” is no longer bound to “{campaign.name}”.")

    asked = f"unbind “{_name(binding)}” from the campaign “{campaign.name}”"
    what = f"“{_name(binding)}” was not unbound"
    return _perform(tenant, campaign, binding, actor, Verb.LIST_UNBIND, ask, asked=asked, what=what)


def bindings_reorder(*, tenant: Tenant, campaign: Campaign, instance_ids: Sequence[str], actor: Actor) -> list[Act]:
    """Give the instances the orders 1, 2, 3 … in this sequence; only those are changed whose order is another.

    Instances of one order share the calls by their ratio: neighbours that did so before still do. Instances that are
    not named keep their place behind the named ones. Gives one Act for each change; stops at the first that was not
    done, so that a half-done order says where it stopped.
    """
    before = bindings_in_order(campaign)
    by_id = {each.instance_id: each for each in before}
    named = [by_id[each] for each in dict.fromkeys(instance_ids) if each in by_id]
    acts = []
    for place, binding in _places([*named, *(each for each in before if each not in named)], before):
        if binding.order == place:
            continue
        act = binding_change(tenant=tenant, campaign=campaign, wish=replace(binding, order=place), actor=actor)
        acts.append(act)
        if not act.is_done:
            break
    return acts


def bindings_in_order(campaign: Campaign) -> list[ListBinding]:
    """Give a campaign's instances as they are dialled and shown."""
    return sorted(campaign.lists or (), key=lambda each: (each.order, each.list_name))


def campaign_now(*, tenant: Tenant, campaign_id: str) -> Campaign:
    """Read a campaign past the cache: a change must start from what is, not from what was. Raises PlatformError."""
    with tenant_client(tenant, read_timeout=20.0) as client:
        return client.get_campaign(campaign_id)


def binding_find(campaign: Campaign, instance_id: str) -> ListBinding:
    """Give an instance of a campaign. Raises BindingRefused when it is not bound any more."""
    for binding in campaign.lists or ():
        if binding.instance_id == instance_id:
            return binding
    raise BindingRefused(f"This list is no longer bound to “{campaign.name}”. Somebody has unbound it meanwhile.")


def _places(wanted: Sequence[ListBinding], before: Sequence[ListBinding]) -> Iterator[tuple[int, ListBinding]]:
    place = 0
    previous: ListBinding | None = None
    for binding in wanted:
        shared = previous is not None and previous.order == binding.order
        if previous is None or not shared or before.index(previous) > before.index(binding):
            place += 1
        yield place, binding
        previous = binding


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
            "name": _name(binding),
            "before": list(before),
            "enabled": bool(binding.enabled),
            "described": _described(binding),
            "instance_name": binding.instance_name,
        },
        details={"list": binding.list_name, "instance": binding.instance_id, "wanted": _described(binding)},
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
        wanted = (action.want("enabled"), action.want("described"), action.want("instance_name"))
        if (bool(found.enabled), _described(found), found.instance_name) == wanted:
            again = "The answer was lost, so the campaign was read again."
            return Act(Outcome.DONE, f"“{name}” in “{campaign}” is changed. {again}")
        return Act(
            Outcome.REFUSED,
            f"“{name}” was not changed, or was changed again: it has {_described(found)} and is {_enabled(found)}.",
            so_far=f"“{name}” has its former properties so far; the answer was lost. {YET}",
        )

    def after(self, action: Action, act: Act) -> None:
        """Let pages of the campaign and of the list ask again."""
        campaigns_forget(tenant=action.tenant, campaign_id=action.target_id)
        lists_forget(tenant=action.tenant, list_id=action.want("list_id", ""))

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


def _name(binding: ListBinding) -> str:
    return f"{binding.list_name} ({binding.instance_name})" if binding.instance_name else binding.list_name


def _enabled(binding: ListBinding) -> str:
    return "enabled" if binding.enabled else "disabled"


def _described(binding: ListBinding) -> str:
    fields = ", ".join(f"{each.field_name} {each.sort_order}" for each in binding.sorting.fields)
    sorting = f"sorted by {fields}" if fields else f"{binding.sorting.type.value.lower()} sorting"
    return f"order {binding.order}, ratio {binding.dialing_ratio}, {sorting}"
