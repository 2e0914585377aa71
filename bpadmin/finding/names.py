"""What is called, or numbered, as somebody typed: pages and acts, campaigns, lists, jobs, people; nobody is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse

from bpadmin.counts import counted
from bpadmin.dialler.models import CatalogueCampaign, CatalogueList
from bpadmin.jobs.limits import jobs_limited
from bpadmin.jobs.models import Job
from bpadmin.platforms.base import Capability
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.limits import CAMPAIGNS, DNC, LISTS, OPEN, limit_now, limited
from bpadmin.tenants.models import Membership, Role
from dnc.models import DncList

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

EACH = 8
# (words, more words by which it is found, URL name, role, what the platform must offer)
PAGES: tuple[tuple[str, str, str, Role, Capability | None], ...] = (
    ("Home", "start overview", "results:home", Role.VIEWER, Capability.SOURCES_READ),
    ("Campaigns", "", "campaigns:index", Role.VIEWER, Capability.CAMPAIGNS_READ),
    ("Lists", "calling upload", "lists:index", Role.VIEWER, Capability.LISTS_READ),
    ("Records", "results browse export", "records:index", Role.VIEWER, Capability.SOURCES_READ),
    ("Results", "figures attempts calls", "results:whole", Role.VIEWER, Capability.SOURCES_READ),
    ("What the figures mean", "dictionary glossary", "results:dictionary", Role.VIEWER, Capability.SOURCES_READ),
    ("What dispositions count as", "groups", "results:dispositions", Role.VIEWER, Capability.SOURCES_READ),
    ("Do Not Call lists", "dnc", "dnc:index", Role.VIEWER, Capability.DNC_WRITE),
    ("Why is a number blocked?", "dnc", "dnc:why", Role.VIEWER, Capability.DNC_WRITE),
    ("Do Not Call coverage", "dnc protected", "dnc:coverage", Role.VIEWER, Capability.DNC_WRITE),
    (
        "Block a number everywhere",
        "dnc opt-out do not call add",
        "dnc:everywhere",
        Role.SUPERVISOR,
        Capability.DNC_WRITE,
    ),
    ("Create a list", "new", "lists:create", Role.SUPERVISOR, Capability.LIST_CREATE),
    ("Jobs", "uploads exports deletions", "jobs:index", Role.VIEWER, None),
    ("Activity", "log audit who did", "audit:index", Role.VIEWER, None),
    ("Acts of unknown outcome", "open settle", "dialler:open", Role.VIEWER, None),
    ("Notifications", "inbox messages", "notifications:inbox", Role.VIEWER, None),
    ("My rules of notifications", "quiet hours snooze digest e-mail", "notifications:rules", Role.VIEWER, None),
    ("Channels and webhooks", "slack teams e-mail", "notifications:channels", Role.VIEWER, None),
    ("API tokens", "script", "tenants:tokens", Role.VIEWER, None),
    ("People", "invite roles members", "tenants:people", Role.ADMINISTRATOR, None),
    ("Settings", "connection secret", "tenants:settings", Role.ADMINISTRATOR, None),
)


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: `what` it is, its name, its address, and a note such as its state or id."""

    what: str
    name: str
    url: str
    note: str = ""


def names_find(*, tenant: Tenant, role: Role, text: str) -> list[Hit]:
    """Return what answers to a text: each word of it must be part of a name, or all of it an id. At most 8 a kind."""
    typed = text.strip()
    if not typed:
        return []
    hits: list[Hit] = []
    for find in (_pages, _campaigns, _lists, _dnc_lists, _jobs, _people):
        hits += list(find(tenant, role, typed))[:EACH]
    return sorted(hits, key=lambda each: _rank(each, typed))


def _rank(hit: Hit, typed: str) -> int:
    name = hit.name.casefold()
    return 0 if name == typed.casefold() else 1 if name.startswith(typed.casefold()) else 2


def _words(field: str, typed: str, *ids: str) -> Q:
    found = Q()
    for word in typed.casefold().split():
        found &= Q(**{field: word})
    for name in ids:
        found |= Q(**{name: typed})
    return found


def _address(name: str, tenant: Tenant, **more: object) -> str:
    return reverse(name, kwargs={"slug": tenant.slug, **more})


def _pages(tenant: Tenant, role: Role, typed: str) -> Iterator[Hit]:
    offered = capabilities_known(tenant)
    words = typed.casefold().split()
    for name, more, url, needed, capability in PAGES:
        is_offered = capability is None or capability in offered
        text = f"{name} {more}".casefold()
        is_open = limit_now() is None or url in OPEN
        if is_offered and is_open and role.covers(needed) and all(word in text for word in words):
            yield Hit("Page", name, _address(url, tenant))


def _campaigns(tenant: Tenant, role: Role, typed: str) -> Iterable[Hit]:
    rows = CatalogueCampaign.objects.filter(tenant=tenant).filter(_words("search__contains", typed, "remote_id"))
    for row in limited(rows, CAMPAIGNS).order_by("name_key")[:EACH]:
        yield Hit(
            "Campaign", row.name, _address("campaigns:detail", tenant, campaign_id=row.remote_id), row.state.title()
        )


def _lists(tenant: Tenant, role: Role, typed: str) -> Iterable[Hit]:
    rows = CatalogueList.objects.filter(tenant=tenant, is_gone=False)
    rows = limited(rows.filter(_words("search__contains", typed, "remote_id")), LISTS)
    for row in rows.order_by("name_key")[:EACH]:
        note = counted(row.total_records, "record") if row.total_records is not None else ""
        yield Hit("List", row.name, _address("lists:detail", tenant, list_id=row.remote_id), note)


def _dnc_lists(tenant: Tenant, role: Role, typed: str) -> Iterable[Hit]:
    rows = DncList.objects.filter(tenant=tenant).filter(_words("name__icontains", typed, "remote_id"))
    for row in limited(rows, DNC).order_by("name")[:EACH]:
        yield Hit("Do Not Call list", row.name, _address("dnc:detail", tenant, list_pk=row.pk), row.get_type_display())


def _jobs(tenant: Tenant, role: Role, typed: str) -> Iterable[Hit]:
    number = typed.removeprefix("#")
    found = _words("target_name__icontains", typed) | _words("file_name__icontains", typed)
    if number.isascii() and number.isdigit() and len(number) < 18:
        found |= Q(pk=int(number))
    jobs = jobs_limited(Job.objects.filter(tenant=tenant).filter(found)).defer("report", "remote", "options")
    for job in jobs.order_by("-id")[:EACH]:
        name = f"Job {job.pk}: {job.kind_label}, {job.target_name or job.file_name}"
        yield Hit("Job", name, _address("jobs:detail", tenant, job_id=job.pk), job.get_state_display())


def _people(tenant: Tenant, role: Role, typed: str) -> Iterable[Hit]:
    """Find people, for those who look after them."""
    if not role.covers(Role.ADMINISTRATOR):
        return
    named = (
        Q(user__username__icontains=typed) | Q(user__first_name__icontains=typed) | Q(user__last_name__icontains=typed)
    )
    for each in Membership.objects.filter(tenant=tenant).filter(named).select_related("user")[:EACH]:
        name = each.user.get_full_name() or each.user.get_username()
        yield Hit("Person", name, _address("tenants:people", tenant), each.get_role_display())
