"""A role that is limited to named campaigns, calling lists and Do Not Call lists.

The gate of pages and of the API asks here, and nobody else does: what somebody who is limited may open at all is named
in OPEN, everything else is closed to them (a new page too), and each object that an address names must be theirs. What
shows several reads them through `limited`, which leaves out those that are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model, Q, QuerySet

from bpadmin.tenants.models import Membership

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from bpadmin.tenants.models import Tenant

CAMPAIGNS, LISTS, DNC = "campaigns", "lists", "dnc"
KINDS = {CAMPAIGNS: "campaigns", LISTS: "calling lists", DNC: "Do Not Call lists"}
# Ids of one kind; whoever needs more needs the whole tenant.
MOST = 500
# What somebody who is limited may open: pages of one object, and those that leave out the others.
OPEN = frozenset(
    {
        *("campaigns:index", "campaigns:detail", "campaigns:start", "campaigns:stop", "campaigns:toggle"),
        *("campaigns:change", "campaigns:unbind", "campaigns:reorder"),
        *("lists:index", "lists:detail", "lists:upload", "lists:upload_map", "lists:upload_changes"),
        *("lists:upload_check", "lists:upload_blocked", "lists:upload_rows", "lists:upload_there"),
        *(
            "lists:upload_again",
            "lists:upload_proof",
            "lists:old_values_file",
            "lists:old_values_put_back",
            "lists:fix",
            "lists:fix_row",
            "lists:lookup",
            "lists:record",
        ),
        *("lists:record_add", "lists:record_change", "lists:record_check", "lists:record_erase", "lists:delete"),
        *("lists:delete_records", "lists:deletion", "lists:format", "lists:format_learn"),
        *("dnc:index", "dnc:detail", "dnc:add", "dnc:remove", "dnc:clear", "dnc:upload", "dnc:upload_map"),
        *("dnc:upload_check", "dnc:upload_rows", "dnc:upload_again", "dnc:go_on"),
        *("jobs:index", "jobs:tray", "jobs:detail", "jobs:pause", "jobs:resume", "jobs:retry", "jobs:cancel"),
        *("jobs:decide", "jobs:decide_all", "jobs:read_back", "jobs:question", "jobs:rejects"),
        *("results:whole", "results:dictionary", "api:results", "api:results_figure", "api:results_beside"),
        *("lists:reached", "api:uploads_reached"),
        *("results:campaign", "results:campaign_beside", "results:figure", "results:list", "results:list_beside"),
        *("records:browse", "records:record"),
        *("notifications:inbox", "notifications:bell", "notifications:seen", "notifications:open"),
        *("notifications:rules", "notifications:delivery", "notifications:snooze"),
        *("tenants:tokens", "tenants:token_revoke", "dialler:undo", "api:act_undo", "api:dnc_act_undo"),
        *("results:home", "finding:find", "audit:index"),
        *("plans:index", "plans:month", "plans:detail", "plans:hold", "plans:release", "plans:run", "plans:remove"),
        *("campaigns:export", "records:export", "records:export_file", "records:export_summary"),
        *("api:campaigns", "api:campaign_start", "api:campaign_stop", "api:upload", "api:job", "api:job_send"),
        *("api:job_cancel", "api:job_rejects", "api:dnc_add", "api:dnc_remove"),
    }
)
# Of what kind the object is that an address names like this, by its id.
NAMED = {"campaign_id": CAMPAIGNS, "campaign": CAMPAIGNS, "list_id": LISTS, "list_": LISTS}
# What in an address names nothing by itself: it belongs to the object beside it, or to the person.
BESIDE = frozenset({"slug", "instance_id", "token", "number", "index", "pk"})

# By what name the log knows things of a kind.
LOGGED = {"campaign": CAMPAIGNS, "list": LISTS, "dnc": DNC}

Found = tuple[str, str] | None
Finder = Callable[["Tenant", Any], Found]
M = TypeVar("M", bound=Model)


class Limit(dict[str, list[str]]):
    """The ids of the platform that somebody is limited to, by kind."""

    def holds(self, kind: str, id_: str) -> bool:
        """Return whether an object is one of theirs."""
        return id_ in self.get(kind, ())


_now: ContextVar[Limit | None] = ContextVar("limit", default=None)
_finders: dict[str, Finder] = {}
_owned: dict[str, Callable[[Tenant], QuerySet[Any, Any]]] = {}
_namers: dict[str, Callable[[Tenant, str], tuple[str, str] | None]] = {}


def finders_add(finders: Mapping[str, Finder]) -> None:
    """Say what an address names by `job_id` and the like: the kind and id of the object, None for none."""
    _finders.update(finders)


def namers_add(namers: Mapping[str, Callable[[Tenant, str], tuple[str, str] | None]]) -> None:
    """Say who finds objects of a kind by name or id, as id and name; None for none."""
    _namers.update(namers)


def owned_add(owned: Mapping[str, Callable[[Tenant], QuerySet[Any, Any]]]) -> None:
    """Say how the ids, as texts, are found of all things of a kind of the log that are theirs."""
    _owned.update(owned)


@contextmanager
def limit_kept(limit: Limit | None) -> Iterator[None]:
    """Let everything that is read in here through `limited` leave out what is not theirs."""
    mark = _now.set(limit)
    try:
        yield
    finally:
        _now.reset(mark)


def limited(rows: QuerySet[M], kind: str, field: str = "remote_id") -> QuerySet[M]:
    """Leave out of rows what somebody who is limited may not see; all of them for everybody else."""
    limit = _now.get()
    return rows if limit is None else rows.filter(**{f"{field}__in": limit.get(kind, [])})


def limited_or_none(rows: QuerySet[M], kind: str, field: str) -> QuerySet[M]:
    """Leave out of rows those that name, in a field which may be blank, what somebody who is limited may not see."""
    limit = _now.get()
    return rows if limit is None else rows.filter(**{f"{field}__in": ["", *limit.get(kind, [])]})


def things_limited(rows: QuerySet[M], tenant: Tenant) -> QuerySet[M]:
    """Leave out of rows that tell of things (`target_kind`, `target_id`) those whose thing is not certainly theirs."""
    limit = _now.get()
    if limit is None:
        return rows
    found = Q(pk__in=[])
    for name, kind in LOGGED.items():
        found |= Q(target_kind=name, target_id__in=limit.get(kind, []))
    for name, ids in _owned.items():
        found |= Q(target_kind=name, target_id__in=ids(tenant))
    return rows.filter(found)


def limit_now() -> Limit | None:
    """Return what the person of this request is limited to, None for the whole tenant."""
    return _now.get()


def limit_of(user: User, tenant: Tenant) -> Limit | None:
    """Return what a person is limited to in a tenant, None for all of it."""
    if user.is_superuser:
        return None
    found = Membership.objects.filter(tenant=tenant, user=user).values_list("limits", flat=True).first()
    return None if found is None else Limit(found)


def tenants_limited(user: User) -> set[int]:
    """Return the tenants, by primary key, in which a person is limited."""
    if user.is_superuser:
        return set()
    found = Membership.objects.filter(user=user, limits__isnull=False)
    return set(found.values_list("tenant_id", flat=True))


def closed_words(limit: Limit, tenant: Tenant, name: str, named: Mapping[str, Any]) -> str:
    """Say why somebody who is limited may not open an address, "" where they may.

    `name` is that of the address, `named` what it names. What nobody knows how to look up is closed.
    """
    if name not in OPEN:
        return "Your role here is limited to some campaigns and lists, and this is about more than those."
    for key, value in named.items():
        if key in NAMED:
            found: Found = (NAMED[key], str(value))
        elif key in _finders:
            found = _finders[key](tenant, value)
        elif key in BESIDE:
            continue
        else:
            found = None
        if found is None or not limit.holds(*found):
            return "Your role here is limited to some campaigns and lists, and this is none of them."
    return ""


def object_named(tenant: Tenant, kind: str, text: str) -> tuple[str, str] | None:
    """Find an object of a kind by its id or name: its id and name, None for none or several."""
    return _namers[kind](tenant, text) if kind in _namers else None
