"""What an act on a whole Do Not Call list means: which campaigns it guards, what it holds, and who has to look anew."""

from __future__ import annotations

from collections.abc import Iterable

from bpadmin.acts import ACT_TIMEOUT
from bpadmin.live import RETRY_SECONDS, live_forget
from bpadmin.platforms.types import DncListInfo
from bpadmin.tenants.services import tenant_client
from campaigns.services import campaigns_forget
from dnc.ledger import ledger_counts
from dnc.models import DncKind, DncList, EntryState
from dnc.reading import NAME


def dnc_list_now(dnc_list: DncList) -> DncListInfo:
    """Read a list's properties, its number of entries and its campaigns, past the cache. Raises PlatformError."""
    with tenant_client(dnc_list.tenant, read_timeout=ACT_TIMEOUT, patience=RETRY_SECONDS) as client:
        return client.get_dnc_list(dnc_list.remote_id)


def guarded_uses(dnc_list: DncList, info: DncListInfo | None) -> list[dict[str, str]]:
    """Give the campaigns that a list guards, by name: as the platform tells, else as they were seen last."""
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
    return f"its {least}{count:,} entries" if count else "nothing in it" if not least else "whatever is in it"


def lists_forget(dnc_list: DncList, *, is_gone: bool = False) -> None:
    """Make the next reader ask again for the lists, and for the campaigns that this one is known to guard."""
    tenant, remote_id = dnc_list.tenant, dnc_list.remote_id
    live_forget(tenant, NAME, amend=(lambda found: tuple(x for x in found if x.id != remote_id)) if is_gone else None)
    for use in dnc_list.campaigns:
        campaigns_forget(tenant=tenant, campaign_id=use["id"])


def quoted(names: Iterable[str]) -> str:
    """Write names one after another."""
    return ", ".join(f"“{name}”" for name in names)
