"""Campaigns of a tenant: read through the shared cache, found by name or id, started and stopped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Max

from bpadmin.audit.models import AuditEntry, Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.catalogue import campaigns_forget
from bpadmin.dialler.registry import ActionKind, Inverse, Undoing
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import Conflict, PlatformError
from bpadmin.platforms.types import Campaign, CampaignState
from campaigns import outcomes

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

VERBS = {CampaignState.RUNNING: Verb.CAMPAIGN_START, CampaignState.STOPPED: Verb.CAMPAIGN_STOP}
STATES = {verb.value: state for state, verb in VERBS.items()}


@dataclass(frozen=True, slots=True)
class StateChange:
    """What came of a wish to start or stop: how the platform took it, in words, and the state after (if known)."""

    outcome: Outcome
    sentence: str
    state: CampaignState = CampaignState.UNKNOWN
    number: int | None = field(default=None, compare=False)
    has_undo: bool = field(default=False, compare=False)


def campaign_start(
    *, tenant: Tenant, campaign_id: str, name: str, actor: User | None, actor_name: str = ""
) -> StateChange:
    """Start a campaign; every refusal comes back as a StateChange with words, never as an exception."""
    return _state_change(_change(tenant, campaign_id, name, CampaignState.RUNNING, Actor(actor, actor_name)))


def campaign_stop(
    *, tenant: Tenant, campaign_id: str, name: str, actor: User | None, actor_name: str = ""
) -> StateChange:
    """Stop a campaign; every refusal comes back as a StateChange with words, never as an exception."""
    return _state_change(_change(tenant, campaign_id, name, CampaignState.STOPPED, Actor(actor, actor_name)))


def campaign_acts(*, tenant: Tenant, campaign_ids: Iterable[str]) -> dict[str, AuditEntry]:
    """Return the last start or stop that was done from here, by campaign id; one query."""
    acts = _acts(tenant).filter(target_id__in=list(campaign_ids))
    newest = acts.order_by().values("target_id").annotate(last=Max("id"))
    return {entry.target_id: entry for entry in AuditEntry.objects.filter(id__in=newest.values("last"))}


def campaign_act_times(*, tenant: Tenant) -> dict[str, datetime]:
    """Return when each campaign was last started or stopped from here, by campaign id; one query."""
    return dict(_acts(tenant).order_by().values_list("target_id").annotate(last=Max("at")))


def _acts(tenant: Tenant) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(
        tenant=tenant, target_kind="campaign", verb__in=list(VERBS.values()), outcome=Outcome.DONE
    )


class StateAction(ActionKind):
    """A start or stop: the platform tells the state of the campaign at any time."""

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Compare the state of the campaign with the one that was asked for."""
        wanted = STATES[action.verb]
        now = client.get_campaign_status(action.target_id)
        sentence = outcomes.uncertain_sentence(action.target_name, wanted, now)
        if now.state == wanted:
            return Act(Outcome.DONE, sentence, found=now.state)
        return Act(
            Outcome.REFUSED,
            outcomes.not_so_sentence(action.target_name, wanted, now),
            found=now.state,
            so_far=sentence,
        )

    def after(self, action: Action, act: Act) -> None:
        """Also after a refusal: it tells that what everybody sees is out of date."""
        state = act.found or CampaignState.UNKNOWN
        campaigns_forget(tenant=action.tenant, campaign_id=action.target_id, state=state)

    def has_inverse(self, action: Action) -> bool:
        """A start has one. What a stop ended does not come back with a start: that is a person's own act."""
        return STATES[action.verb] == CampaignState.RUNNING and not _is_read_back(action)

    def inverse(self, action: Action) -> Inverse | str:
        """A start is undone by a stop."""
        if STATES[action.verb] != CampaignState.RUNNING:
            return (
                "A stop cannot be undone: calls that it ended do not come back. Start the campaign where you want it."
            )
        if _is_read_back(action):
            return (
                "The answer to this start was lost and the campaign was found running: nobody knows whether it was "
                "this act that started it, so it is not undone. Stop the campaign where you want it."
            )
        platform = REGISTRY[action.tenant.platform].label
        return Inverse(
            Capability.CAMPAIGN_START_STOP,
            f"{platform} stops “{action.target_name}”, and it stays stopped until somebody starts it again.",
            (
                "What happens to calls in progress is not documented: they may finish, or they may be cut off.",
                "The gentle way is to disable its lists on the campaign's page first: a disabled list gets no new "
                "attempts, and its calls in progress finish.",
            ),
            is_danger=True,
        )

    def is_about(self, action: Action, later: Action) -> bool:
        """Only starts and stops, and what deletes it."""
        return later.verb in STATES or later.verb == Verb.CAMPAIGN_DELETE

    def changed(self, action: Action, client: PlatformClient) -> str:
        """It must still be in the state that the act brought it into."""
        now = client.get_campaign_status(action.target_id)
        if now.enabled is False:
            return f"“{action.target_name}” is disabled now."
        if now.state == STATES[action.verb]:
            return ""
        return f"“{action.target_name}” is {outcomes.STATE_WORDS.get(now.state, 'in an unknown state')} now."

    def undo(self, action: Action, said: Undoing) -> Act:
        """Stop it."""
        stop = CampaignState.STOPPED
        return _change(
            action.tenant, action.target_id, action.target_name, stop, said.actor, undoes=action, together=said.together
        )


def _is_read_back(action: Action) -> bool:
    return bool(action.settled_at or action.details.get("read_back"))


def _state_change(act: Act) -> StateChange:
    return StateChange(
        act.outcome, act.sentence, act.found or CampaignState.UNKNOWN, number=act.number, has_undo=act.has_undo
    )


def _change(
    tenant: Tenant,
    campaign_id: str,
    name: str,
    wanted: CampaignState,
    actor: Actor,
    undoes: Action | None = None,
    together: int | None = None,
) -> Act:
    platform = REGISTRY[tenant.platform].label

    def ask(client: PlatformClient) -> Act:
        try:
            told = client.start(campaign_id) if wanted == CampaignState.RUNNING else client.stop(campaign_id)
        except Conflict as error:
            now = _state_now(client, campaign_id)
            sentence = outcomes.conflict_sentence(name, wanted, now, platform=platform, detail=error.detail)
            if now is not None and now.enabled is not False and now.state == wanted:
                sentence += _who_did_it(tenant, campaign_id, wanted)
            return Act(Outcome.REFUSED, sentence, found=now.state if now else None)
        except PlatformError as error:
            if not error.maybe_applied:
                raise
            now = _state_now(client, campaign_id)
            outcome = Outcome.DONE if now is not None and now.state == wanted else Outcome.UNKNOWN
            sentence = outcomes.uncertain_sentence(name, wanted, now)
            return Act(outcome, sentence, found=now.state if now else None, details={"read_back": True})
        return Act(Outcome.DONE, outcomes.done_sentence(name, wanted, told), found=told)

    return action_perform(
        verb=VERBS[wanted],
        tenant=tenant,
        actor=actor,
        target=Target("campaign", campaign_id, name),
        asked=f"{outcomes.VERB_WORDS[wanted]} the campaign “{name}”",
        ask=ask,
        what=f"“{name}” was not {outcomes.PAST_WORDS[wanted]}",
        refusal=lambda error: Act(Outcome.REFUSED, outcomes.refusal_sentence(name, wanted, error, platform=platform)),
        undoes=undoes,
        together=together,
    )


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
    return f" {last.actor_name} {outcomes.PAST_WORDS[wanted]} it from here on {at:%d %B at %H:%M}."
