"""Which Do Not Call lists guard which campaign: binding and unbinding, where the tenant's version lets that be done.

The platform says in the list itself which campaigns it guards. It is asked before an act, so that nothing is bound
twice, and after an answer that was lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.catalogue import campaigns_forget
from bpadmin.dialler.refreshing.storing import guard_amend
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import START_PRIVILEGE, Act, Actor, Target
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.types import Campaign, DncBinding, DncListInfo, DncType, DncUse
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.services import tenant_client, tenant_has
from dnc.evidence.intents import intent_record, list_of, outcome_record
from dnc.lists.effects import entries_words, lists_forget, quoted
from dnc.lists.sync import DncRefused
from dnc.models import ChangeKind, DncKind, DncList

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

MOST_AT_ONCE = 25
NOT_GUARDED = (
    "This tenant's version of the platform does not let Do Not Call lists be bound to campaigns or unbound from here: "
    "that is done in Contact Center Administrator."
)


@dataclass(frozen=True, slots=True)
class Guard:
    """How a list guards a campaign: what a match gets, and whether agents' “Add to DNC” adds to the list.

    `for_link_group`: all campaigns of the campaign's link group are guarded as well.
    """

    disposition: str
    allow_append: bool = False
    for_link_group: bool = False


def can_guard(tenant: Tenant) -> bool:
    """Return whether lists can be bound and unbound, as far as was found out. Asks nobody."""
    return Capability.DNC_BIND in capabilities_known(tenant)


def guarding_check(tenant: Tenant) -> None:
    """Raise DncRefused for a tenant whose lists cannot be bound or unbound from here."""
    if not tenant_has(tenant, Capability.DNC_BIND):
        raise DncRefused(NOT_GUARDED)


def dispositions_of(tenant: Tenant, campaign_id: str) -> list[str]:
    """Read the names of a campaign's dispositions; [] where the tenant does not tell them, or not now."""
    if Capability.CAMPAIGN_SETTINGS not in capabilities_known(tenant):
        return []
    try:
        with tenant_client(tenant) as client:
            found = client.get_campaign_details(campaign_id).dispositions or ()
    except PlatformError:
        return []
    return [each.name for each in found]


def dispositions_known(tenant: Tenant) -> list[str]:
    """Return the dispositions that matches get in the tenant's campaigns, the most frequent first."""
    uses = [use for each in DncList.objects.filter(tenant=tenant) for use in each.campaigns]
    return [name for name, _ in Counter(use["disposition"] for use in uses if use["disposition"]).most_common()]


def dispositions_common(tenant: Tenant, campaigns: Sequence[Campaign]) -> list[str]:
    """Read the names of the dispositions that all of some campaigns have; [] where the tenant does not tell them."""
    told = [dispositions_of(tenant, each.id) for each in campaigns[:MOST_AT_ONCE]]
    if not told or not all(told):
        return []
    return [name for name in told[0] if all(name in names for names in told)]


def dnc_bind(*, dnc_list: DncList, campaign: Campaign, guard: Guard, actor: Actor) -> Act:
    """Let a list guard a campaign, from the next call on. Raises DncRefused."""
    guarding_check(dnc_list.tenant)
    guard = _guard_check(dnc_list, guard)
    guard = _disposition_check(dnc_list.tenant, campaign, guard)
    append = guard.allow_append if dnc_list.type == DncKind.INTERNAL else None
    also = " and the others of its link group" if guard.for_link_group else ""

    def ask(client: PlatformClient) -> Act:
        info = client.get_dnc_list(dnc_list.remote_id)
        if use := _use_of(info, campaign.id):
            got = f" with the disposition “{use.disposition}”" if use.disposition else ""
            sentence = f"“{dnc_list.name}” protects “{campaign.name}” already{got}. Nothing was changed."
            return Act(Outcome.REFUSED, sentence)
        client.bind_dnc_list(
            campaign.id,
            dnc_list_id=dnc_list.remote_id,
            disposition=guard.disposition,
            allow_append=append,
            apply_to_link_group=guard.for_link_group or None,
        )
        sentence = f"“{dnc_list.name}” protects “{campaign.name}”{also} now; a match gets “{guard.disposition}”."
        return Act(Outcome.DONE, sentence)

    details = {
        "disposition": guard.disposition,
        "allow_append": bool(append),
        "for_link_group": guard.for_link_group,
    }
    asked = f"let “{dnc_list.name}” protect “{campaign.name}”{also}; a match gets “{guard.disposition}”"
    what = f"“{dnc_list.name}” was not bound to “{campaign.name}”"
    return _perform(dnc_list, campaign, actor, Verb.DNC_BIND, ask, asked=asked, what=what, details=details)


def dnc_bind_several(*, dnc_list: DncList, campaigns: Sequence[Campaign], guard: Guard, actor: Actor) -> list[Act]:
    """Let a list guard campaigns, one after the other; one Act for each. Raises DncRefused.

    Stops behind the first whose outcome is not known, so that nothing more is asked of a dialler that does not answer.
    """
    if not campaigns:
        raise DncRefused("Choose at least one campaign.")
    if len(campaigns) > MOST_AT_ONCE:
        raise DncRefused(f"Choose at most {MOST_AT_ONCE} campaigns at a time.")
    for campaign in campaigns:
        # Before the first of them is asked for: a name that one of them lacks would leave it half done.
        _disposition_check(dnc_list.tenant, campaign, _guard_check(dnc_list, guard))
    acts: list[Act] = []
    for campaign in campaigns:
        acts.append(dnc_bind(dnc_list=dnc_list, campaign=campaign, guard=guard, actor=actor))
        if acts[-1].outcome == Outcome.UNKNOWN:
            break
    return acts


def unbind_warning(dnc_list: DncList, campaign: Campaign, info: DncListInfo | None) -> tuple[str, ...]:
    """Say what unbinding does, in sentences; `info` is what the platform tells of the list now, None for nothing."""
    others = [each for each in campaign.dnc_lists or () if each.id != dnc_list.remote_id]
    if others:
        names = quoted(each.name for each in others)
        unless = f"unless {names} {'blocks' if len(others) == 1 else 'block'} them too"
    else:
        unless = "for no other list protects it"
    sentences = [
        f"“{dnc_list.name}” will protect “{campaign.name}” no more.",
        f"What it blocks, {entries_words(dnc_list, info)}, may be dialled there at once, {unless}.",
    ]
    is_bare = all(each.type is not DncType.INTERNAL for each in others)
    if others and dnc_list.type == DncKind.INTERNAL and is_bare:
        sentences.append("None of them holds phone numbers.")
    return (*sentences, "The list itself stays.")


def dnc_unbind(*, dnc_list: DncList, campaign: Campaign, reason: str, actor: Actor) -> Act:
    """Take a list off a campaign: what it blocked may be dialled there at once. Raises DncRefused without a reason."""
    reason = " ".join(reason.split())
    guarding_check(dnc_list.tenant)
    if not reason:
        raise DncRefused("Give the reason: it is kept in the evidence.")

    def ask(client: PlatformClient) -> Act:
        client.unbind_dnc_list(campaign.id, dnc_list_id=dnc_list.remote_id)
        return Act(Outcome.DONE, f"“{dnc_list.name}” protects “{campaign.name}” no more.")

    asked = f"take “{dnc_list.name}” off “{campaign.name}”"
    what = f"“{dnc_list.name}” was not taken off “{campaign.name}”"
    return _perform(dnc_list, campaign, actor, Verb.DNC_UNBIND, ask, asked=asked, what=what, details={"reason": reason})


def _guard_check(dnc_list: DncList, guard: Guard) -> Guard:
    disposition = guard.disposition.strip()
    if not disposition:
        raise DncRefused("Say which disposition a match gets, by its name in the campaign.")
    if guard.allow_append and dnc_list.type != DncKind.INTERNAL:
        raise DncRefused("Only a list of phone numbers takes what agents add: leave that out.")
    return Guard(disposition, guard.allow_append, guard.for_link_group)


def _disposition_check(tenant: Tenant, campaign: Campaign, guard: Guard) -> Guard:
    """Refuse a disposition that the campaign does not have, where the platform tells which it has."""
    names = dispositions_of(tenant, campaign.id)
    held = next((name for name in names if name.casefold() == guard.disposition.casefold()), "")
    if names and not held:
        raise DncRefused(
            f"“{campaign.name}” has no disposition “{guard.disposition}”. It has: {', '.join(names)}. "
            "Nothing was asked of the dialler."
        )
    return replace(guard, disposition=held) if held else guard


def _use_of(info: DncListInfo, campaign_id: str) -> DncUse | None:
    wanted = campaign_id.casefold()
    return next((use for use in info.campaigns or () if use.campaign_id.casefold() == wanted), None)


def _perform(
    dnc_list: DncList,
    campaign: Campaign,
    actor: Actor,
    verb: Verb,
    ask: Callable[[PlatformClient], Act],
    *,
    asked: str,
    what: str,
    details: Mapping[str, Any],
) -> Act:
    act = action_perform(
        verb=verb,
        tenant=dnc_list.tenant,
        actor=actor,
        target=Target("campaign", campaign.id, campaign.name),
        asked=asked,
        ask=ask,
        what=what,
        privilege=START_PRIVILEGE,
        wanted={"list": dnc_list.pk, **details},
        details={"list": dnc_list.name, "list_id": dnc_list.remote_id, **details},
    )
    dnc_list.refresh_from_db(fields=["campaigns"])
    return act


class GuardAction(ActionKind):
    """A binding or unbinding: the list tells which campaigns it guards."""

    def asked(self, action: Action) -> None:
        """Write the intent into the evidence."""
        intent_record(action, self._kind(action), comment=action.want("reason", ""), details=self._details(action))

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Read which campaigns the list guards."""
        dnc_list, campaign = list_of(action), action.target_name
        if dnc_list is None:
            return None
        info = client.get_dnc_list(dnc_list.remote_id)
        if info.campaigns is None:
            return None
        is_bound = _use_of(info, action.target_id) is not None
        if action.verb == Verb.DNC_BIND:
            return _read_bound(action, dnc_list, is_bound)
        again = "The answer was lost, so the list was read."
        if not is_bound:
            return Act(Outcome.DONE, f"“{dnc_list.name}” protects “{campaign}” no more. {again}")
        return Act(
            Outcome.REFUSED,
            f"“{dnc_list.name}” was not taken off “{campaign}”: the answer was lost, and it still protects it.",
            so_far=(
                f"“{dnc_list.name}” still protects “{campaign}”: the answer was lost. It may yet take effect: look "
                "again in a few minutes before you try once more."
            ),
        )

    def ended(self, action: Action, act: Act, by: Actor) -> None:
        """Keep which campaigns the list guards."""
        if not (dnc_list := list_of(action)):
            return
        if act.is_done:
            uses = [use for use in dnc_list.campaigns if use["id"] != action.target_id]
            if action.verb == Verb.DNC_BIND:
                name, disposition = action.target_name, action.want("disposition")
                uses.append({"id": action.target_id, "name": name, "disposition": disposition})
            DncList.every.filter(pk=dnc_list.pk).update(campaigns=uses)
            kind, disposition = DncType(dnc_list.type), action.want("disposition", "")
            guard_amend(
                tenant=action.tenant,
                campaign_id=action.target_id,
                binding=DncBinding(dnc_list.remote_id, dnc_list.name, kind, disposition, dnc_list.country),
                is_bound=action.verb == Verb.DNC_BIND,
            )
        comment = action.want("reason", "")
        outcome_record(action, act, self._kind(action), by, comment=comment, details=self._details(action))

    def after(self, action: Action, act: Act) -> None:
        """Also after a refusal: it tells that what everybody sees is out of date."""
        if dnc_list := list_of(action):
            lists_forget(dnc_list)
        campaigns_forget(tenant=action.tenant, campaign_id=action.target_id)

    def _kind(self, action: Action) -> ChangeKind:
        return ChangeKind.BIND if action.verb == Verb.DNC_BIND else ChangeKind.UNBIND

    def _details(self, action: Action) -> dict[str, Any]:
        names = ("disposition", "allow_append", "for_link_group")
        said = {name: action.want(name) for name in names} if action.verb == Verb.DNC_BIND else {}
        return {"campaign": action.target_name, "campaign_id": action.target_id, **said}


def _read_bound(action: Action, dnc_list: DncList, is_bound: bool) -> Act:
    campaign = action.target_name
    if not is_bound:
        return Act(
            Outcome.REFUSED,
            f"“{dnc_list.name}” was not bound: the answer was lost, and “{campaign}” does not have it.",
            so_far=(
                f"“{dnc_list.name}” is not bound so far: the answer was lost, and “{campaign}” does not have it. "
                "It may yet take effect: look again in a few minutes before you try once more."
            ),
        )
    rest = " Look whether the others of its link group have it too." if action.want("for_link_group") else ""
    sentence = f"“{dnc_list.name}” protects “{campaign}” now. The answer was lost, so the list was read again."
    return Act(Outcome.DONE, sentence + rest)
