"""Requests that people add to a source, or put back into dialling, on platforms whose API offers that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.platforms.errors import NotFound, Reason
from bpadmin.platforms.sources import Condition, Source

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

PRIORITY_CHANGES = (("SET", "Set to"), ("ADD", "Raise by"), ("MINUS", "Lower by"))


def request_add(
    *,
    tenant: Tenant,
    source: Source,
    name: str,
    contact_number: str,
    contact_identifier: str = "",
    note: str = "",
    actor: Actor,
) -> Act:
    """Add one request to be called. After a lost answer it is looked for, and never added again on a guess."""
    began = timezone.now().astimezone(UTC).replace(microsecond=0)

    def ask(client: PlatformClient) -> Act:
        try:
            made = client.add_request(
                source.id,
                name=name,
                contact_number=contact_number,
                contact_identifier=contact_identifier,
                note=note,
            )
        except NotFound as error:
            if error.reason is Reason.URL_NOT_FOUND:
                raise
            return Act(Outcome.REFUSED, f"The request was not added. {error.message}")
        return Act(Outcome.DONE, f"{contact_number} ({name}) will be called in “{source.name}”.", made.id)

    return action_perform(
        verb=Verb.REQUEST_ADD,
        tenant=tenant,
        actor=actor,
        target=Target("source", source.id, source.name),
        asked=f"add a request for {contact_number} ({name}) to “{source.name}”",
        ask=ask,
        what="The request was not added",
        wanted={"name": name, "contact_number": contact_number, "began": began.isoformat()},
        details={"name": name, "contact_number": contact_number, "contact_identifier": contact_identifier},
    )


def request_recall(
    *,
    tenant: Tenant,
    source: Source,
    request_id: str,
    title: str,
    terms: Mapping[str, Any],
    actor: Actor,
    mark: str | None = None,
) -> Act:
    """Put a request back into dialling on `terms`, as `recall_terms` gives them."""

    def ask(client: PlatformClient) -> Act:
        try:
            client.set_recall(source.id, request_id, terms)
        except NotFound as error:
            if error.reason is Reason.URL_NOT_FOUND:
                raise
            return Act(Outcome.REFUSED, f"{title} was not put back into dialling. {error.message}")
        return Act(Outcome.DONE, f"{title} will be called again.")

    return action_perform(
        verb=Verb.REQUEST_RECALL,
        tenant=tenant,
        actor=actor,
        target=Target("source", source.id, source.name),
        asked=f"put {title} back into dialling in “{source.name}”",
        ask=ask,
        what=f"{title} was not put back into dialling",
        details={"request": request_id, "terms": dict(terms)},
        mark=mark,
    )


class RequestAction(ActionKind):
    """A new request, which is looked for by number, name and time, and never added again on a guess."""

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Look for a request for this number and name that was made since; the platform's clock may differ a little."""
        name, number = action.want("name"), action.want("contact_number")
        wanted = [Condition("contact_number", number), Condition("created_date", action.want("began"), "gte")]
        found = [each for page in client.walk_source(action.target_id, conditions=wanted) for each in page.items]
        ours = [each for each in found if str(each.entry.get("name", "")).strip() == name.strip()]
        if not ours:
            return None
        sentence = f"{number} ({name}) is in “{action.target_name}”. The answer was lost, so it was looked for."
        return Act(Outcome.DONE, sentence, ours[-1].id)


def recall_terms(
    *,
    not_before: datetime | None = None,
    from_date: date | None = None,
    to_date: date | None = None,
    from_time: time | None = None,
    to_time: time | None = None,
    days: Sequence[int | str] = (),
    assign_to: str = "",
    priority_change: str = "",
    priority: int | None = None,
) -> dict[str, Any]:
    """Return the terms of a recall as the platform reads them; what is not said is left as it is.

    `not_before` is aware and is sent in UTC. Times of day are sent as seconds of the day. `days` of the week go as they
    are given: how the platform writes them is not in its document.
    """
    terms: dict[str, Any] = {}
    if not_before:
        terms["process_not_before"] = f"{not_before.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    if from_date and to_date:
        dates = {"process_from_date": from_date.isoformat(), "process_to_date": to_date.isoformat()}
        terms |= {"process_date": "RANGE", **dates}
    if from_time and to_time:
        times = {"process_from_time": _seconds(from_time), "process_to_time": _seconds(to_time)}
        terms |= {"process_time": "RANGE", **times}
    if days:
        terms["process_days"] = list(days)
    if assign_to:
        terms["assign_to"] = int(assign_to) if assign_to.isdecimal() else assign_to
    if priority is not None:
        terms["set_priority"] = {"type": priority_change or PRIORITY_CHANGES[0][0], "value": priority}
    return terms


def _seconds(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def recall_days(text: str) -> list[int | str]:
    """Read days of the week as a person gives them, with commas between: numbers as numbers, words as they are."""
    found = [word.strip() for word in text.split(",") if word.strip()]
    return [int(word) if word.isascii() and word.isdecimal() else word for word in found]
