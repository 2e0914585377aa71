"""Campaigns of a tenant: read through the shared cache, found by name or id, started and stopped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Max

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.live import Snapshot, live_forget, live_read
from bpadmin.lookup import LookupRefused, find_one
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import Conflict, NotFound, PlatformError, Reason
from bpadmin.platforms.types import Campaign, CampaignState
from bpadmin.tenants.capabilities import capabilities_known
from bpadmin.tenants.services import tenant_client
from campaigns import words

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

ALL = "campaigns"
ID = re.compile(r"[0-9A-Fa-f]+(-[0-9A-Fa-f]+){4}")
VERBS = {CampaignState.RUNNING: Verb.CAMPAIGN_START, CampaignState.STOPPED: Verb.CAMPAIGN_STOP}
STATES = {verb.value: state for state, verb in VERBS.items()}


@dataclass(frozen=True, slots=True)
class StateChange:
    """What came of a wish to start or stop: how the platform took it, in words, and the state after (if known)."""

    outcome: Outcome
    sentence: str
    state: CampaignState = CampaignState.UNKNOWN


def campaigns_read(tenant: Tenant) -> Snapshot[tuple[Campaign, ...]]:
    """Give the tenant's enabled campaigns with their states; at most one call per interval for all viewers."""
    return live_read(tenant, ALL, lambda client: client.get_campaigns())


def campaign_read(tenant: Tenant, campaign_id: str) -> Snapshot[Campaign | None]:
    """Give one campaign, enabled or not; its value is None, without an error, when the platform knows no such one."""

    def fetch(client: PlatformClient) -> Campaign | None:
        try:
            return client.get_campaign(campaign_id)
        except NotFound as error:
            if error.reason == Reason.URL_NOT_FOUND:  # then it is the tenant's address that is wrong
                raise
            return None

    return live_read(tenant, _one(campaign_id), fetch)


def campaigns_forget(*, tenant: Tenant, campaign_id: str, state: CampaignState = CampaignState.UNKNOWN) -> None:
    """Make the next reader of the table and of this campaign ask the platform again.

    A `state` that is known (the platform has just told it) holds until then, also while the platform cannot be reached.
    """

    def amend(campaign: Campaign | None) -> Campaign | None:
        is_it = campaign is not None and campaign.id == campaign_id and state != CampaignState.UNKNOWN
        return replace(campaign, state=state) if campaign is not None and is_it else campaign

    live_forget(tenant, ALL, amend=lambda campaigns: tuple(amend(campaign) for campaign in campaigns))
    live_forget(tenant, _one(campaign_id), amend=amend)


def campaigns_now(*, tenant: Tenant, name: str = "") -> tuple[Campaign, ...]:
    """Ask the platform for its enabled campaigns with `name` in theirs, past the cache. Raises PlatformError."""
    with tenant_client(tenant) as client:
        if name and Capability.CAMPAIGN_SEARCH in capabilities_known(tenant):
            return client.find_campaigns(name)
        return tuple(each for each in client.get_campaigns() if name.casefold() in each.name.casefold())


def campaign_find(*, tenant: Tenant, name_or_id: str) -> Campaign:
    """Find a campaign by what a person typed, asking the platform now. Raises LookupRefused and PlatformError.

    The platform lists enabled campaigns only; a disabled one is found by its id.
    """
    with tenant_client(tenant) as client:
        try:
            return find_one(client.get_campaigns(), name_or_id, noun="campaign", where=tenant.name)
        except LookupRefused as refused:
            wanted = name_or_id.strip()
            if not ID.fullmatch(wanted):
                raise LookupRefused(f"{refused} A disabled campaign has to be named by its id.") from None
            try:
                return client.get_campaign(wanted)
            except NotFound:
                raise refused from None


def campaign_start(
    *, tenant: Tenant, campaign_id: str, name: str, actor: User | None, actor_name: str = ""
) -> StateChange:
    """Start a campaign; every refusal comes back as a StateChange with words, never as an exception."""
    return _change(tenant, campaign_id, name, CampaignState.RUNNING, Actor(actor, actor_name))


def campaign_stop(
    *, tenant: Tenant, campaign_id: str, name: str, actor: User | None, actor_name: str = ""
) -> StateChange:
    """Stop a campaign; every refusal comes back as a StateChange with words, never as an exception."""
    return _change(tenant, campaign_id, name, CampaignState.STOPPED, Actor(actor, actor_name))


def campaign_acts(*, tenant: Tenant, campaign_ids: Iterable[str]) -> dict[str, AuditEntry]:
    """Give the last start or stop that was done from here, by campaign id; one query."""
    acts = _acts(tenant).filter(target_id__in=list(campaign_ids))
    newest = acts.order_by().values("target_id").annotate(last=Max("id"))
    return {entry.target_id: entry for entry in AuditEntry.objects.filter(id__in=newest.values("last"))}


def _acts(tenant: Tenant) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(
        tenant=tenant, target_kind="campaign", verb__in=list(VERBS.values()), outcome=Outcome.DONE
    )


def _one(campaign_id: str) -> str:
    return f"campaign:{campaign_id}"


class StateAction(ActionKind):
    """A start or stop: the platform tells the state of the campaign at any time."""

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Compare the state of the campaign with the one that was asked for."""
        wanted = STATES[action.verb]
        now = client.get_campaign_status(action.target_id)
        sentence = words.uncertain_sentence(action.target_name, wanted, now)
        if now.state == wanted:
            return Act(Outcome.DONE, sentence, found=now.state)
        return Act(
            Outcome.REFUSED,
            words.not_so_sentence(action.target_name, wanted, now),
            found=now.state,
            so_far=sentence,
        )

    def after(self, action: Action, act: Act) -> None:
        """Also after a refusal: it tells that what everybody sees is out of date."""
        state = act.found or CampaignState.UNKNOWN
        campaigns_forget(tenant=action.tenant, campaign_id=action.target_id, state=state)


def _change(tenant: Tenant, campaign_id: str, name: str, wanted: CampaignState, actor: Actor) -> StateChange:
    platform = REGISTRY[tenant.platform].label

    def ask(client: PlatformClient) -> Act:
        try:
            told = client.start(campaign_id) if wanted == CampaignState.RUNNING else client.stop(campaign_id)
        except Conflict as error:
            now = _state_now(client, campaign_id)
            sentence = words.conflict_sentence(name, wanted, now, platform=platform, detail=error.detail)
            if now is not None and now.enabled is not False and now.state == wanted:
                sentence += _who_did_it(tenant, campaign_id, wanted)
            return Act(Outcome.REFUSED, sentence, found=now.state if now else None)
        except PlatformError as error:
            if not error.maybe_applied:
                raise
            now = _state_now(client, campaign_id)
            outcome = Outcome.DONE if now is not None and now.state == wanted else Outcome.UNKNOWN
            sentence = words.uncertain_sentence(name, wanted, now)
            return Act(outcome, sentence, found=now.state if now else None)
        return Act(Outcome.DONE, words.done_sentence(name, wanted, told), found=told)

    act = action_perform(
        verb=VERBS[wanted],
        tenant=tenant,
        actor=actor,
        target=Target("campaign", campaign_id, name),
        asked=f"{words.VERB_WORDS[wanted]} the campaign “{name}”",
        ask=ask,
        what=f"“{name}” was not {words.PAST_WORDS[wanted]}",
        refusal=lambda error: Act(Outcome.REFUSED, words.refusal_sentence(name, wanted, error, platform=platform)),
    )
    return StateChange(act.outcome, act.sentence, act.found or CampaignState.UNKNOWN)


def _state_now(client: PlatformClient, campaign_id: str) -> Campaign | None:
    try:
        return client.get_campaign_status(campaign_id)
    except PlatformError:
        return None


def _who_did_it(tenant: Tenant, campaign_id: str, wanted: CampaignState) -> str:
    """Name who brought the campaign into its state, if that was done here and nothing else was done here since."""
    last = _acts(tenant).filter(target_id=campaign_id).order_by("-id").first()
    if last is None or last.verb != VERBS[wanted]:
        return ""
    at = last.at.astimezone(ZoneInfo(tenant.time_zone))
    return f" {last.actor_name} {words.PAST_WORDS[wanted]} it from here on {at:%d %B at %H:%M}."
