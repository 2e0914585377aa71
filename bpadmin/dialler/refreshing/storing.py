"""What was read of a tenant goes into its catalogue, unless the reading began before an act or before a newer one.

Every function takes `began`, the moment at which the reading began.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from bpadmin.dialler.models import (
    CatalogueBinding,
    CatalogueCampaign,
    CatalogueGuard,
    CatalogueList,
    CatalogueState,
)
from bpadmin.platforms.names import is_addressable
from bpadmin.platforms.types import (
    CallingList,
    Campaign,
    CampaignState,
    DncBinding,
    DncType,
    ListBinding,
    ListUse,
    Sorting,
    SortingField,
    SortingType,
    SortOrder,
)
from bpadmin.tenants.models import Tenant
from bpadmin.texts import sort_key

log = logging.getLogger(__name__)
AT_ONCE = 500
LIST_FIELDS = (
    *("name", "name_key", "format_key", "search", "format_id", "format_name", "created", "total_records", "uses"),
    *("walk", "read_at", "due", "is_gone"),
)


def state_of(tenant: Tenant) -> CatalogueState:
    """Return how far the tenant's catalogue is, made at the first look."""
    return CatalogueState.objects.get_or_create(tenant=tenant)[0]


def campaigns_store(*, tenant: Tenant, campaigns: Sequence[Campaign], began: datetime) -> None:
    """Keep the listing of campaigns; one that comes with its lists is whole, one that is listed no more is dropped."""
    with transaction.atomic():
        state_of(tenant)
        state = CatalogueState.objects.select_for_update().get(tenant=tenant)
        if state.campaigns_read_at is not None and state.campaigns_read_at >= began:
            return
        names = ("remote_id", "name", "state", "enabled", "fields", "acted_at")
        rows = CatalogueCampaign.objects.filter(tenant=tenant)
        known = {row[0]: row[1:] for row in rows.values_list(*names)}
        found = {each.id: each for each in campaigns if is_addressable(each.id)}
        changed = [each for each in found.values() if _is_other(each, known.get(each.id), began)]
        _campaigns_write(tenant, changed)
        kept = set(rows.filter(kept=True).values_list("remote_id", flat=True))
        if listed := kept & found.keys():
            rows.filter(remote_id__in=listed).update(kept=False, enabled=None)
        gone = [
            id_
            for id_, row in known.items()
            if id_ not in found and id_ not in kept and (row[-1] is None or row[-1] < began)
        ]
        for start in range(0, len(gone), AT_ONCE):
            CatalogueCampaign.objects.filter(tenant=tenant, remote_id__in=gone[start : start + AT_ONCE]).delete()
        state.campaigns_read_at, state.campaigns_due = began, False
        state.guards_changed = state.guards_changed or bool(gone)
        state.save(update_fields=["campaigns_read_at", "campaigns_due", "guards_changed"])
    campaigns_store_whole(
        tenant=tenant, campaigns=[each for each in found.values() if each.lists is not None], began=began
    )


def _is_other(campaign: Campaign, known: tuple[Any, ...] | None, began: datetime) -> bool:
    if known is None:
        return True
    name, state, enabled, fields, acted_at = known
    if acted_at is not None and acted_at >= began:
        return False
    now = (campaign.name, campaign.state.value, campaign.enabled)
    return (name, state, enabled if campaign.enabled is not None else None) != now or fields != dict(campaign.fields)


def _campaigns_write(tenant: Tenant, campaigns: Sequence[Campaign]) -> None:
    rows = [
        CatalogueCampaign(
            tenant=tenant,
            remote_id=each.id,
            name=each.name,
            name_key=sort_key(each.name),
            search=each.name.casefold(),
            state=each.state.value,
            enabled=each.enabled,
            fields=dict(each.fields),
        )
        for each in campaigns
    ]
    CatalogueCampaign.objects.bulk_create(
        rows,
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["tenant", "remote_id"],
        update_fields=["name", "name_key", "search", "state", "enabled", "fields"],
    )


def is_left_out(campaign: Campaign) -> bool:
    """Return whether a campaign is disabled where the platform lists none of those."""
    return campaign.enabled is False


def campaign_keep(*, tenant: Tenant, campaign: Campaign, began: datetime) -> None:
    """Keep a disabled campaign that was opened by its id, though no listing tells of it."""
    if not is_addressable(campaign.id):
        return
    rows = CatalogueCampaign.objects.filter(tenant=tenant, remote_id=campaign.id)
    if not rows.exists():
        _campaigns_write(tenant, [campaign])
    rows.update(kept=True, enabled=False)
    campaigns_store_whole(tenant=tenant, campaigns=[campaign], began=began)


def campaigns_store_whole(*, tenant: Tenant, campaigns: Sequence[Campaign], began: datetime) -> None:
    """Keep campaigns that were read with what is bound to them; one that is not listed is left out."""
    if not campaigns:
        return
    found = {each.id: each for each in campaigns}
    with transaction.atomic():
        rows = list(CatalogueCampaign.objects.select_for_update().filter(tenant=tenant, remote_id__in=found))
        unchanged, guards_changed = [], False
        for row in rows:
            if any(moment is not None and moment > began for moment in (row.read_at, row.acted_at)):
                continue
            campaign = found[row.remote_id]
            digest = _digest(campaign)
            if digest == row.digest and row.state == campaign.state.value and not (row.kept and campaign.enabled):
                unchanged.append(row.pk)
                continue
            guards_changed |= digest != row.digest and _guards_differ(row, campaign)
            _whole_write(row, campaign, digest, began)
        CatalogueCampaign.objects.filter(pk__in=unchanged).update(read_at=began, tried_at=began, due=False)
        if guards_changed:
            CatalogueState.objects.filter(tenant=tenant).update(guards_changed=True)


def _digest(campaign: Campaign) -> str:
    told = [
        campaign.name,
        [asdict(each) for each in campaign.lists or ()],
        [asdict(each) for each in campaign.dnc_lists or ()],
    ]
    return hashlib.blake2b(orjson.dumps(told, default=str), digest_size=16).hexdigest()


def _guards_differ(row: CatalogueCampaign, campaign: Campaign) -> bool:
    if row.name != campaign.name or row.read_at is None:
        return True
    names = ("dnc_id", "name", "type", "disposition", "country", "list_field")
    known = set(row.guards.values_list(*names))
    now = {(g.id, g.name, g.type.value, g.disposition, g.country, g.list_field) for g in campaign.dnc_lists or ()}
    return known != now


def _whole_write(row: CatalogueCampaign, campaign: Campaign, digest: str, began: datetime) -> None:
    row.name, row.name_key, row.search = campaign.name, sort_key(campaign.name), campaign.name.casefold()
    row.digest, row.read_at, row.tried_at, row.due = digest, began, began, False
    if row.kept:
        row.kept, row.enabled = is_left_out(campaign), campaign.enabled
    if campaign.state is not CampaignState.UNKNOWN:
        row.state = campaign.state.value
    row.save()
    row.bindings.all().delete()
    row.guards.all().delete()
    CatalogueBinding.objects.bulk_create(binding_row(row, each) for each in campaign.lists or () if has_page(each))
    CatalogueGuard.objects.bulk_create(guard_row(row, each) for each in campaign.dnc_lists or () if len(each.id) <= 400)


def has_page(bound: ListBinding) -> bool:
    """Return whether pages can name the list and its instance."""
    return all(is_addressable(id_) for id_ in (bound.list_id, bound.instance_id) if id_)


def binding_row(row: CatalogueCampaign, binding: ListBinding) -> CatalogueBinding:
    """Make the row of a list instance."""
    sorting = [[each.field_name, each.sort_order.value, each.field_id] for each in binding.sorting.fields]
    name = binding.list_name or binding.instance_name
    return CatalogueBinding(
        tenant_id=row.tenant_id,
        campaign=row,
        list_id=binding.list_id,
        instance_id=binding.instance_id,
        list_name=binding.list_name,
        instance_name=binding.instance_name,
        name_key=sort_key(name),
        campaign_key=row.name_key,
        search="\n".join((name, binding.instance_name, row.name)).casefold(),
        total_records=binding.total_records,
        details={
            "enabled": binding.enabled,
            "order": binding.order,
            "dialing_ratio": binding.dialing_ratio,
            "sorting": [binding.sorting.type.value, sorting],
        },
    )


def guard_row(row: CatalogueCampaign, binding: DncBinding) -> CatalogueGuard:
    """Make the row of a Do Not Call list on a campaign."""
    return CatalogueGuard(
        tenant_id=row.tenant_id,
        campaign=row,
        dnc_id=binding.id,
        name=binding.name,
        type=binding.type.value,
        disposition=binding.disposition,
        country=binding.country,
        list_field=binding.list_field,
    )


def campaign_gone(*, tenant: Tenant, campaign_id: str) -> None:
    """Drop a campaign that the platform knows no more."""
    CatalogueCampaign.objects.filter(tenant=tenant, remote_id=campaign_id).delete()
    CatalogueState.objects.filter(tenant=tenant).update(guards_changed=True)


def campaign_of(row: CatalogueCampaign, *, is_whole: bool = True) -> Campaign:
    """Return the campaign that a row keeps, with what is bound to it where that was read."""
    bindings = guards = None
    if is_whole and row.read_at is not None:
        bindings = tuple(map(binding_of, row.bindings.order_by("pk")))
        guards = tuple(map(binding_of_guard, row.guards.order_by("pk")))
    return Campaign(row.remote_id, row.name, CampaignState(row.state), row.enabled, bindings, guards, row.fields)


def binding_of(row: CatalogueBinding) -> ListBinding:
    """Return the list instance that a row keeps."""
    kind, fields = row.details["sorting"]
    return ListBinding(
        list_id=row.list_id,
        list_name=row.list_name,
        instance_id=row.instance_id,
        instance_name=row.instance_name,
        enabled=row.details["enabled"],
        order=row.details["order"],
        dialing_ratio=row.details["dialing_ratio"],
        sorting=Sorting(SortingType(kind), tuple(SortingField(name, SortOrder(way), id_) for name, way, id_ in fields)),
        total_records=row.total_records,
    )


def binding_of_guard(row: CatalogueGuard) -> DncBinding:
    """Return the Do Not Call list on a campaign that a row keeps."""
    return DncBinding(row.dnc_id, row.name, DncType(row.type), row.disposition, row.country, row.list_field)


def guard_amend(*, tenant: Tenant, campaign_id: str, binding: DncBinding, is_bound: bool) -> None:
    """Let the catalogue know at once that a Do Not Call list was put on a campaign here, or taken off it."""
    row = CatalogueCampaign.objects.filter(tenant=tenant, remote_id=campaign_id).first()
    if row is not None:
        with transaction.atomic():
            row.guards.filter(dnc_id=binding.id).delete()
            if is_bound:
                guard_row(row, binding).save()


def lists_page_store(
    *, tenant: Tenant, lists: Iterable[CallingList], next_cursor: str, began: datetime, walk: int
) -> bool:
    """Keep one page of a walk over all lists; with the last one, drop those that the walk has not met.

    False where the walk has met every list of the page before, and more are to follow: it goes in a circle.
    """
    found = {}
    for each in lists:
        if is_addressable(each.id):
            found[each.id] = each
        else:
            log.warning("The dialler tells of %r by an id that no page can have: %.80r", each.name[:80], each.id)
    with transaction.atomic():
        state = CatalogueState.objects.select_for_update().get(tenant=tenant)
        if state.lists_walk != walk:
            return True
        met = CatalogueList.objects.filter(tenant=tenant, remote_id__in=list(found), walk=walk).count()
        if next_cursor and met and met == len(found):
            return False
        _lists_write(tenant, found, began, walk)
        state.lists_cursor = next_cursor
        if not next_cursor:
            since = state.lists_began_at or began
            unmet = CatalogueList.objects.filter(tenant=tenant, walk__lt=walk)
            unmet.exclude(acted_at__gte=since).delete()
            state.lists_read_at, state.lists_began_at = since, None
        state.save(update_fields=["lists_cursor", "lists_read_at", "lists_began_at"])
    return True


def list_store(*, tenant: Tenant, calling_list: CallingList, began: datetime) -> None:
    """Keep one list that was read by itself."""
    with transaction.atomic():
        _lists_write(tenant, {calling_list.id: calling_list}, began, walk=None)


def list_gone(*, tenant: Tenant, list_id: str) -> None:
    """Hide a list that the platform knows no more; the next whole walk drops it."""
    CatalogueList.objects.filter(tenant=tenant, remote_id=list_id).update(
        is_gone=True, due=False, acted_at=timezone.now()
    )


def _lists_write(tenant: Tenant, found: Mapping[str, CallingList], began: datetime, walk: int | None) -> None:
    known = {
        row.remote_id: row
        for row in CatalogueList.objects.select_for_update().filter(tenant=tenant, remote_id__in=list(found))
    }
    write, met = [], []
    for id_, each in found.items():
        row = known.get(id_)
        if row is not None and row.acted_at is not None and row.acted_at >= began:
            met.append(row.pk)
            continue
        # A page of lists tells less than the page of one: what it leaves out is kept.
        uses = [[use.campaign_id, use.campaign_name, use.instance_id] for use in each.campaigns or ()]
        new = {
            "name": each.name,
            "name_key": sort_key(each.name),
            "format_key": sort_key(each.format_name),
            "search": f"{each.name}\n{each.format_name}".casefold(),
            "format_id": each.format_id,
            "format_name": each.format_name,
            "created": each.created,
            "total_records": each.total_records,
            "uses": uses if each.campaigns is not None else row.uses if row else None,
        }
        if row is not None and walk is None:
            for name in ("format_id", "format_name", "created", "total_records"):
                new[name] = new[name] or getattr(row, name)
        write.append(
            CatalogueList(tenant=tenant, remote_id=id_, walk=walk or (row.walk if row else 0), read_at=began, **new)
        )
    CatalogueList.objects.bulk_create(
        write,
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["tenant", "remote_id"],
        update_fields=LIST_FIELDS,
    )
    if walk is not None:
        CatalogueList.objects.filter(pk__in=met).update(walk=walk)


def list_of(row: CatalogueList) -> CallingList:
    """Return the list that a row keeps."""
    uses = None if row.uses is None else tuple(ListUse(*use) for use in row.uses)
    return CallingList(row.remote_id, row.name, row.format_id, row.format_name, row.created, row.total_records, uses)
