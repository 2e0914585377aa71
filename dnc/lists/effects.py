"""What an act on a whole Do Not Call list means: which campaigns it guards, what it holds, and who has to look anew."""

from __future__ import annotations

from collections.abc import Iterable

from bpadmin.counts import counted
from bpadmin.dialler.catalogue import campaigns_forget, catalogue_again
from bpadmin.dialler.live import RETRY_SECONDS
from bpadmin.dialler.types import ACT_TIMEOUT
from bpadmin.platforms.types import DncListInfo
from bpadmin.tenants.services import tenant_client
from dnc.entries.ledger import ledger_counts
from dnc.models import DncKind, DncList, EntryState


def dnc_list_now(dnc_list: DncList) -> DncListInfo:
    """Read a list's properties, its number of entries and its campaigns, past the cache. Raises PlatformError."""
    with tenant_client(dnc_list.tenant, read_timeout=ACT_TIMEOUT, patience=RETRY_SECONDS) as client:
        return client.get_dnc_list(dnc_list.remote_id)


def guarded_uses(dnc_list: DncList, info: DncListInfo | None) -> list[dict[str, str]]:
    """Return the campaigns that a list guards, by name: as the platform tells, else as they were seen last."""
    uses = dnc_list.campaigns
    if info is not None and info.campaigns is not None:
        uses = [{"id": use.campaign_id, "name": use.campaign_name or use.campaign_id} for use in info.campaigns]
    return sorted(uses, key=lambda use: use["name"].casefold())


def guarded_names(dnc_list: DncList, info: DncListInfo | None) -> list[str]:
    """Name them."""
    return [use["name"] for use in guarded_uses(dnc_list, info)]


def left_bare(dnc_list: DncList) -> list[str]:
    """Name the campaigns of a list of phone numbers that no other such list is known to guard."""
    if dnc_list.type != DncKind.INTERNAL:
        return []
    others = DncList.objects.filter(tenant=dnc_list.tenant_id, type=DncKind.INTERNAL).exclude(pk=dnc_list.pk)
    guarded = {use["id"] for each in others for use in each.campaigns}
    return sorted(use["name"] for use in dnc_list.campaigns if use["id"] not in guarded)


def entries_words(dnc_list: DncList, info: DncListInfo | None) -> str:
    """Say how many entries a list holds, as the platform counts them, else as many as are known here."""
    if info is not None and info.total_records is not None:
        count, least = info.total_records, ""
    else:
        counts = ledger_counts(dnc_list)
        count = counts.get(EntryState.PRESENT, 0) + counts.get(EntryState.UNKNOWN, 0)
        least = "" if dnc_list.is_complete else "at least "
    if count == 1:
        return f"its {least}1 entry"
    return f"its {least}{counted(count, 'entry')}" if count else "nothing in it" if not least else "whatever is in it"


def lists_forget(dnc_list: DncList) -> None:
    """Have the lists read again, and the campaigns that this one is known to guard."""
    catalogue_again(tenant=dnc_list.tenant, dnc=True)
    for use in dnc_list.campaigns:
        campaigns_forget(tenant=dnc_list.tenant, campaign_id=use["id"])


def quoted(names: Iterable[str]) -> str:
    """Write names one after another."""
    return ", ".join(f"“{name}”" for name in names)
