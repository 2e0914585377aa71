"""What a screen may ask of platforms whose tenants tell of campaigns' settings, link groups and lists by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bpadmin.platforms.campaign_details import (
    CallerId,
    CallerIdMethod,
    CampaignDetails,
    Disposition,
    LinkGroup,
    ListExpiry,
    OutboundSettings,
    PartlyDone,
)
from bpadmin.platforms.source_reader import SourceReader
from bpadmin.platforms.types import Page, Record


class SettingsReader(SourceReader):
    """Base of every platform's client: what is not offered says so; see `PlatformClient`."""

    def get_campaign_details(self, campaign_id: str) -> CampaignDetails:
        """Read all settings of a campaign, enabled or not."""
        raise self._unsupported()

    def update_general_settings(
        self,
        campaign_id: str,
        *,
        name: str = "",
        enabled: bool | None = None,
        outbound: OutboundSettings | None = None,
    ) -> None:
        """Change name, whether it is enabled, and how it dials; what is "" or None stays."""
        raise self._unsupported()

    def update_caller_id_settings(self, campaign_id: str, *, method: CallerIdMethod, default: str = "") -> None:
        """Choose which caller ID is shown, and the one that stands in."""
        raise self._unsupported()

    def duplicate_campaign(self, *, source_id: str, name: str = "") -> str:
        """Copy a campaign without its lists and give the copy's id; it is disabled and stopped."""
        raise self._unsupported()

    def add_disposition(self, campaign_id: str, disposition: Disposition) -> str:
        """Add a disposition; returns its id, "" where the platform does not tell it."""
        raise self._unsupported()

    def add_dispositions(self, campaign_id: str, dispositions: Sequence[Disposition]) -> PartlyDone:
        """Add several; what is refused comes back under missingRequired, formatError or duplicateName."""
        raise self._unsupported()

    def update_disposition(self, campaign_id: str, disposition: Disposition) -> None:
        """Change a disposition, found by its id, and its dial rule; also one of the system's."""
        raise self._unsupported()

    def delete_dispositions(self, campaign_id: str, ids: Sequence[str]) -> PartlyDone:
        """Delete dispositions by id; what is not comes back under idsNotFound or isSystem."""
        raise self._unsupported()

    def assign_teams(self, campaign_id: str, ids: Sequence[str], *, skill_level: int = 100) -> PartlyDone:
        """Assign teams by id; what is not comes back under idsNotFound or duplicateIDs."""
        raise self._unsupported()

    def unassign_teams(self, campaign_id: str, ids: Sequence[str]) -> PartlyDone:
        """Take teams off; what is not comes back under idsNotFound."""
        raise self._unsupported()

    def assign_caller_ids(self, campaign_id: str, caller_ids: Sequence[CallerId]) -> PartlyDone:
        """Assign caller IDs; what is not comes back under numbersNotFound or formatError."""
        raise self._unsupported()

    def unassign_caller_ids(self, campaign_id: str, ids: Sequence[str]) -> PartlyDone:
        """Take caller IDs off by id; what is not comes back under idsNotFound or isDefault."""
        raise self._unsupported()

    def link_campaign(self, campaign_id: str, *, group_id: str, after_id: str = "") -> None:
        """Put a campaign into a link group after another one of it, first where none is named; or change its place."""
        raise self._unsupported()

    def unlink_campaign(self, campaign_id: str) -> None:
        """Take a campaign out of its link group."""
        raise self._unsupported()

    def fetch_all_records(self, list_id: str, *, from_index: int = 0, max_size: int = 1000) -> tuple[Record, ...]:
        """Read up to `max_size` (1 to 1000) records from the index `from_index` (0 is the first) on."""
        raise self._unsupported()

    def walk_list(self, list_id: str, *, limit: int = 1000, cursor: str = "") -> Iterator[Page[Record]]:
        """Read all records of a list in the order in which they were put in; a cursor is the index to go on from."""
        raise self._unsupported()

    def fetch_record(self, list_id: str, *, fields: Mapping[str, Any]) -> Record:
        """Look one record up by its key fields."""
        raise self._unsupported()

    def update_list_properties(self, list_id: str, *, name: str = "", expiry: ListExpiry | None = None) -> None:
        """Rename a list, or say when its records are too old to be dialled; what is "" or None stays."""
        raise self._unsupported()

    def get_link_groups(self, *, limit: int = 100, cursor: str = "") -> Page[LinkGroup]:
        """Read up to `limit` (1 to 100) link groups with their numbers of campaigns."""
        raise self._unsupported()

    def walk_link_groups(self, *, limit: int = 100) -> Iterator[LinkGroup]:
        """Read all link groups, page by page as they are asked for."""
        raise self._unsupported()

    def get_link_group(self, group_id: str) -> LinkGroup:
        """Read a link group with its campaigns in their order."""
        raise self._unsupported()

    def create_link_group(self, *, name: str) -> str:
        """Create an empty link group and give its id."""
        raise self._unsupported()

    def delete_link_group(self, group_id: str) -> None:
        """Delete an empty link group."""
        raise self._unsupported()
