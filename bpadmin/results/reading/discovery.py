"""Which lists there are to read: those of running campaigns every minute, the others now and then.

What is no longer bound, and of which records are gone, becomes a gap: attempts made since the last reading are lost.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from bpadmin.dialler.catalogue import campaign_read, campaigns_read
from bpadmin.dialler.extensions import list_fields
from bpadmin.platforms.base import Capability
from bpadmin.platforms.errors import PlatformError
from bpadmin.platforms.results import source_id_of
from bpadmin.platforms.types import Campaign, CampaignState, ListBinding
from bpadmin.records.named import named_sources
from bpadmin.results.models import Disposition, Ending, Gap, GapReason, ResultSource, ResultsSettings
from bpadmin.tenants.connections.capabilities import capabilities_known
from bpadmin.tenants.services import tenant_client

if TYPE_CHECKING:
    from bpadmin.tenants.models import Tenant

log = logging.getLogger(__name__)

RUNNING_EVERY = timedelta(seconds=60)
ALL_EVERY = timedelta(minutes=15)
RECORDS_REMOVED = "records were removed"


def sources_find(*, tenant: Tenant, settings: ResultsSettings, now: datetime | None = None) -> bool:
    """Bring the sources up to what the catalogue says, where that is due; tell whether it was."""
    now = now or timezone.now()
    wants_all = _is_due(settings.all_found_at, ALL_EVERY, now)
    if not wants_all and not _is_due(settings.running_found_at, RUNNING_EVERY, now):
        return False
    offered = capabilities_known(tenant)
    if Capability.CAMPAIGNS_READ in offered:
        is_found = _of_campaigns(tenant, Capability.LISTS_READ in offered, wants_all, now)
    else:
        is_found = True
        _of_named(tenant)
        if wants_all and Capability.SOURCES_NAMED not in offered:
            _of_platform(tenant)
    settings.running_found_at = now
    if wants_all and is_found:
        settings.all_found_at = now
    settings.save(update_fields=["running_found_at", "all_found_at"])
    return True


def _is_due(at: datetime | None, every: timedelta, now: datetime) -> bool:
    return at is None or now - at >= every


def _of_campaigns(tenant: Tenant, has_lists: bool, wants_all: bool, now: datetime) -> bool:
    snapshot = campaigns_read(tenant)
    if not snapshot.has_value or snapshot.error:
        return False
    if not has_lists:
        _of_contacts(tenant, snapshot.value)
        if wants_all and Capability.RESULT_CODES in capabilities_known(tenant):
            _endings_learn(tenant, snapshot.value)
        return True
    were_running = set(
        ResultSource.objects.filter(tenant=tenant, is_running=True).values_list("campaign_id", flat=True)
    )
    is_whole = True
    for listed in snapshot.value:
        if not (wants_all or listed.state == CampaignState.RUNNING or listed.id in were_running):
            continue
        found = campaign_read(tenant, listed.id)
        if not found.has_value or found.error:
            is_whole = False
        elif found.value is not None:
            campaign_take(tenant, found.value, now)
    if wants_all and is_whole:
        _campaigns_gone(tenant, {campaign.id for campaign in snapshot.value}, now)
    return is_whole


def campaign_take(tenant: Tenant, campaign: Campaign, now: datetime) -> None:
    """Bring the sources of one campaign up to what was read of it."""
    known = {each.source_id: each for each in ResultSource.objects.filter(tenant=tenant, campaign_id=campaign.id)}
    bindings = {source_id_of(campaign.id, each.instance_id): each for each in campaign.lists or ()}
    for source_id, binding in bindings.items():
        source = known.get(source_id) or ResultSource(
            tenant=tenant, source_id=source_id, key_fields=_key_fields(tenant, binding.list_id)
        )
        _binding_take(source, campaign, binding, now)
    for source_id, source in known.items():
        if source_id not in bindings and source.is_bound:
            unbound(source, now)


def _binding_take(source: ResultSource, campaign: Campaign, binding: ListBinding, now: datetime) -> None:
    before = source.total
    source.campaign_id, source.campaign_name = campaign.id, campaign.name
    source.list_id, source.list_name, source.instance_id = binding.list_id, binding.list_name, binding.instance_id
    source.is_enabled, source.is_bound = binding.enabled, True
    source.is_running = campaign.state == CampaignState.RUNNING
    if binding.total_records is not None:
        source.total, source.total_at = binding.total_records, now
    if source.pk is None:
        source.save()
        return
    names = ["campaign_name", "list_name", "list_id", "is_enabled", "is_bound", "is_running", "total", "total_at"]
    if before is not None and source.total is not None and source.total < before:
        # Whatever was attempted with them since the last reading went with them.
        Gap.objects.create(source=source, reason=GapReason.REMOVED, began_at=source.same_at, ended_at=now)
        source.walk_wanted = RECORDS_REMOVED
        names.append("walk_wanted")
    source.save(update_fields=names)


def unbound(source: ResultSource, now: datetime) -> None:
    """Note that a list is no longer bound: nothing can be read of it any more, and what was read stays."""
    source.is_bound, source.is_running = False, False
    source.cursor = source.walk_cursor = ""
    source.walk_began_at = None
    source.save(update_fields=["is_bound", "is_running", "cursor", "walk_cursor", "walk_began_at"])
    is_read = source.read_at is not None and Gap.objects.filter(source=source, ended_at__gte=source.read_at).exists()
    if not is_read and source.trouble != READ_BEFORE:
        Gap.objects.create(source=source, reason=GapReason.UNBOUND, began_at=source.read_at, ended_at=now)


# What `trouble` says of a source that was read to its end just before it was taken away from here.
READ_BEFORE = "Read to its end before it was taken away from here."


def _campaigns_gone(tenant: Tenant, listed: set[str], now: datetime) -> None:
    """Campaigns that are not listed are disabled or deleted: ask for each of those once."""
    lost = ResultSource.objects.filter(tenant=tenant, is_bound=True).exclude(campaign_id__in=listed)
    for campaign_id in set(lost.values_list("campaign_id", flat=True)):
        found = campaign_read(tenant, campaign_id)
        if found.error or not found.has_value:
            continue
        if found.value is None:
            for source in lost.filter(campaign_id=campaign_id):
                unbound(source, now)
        else:
            campaign_take(tenant, found.value, now)


def _of_contacts(tenant: Tenant, campaigns: Iterable[Campaign]) -> None:
    """A campaign of contacts is one source, and does not tell whether it runs."""
    with tenant_client(tenant) as client:
        ids = {client.source_of_campaign(each.id): each for each in campaigns}
    for source_id, campaign in ids.items():
        ResultSource.objects.update_or_create(
            tenant=tenant,
            source_id=source_id,
            defaults={"campaign_id": campaign.id, "campaign_name": campaign.name, "is_running": True},
        )


def _endings_learn(tenant: Tenant, campaigns: Iterable[Campaign]) -> None:
    """Note what the dialler's result codes do with a contact; a call for each campaign, of which one may fail."""
    ids = set(ResultSource.objects.filter(tenant=tenant).values_list("campaign_id", flat=True))
    endings: dict[str, set[str]] = {}
    with tenant_client(tenant) as client:
        for campaign in campaigns:
            if campaign.id not in ids:
                continue
            try:
                codes = client.get_result_codes(campaign.id)
            except PlatformError as error:
                log.info("The result codes of %s cannot be read: %s", campaign.name, error.message)
                continue
            for code in codes:
                for name in filter(None, (code.export_key, code.id)):
                    endings.setdefault(name, set()).add(code.type.value)
    for known in Disposition.objects.filter(tenant=tenant, name__in=list(endings)):
        told = endings[known.name]
        # A key that two campaigns give two meanings tells nothing.
        ending = next(iter(told)) if len(told) == 1 and told <= set(Ending.values) else Ending.NONE
        if known.ending != ending:
            Disposition.objects.filter(pk=known.pk).update(ending=ending)


def _of_named(tenant: Tenant) -> None:
    """Sources that people named, where the platform lists none; summaries repeat what the campaigns tell."""
    for named in named_sources(tenant):
        if not named.source_id.startswith("~"):
            ResultSource.objects.update_or_create(
                tenant=tenant,
                source_id=named.source_id,
                defaults={"campaign_id": named.source_id, "campaign_name": named.name, "is_running": True},
            )


def _of_platform(tenant: Tenant) -> None:
    """Sources that the platform lists, where it has neither campaigns nor sources that people name."""
    with tenant_client(tenant) as client:
        found = client.sources()
    for source in found:
        ResultSource.objects.update_or_create(
            tenant=tenant,
            source_id=source.id,
            defaults={
                "campaign_id": source.group_id or source.id,
                "campaign_name": source.group or source.name,
                "total": source.total,
                "is_running": True,
            },
        )


def _key_fields(tenant: Tenant, list_id: str) -> list[str]:
    """Return the fields that tell the list's records apart, as far as anybody knows them when the reading begins."""
    return [field.name for field in list_fields(tenant=tenant, list_id=list_id) if field.key]
