"""Sources that people name by hand: tried with one read, kept under a name, renamed and removed; each is logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.types import Actor
from bpadmin.platforms.errors import AuthFailed, Forbidden, Invalid, NotFound, PlatformError
from bpadmin.platforms.info import PlatformInfo
from bpadmin.platforms.sources import Source
from bpadmin.records.models import NamedSource
from bpadmin.tenants.services import tenant_client

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

TRY_TIMEOUT = 15.0
TRY_PATIENCE = 2.0
# How many sources a platform may make known by itself.
MOST_HEARD = 200


class SourceRefused(Exception):
    """A source cannot be kept like this; `field` names the input at fault where there is one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def named_sources(tenant: Tenant) -> QuerySet[NamedSource]:
    """Return the sources that people named, by name."""
    return NamedSource.objects.filter(tenant=tenant)


def named_source_of(named: NamedSource, info: PlatformInfo) -> Source:
    """Return a named source as the platform's own are given."""
    if info.source_named is not None:
        try:
            return replace(info.source_named(named.values), id=named.source_id, name=named.name)
        except ValueError:  # said when other values were asked for; its id still leads to it
            pass
    return Source(named.source_id, named.name)


def named_add(
    *, tenant: Tenant, info: PlatformInfo, values: Mapping[str, str], name: str, actor: Actor
) -> tuple[NamedSource, str]:
    """Keep a source under a name once one read has shown what is there; returns it and what came, in a sentence.

    What the platform refuses is not kept; what could only not be asked for now is. Raises SourceRefused.
    """
    if info.source_named is None:
        raise SourceRefused(f"{info.label} lists its sources by itself; none is named by hand.")
    said = {field: text.strip() for field, text in values.items() if text.strip()}
    try:
        source = info.source_named(said)
    except ValueError as error:
        raise SourceRefused(str(error)) from error
    name = name.strip() or source.name
    if taken := named_sources(tenant).filter(source_id=source.id).first():
        raise SourceRefused(f"This one is here already, as “{taken.name}”.")
    _check_name(tenant, name)
    sentence = _tried(tenant, info, source)
    user = actor.user
    try:
        with transaction.atomic():
            named = NamedSource.objects.create(
                tenant=tenant,
                source_id=source.id,
                name=name,
                values=said,
                named_by=user,
                named_by_name=actor.name or (user.get_username() if user else ""),
            )
            _record(Verb.SOURCE_ADD, named, actor, sentence)
    except IntegrityError as error:
        raise SourceRefused("Somebody has just named this source. Go back to the records to see it.") from error
    return named, sentence


def named_hear(*, tenant: Tenant, info: PlatformInfo, source_id: str, name: str, actor: Actor) -> NamedSource | None:
    """Keep a source that the platform itself told of, under its name there, unless it is here already; returns it new.

    None too where so many were told of already that it is more likely a mistake.
    """
    if named_sources(tenant).filter(source_id=source_id).exists() or info.source_named is None:
        return None
    if named_sources(tenant).filter(named_by=None, named_by_name=actor.name).count() >= MOST_HEARD:
        return None
    values = dict.fromkeys([field.name for field in info.source_fields[:1]], source_id)
    name = name.strip() or info.source_named(values).name
    if named_sources(tenant).filter(name=name).exists():
        name = f"{name} ({source_id})"
    named, is_new = NamedSource.objects.get_or_create(
        tenant=tenant, source_id=source_id, defaults={"name": name, "values": values, "named_by_name": actor.name}
    )
    if is_new:
        _record(Verb.SOURCE_ADD, named, actor, f"{info.label} told of it by itself.")
    return named if is_new else None


def named_rename(*, named: NamedSource, name: str, actor: Actor) -> NamedSource:
    """Return a source another name. Raises SourceRefused."""
    name = name.strip()
    if name == named.name:
        return named
    _check_name(named.tenant, name)
    before, named.name = named.name, name
    with transaction.atomic():
        named.save(update_fields=["name"])
        _record(Verb.SOURCE_RENAME, named, actor, f"It was called “{before}”.")
    return named


def named_remove(*, named: NamedSource, actor: Actor) -> None:
    """Forget a source; nothing changes on the platform, and what was saved for its id is there if it comes back."""
    with transaction.atomic():
        _record(Verb.SOURCE_REMOVE, named, actor, "")
        named.delete()


def _check_name(tenant: Tenant, name: str) -> None:
    if not name:
        raise SourceRefused("Give it a name, as people here call it.", "name")
    if named_sources(tenant).filter(name=name).exists():
        raise SourceRefused(f"There is a source “{name}” already. Choose another name.", "name")


def _tried(tenant: Tenant, info: PlatformInfo, source: Source) -> str:
    """Read one record, and say what came. Raises SourceRefused where the platform says that it is none."""
    try:
        with tenant_client(tenant, read_timeout=TRY_TIMEOUT, patience=TRY_PATIENCE) as client:
            page = next(client.walk_source(source.id, limit=1), None)
    except (NotFound, Invalid, Forbidden, AuthFailed) as error:
        raise SourceRefused(f"{error.message} Nothing was kept.") from error
    except PlatformError as error:
        return f"It could not be tried now: {error.message}"
    if page is None or not page.items:
        return f"It answers, and has no {info.record_noun} yet."
    return f"It answers: a {info.record_noun} was read."


def _record(verb: Verb, named: NamedSource, actor: Actor, message: str) -> None:
    audit_record(
        verb=verb,
        tenant=named.tenant,
        actor=actor.user,
        actor_name=actor.name,
        target_kind="source",
        target_id=named.source_id,
        target_name=named.name,
        message=message,
        details=named.values,
    )
