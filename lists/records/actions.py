"""Acts on one record: added, changed, erased. The log keeps key fields and what was changed, never a whole person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bpadmin.audit.models import Outcome
from bpadmin.audit.notes import PERSONAL, change
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.catalogue import lists_forget
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.platforms.errors import Conflict, Invalid, NotFound, PlatformError, Reason
from bpadmin.platforms.types import CallingList, FieldSpec
from lists.formats.services import ANY_CAMPAIGN
from lists.records.fields import (
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

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
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

    asked = f"add {_one(key)} to the list “{name}”"
    wanted = {"key": key, "sent": sent}
    return _perform(Verb.RECORD_ADD, tenant, calling_list, actor, ask, asked, what, fields, wanted, {"key": key})


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
            before = _before(client, calling_list.id, candidate, sent)
            try:
                client.update_record(calling_list.id, {**candidate, **sent})
            except NotFound as error:
                if error.reason != Reason.RECORD_NOT_FOUND:
                    raise
            except Invalid as error:
                return _refused_for_contents(error, what)
            else:
                told = {}
                if before is not None:
                    values = {name: change(before.get(name.casefold()), value) for name, value in sent.items()}
                    told = {PERSONAL: values}
                return Act(Outcome.DONE, f"The record with {key_words(key)} is changed: {names}.", details=told)
        return _gone(key, name, "changed")

    details = {"key": dict(key), "fields": list(sent)}
    asked = f"change {_one(key)} of the list “{name}”: {names}"
    wanted = {"key": dict(key), "sent": sent}
    return _perform(Verb.RECORD_UPDATE, tenant, calling_list, actor, ask, asked, what, fields, wanted, details)


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

    details = {"key": dict(key), "reason": reason.strip()}
    asked = f"erase {_one(key)} from the list “{name}”"
    wanted = {"key": dict(key)}
    return _perform(Verb.RECORD_ERASE, tenant, calling_list, actor, ask, asked, what, fields, wanted, details)


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
    ask: Callable[[PlatformClient], Act],
    asked: str,
    what: str,
    fields: RecordFields,
    wanted: Mapping[str, Any],
    details: Mapping[str, Any],
) -> Act:
    return action_perform(
        verb=verb,
        tenant=tenant,
        actor=actor,
        target=Target("list", calling_list.id, calling_list.name),
        asked=asked,
        ask=ask,
        what=what,
        privilege=PRIVILEGE,
        wanted={**wanted, "fields": [spec.as_json() for spec in fields.specs]},
        details=details,
    )


class RecordAction(ActionKind):
    """An act on a record, which is looked up by its key."""

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Look the record up; without a key nothing tells it from its double."""
        if not (key := action.want("key")):
            return None
        fields = RecordFields(tuple(FieldSpec.from_json(each) for each in action.want("fields", ())))
        there = _look(client, action.target_id, key, fields)
        if action.verb == Verb.RECORD_ADD:
            return _read_added(action, key, there, fields)
        if action.verb == Verb.RECORD_UPDATE:
            return _read_updated(action, key, there, fields)
        name, words = action.target_name, key_words(key)
        if there is None:
            return Act(Outcome.DONE, f"The record with {words} is not in “{name}” any more. {LOST}")
        return Act(
            Outcome.REFUSED,
            f"The record with {words} was not erased: the answer was lost, and it is still there.",
            so_far=(
                f"The request was sent and its answer was lost; the record with {words} is still there. "
                "It may yet take effect: look again in a minute before you try once more."
            ),
        )

    def after(self, action: Action, act: Act) -> None:
        """Let pages of the list ask again."""
        lists_forget(tenant=action.tenant, list_id=action.target_id)


def _read_added(action: Action, key: Mapping[str, str], there: Mapping[str, Any] | None, fields: RecordFields) -> Act:
    name, sent = action.target_name, action.want("sent")
    if there is None:
        return Act(
            Outcome.REFUSED,
            f"The record{_with(key)} was not added: the answer was lost, and it is not in “{name}”.",
            so_far=(
                f"The request was sent and its answer was lost; the record{_with(key)} is not in “{name}” so far. "
                "You can safely add it again: the dialler takes no key twice."
            ),
        )
    if not is_same(sent, there, fields.specs_of(list(sent))):
        return Act(
            Outcome.REFUSED,
            f"A record{_with(key)} with other values is in “{name}”. Look that record up and change it.",
        )
    return Act(Outcome.DONE, f"The record{_with(key)} is in “{name}”. {LOST}")


def _read_updated(action: Action, key: Mapping[str, str], there: Mapping[str, Any] | None, fields: RecordFields) -> Act:
    sent = action.want("sent")
    if there is None:
        return _gone(key, action.target_name, "changed")
    if is_same(sent, there, fields.specs_of(list(sent))):
        return Act(Outcome.DONE, f"The record with {key_words(key)} is changed: {', '.join(sent)}. {LOST}")
    return Act(
        Outcome.REFUSED,
        f"The record with {key_words(key)} was not changed, or was changed again: it has other values.",
        so_far=(
            f"The request was sent and its answer was lost; the record with {key_words(key)} still has its old values. "
            "You can safely save them again."
        ),
    )


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


def _before(
    client: PlatformClient, list_id: str, key: Mapping[str, Any], sent: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the values that are about to change, by field names in small letters; None where they cannot be read."""
    try:
        entry = client.query_record_deprecated(list_id, ANY_CAMPAIGN, fields=key)[0].entry
    except PlatformError:
        return None
    names = {name.casefold() for name in sent}
    return {name.casefold(): value for name, value in entry.items() if name.casefold() in names}


def _refused_for_contents(error: PlatformError, what: str) -> Act:
    said = f" It said: {error.detail.rstrip('.')}." if error.detail else ""
    return Act(Outcome.REFUSED, f"{what}: the dialler does not accept its values.{said}")


def _gone(key: Mapping[str, str], name: str, done: str) -> Act:
    return Act(
        Outcome.REFUSED,
        f"“{name}” has no record with {key_words(key)}, so nothing was {done}. Check the key.",
    )


def _one(key: Mapping[str, str]) -> str:
    return f"the record{_with(key)}" if key else "a record"


def _with(key: Mapping[str, str]) -> str:
    return f" with {key_words(key)}" if key else ""
