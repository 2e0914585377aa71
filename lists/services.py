"""Calling lists of a tenant: read through the shared cache, found by name or id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.db.models import Max

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.jobs.models import Job, TargetKind
from bpadmin.live import Snapshot, live_forget, live_read
from bpadmin.lookup import LookupRefused, find_one
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.errors import NotFound, Reason
from bpadmin.platforms.names import id_of
from bpadmin.platforms.types import CallingList, FieldSpec
from bpadmin.tenants.services import tenant_client
from lists.formats import format_learn, format_say
from lists.models import ListFormat

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

ALL = "lists"
# Seconds. The platform gives lists in pages of at most 100, so a tenant with 1,000 of them is asked ten times.
ALL_TTL = 60.0
ONE_TTL = 10.0
LEARN_TIMEOUT = 20.0


def lists_read(tenant: Tenant) -> Snapshot[tuple[CallingList, ...]]:
    """Give all calling lists of the tenant, walked to the end; at most one walk a minute for all viewers."""
    return live_read(tenant, ALL, lambda client: tuple(client.walk_lists()), ttl=ALL_TTL)


def list_read(tenant: Tenant, list_id: str) -> Snapshot[CallingList | None]:
    """Give one list with the campaigns it is bound to; None, without an error, when the platform knows no such list."""

    def fetch(client: PlatformClient) -> CallingList | None:
        try:
            return client.get_list(list_id)
        except NotFound as error:
            if error.reason == Reason.URL_NOT_FOUND:  # then it is the tenant's address that is wrong
                raise
            return None

    return live_read(tenant, _one(list_id), fetch, ttl=ONE_TTL)


def lists_forget(*, tenant: Tenant, list_id: str = "") -> None:
    """Make the next reader of the table, and of this list, ask the platform again, as after a change of records."""
    live_forget(tenant, ALL)
    if list_id:
        live_forget(tenant, _one(list_id))


def lists_now(*, tenant: Tenant) -> tuple[CallingList, ...]:
    """Walk all lists of the platform, past the cache. Raises PlatformError."""
    with tenant_client(tenant) as client:
        return tuple(client.walk_lists())


def list_find(*, tenant: Tenant, name_or_id: str) -> CallingList:
    """Find a list by what a person typed, asking the platform now. Raises LookupRefused and PlatformError.

    A platform that knows lists by name, but does not tell of all, is asked for the one of this name.
    """
    try:
        return find_one(lists_now(tenant=tenant), name_or_id, noun="list", where=tenant.name)
    except LookupRefused as refused:
        if not REGISTRY[tenant.platform].goes_by_names:
            raise
        with tenant_client(tenant) as client:
            try:
                return client.get_list(id_of(name_or_id.strip()))
            except NotFound:
                raise refused from None


def _one(list_id: str) -> str:
    return f"list:{list_id}"


def list_jobs(*, tenant: Tenant, list_ids: Iterable[str], limit: int = 5) -> list[Job]:
    """Give the newest jobs on these lists; one query, without the jobs' large texts."""
    if not (ids := list(list_ids)):
        return []
    jobs = Job.objects.filter(tenant=tenant, target_kind=TargetKind.LIST, target_id__in=ids)
    return list(jobs.defer("options", "report", "remote")[:limit])


def list_last_jobs(*, tenant: Tenant, list_ids: Iterable[str]) -> dict[str, Job]:
    """Give the newest job of each list, by list id; one query."""
    newest = (
        Job.objects.filter(tenant=tenant, target_kind=TargetKind.LIST, target_id__in=list(list_ids))
        .order_by()
        .values("target_id")
        .annotate(last=Max("id"))
    )
    jobs = Job.objects.filter(id__in=newest.values("last")).defer("options", "report", "remote")
    return {job.target_id: job for job in jobs}


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
