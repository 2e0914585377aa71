"""The dispositions of a campaign with their dial rules: added, several from a file, changed, deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.types import Act, Actor
from bpadmin.platforms.campaign_details import (
    LARGEST,
    RETRY_MINUTES,
    WAIT_MINUTES,
    DialAction,
    DialRule,
    Disposition,
    DispositionType,
)
from campaigns.settings.services import partly_act, target_of

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.platforms.types import Campaign
    from bpadmin.tenants.models import Tenant

TYPES = (
    (DispositionType.SUCCESS, "Success: the record is completed"),
    (DispositionType.FAILURE, "Failure: the record is completed"),
    (DispositionType.CONTINUE, "Continue: the record is called again"),
    (DispositionType.DO_NOT_CALL, "Do not call: the number is not called any more"),
)
ACTIONS = (
    ("", "Nothing"),
    (DialAction.WAIT, "Wait, then call the record again"),
    (DialAction.RESCHEDULE, "Call the same number again at a later time"),
    (DialAction.SCENARIO, "Start a scenario"),
    (DialAction.STOP_NUMBER, "Stop calling this number"),
    (DialAction.STOP_RECORD, "Stop calling this record"),
    (DialAction.STOP_NUMBER_ALL, "Stop calling this number in all records"),
)
# Bounds of the platform's document, by the names of DialRule.
BOUNDS = {
    "max_retries": (1, LARGEST),
    "retry_minutes": RETRY_MINUTES,
    "wait_minutes": WAIT_MINUTES,
    "reschedule_minutes": WAIT_MINUTES,
}
COLUMNS = (
    *("name", "folder", "type", "code", "description", "order", "agent_selects", "agent_reschedules"),
    *("action", "retries", "max_retries", "retry_minutes", "wait_minutes", "reschedule_minutes", "scenario_id"),
)
_RULE = ("retries", *BOUNDS, "scenario_id")
_YES, _NO = ("yes", "true", "1", "y", "x"), ("no", "false", "0", "n", "")


class DispositionRefused(Exception):
    """Dispositions that the platform would not take; nothing was sent. `lines` are the sentences."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(" ".join(lines))
        self.lines = list(lines)


def disposition_made(values: Mapping[str, Any], *, held: Disposition | None = None) -> Disposition:
    """Make a disposition of values by the names of COLUMNS; what is not said comes from `held`.

    Raises DispositionRefused with what breaks the document's bounds.
    """
    base = {**asdict(held), "rule": held.rule} if held else {"name": ""}
    given = {name: value for name, value in values.items() if value is not None}
    whole = {**base, **{name: given[name] for name in given if name in Disposition.__dataclass_fields__}}
    if "action" in given or any(name in given for name in _RULE):
        rule = {**(asdict(held.rule) if held and held.rule else {}), **{k: given[k] for k in _RULE if k in given}}
        if "action" in given:
            rule["action"] = DialAction(given["action"]) if given["action"] else None
        whole["rule"] = DialRule(**rule)
    made = Disposition(**whole)
    if faults := list(_faults(made)):
        raise DispositionRefused(faults)
    return made


def _faults(item: Disposition) -> Sequence[str]:
    faults = [f"A disposition needs a {what}." for what in ("name", "folder") if not getattr(item, what).strip()]
    if item.type is DispositionType.UNKNOWN:
        faults.append(f"“{item.name}” is of a type that this dashboard does not know. Choose one.")
    rule = item.rule
    if rule is None:
        return faults
    if rule.action is DialAction.SCENARIO and not rule.scenario_id:
        faults.append(f"“{item.name}”: a scenario needs its id.")
    for name, (low, high) in BOUNDS.items():
        value = getattr(rule, name)
        if value is not None and not low <= value <= high:
            faults.append(f"“{item.name}”: {name.replace('_', ' ')} has to be from {low:,} to {high:,}.")
    return faults


def dispositions_in(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Disposition]:
    """Make dispositions of a file's rows, whose columns have the names in COLUMNS.

    Raises DispositionRefused with a sentence for each row that cannot be one.
    """
    names = [name.strip().lower().replace(" ", "_") for name in header]
    if unknown := [name for name in names if name and name not in COLUMNS]:
        raise DispositionRefused([f"There is no column “{unknown[0]}”; there are: {', '.join(COLUMNS)}."])
    found, faults = [], []
    for number, row in enumerate(rows, start=2):
        try:
            values = {
                name: value_read(name, cell.strip()) for name, cell in zip(names, row, strict=False) if cell.strip()
            }
            found.append(disposition_made(values))
        except (ValueError, DispositionRefused) as error:
            faults.append(f"Row {number}: {error}")
    if faults or not found:
        raise DispositionRefused(faults or ["The file has no rows."])
    return found


def value_read(name: str, text: str) -> Any:
    """Read a cell of one of COLUMNS. Raises ValueError with a sentence."""
    if name in BOUNDS or name == "order":
        if not text.isdecimal():
            raise ValueError(f"{name.replace('_', ' ')} should be a number, but is “{text}”.")
        return int(text)
    if name in ("agent_selects", "agent_reschedules", "retries"):
        if text.lower() not in (*_YES, *_NO):
            raise ValueError(f"{name.replace('_', ' ')} should be yes or no, but is “{text}”.")
        return text.lower() in _YES
    choices = {"type": DispositionType, "action": DialAction}.get(name)
    if choices is None:
        return text
    word = text.upper().replace(" ", "_")
    known = [each.value for each in choices if each.value != "UNKNOWN"]
    if word not in known:
        raise ValueError(f"{name} should be one of {', '.join(known)}, but is “{text}”.")
    return choices(word)


def dispositions_add(*, tenant: Tenant, campaign: Campaign, dispositions: Sequence[Disposition], actor: Actor) -> Act:
    """Add one or several dispositions in one request; never repeated on a guess."""
    names = ", ".join(f"“{each.name}”" for each in dispositions)

    def ask(client: PlatformClient) -> Act:
        if len(dispositions) == 1:
            client.add_disposition(campaign.id, dispositions[0])
            return Act(Outcome.DONE, f"The disposition {names} is added to “{campaign.name}”.")
        done = client.add_dispositions(campaign.id, dispositions)
        return partly_act(done, len(dispositions), one="disposition", what="added to", name=campaign.name)

    return action_perform(
        verb=Verb.CAMPAIGN_DISPOSITIONS,
        tenant=tenant,
        target=target_of(campaign),
        actor=actor,
        asked=f"add {names} to the dispositions of “{campaign.name}”",
        what=f"{names} {'was' if len(dispositions) == 1 else 'were'} not added",
        ask=ask,
        wanted={"facts": {f"disposition:{each.name}": True for each in dispositions}},
        details={"added": [asdict(each) for each in dispositions]},
    )


def disposition_change(
    *, tenant: Tenant, campaign: Campaign, held: Disposition, wanted: Disposition, actor: Actor
) -> Act:
    """Change a disposition and its dial rule, also one of the system's."""

    def ask(client: PlatformClient) -> Act:
        client.update_disposition(campaign.id, wanted)
        return Act(Outcome.DONE, f"The disposition “{wanted.name}” of “{campaign.name}” is changed.")

    return action_perform(
        verb=Verb.CAMPAIGN_DISPOSITIONS,
        tenant=tenant,
        target=target_of(campaign),
        actor=actor,
        asked=f"change the disposition “{held.name}” of “{campaign.name}”",
        what=f"“{held.name}” was not changed",
        ask=ask,
        wanted={"facts": {f"disposition:{wanted.name}": True} if wanted.name != held.name else {}},
        details={"before": asdict(held), "after": asdict(wanted)},
    )


def disposition_delete(*, tenant: Tenant, campaign: Campaign, held: Disposition, actor: Actor) -> Act:
    """Delete a disposition; those of the system stay."""

    def ask(client: PlatformClient) -> Act:
        done = client.delete_dispositions(campaign.id, [held.id])
        if done.refused:
            return partly_act(done, 1, one="disposition", what="deleted from", name=campaign.name)
        return Act(Outcome.DONE, f"The disposition “{held.name}” is deleted from “{campaign.name}”.")

    return action_perform(
        verb=Verb.CAMPAIGN_DISPOSITIONS,
        tenant=tenant,
        target=target_of(campaign),
        actor=actor,
        asked=f"delete the disposition “{held.name}” of “{campaign.name}”",
        what=f"“{held.name}” was not deleted",
        ask=ask,
        wanted={"facts": {f"disposition_id:{held.id}": None}},
        details={"deleted": asdict(held)},
    )
