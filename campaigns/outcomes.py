"""What starting and stopping came to, in sentences for a supervisor."""

from __future__ import annotations

from bpadmin.dialler.types import START_PRIVILEGE
from bpadmin.platforms.errors import AuthFailed, Forbidden, Invalid, NotFound, PlatformError, Reason, Unreachable
from bpadmin.platforms.types import Campaign, CampaignState

STATE_WORDS = {CampaignState.RUNNING: "running", CampaignState.STOPPED: "stopped"}
VERB_WORDS = {CampaignState.RUNNING: "start", CampaignState.STOPPED: "stop"}
PAST_WORDS = {CampaignState.RUNNING: "started", CampaignState.STOPPED: "stopped"}


def done_sentence(name: str, wanted: CampaignState, told: CampaignState) -> str:
    """Say what a taken request led to; `told` is the state the platform answered with."""
    if told == wanted or told not in STATE_WORDS:
        return f"“{name}” is {STATE_WORDS[wanted]}."
    return (
        f"The platform took the request to {VERB_WORDS[wanted]} “{name}” and says that it is still "
        f"{STATE_WORDS[told]}. Its state is read again every few seconds: watch it before you try again."
    )


def conflict_sentence(name: str, wanted: CampaignState, now: Campaign | None, *, platform: str, detail: str) -> str:
    """Say why a 409 came, from the state read again (`now`, None when it could not be read)."""
    verb = VERB_WORDS[wanted]
    if now is None:
        return (
            f"{platform} refused to {verb} “{name}”: it is either disabled or already {STATE_WORDS[wanted]}. "
            "Which of the two could not be read; open the page again in a moment."
        )
    if now.enabled is False:
        return (
            f"“{name}” is disabled, so it cannot be {PAST_WORDS[wanted]}. Enable it in the {platform} Administrator "
            "(Services & Campaigns), then come back."
        )
    if now.state == wanted:
        return f"“{name}” is already {STATE_WORDS[wanted]}."
    said = f" It said: {detail.rstrip('.')}." if detail else ""
    return (
        f"{platform} refused to {verb} “{name}”, which is enabled and {_state(now)} now.{said} "
        "If its state has only just changed, try again in a moment."
    )


def uncertain_sentence(name: str, wanted: CampaignState, now: Campaign | None) -> str:
    """Say where a campaign stands after the answer to a start or stop was lost."""
    verb = VERB_WORDS[wanted]
    if now is None:
        return (
            f"The request to {verb} “{name}” was sent, but its answer was lost and the state cannot be read. "
            "It may have worked: wait until its state is shown again before you try once more."
        )
    if now.state == wanted:
        return f"“{name}” is {STATE_WORDS[wanted]}. The answer to the request was lost, so its state was read back."
    return (
        f"The request to {verb} “{name}” was sent, but its answer was lost, and the campaign is still {_state(now)}. "
        "It may yet take effect: look again in a moment, then try once more."
    )


def not_so_sentence(name: str, wanted: CampaignState, now: Campaign) -> str:
    """Say that a campaign was read long after the answer was lost and is not in the state that was asked for."""
    return (
        f"“{name}” is {_state(now)}: it was not {PAST_WORDS[wanted]}, or somebody has changed it since. "
        "What was asked can take effect no more."
    )


def refusal_sentence(name: str, wanted: CampaignState, error: PlatformError, *, platform: str) -> str:
    """Say why a start or stop was refused or never arrived, and what to do about it."""
    verb = VERB_WORDS[wanted]
    match error:
        case Forbidden():
            return (
                f"{platform} does not let this tenant's user {verb} “{name}”. The user needs the privilege "
                f"“{START_PRIVILEGE}”, and “Manage all services and campaigns” or, for campaigns assigned to it, "
                f"“Manage assigned services and campaigns”. An administrator gives it in the {platform} Administrator."
            )
        case NotFound() if error.reason != Reason.URL_NOT_FOUND:
            return (
                f"{platform} knows no campaign “{name}” any more: it was deleted, or it is no longer assigned to this "
                "tenant's user. Nothing was changed."
            )
        case AuthFailed():
            return (
                f"{platform} did not accept this tenant's sign-in, so “{name}” was not {PAST_WORDS[wanted]}. "
                "An administrator can test the connection on the tenant's settings page."
            )
        case Unreachable() if error.reason not in (Reason.RATE_LIMITED, Reason.SERVER_ERROR):  # those did answer
            return f"{platform} could not be reached, so “{name}” was not {PAST_WORDS[wanted]}. {error.message}"
        case Invalid():
            said = error.detail or error.message
            return f"{platform} did not understand the request to {verb} “{name}” and changed nothing. It said: {said}"
    return f"“{name}” was not {PAST_WORDS[wanted]}. {error.message}"


def _state(campaign: Campaign) -> str:
    return STATE_WORDS.get(campaign.state, "in an unknown state")
