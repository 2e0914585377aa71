"""Acts on one record: added, changed, erased. The log keeps key fields and field names, never a whole person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpadmin.acts import Act, Actor, Target, act_perform
from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.platforms.errors import Conflict, Invalid, NotFound, PlatformError, Reason
from bpadmin.platforms.types import CallingList, FieldSpec
from lists.formats import ANY_CAMPAIGN
from lists.record_fields import (
    NO_FIELD,
    RecordFields,
    RecordRefused,
    is_same,
    key_candidates,
    key_words,
    record_judge,
    record_values,
    value_judge,
)
from lists.services import lists_forget

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

PRIVILEGE = "Update content of calling list"
LOST = "The answer to the request was lost, so the record was looked up."


def record_add(
    *, tenant: Tenant, calling_list: CallingList, values: Mapping[str, str], fields: RecordFields, actor: Actor
) -> Act:
    """Add a record. RecordRefused, before anything is sent, when it breaks a rule of the list."""
    values = fields.spelled(values)
    specs = list(fields.specs) or fields.specs_of(list(values))
    if problems := record_judge(values, specs):
        raise RecordRefused(problems)
    sent = record_values(values, specs)
    if not sent:
        raise RecordRefused({NO_FIELD: "Fill in at least one field."})
    key = {spec.name: str(sent[spec.name]) for spec in fields.keys if spec.name in sent}
    name = calling_list.name
    what = f"The record with {key_words(key)} was not added to “{name}”" if key else "The record was not added"

    def ask(client: PlatformClient) -> Act:
        try:
            client.add_record(calling_list.id, sent)
        except Conflict as error:
            if error.reason != Reason.DUPLICATE_KEY:
                raise
            whose = f"with {key_words(key)}" if key else "with this key"
            return Act(
                Outcome.REFUSED,
                f"A record {whose} is already in “{name}”. Nothing was added: look that record up and change it.",
            )
        except Invalid as error:
            return _refused_for_contents(error, what)
        return Act(Outcome.DONE, f"The record{_with(key)} is added to “{name}”.")

    def read_back(client: PlatformClient) -> Act | None:
        if not key:
            return None  # without a key nothing tells a record from its double
        there = _look(client, calling_list.id, key, fields)
        if there is None:
            return Act(
                Outcome.UNKNOWN,
                f"The request was sent and its answer was lost; the record{_with(key)} is not in “{name}” so far. "
                "You can safely add it again: the dialler takes no key twice.",
            )
        if not is_same(sent, there, fields.specs_of(list(sent))):
            return Act(
                Outcome.REFUSED,
                f"A record{_with(key)} with other values is in “{name}”. Look that record up and change it.",
            )
        return Act(Outcome.DONE, f"The record{_with(key)} is in “{name}”. {LOST}")

    return _perform(Verb.RECORD_ADD, tenant, calling_list, actor, ask, read_back, what, {"key": key})


def record_update(
    *,
    tenant: Tenant,
    calling_list: CallingList,
    key: Mapping[str, str],
    changes: Mapping[str, str],
    fields: RecordFields,
    actor: Actor,
) -> Act:
    """Change fields of the record with this key; fields not named stay, an empty value clears its field.

    RecordRefused, before anything is sent, when nothing changes, a value breaks a rule or a key would change.
    """
    key, changes = fields.spelled(key), fields.spelled(changes)
    specs = fields.specs_of(list(changes))
    if problems := _change_problems(key, changes, specs):
        raise RecordRefused(problems)
    given = record_values(changes, specs)
    # The platform clears a field that is given as null.
    sent: dict[str, Any] = {spec.name: given.get(spec.name) for spec in specs}
    names = ", ".join(sent)
    name = calling_list.name
    what = f"The record with {key_words(key)} was not changed"

    def ask(client: PlatformClient) -> Act:
        for candidate in key_candidates(key, fields):
            try:
                client.update_record(calling_list.id, {**candidate, **sent})
            except NotFound as error:
                if error.reason != Reason.RECORD_NOT_FOUND:
                    raise
            except Invalid as error:
                return _refused_for_contents(error, what)
            else:
                return Act(Outcome.DONE, f"The record with {key_words(key)} is changed: {names}.")
        return _gone(key, name, "changed")

    def read_back(client: PlatformClient) -> Act | None:
        there = _look(client, calling_list.id, key, fields)
        if there is None:
            return _gone(key, name, "changed")
        if is_same(sent, there, specs):
            return Act(Outcome.DONE, f"The record with {key_words(key)} is changed: {names}. {LOST}")
        return Act(
            Outcome.UNKNOWN,
            f"The request was sent and its answer was lost; the record with {key_words(key)} still has its old values. "
            "You can safely save them again.",
        )

    details = {"key": dict(key), "fields": list(sent)}
    return _perform(Verb.RECORD_UPDATE, tenant, calling_list, actor, ask, read_back, what, details)


def record_erase(
    *,
    tenant: Tenant,
    calling_list: CallingList,
    key: Mapping[str, str],
    reason: str,
    fields: RecordFields,
    actor: Actor,
) -> Act:
    """Erase the record with this key and its results in all campaigns; cannot be undone.

    RecordRefused without a reason: the platform writes it into its own log.
    """
    if not reason.strip():
        raise RecordRefused({"reason": "Say why the record is erased: the dialler keeps the reason in its log."})
    key = fields.spelled(key)
    name = calling_list.name
    what = f"The record with {key_words(key)} was not erased"

    def ask(client: PlatformClient) -> Act:
        for candidate in key_candidates(key, fields):
            try:
                client.erase_record(calling_list.id, fields=candidate, reason=reason.strip())
            except NotFound as error:
                if error.reason != Reason.RECORD_NOT_FOUND:
                    raise
            else:
                return Act(
                    Outcome.DONE, f"The record with {key_words(key)} is erased from “{name}”, with all its results."
                )
        return _gone(key, name, "erased")

    def read_back(client: PlatformClient) -> Act | None:
        if _look(client, calling_list.id, key, fields) is None:
            return Act(Outcome.DONE, f"The record with {key_words(key)} is not in “{name}” any more. {LOST}")
        return Act(
            Outcome.UNKNOWN,
            f"The request was sent and its answer was lost; the record with {key_words(key)} is still there. "
            "It may yet take effect: look again in a minute before you try once more.",
        )

    details = {"key": dict(key), "reason": reason.strip()}
    return _perform(Verb.RECORD_ERASE, tenant, calling_list, actor, ask, read_back, what, details)


def erase_warning(total_records: int | None) -> str:
    """Say what erasing means for live calls, given how many records the list has; "" when it has others."""
    if total_records is None or total_records > 1:
        return ""
    return (
        "This is the last record of the list, and erasing it acts like deleting the list's contents: in progressive, "
        "predictive and automatic campaigns every call of it that is being dialled, is in a script or is connected to "
        "an agent is dropped; in preview campaigns only calls that no agent has taken yet are."
    )


def _perform(
    verb: Verb,
    tenant: Tenant,
    calling_list: CallingList,
    actor: Actor,
    ask: Any,
    read_back: Any,
    what: str,
    details: Mapping[str, Any],
) -> Act:
    act = act_perform(
        verb=verb,
        tenant=tenant,
        actor=actor,
        target=Target("list", calling_list.id, calling_list.name),
        ask=ask,
        what=what,
        privilege=PRIVILEGE,
        read_back=read_back,
        details=details,
    )
    lists_forget(tenant=tenant, list_id=calling_list.id)
    return act


def _change_problems(key: Mapping[str, str], changes: Mapping[str, str], specs: list[FieldSpec]) -> dict[str, str]:
    if not changes:
        return {NO_FIELD: "Nothing was changed, so nothing was sent."}
    if not key:
        return {NO_FIELD: "Say which record: give the value of its key field."}
    problems = {}
    for spec in specs:
        if spec.key or spec.name in key:
            problems[spec.name] = "A key cannot be changed. Add a new record and erase this one instead."
        elif spec.required and not changes[spec.name].strip():
            problems[spec.name] = "The list requires this field."
        elif problem := value_judge(changes[spec.name], spec, is_partial=True).problem:
            problems[spec.name] = problem
    return problems


def _look(
    client: PlatformClient, list_id: str, key: Mapping[str, str], fields: RecordFields
) -> Mapping[str, Any] | None:
    """Look a record up as it is stored, in any state of the list; None when there is none. Raises PlatformError."""
    for candidate in key_candidates(key, fields):
        try:
            return client.query_record_deprecated(list_id, ANY_CAMPAIGN, fields=candidate)[0].entry
        except NotFound as error:
            if error.reason != Reason.RECORD_NOT_FOUND:
                raise
    return None


def _refused_for_contents(error: PlatformError, what: str) -> Act:
    said = f" It said: {error.detail.rstrip('.')}." if error.detail else ""
    return Act(Outcome.REFUSED, f"{what}: the dialler does not accept its values.{said}")


def _gone(key: Mapping[str, str], name: str, done: str) -> Act:
    return Act(
        Outcome.REFUSED,
        f"“{name}” has no record with {key_words(key)}, so nothing was {done}. Check the key.",
    )


def _with(key: Mapping[str, str]) -> str:
    return f" with {key_words(key)}" if key else ""
