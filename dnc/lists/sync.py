"""Which Do Not Call lists a tenant has: named by its campaigns' pages, typed in by id, or listed by the tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from bpadmin.audit.services import audit_record
from bpadmin.audit.verbs import Verb
from bpadmin.dialler.catalogue import bindings_look
from bpadmin.dialler.live import Snapshot
from bpadmin.dialler.lookup import LookupRefused
from bpadmin.dialler.models import CatalogueCampaign, CatalogueGuard
from bpadmin.dialler.refreshing.storing import binding_of_guard
from bpadmin.dialler.types import Actor
from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import NotFound
from bpadmin.platforms.names import id_of
from bpadmin.platforms.types import Campaign, DncBinding, DncListInfo
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.services import tenant_client
from dnc.evidence.chain import actor_name, change_record
from dnc.keys.countries import COUNTRIES, country_of
from dnc.models import ChangeKind, DncKind, DncList, PhoneRule, Purpose

if TYPE_CHECKING:
    from bpadmin.platforms.client import PlatformClient
    from bpadmin.tenants.models import Tenant

# A list on a campaign, and the campaign as a list's uses name it.
Use = tuple[DncBinding, dict[str, str]]
UK = frozenset({"UK", "GB", "GBR"})
# A reading that began before a list was deleted may end after it, and still name it.
ID_LENGTH = 400
SETTLED = timedelta(minutes=2)


class DncRefused(Exception):
    """It cannot be done as asked; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class FoundList:
    """A Do Not Call list as a campaign's page, or the tenant's own listing, names it."""

    id: str
    name: str
    type: DncKind
    country: str = ""
    list_field: str = ""
    campaigns: tuple[dict[str, str], ...] = field(default=())
    source: DncList.Source = DncList.Source.SEEN


def dnc_lists_read(*, tenant: Tenant) -> Snapshot[Any]:
    """Return how far the platform is read for its lists, and see to it that it is.

    What is found is stored as it comes (`dnc_lists_told`); the lists themselves are in `DncList`.
    """
    return bindings_look(tenant)


def dnc_lists_refresh(*, tenant: Tenant) -> list[DncList]:
    """Ask the platform now, past the catalogue, and give all lists of the tenant. Raises PlatformError."""
    can_list = Capability.DNC_READ in capabilities_known(tenant)
    with tenant_client(tenant) as client:
        found = lists_found(client, can_list=can_list)
    lists_store(tenant=tenant, found=found)
    return list(DncList.objects.filter(tenant=tenant))


def dnc_lists_told(tenant: Tenant, infos: Sequence[DncListInfo] | None, began: datetime) -> None:
    """Keep the lists that the catalogue's campaigns name, and those of the tenant's listing, where `infos` is it.

    A campaign that was not read yet counts as it was known before.
    """
    # What is known of these is older than an act here, or nothing.
    unread = CatalogueCampaign.objects.filter(Q(read_at__isnull=True) | Q(due=True), tenant=tenant)
    keep = set(unread.values_list("remote_id", flat=True))
    uses: dict[str, list[Use]] = {}
    guards = CatalogueGuard.objects.filter(tenant=tenant).select_related("campaign")
    for each in guards.order_by("campaign__name_key", "pk").iterator():
        if each.campaign.remote_id not in keep:
            use = {"id": each.campaign.remote_id, "name": each.campaign.name, "disposition": each.disposition}
            uses.setdefault(each.dnc_id, []).append((binding_of_guard(each), use))
    found = _with_listing(_by_list(uses), infos or ())
    lists_store(tenant=tenant, found=found.values(), keep=keep, is_whole=infos is not None)


def lists_found(client: PlatformClient, *, can_list: bool) -> tuple[FoundList, ...]:
    """Read every campaign's page for the lists that it uses; `can_list`: and the tenant's listing. PlatformError."""
    return tuple(_with_listing(_found_by_campaigns(client), client.walk_dnc_lists() if can_list else ()).values())


def _with_listing(found: dict[str, FoundList], infos: Iterable[DncListInfo]) -> dict[str, FoundList]:
    for info in infos:
        known = found.get(info.id)
        found[info.id] = FoundList(
            id=info.id,
            name=info.name or (known.name if known else ""),
            type=DncKind(info.type.value),
            country=info.country or (known.country if known else ""),
            list_field=info.list_field or (known.list_field if known else ""),
            campaigns=known.campaigns if known else (),
            source=DncList.Source.TENANT,
        )
    return found


def _found_by_campaigns(client: PlatformClient) -> dict[str, FoundList]:
    pages: list[Campaign] = []
    for campaign in client.get_campaigns():
        try:
            # One that comes with its lists is whole: there is nothing more to read.
            pages.append(campaign if campaign.lists is not None else client.get_campaign(campaign.id))
        except NotFound:
            continue  # deleted in this moment
    uses: dict[str, list[Use]] = {}
    for page in pages:
        for binding in page.dnc_lists or ():
            use = {"id": page.id, "name": page.name, "disposition": binding.disposition}
            uses.setdefault(binding.id, []).append((binding, use))
    return _by_list(uses)


def _by_list(uses: Mapping[str, Sequence[Use]]) -> dict[str, FoundList]:
    found = {}
    for id_, bound in uses.items():
        last = bound[-1][0]
        found[id_] = FoundList(
            id=id_,
            name=next((each.name for each, _ in reversed(bound) if each.name), ""),
            type=DncKind(last.type.value),
            country=last.country,
            list_field=last.list_field,
            campaigns=tuple(use for _, use in bound),
        )
    return found


def lists_store(
    *, tenant: Tenant, found: Iterable[FoundList], keep: Set[str] = frozenset(), is_whole: bool = True
) -> None:
    """Keep the lists that the platform has named, all of them; one that it names no more keeps its entries.

    What was known of the campaigns with the ids in `keep` stays. `is_whole`: the tenant's own listing is among them.
    """
    now = timezone.now()
    with transaction.atomic():
        known = {each.remote_id: each for each in DncList.every.select_for_update().filter(tenant=tenant)}
        # No page could be addressed by a longer id.
        found = [item for item in found if len(item.id) <= ID_LENGTH and not _is_just_gone(known.get(item.id))]
        for item in found:
            dnc_list = known.get(item.id) or DncList(tenant=tenant, remote_id=item.id, source=item.source)
            is_new = dnc_list.pk is None
            dnc_list.name = item.name or dnc_list.name or item.id
            dnc_list.country = item.country or dnc_list.country
            dnc_list.list_field = item.list_field or dnc_list.list_field
            if item.type is not DncKind.UNKNOWN:
                dnc_list.type = item.type
            dnc_list.campaigns = [*_kept_uses(dnc_list, keep), *item.campaigns]
            if is_whole or dnc_list.source != DncList.Source.TENANT:
                dnc_list.source = item.source
            if is_new and dnc_list.country.upper() in UK:
                dnc_list.fresh_days = DncList.FRESH_DAYS_UK
            dnc_list.seen_at, dnc_list.gone_at = now, None
            dnc_list.save()
        unseen = DncList.objects.filter(tenant=tenant).exclude(remote_id__in=[item.id for item in found])
        for dnc_list in unseen.exclude(campaigns=[]):
            dnc_list.campaigns = _kept_uses(dnc_list, keep)
            dnc_list.save(update_fields=["campaigns"])


def _kept_uses(dnc_list: DncList, keep: Set[str]) -> list[dict[str, str]]:
    return [use for use in dnc_list.campaigns if use["id"] in keep] if keep else []


def _is_just_gone(dnc_list: DncList | None) -> bool:
    return dnc_list is not None and dnc_list.gone_at is not None and timezone.now() - dnc_list.gone_at < SETTLED


def dnc_list_type_in(
    *, tenant: Tenant, name: str, type: DncKind, remote_id: str = "", country: str = "", actor: Actor
) -> DncList:
    """Take a list by the id that a person read in the Contact Center Administrator. Raises DncRefused.

    On a platform that knows lists by their names the id is made of `name`.
    """
    remote_id, name = remote_id.strip(), name.strip()
    by_name = REGISTRY[tenant.platform].goes_by_names
    if by_name and not name:
        raise DncRefused("Enter the list's name as it stands in the Administrator.")
    remote_id = id_of(name) if by_name else remote_id
    if not remote_id:
        raise DncRefused("Enter the list's id: it stands in the address of its page in the Administrator.")
    if known := DncList.every.filter(tenant=tenant, remote_id=remote_id).first():
        gone = f" and was deleted on {known.gone_at:%d %B %Y}: enter that of another one" if known.gone_at else ""
        raise DncRefused(f"A list with this {'name' if by_name else 'id'} is known already{gone}.")
    with transaction.atomic():
        dnc_list = DncList.objects.create(
            tenant=tenant,
            remote_id=remote_id,
            name=name or remote_id,
            type=DncKind(type),
            country=country.strip().upper(),
            source=DncList.Source.TYPED,
            fresh_days=DncList.FRESH_DAYS_UK if country.strip().upper() in UK else DncList.FRESH_DAYS,
        )
        _settings_told(dnc_list, actor, f"Taken by its {'name' if by_name else 'id'}, typed in by a person.", {})
    return dnc_list


def dnc_list_change(
    *,
    dnc_list: DncList,
    actor: Actor,
    type: DncKind | None = None,
    phone_rule: PhoneRule | None = None,
    purpose: Purpose | None = None,
    country: str | None = None,
    is_registry: bool | None = None,
    data_as_of: date | None = None,
    fresh_days: int | None = None,
    max_shrink: int | None = None,
) -> DncList:
    """Change what people say about a list; what is None stays. Raises DncRefused."""
    if fresh_days is not None and not 1 <= fresh_days <= 366:
        raise DncRefused("Say after how many days the data are too old: 1 to 366.")
    if max_shrink is not None and not 0 <= max_shrink <= 100:
        raise DncRefused("Say how many percent a replacement may remove without a question: 0 to 100.")
    if country and DncKind(type or dnc_list.type) is DncKind.INTERNAL and country_of(country) is None:
        raise DncRefused(f"“{country}” is no country that is known here: write {', '.join(COUNTRIES)}.")
    if purpose is not None:
        is_registry = purpose == Purpose.REGISTRY
    said = {
        "type": type,
        "purpose": purpose,
        "country": country.strip().upper() if country is not None else None,
        "phone_rule": phone_rule,
        "is_registry": is_registry,
        "data_as_of": data_as_of,
        "fresh_days": fresh_days,
        "max_shrink": max_shrink,
    }
    before = {name: getattr(dnc_list, name) for name in said}
    changes = {name: value for name, value in said.items() if value is not None and value != before[name]}
    if not changes:
        return dnc_list
    with transaction.atomic():
        for name, value in changes.items():
            setattr(dnc_list, name, value)
        dnc_list.save(update_fields=list(changes))
        details = {name: [str(before[name]), str(value)] for name, value in changes.items()}
        _settings_told(dnc_list, actor, "Changed: " + ", ".join(name.replace("_", " ") for name in changes), details)
    return dnc_list


def _settings_told(dnc_list: DncList, actor: Actor, message: str, details: dict[str, Any]) -> None:
    tenant = dnc_list.tenant
    change_record(
        tenant=tenant, kind=ChangeKind.SETTINGS, actor=actor, dnc_list=dnc_list, message=message, details=details
    )
    audit_record(
        verb=Verb.DNC_CHANGE,
        tenant=tenant,
        actor=actor.user,
        actor_name=actor_name(actor),
        target_kind="dnc",
        target_id=dnc_list.remote_id,
        target_name=dnc_list.name,
        message=message,
        details=details,
    )


def dnc_list_find(*, tenant: Tenant, name_or_id: str) -> DncList:
    """Find a list by what a person typed: its id or its name. Raises LookupRefused, with what to type instead."""
    typed = name_or_id.strip()
    lists = list(DncList.objects.filter(tenant=tenant))
    ways: tuple[Callable[[DncList], bool], ...] = (
        lambda each: each.remote_id.casefold() == typed.casefold(),
        lambda each: each.name == typed,
        lambda each: each.name.strip().casefold() == typed.casefold(),
    )
    for is_match in ways:
        found = [each for each in lists if is_match(each)]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(each.remote_id for each in found)
            raise LookupRefused(f"{len(found)} Do Not Call lists are named “{typed}”. Say which one by its id: {ids}.")
    names = ", ".join(f"“{each.name}”" for each in lists[:10])
    hint = f" There are {names}." if names else ""
    if REGISTRY[tenant.platform].goes_by_names:
        # The platform tells of none, so that a list is known once somebody has named it.
        hint += " One that is there is made known by its name: on the page of Do Not Call lists, or by dnc_list --add."
    raise LookupRefused(f"No Do Not Call list “{typed}” is known in {tenant.name}.{hint}")
