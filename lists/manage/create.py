"""New calling lists: of the format of another list, or with a format of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.counts import counted
from bpadmin.dialler.actions import action_perform
from bpadmin.dialler.catalogue import lists_forget
from bpadmin.dialler.registry import ActionKind
from bpadmin.dialler.types import Act, Actor, Target
from bpadmin.platforms.errors import Conflict
from bpadmin.platforms.types import CallingList, CreatedList, FieldSpec
from lists.formats.rules import format_problems
from lists.formats.services import format_fields, format_get, format_remember

if TYPE_CHECKING:
    from bpadmin.dialler.models import Action
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

PRIVILEGE = "Manage Lists"


class CreationRefused(Exception):
    """What is asked for breaks the platform's rules; `problems` are sentences, nothing was sent."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


def list_create_like(*, tenant: Tenant, name: str, like: CallingList, actor: Actor) -> Act:
    """Create an empty list of the format of `like`; the Act's id is the new list's."""
    name = _named(name)
    known = format_get(tenant=tenant, list_id=like.id, format_id=like.format_id)
    fields = format_fields(known) if known is not None else ()

    def ask(client: PlatformClient) -> Act:
        return _created(name, lambda: client.create_list(name=name, format_id=like.format_id))

    details = {"like": like.name, "format": like.format_name, "format_id": like.format_id}
    return _create(tenant, name, actor, ask, details, like.format_id, like.format_name, fields)


def list_create_with_format(
    *, tenant: Tenant, name: str, format_name: str, fields: Sequence[FieldSpec], actor: Actor
) -> Act:
    """Create an empty list and a format for it; CreationRefused, before anything is sent, when a rule is broken."""
    name = _named(name)
    if problems := format_problems(fields, format_name=format_name):
        raise CreationRefused(problems)

    def ask(client: PlatformClient) -> Act:
        return _created(
            name,
            lambda: client.create_list_with_new_format(format_name=format_name, fields=fields, list_name=name),
        )

    details = {"format": format_name, "fields": [spec.as_json() for spec in fields]}
    return _create(tenant, name, actor, ask, details, "", format_name, fields)


def _named(name: str) -> str:
    if not name.strip():
        raise CreationRefused(["Give the list a name."])
    return name.strip()


def _created(name: str, create: Callable[[], CreatedList]) -> Act:
    try:
        created = create()
    except Conflict as error:
        said = f" It said: {error.detail.rstrip('.')}." if error.detail else ""
        return Act(Outcome.REFUSED, f"“{name}” was not created: the list or its format has a name that is taken.{said}")
    return Act(Outcome.DONE, f"The list “{name}” is there, and empty.", created.id, found=created)


def _create(
    tenant: Tenant,
    name: str,
    actor: Actor,
    ask: Callable[[PlatformClient], Act],
    details: Mapping[str, object],
    format_id: str,
    format_name: str,
    fields: Sequence[FieldSpec],
) -> Act:
    return action_perform(
        verb=Verb.LIST_CREATE,
        tenant=tenant,
        actor=actor,
        target=Target("list", "", name),
        asked=f"create the list “{name}”",
        ask=ask,
        what=f"“{name}” was not created",
        privilege=PRIVILEGE,
        wanted={
            "format_id": format_id,
            "format_name": format_name,
            "fields": [spec.as_json() for spec in fields],
        },
        details=details,
    )


class CreationAction(ActionKind):
    """A new list: names are unique, so an empty list of this name is ours."""

    def read(self, action: Action, client: PlatformClient) -> Act | None:
        """Look for a list of the wanted name."""
        name = action.target_name
        found = next((each for each in client.walk_lists() if each.name == name), None)
        if found is None:
            return Act(
                Outcome.REFUSED,
                f"“{name}” was not created: the dialler's answer was lost, and it is not there.",
                so_far=f"“{name}” is not there so far; the dialler's answer was lost. Look again in a few minutes.",
            )
        if found.total_records:
            sentence = (
                f"A list “{name}” with {counted(found.total_records, 'record')} was there before. Choose another name."
            )
            return Act(Outcome.REFUSED, sentence)
        sentence = (
            f"The list “{name}” is there, and empty. The answer to the request was lost, so the lists were read again."
        )
        return Act(Outcome.DONE, sentence, found.id)

    def ended(self, action: Action, act: Act, by: Actor) -> None:
        """Keep the fields of the list that was made."""
        fields = [FieldSpec.from_json(each) for each in action.want("fields", ())]
        if act.is_done and action.target_id and fields:
            made = act.found if isinstance(act.found, CreatedList) else None
            format_remember(
                tenant=action.tenant,
                list_id=action.target_id,
                list_name=action.target_name,
                format_id=action.want("format_id", "") or (made.format_id if made else ""),
                format_name=action.want("format_name", ""),
                fields=fields,
            )

    def after(self, action: Action, act: Act) -> None:
        """Let the table of lists know it, or ask again where its id was not told."""
        made = act.id if act.is_done else ""
        lists_forget(tenant=action.tenant, list_id=made, name=action.target_name)
