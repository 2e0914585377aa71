"""The campaigns and lists that a tenant's dialler has: as the catalogue keeps them, or asked for now.

Pages answer from the catalogue at once, whatever its age, and say how old it is. Nobody waits but for what was never
read or was changed by an act here, and then a moment only. Screens of every app show campaigns and lists; what they do
with them is each one's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from bpadmin.dialler import live
from bpadmin.dialler.live import Snapshot, live_forget, live_read, live_value
from bpadmin.dialler.lookup import LookupRefused, find_one
from bpadmin.dialler.models import CatalogueBinding, CatalogueCampaign, CatalogueList, CatalogueState
from bpadmin.dialler.refreshing.fills import fill_begin, fill_wait
from bpadmin.dialler.refreshing.storing import (
    campaign_keep,
    campaign_of,
    campaigns_store,
    campaigns_store_whole,
    has_page,
    is_left_out,
    list_of,
    list_store,
    state_of,
)
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import NotFound, Reason
from bpadmin.platforms.names import id_of, is_addressable
from bpadmin.platforms.types import CallingList, Campaign, CampaignState
from bpadmin.tenants import limits
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.services import tenant_client

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

# A page waits for a few missing campaigns, and shows the others at once where there are more.
FEW = 20
AGAIN_AT_MOST = 100
LEARN_SECONDS = 30.0
# How old each may be before a page calls it old; see `refreshing.due.AGES`.
BINDINGS_INTERVAL = 900.0
LISTS_INTERVAL = 300.0

CAMPAIGNS = "campaigns"
ID = re.compile(r"[0-9A-Fa-f]+(-[0-9A-Fa-f]+){4}")
LIST_TTL = 10.0
# The database is told that somebody looks at a tenant no more often than this (seconds).
LOOKED_SECONDS = 30.0


def campaigns_look(tenant: Tenant) -> Snapshot[Any]:
    """Bring the catalogue's campaigns up to date, at most one call per interval for all viewers; see `campaigns_in`."""
    snapshot = live_read(tenant, CAMPAIGNS, lambda client: client.get_campaigns(), brings_value=False)
    state = state_of(tenant)
    read_at, began = state.campaigns_read_at, snapshot.began_at
    is_newer = began is not None and (read_at is None or read_at < began)
    if began is not None and is_newer and (found := live_value(tenant, CAMPAIGNS)) is not None:
        campaigns_store(tenant=tenant, campaigns=found, began=began)
        read_at = began
    if read_at is None:
        return Snapshot(value=None, error=snapshot.error, interval=snapshot.interval)
    fetched_at = max(read_at, snapshot.fetched_at) if snapshot.fetched_at else read_at
    return Snapshot(value=None, fetched_at=fetched_at, error=snapshot.error, interval=snapshot.interval)


def campaigns_in(tenant: Tenant) -> QuerySet[CatalogueCampaign]:
    """Return the rows of the tenant's enabled campaigns, those of a limited role alone, by name as people sort."""
    rows = CatalogueCampaign.objects.filter(tenant=tenant)
    return limits.limited(rows, limits.CAMPAIGNS).order_by("name_key", "remote_id")


def campaigns_read(tenant: Tenant) -> Snapshot[tuple[Campaign, ...]]:
    """Return the tenant's enabled campaigns with their states; at most one call per interval for all viewers."""
    snapshot = campaigns_look(tenant)
    rows = campaigns_in(tenant) if snapshot.has_value else ()
    return replace(snapshot, value=tuple(campaign_of(row, is_whole=False) for row in rows))


def bindings_look(tenant: Tenant) -> Snapshot[Any]:
    """Return how far the campaigns are read with what is bound to them, and see to it that they are.

    `read` of `total` campaigns were; `fetched_at` is when the one that was read longest ago was.
    """
    state = _looked(tenant)
    if _first_awaited(tenant, state, _bindings_missing):
        state.refresh_from_db()
    if state.campaigns_read_at is None:
        return Snapshot(value=None, error=state.error, interval=BINDINGS_INTERVAL)
    counted = campaigns_in(tenant).aggregate(total=Count("pk"), read=Count("read_at"), oldest=Min("read_at"))
    is_none_yet = counted["total"] and not counted["read"]
    return Snapshot(
        value=None,
        fetched_at=None if is_none_yet else counted["oldest"] or state.campaigns_read_at,
        error=state.error,
        interval=BINDINGS_INTERVAL,
        read=counted["read"],
        total=counted["total"],
    )


def lists_look(tenant: Tenant) -> Snapshot[Any]:
    """Return how far the lists are read, and see to it that they are; see `lists_in`."""
    state = _looked(tenant)
    if _first_awaited(tenant, state, _lists_missing):
        state.refresh_from_db()
    read_at, read = state.lists_read_at, None
    if read_at is None and state.lists_cursor:
        read, read_at = lists_in(tenant).count(), state.lists_began_at
    return Snapshot(value=None, fetched_at=read_at, error=state.error, interval=LISTS_INTERVAL, read=read)


def lists_in(tenant: Tenant) -> QuerySet[CatalogueList]:
    """Return the rows of the tenant's calling lists, those of a limited role alone, by name as people sort."""
    rows = CatalogueList.objects.filter(tenant=tenant, is_gone=False)
    return limits.limited(rows, limits.LISTS).order_by("name_key", "remote_id")


def catalogue_again(*, tenant: Tenant, lists: bool = False, bindings: bool = False, dnc: bool = False) -> None:
    """Have parts read again at once, as a person asks for; also where the tenant was to be left alone for a while."""
    changes: dict[str, Any] = {}
    if lists:
        changes |= {"lists_due": True}
    if bindings:
        changes |= {"campaigns_due": True}
    if dnc:
        changes |= {"dnc_due": True}
    state_of(tenant)
    CatalogueState.objects.filter(tenant=tenant).update(**changes)
    CatalogueState.objects.filter(tenant=tenant, is_told_to_wait=False).update(quiet_until=None)
    if bindings:
        wanted = campaigns_in(tenant).values_list("pk", flat=True)[:AGAIN_AT_MOST]
        CatalogueCampaign.objects.filter(pk__in=list(wanted)).update(due=True)


def campaigns_want(rows: Iterable[CatalogueCampaign]) -> None:
    """Have the campaigns that a page shows read before others, as far as they are not read yet."""
    missing = [row.pk for row in rows if row.read_at is None and row.wanted_at is None]
    if missing:
        CatalogueCampaign.objects.filter(pk__in=missing).update(wanted_at=timezone.now())


def _looked(tenant: Tenant) -> CatalogueState:
    """Return the state, with it that somebody looks at the tenant."""
    state, now = state_of(tenant), timezone.now()
    if state.looked_at is None or (now - state.looked_at).total_seconds() > LOOKED_SECONDS:
        state.looked_at = now
        CatalogueState.objects.filter(pk=state.pk).update(looked_at=now)
    return state


def _first_awaited(tenant: Tenant, state: CatalogueState, missing: Callable[[Tenant, CatalogueState], str]) -> bool:
    """Begin to read what is missing, and wait a moment where so little is that it may be there then."""
    what = missing(tenant, state)
    if not what or (state.quiet_until is not None and state.quiet_until > timezone.now()):
        return False
    fill_begin(tenant)
    if what == "some":
        return True

    def is_there() -> bool:
        state.refresh_from_db()
        is_quiet = state.quiet_until is not None and state.quiet_until > timezone.now()
        return is_quiet or not missing(tenant, state)

    fill_wait(is_there, patience=live.PATIENCE)
    return True


def _bindings_missing(tenant: Tenant, state: CatalogueState) -> str:
    """Say whether "some" campaigns were not read yet, or "all", or "few" and those changed by an act here; else ""."""
    if state.campaigns_read_at is None or state.campaigns_due:
        return "all"
    if Capability.DNC_READ in capabilities_known(tenant) and (state.dnc_due or state.dnc_read_at is None):
        return "few"
    if REGISTRY[tenant.platform].source_of_binding is None:
        return "few" if state.guards_changed else ""
    rows = CatalogueCampaign.objects.filter(tenant=tenant)
    if state.guards_changed or rows.filter(due=True).exists():
        return "few"
    missing = rows.filter(read_at__isnull=True, tried_at__isnull=True)[: FEW + 1].count()
    if missing:
        return "few" if missing <= FEW or not rows.filter(read_at__isnull=False).exists() else "some"
    # Asked after the campaigns: the last of them may have come since the state was read.
    return "few" if CatalogueState.objects.filter(pk=state.pk, guards_changed=True).exists() else ""


def _lists_missing(tenant: Tenant, state: CatalogueState) -> str:
    if CatalogueList.objects.filter(tenant=tenant, due=True).exists():
        return "few"
    if state.lists_read_at is None:
        return "some" if state.lists_cursor else "all"
    return "all" if state.lists_due and state.lists_began_at is None else ""


def campaign_read(tenant: Tenant, campaign_id: str) -> Snapshot[Campaign | None]:
    """Return one campaign, enabled or not; its value is None, without an error, when the platform knows no such one."""

    def fetch(client: PlatformClient) -> Campaign | None:
        try:
            found = client.get_campaign(campaign_id)
        except NotFound as error:
            if error.reason == Reason.URL_NOT_FOUND:  # then it is the tenant's address that is wrong
                raise
            return None
        return replace(found, lists=tuple(filter(has_page, found.lists))) if found.lists else found

    snapshot = live_read(tenant, _campaign_key(campaign_id), fetch)
    if snapshot.value is not None and snapshot.began_at is not None:
        campaigns_learn(tenant=tenant, campaign=snapshot.value, began=snapshot.began_at)
    return snapshot


def campaigns_learn(*, tenant: Tenant, campaign: Campaign, began: datetime) -> None:
    """Let the catalogue know what a page has read of a campaign, unless it knows it for about as long."""
    row = CatalogueCampaign.objects.filter(tenant=tenant, remote_id=campaign.id).first()
    lists_enabled_alone = Capability.CAMPAIGN_STATE in capabilities_known(tenant)
    if lists_enabled_alone and is_left_out(campaign) and (row is None or not row.kept):
        campaign_keep(tenant=tenant, campaign=campaign, began=began)
        return
    if row is None or campaign.lists is None:
        return
    if row.due or row.read_at is None or (began - row.read_at).total_seconds() > LEARN_SECONDS:
        campaigns_store_whole(tenant=tenant, campaigns=[campaign], began=began)


def campaigns_forget(*, tenant: Tenant, campaign_id: str, state: CampaignState = CampaignState.UNKNOWN) -> None:
    """Make the next reader of the table and of this campaign ask the platform again.

    A `state` that is known (the platform has just told it) holds until then, also while the platform cannot be reached.
    """

    def amend(campaign: Campaign | None) -> Campaign | None:
        is_it = campaign is not None and campaign.id == campaign_id and state != CampaignState.UNKNOWN
        return replace(campaign, state=state) if campaign is not None and is_it else campaign

    live_forget(tenant, CAMPAIGNS, amend=lambda campaigns: tuple(amend(campaign) for campaign in campaigns))
    live_forget(tenant, _campaign_key(campaign_id), amend=amend)
    changes: dict[str, Any] = {"acted_at": timezone.now(), "due": True}
    if state != CampaignState.UNKNOWN:
        changes["state"] = state.value
    if not CatalogueCampaign.objects.filter(tenant=tenant, remote_id=campaign_id).update(**changes):
        CatalogueState.objects.filter(tenant=tenant).update(campaigns_due=True)


def campaigns_now(*, tenant: Tenant, name: str = "") -> tuple[Campaign, ...]:
    """Ask the platform for its enabled campaigns with `name` in theirs, past the cache. Raises PlatformError."""
    with tenant_client(tenant) as client:
        if name and Capability.CAMPAIGN_SEARCH in capabilities_known(tenant):
            return client.find_campaigns(name)
        return tuple(each for each in client.get_campaigns() if name.casefold() in each.name.casefold())


def campaign_now(*, tenant: Tenant, campaign_id: str) -> Campaign:
    """Read a campaign past the cache: a change must start from what is, not from what was. Raises PlatformError."""
    with tenant_client(tenant, read_timeout=20.0) as client:
        return client.get_campaign(campaign_id)


def campaign_find(*, tenant: Tenant, name_or_id: str) -> Campaign:
    """Find a campaign by what a person typed, asking the platform now. Raises LookupRefused and PlatformError.

    Where the platform tells whether a campaign is enabled it lists those only; a disabled one is found by its id, or by
    name once it was opened here.
    """
    with tenant_client(tenant) as client:
        try:
            return find_one(client.get_campaigns(), name_or_id, noun="campaign", where=tenant.name)
        except LookupRefused as refused:
            wanted = name_or_id.strip()
            if Capability.CAMPAIGN_STATE not in capabilities_known(tenant):
                raise
            kept = CatalogueCampaign.objects.filter(tenant=tenant, kept=True, name=wanted).values_list("remote_id")[:2]
            if len(kept) == 1:
                wanted = kept[0][0]
            if not ID.fullmatch(wanted):
                raise LookupRefused(f"{refused} A disabled campaign has to be named by its id.") from None
            try:
                return client.get_campaign(wanted)
            except NotFound:
                raise refused from None


def lists_read(tenant: Tenant) -> Snapshot[tuple[CallingList, ...]]:
    """Return all calling lists of the tenant, as far as they are read."""
    snapshot = lists_look(tenant)
    rows = lists_in(tenant) if snapshot.has_value else ()
    return replace(snapshot, value=tuple(map(list_of, rows)))


def list_read(tenant: Tenant, list_id: str) -> Snapshot[CallingList | None]:
    """Give one list with the campaigns it is bound to; None, without an error, when the platform knows no such list."""

    def fetch(client: PlatformClient) -> CallingList | None:
        try:
            return client.get_list(list_id)
        except NotFound as error:
            if error.reason == Reason.URL_NOT_FOUND:  # then it is the tenant's address that is wrong
                raise
            return None

    return live_read(tenant, _list_key(list_id), fetch, ttl=LIST_TTL)


def lists_forget(*, tenant: Tenant, list_id: str = "", name: str = "", is_gone: bool = False) -> None:
    """Have this list read again, as after a change of its records, and its campaigns; all lists where none is told.

    A list that was made or deleted here is known at once: by its `name`, or that it `is_gone`.
    """
    now = timezone.now()
    if not list_id:
        state_of(tenant)
        CatalogueState.objects.filter(tenant=tenant).update(lists_due=True)
        return
    live_forget(tenant, _list_key(list_id))
    _campaigns_recount(tenant, list_id, now)
    row = CatalogueList.objects.filter(tenant=tenant, remote_id=list_id)
    if row.update(acted_at=now, due=not is_gone, **({"is_gone": True} if is_gone else {})) or is_gone:
        return
    if name and is_addressable(list_id):
        list_store(tenant=tenant, calling_list=CallingList(list_id, name), began=now)
        row.update(acted_at=now, due=True)


def _campaigns_recount(tenant: Tenant, list_id: str, now: datetime) -> None:
    """Have the campaigns that dial a list read again: how many records they have changed with it."""
    bound = CatalogueBinding.objects.filter(tenant=tenant, list_id=list_id).values_list("campaign_id", flat=True)
    # Of makes without lists of their own a campaign is what records go into.
    rows = CatalogueCampaign.objects.filter(Q(pk__in=list(bound[:AGAIN_AT_MOST])) | Q(remote_id=list_id), tenant=tenant)
    for campaign_id in list(rows.values_list("remote_id", flat=True)):
        live_forget(tenant, _campaign_key(campaign_id))
    rows.update(acted_at=now, due=True)


def campaigns_acted(*, tenant: Tenant, campaign_ids: Iterable[str]) -> dict[str, datetime]:
    """Return when something was done from here last to campaigns or their lists: what was read before may be old."""
    rows = CatalogueCampaign.objects.filter(tenant=tenant, remote_id__in=list(campaign_ids), acted_at__isnull=False)
    return dict(cast("Iterable[tuple[str, datetime]]", rows.values_list("remote_id", "acted_at")))


def lists_now(*, tenant: Tenant) -> tuple[CallingList, ...]:
    """Walk all lists of the platform, past the cache. Raises PlatformError."""
    with tenant_client(tenant) as client:
        return tuple(client.walk_lists())


def list_find(*, tenant: Tenant, name_or_id: str) -> CallingList:
    """Find a list, or what a platform has in its place, by what a person typed. Raises LookupRefused, PlatformError.

    A platform that knows lists by name, but does not tell of all, is asked for the one of this name.
    """
    info = REGISTRY[tenant.platform]
    try:
        return find_one(lists_now(tenant=tenant), name_or_id, noun=info.uploads.noun, where=tenant.name)
    except LookupRefused as refused:
        if not (info.goes_by_names or info.uploads.finds_by_id):
            raise
        wanted = name_or_id.strip()
        with tenant_client(tenant) as client:
            try:
                return client.get_list(id_of(wanted) if info.goes_by_names else wanted)
            except NotFound:
                raise refused from None


def _campaign_key(campaign_id: str) -> str:
    return f"campaign:{campaign_id}"


def _list_key(list_id: str) -> str:
    return f"list:{list_id}"
