"""Calling lists of a tenant: read through the shared cache, found by name or id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.platforms.types import FieldSpec
from bpadmin.tenants.services import tenant_client
from lists.formats.services import format_learn, format_say
from lists.models import ListFormat

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant

LEARN_TIMEOUT = 20.0


def list_format_say(
    *, tenant: Tenant, list_id: str, list_name: str, fields: Sequence[FieldSpec], actor: User | None
) -> ListFormat:
    """Keep what a supervisor says about a list's fields, and log it. ValueError with a sentence when it cannot be."""
    known = format_say(tenant=tenant, list_id=list_id, list_name=list_name, fields=fields)
    _log_format(tenant, known, actor, f"Said by hand: {len(fields)} fields.")
    return known


def list_format_learn(*, tenant: Tenant, list_id: str, actor: User | None) -> ListFormat | None:
    """Learn a list's fields from a record read back, and log it; None when it shows none. Raises PlatformError."""
    with tenant_client(tenant, read_timeout=LEARN_TIMEOUT) as client:
        known = format_learn(tenant=tenant, list_id=list_id, client=client)
    if known is not None:
        _log_format(tenant, known, actor, f"Learnt from records: {len(known.fields)} fields.")
    return known


def _log_format(tenant: Tenant, known: ListFormat, actor: User | None, message: str) -> None:
    audit_record(
        verb=Verb.LIST_FORMAT_CHANGE,
        tenant=tenant,
        actor=actor,
        target_kind="list",
        target_id=known.list_id,
        target_name=known.list_name,
        message=message,
        details={"fields": known.fields},
    )
