"""Which parts of a tenant's catalogue are due: what acts changed, what was never read, and then what is old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q

from bpadmin.dialler.models import CatalogueCampaign, CatalogueList, CatalogueState
from bpadmin.dialler.refreshing.lanes import Part
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.tenants.connections.capabilities import capabilities_known

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

CAMPAIGNS, CAMPAIGN, LISTS, LIST, DNC = "campaigns", "campaign", "lists", "list", "dnc"
# How old a part may become: while somebody looks at the tenant, and while nobody does.
AGES = {
    CAMPAIGNS: (timedelta(seconds=30), timedelta(minutes=10)),
    CAMPAIGN: (timedelta(minutes=5), timedelta(minutes=15)),
    LISTS: (timedelta(minutes=1), timedelta(minutes=15)),
    DNC: (timedelta(minutes=1), timedelta(minutes=15)),
}
# So long after the last page of a tenant somebody still looks.
LOOKS = timedelta(minutes=2)
BLOCK = 64


class Due:
    """What is due of one tenant at one moment, as far as `kinds` go."""

    def __init__(self, tenant: Tenant, state: CatalogueState, now: datetime) -> None:
        self.tenant, self.state, self.now = tenant, state, now
        self.offered = capabilities_known(tenant)
        self.is_looked_at = state.looked_at is not None and now - state.looked_at < LOOKS

    def first(self, taken: Any = ()) -> Iterator[Part]:
        """Yield what was never read or was changed by an act here, without those in `taken` (kind, key)."""
        state = self.state
        if Capability.CAMPAIGNS_READ in self.offered and (state.campaigns_read_at is None or state.campaigns_due):
            yield self._campaigns(is_first=True)
        if Capability.LISTS_READ in self.offered:
            changed = CatalogueList.objects.filter(tenant=self.tenant, due=True).values_list("remote_id", flat=True)
            yield from (_list(id_) for id_ in changed[:BLOCK] if (LIST, id_) not in taken)
        if state.campaigns_read_at is not None and self.reads_campaigns:
            yield from self._campaign_parts(Q(due=True), taken, is_first=True)
        # Of the walk that an act asks for the first page is urgent; the others follow as those of any walk do.
        is_to_begin = state.lists_due and state.lists_began_at is None
        if Capability.LISTS_READ in self.offered and (state.lists_read_at is None or is_to_begin):
            yield self._lists(is_first=True)
        if Capability.DNC_READ in self.offered and (state.dnc_read_at is None or state.dnc_due):
            yield _dnc(is_first=True)
        if state.campaigns_read_at is not None and self.reads_campaigns:
            yield from self._campaign_parts(Q(read_at__isnull=True, tried_at__isnull=True), taken, is_first=True)

    def old(self, taken: Any = ()) -> Iterator[Part]:
        """Yield what is older than it should be, the oldest campaigns first."""
        state = self.state
        if Capability.CAMPAIGNS_READ in self.offered and self._is_old(CAMPAIGNS, state.campaigns_read_at):
            yield self._campaigns()
        if Capability.DNC_READ in self.offered and self._is_old(DNC, state.dnc_read_at):
            yield _dnc()
        if Capability.LISTS_READ in self.offered and (state.lists_cursor or self._is_old(LISTS, state.lists_read_at)):
            yield self._lists()
        if self.reads_campaigns:
            yield from self._campaign_parts(Q(tried_at__lt=self.now - self._age(CAMPAIGN)), taken)

    @property
    def reads_campaigns(self) -> bool:
        """Return whether campaigns have pages that tell more than the listing."""
        return REGISTRY[self.tenant.platform].source_of_binding is not None

    def _age(self, kind: str) -> timedelta:
        return AGES[kind][0 if self.is_looked_at else 1]

    def _is_old(self, kind: str, read_at: datetime | None) -> bool:
        return read_at is not None and self.now - read_at >= self._age(kind)

    def _campaigns(self, *, is_first: bool = False) -> Part:
        return Part(CAMPAIGNS, "", lambda client: client.get_campaigns(), is_first)

    def _lists(self, *, is_first: bool = False) -> Part:
        cursor = self.state.lists_cursor
        return Part(LISTS, "", lambda client: client.get_lists(cursor=cursor), is_first)

    def _campaign_parts(self, which: Q, taken: Any, *, is_first: bool = False) -> Iterator[Part]:
        found = CatalogueCampaign.objects.filter(which, tenant=self.tenant)
        order = (F("wanted_at").desc(nulls_last=True), F("tried_at").asc(nulls_first=True), "name_key")
        ids = found.order_by(*order).values_list("remote_id", flat=True)[: BLOCK + len(taken)]
        for id_ in ids:
            if (CAMPAIGN, id_) not in taken:
                yield Part(CAMPAIGN, id_, partial(_campaign, id_), is_first)


def _campaign(campaign_id: str, client: PlatformClient) -> Any:
    return client.get_campaign(campaign_id)


def _list(list_id: str) -> Part:
    return Part(LIST, list_id, lambda client: client.get_list(list_id), is_first=True)


def _dnc(*, is_first: bool = False) -> Part:
    return Part(DNC, "", lambda client: tuple(client.walk_dnc_lists()), is_first)
