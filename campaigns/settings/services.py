"""A campaign's settings: read whole, and changed with what was before and after in the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.catalogue import campaigns_forget
from bpadmin.dialler.live import Snapshot, live_forget, live_read
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.platforms.campaign_details import (
    CallerIdMethod,
    CampaignDetails,
    DialingMode,
    OutboundSettings,
    PartlyDone,
)
from bpadmin.platforms.errors import NotFound, Reason
from bpadmin.tenants.services import tenant_client

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.platforms.types import Campaign
    from bpadmin.tenants.models import Tenant

TTL = 20.0
# What each bucket of a partly done request means, in words after the names in it.
REFUSED_WORDS = {
    "idsnotfound": "not known, or not of this campaign",
    "numbersnotfound": "not a number of this tenant",
    "duplicateids": "there already",
    "issystem": "the system's own, which cannot be deleted",
    "isdefault": "the default, which the chosen method needs",
    "duplicatename": "a name that the campaign has already",
    "missingrequired": "without something that is needed",
    "formaterror": "not in the form that the platform takes",
}
_LABELS = {
    "name": "Name",
    "enabled": "Enabled",
    "mode": "Dialling mode",
    "no_answer_seconds": "No answer after (seconds)",
    "overdial_percent": "Overdial rate (%)",
    "adjusts_overdial": "Overdial rate adjusted by itself",
    "initial_overdial_percent": "Initial overdial rate (%)",
    "concurrent_calls": "Concurrent calls",
    "caller_id_method": "Caller ID",
    "default_caller_id": "Default caller ID",
}


def details_read(tenant: Tenant, campaign_id: str) -> Snapshot[CampaignDetails | None]:
    """Return all settings of a campaign, some seconds old at most; None where the platform knows no such campaign.

    That it is one for messages, which has none, comes as the snapshot's error.
    """

    def fetch(client: PlatformClient) -> CampaignDetails | None:
        try:
            return client.get_campaign_details(campaign_id)
        except NotFound as error:
            if error.reason == Reason.URL_NOT_FOUND:
                raise
            return None

    return live_read(tenant, _key(campaign_id), fetch, ttl=TTL)


def details_now(*, tenant: Tenant, campaign_id: str) -> CampaignDetails:
    """Read all settings past the cache: a change starts from what is. Raises PlatformError."""
    with tenant_client(tenant, read_timeout=20.0) as client:
        return client.get_campaign_details(campaign_id)


def details_forget(*, tenant: Tenant, campaign_id: str) -> None:
    """Have the settings read again, and the campaign with them."""
    live_forget(tenant, _key(campaign_id))
    campaigns_forget(tenant=tenant, campaign_id=campaign_id)


def settings_told(details: CampaignDetails) -> dict[str, Any]:
    """Return what can be set, as plain values by the names of `settings_change`."""
    told: dict[str, Any] = {"name": details.name, "enabled": details.enabled}
    if details.outbound is not None:
        told |= {name: _plain(value) for name, value in asdict(details.outbound).items()}
    if details.caller_id_settings is not None:
        told["caller_id_method"] = details.caller_id_settings.method.value
        told["default_caller_id"] = details.caller_id_settings.default
    return told


def settings_differing(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is wanted otherwise than it is."""
    return {name: value for name, value in wanted.items() if value is not None and before.get(name) != value}


def settings_change(*, tenant: Tenant, campaign: Campaign, wanted: Mapping[str, Any], actor: Actor) -> Act:
    """Change what differs of a campaign's settings; the log keeps what was before and after.

    `wanted` has the names of `settings_told`; None leaves a setting. Twice is the same as once.
    """
    facts = {name: value for name, value in wanted.items() if value is not None}

    def ask(client: PlatformClient) -> Act:
        before = settings_told(client.get_campaign_details(campaign.id))
        changes = settings_differing(before, facts)
        if not changes:
            return Act(Outcome.DONE, f"“{campaign.name}” is set so already; nothing was changed.")
        _settings_send(client, campaign.id, before, changes)
        after = settings_told(client.get_campaign_details(campaign.id))
        shown = {
            "before": {name: before.get(name) for name in changes},
            "after": {name: after.get(name) for name in changes},
        }
        left = [_LABELS[name] for name, value in changes.items() if after.get(name) != value]
        if left:
            return Act(
                Outcome.REFUSED,
                f"The platform took the request, but did not change: {', '.join(left)}. Read the settings again.",
                details=shown,
            )
        return Act(Outcome.DONE, f"“{campaign.name}” is changed: {changes_said(before, changes)}.", details=shown)

    return action_perform(
        verb=Verb.CAMPAIGN_SETTINGS,
        tenant=tenant,
        target=target_of(campaign),
        actor=actor,
        asked=f"change the settings of “{campaign.name}”",
        what=f"The settings of “{campaign.name}” were not changed",
        ask=ask,
        wanted={"facts": facts},
        details={"wanted": facts},
    )


def changes_said(before: Mapping[str, Any], changes: Mapping[str, Any]) -> str:
    """Say each change with what was before."""
    return ", ".join(f"{_LABELS[name]} {_said(before.get(name))} → {_said(value)}" for name, value in changes.items())


def target_of(campaign: Campaign) -> Target:
    """Return a campaign as what is acted on."""
    return Target("campaign", campaign.id, campaign.name)


def partly_act(done: PartlyDone, total: int, *, one: str, what: str, name: str) -> Act:
    """Say how many of several were taken, and which were not and why; `one` is the noun, `what` "assigned to"."""
    left = sum(map(len, done.refused.values()))
    count = done.count if done.count >= 0 else max(0, total - left)
    sentence = f"{count} {one}{'' if count == 1 else 's'} {what} “{name}”"
    reasons = [
        f"{', '.join(items)} ({REFUSED_WORDS.get(bucket.lower(), bucket)})" for bucket, items in done.refused.items()
    ]
    shown = {"count": count, "refused": {bucket: list(items) for bucket, items in done.refused.items()}}
    if reasons:
        sentence += f"; not taken: {'; '.join(reasons)}"
    return Act(Outcome.DONE if count or not total else Outcome.REFUSED, f"{sentence}.", details=shown)


def facts_of(details: CampaignDetails) -> dict[str, Any]:
    """Return all that is so of a campaign as plain values: its settings, and what it has under a name with a colon."""
    facts = settings_told(details)
    facts |= {f"team:{team.id}": True for team in details.teams or ()}
    facts |= {f"caller_id:{each.number}": True for each in details.caller_ids or ()}
    facts |= {f"disposition:{each.name}": True for each in details.dispositions or ()}
    return facts | {f"disposition_id:{each.id}": True for each in details.dispositions or ()}


class DetailsAction(ActionKind):
    """An act on a campaign's settings: what should be so can be read."""

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Compare what should be so with what is; None where the act did not come as far as to know it."""
        facts: dict[str, Any] = action.want("facts", {})
        if not facts:
            return None
        now = facts_of(client.get_campaign_details(action.target_id))
        name = action.target_name
        if all(now.get(fact) == value for fact, value in facts.items()):
            return Act(
                Outcome.DONE, f"“{name}” is as it was to be. The answer was lost, so its settings were read again."
            )
        return Act(
            Outcome.REFUSED,
            f"“{name}” was not changed as it was to be: the answer was lost, and its settings are not so.",
            so_far=f"The answer was lost, and “{name}” is not as it was to be so far. Look again in a few minutes.",
        )

    def after(self, action: Action, act: Act) -> None:
        """Let pages read the settings again."""
        details_forget(tenant=action.tenant, campaign_id=action.target_id)


def _settings_send(
    client: PlatformClient, campaign_id: str, before: Mapping[str, Any], changes: Mapping[str, Any]
) -> None:
    names = ("mode", *(name for name in OutboundSettings.__dataclass_fields__ if name != "mode"))
    outbound = {name: changes[name] for name in names if name in changes}
    if outbound:
        # The time without an answer is written with the mode that it is for.
        mode = DialingMode(outbound.pop("mode", before.get("mode") or DialingMode.UNKNOWN))
        settings: OutboundSettings | None = OutboundSettings(mode, **outbound)
    else:
        settings = None
    if settings or "name" in changes or "enabled" in changes:
        client.update_general_settings(
            campaign_id, name=changes.get("name", ""), enabled=changes.get("enabled"), outbound=settings
        )
    if {"caller_id_method", "default_caller_id"} & changes.keys():
        whole = {**before, **changes}
        client.update_caller_id_settings(
            campaign_id,
            method=CallerIdMethod(whole["caller_id_method"]),
            default=whole.get("default_caller_id") or "",
        )


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, DialingMode) else value


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value or "none")


def _key(campaign_id: str) -> str:
    return f"details:{campaign_id}"
