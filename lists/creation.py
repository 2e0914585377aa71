"""New calling lists: of the format of another list, or with a format of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from bpadmin.acts import Act, Actor, Target, act_perform
from bpadmin.audit.models import Outcome
from bpadmin.audit.verbs import Verb
from bpadmin.platforms.errors import Conflict
from bpadmin.platforms.types import CallingList, CreatedList, FieldSpec
from lists.format_rules import format_problems
from lists.formats import format_fields, format_get, format_remember
from lists.services import lists_forget

if TYPE_CHECKING:
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
    act = _create(
        tenant,
        name,
        actor,
        lambda client: client.create_list(name=name, format_id=like.format_id),
        {"like": like.name, "format": like.format_name, "format_id": like.format_id},
    )
    known = format_get(tenant=tenant, list_id=like.id, format_id=like.format_id)
    if act.is_done and act.id and known is not None:
        format_remember(
            tenant=tenant,
            list_id=act.id,
            list_name=name,
            format_id=like.format_id,
            format_name=like.format_name,
            fields=format_fields(known),
        )
    return act


def list_create_with_format(
    *, tenant: Tenant, name: str, format_name: str, fields: Sequence[FieldSpec], actor: Actor
) -> Act:
    """Create an empty list and a format for it; CreationRefused, before anything is sent, when a rule is broken."""
    name = _named(name)
    if problems := format_problems(fields, format_name=format_name):
        raise CreationRefused(problems)
    made: list[CreatedList] = []

    def create(client: PlatformClient) -> CreatedList:
        made.append(client.create_list_with_new_format(format_name=format_name, fields=fields, list_name=name))
        return made[-1]

    details = {"format": format_name, "fields": [spec.as_json() for spec in fields]}
    act = _create(tenant, name, actor, create, details)
    if act.is_done and act.id:
        format_remember(
            tenant=tenant,
            list_id=act.id,
            list_name=name,
            format_id=made[-1].format_id if made else "",
            format_name=format_name,
            fields=fields,
        )
    return act


def _named(name: str) -> str:
    if not name.strip():
        raise CreationRefused(["Give the list a name."])
    return name.strip()


def _create(
    tenant: Tenant,
    name: str,
    actor: Actor,
    create: Callable[[PlatformClient], CreatedList],
    details: Mapping[str, object],
) -> Act:
    def ask(client: PlatformClient) -> Act:
        try:
            created = create(client)
        except Conflict as error:
            said = f" It said: {error.detail.rstrip('.')}." if error.detail else ""
            return Act(
                Outcome.REFUSED, f"“{name}” was not created: the list or its format has a name that is taken.{said}"
            )
        return Act(Outcome.DONE, f"The list “{name}” is there, and empty.", created.id)

    def read_back(client: PlatformClient) -> Act | None:
        """The answer was lost: names are unique, so an empty list of this name is ours."""
        found = [each for each in client.walk_lists() if each.name == name]
        if not found:
            return Act(
                Outcome.REFUSED, f"“{name}” was not created: the dialler's answer was lost, and it is not there."
            )
        if found[0].total_records:
            sentence = f"A list “{name}” with {found[0].total_records:,} records was there before. Choose another name."
            return Act(Outcome.REFUSED, sentence)
        sentence = (
            f"The list “{name}” is there, and empty. The answer to the request was lost, so the lists were read again."
        )
        return Act(Outcome.DONE, sentence, found[0].id)

    act = act_perform(
        verb=Verb.LIST_CREATE,
        tenant=tenant,
        actor=actor,
        target=Target("list", "", name),
        ask=ask,
        what=f"“{name}” was not created",
        privilege=PRIVILEGE,
        read_back=read_back,
        details=details,
    )
    lists_forget(tenant=tenant)
    return act
