"""What a screen may ask of any platform. A platform's client offers what it has; the rest says that it is not offered.

Pages ask for capabilities before they offer anything, so that nobody meets such a refusal who did not go looking for
it. What each method raises besides Unsupported is said by the client that has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bpadmin.platforms.codes import ResultCode
from bpadmin.platforms.settings_reader import SettingsReader
from bpadmin.platforms.sources import Condition, SourceColumn
from bpadmin.platforms.types import (
    KEEP,
    BatchResult,
    Bound,
    CallingList,
    Campaign,
    CampaignOutline,
    CampaignState,
    CreatedList,
    DailyReset,
    DeletePolicy,
    DncListInfo,
    DncRecord,
    DncType,
    FieldSpec,
    Keep,
    Page,
    Record,
    RecordKind,
    RemoteJob,
    Sorting,
)

NATURAL = Sorting()


class PlatformClient(SettingsReader):
    """Base of every platform's client. One client belongs to one thread."""

    # Campaigns

    def campaign_columns(self, names: Iterable[str] = ()) -> tuple[SourceColumn, ...]:
        """Return the members of campaigns' `fields`: those that the platform's documents name, and of `names` those
        whose names tell what they are. Asks nobody.
        """
        return ()

    def campaign_outline(self, campaign: Campaign) -> CampaignOutline:
        """Return hours, flags and weights out of a campaign's own members. Asks nobody."""
        return CampaignOutline()

    def find_campaigns(self, name: str) -> tuple[Campaign, ...]:
        """Read the campaigns whose name has `name` in it."""
        raise self._unsupported()

    def get_result_codes(self, campaign_id: str, *, language: str = "en") -> tuple[ResultCode, ...]:
        """Read a campaign's result codes in a language, "en" or "de"."""
        raise self._unsupported()

    def clone_campaign(
        self,
        *,
        source: str,
        destination: str,
        user_data: str = "",
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Campaign:
        """Copy a campaign, both told by name, without its contacts; the times are naive, in the platform's own zone."""
        raise self._unsupported()

    def delete_campaign(self, campaign_id: str) -> None:
        """Delete a campaign with all its data."""
        raise self._unsupported()

    def delete_campaign_by_name(self, name: str) -> None:
        """Delete the campaign of this very name with all its data."""
        raise self._unsupported()

    # Requests

    def add_request(
        self, source_id: str, *, name: str, contact_number: str, contact_identifier: str = "", note: str = ""
    ) -> Record:
        """Add one request to a voice campaign."""
        raise self._unsupported()

    def set_recall(self, source_id: str, request_id: str, recall: Mapping[str, Any]) -> None:
        """Put a request back into dialling, on the terms in `recall`."""
        raise self._unsupported()

    def read_summary(self, *, conditions: Sequence[Condition] = (), limit: int = 100, offset: int = 0) -> Page[Record]:
        """Read summaries of requests over several campaigns."""
        raise self._unsupported()

    # What Bright Pattern's tenants have

    def get_campaigns(self) -> tuple[Campaign, ...]:
        """Read the enabled campaigns that the platform user may see, with id, name and state."""
        raise self._unsupported()

    def get_campaign(self, campaign_id: str) -> Campaign:
        """Read a campaign, enabled or not, with its list instances and Do Not Call lists."""
        raise self._unsupported()

    def get_campaign_status(self, campaign_id: str) -> Campaign:
        """Read name, state and whether it is enabled; `lists` and `dnc_lists` stay None."""
        raise self._unsupported()

    def start(self, campaign_id: str) -> CampaignState:
        """Start an enabled campaign; never repeated on a guess."""
        raise self._unsupported()

    def stop(self, campaign_id: str) -> CampaignState:
        """Stop an enabled campaign; never repeated on a guess."""
        raise self._unsupported()

    def bind_list(
        self,
        campaign_id: str,
        *,
        list_id: str,
        instance_name: str = "",
        enabled: bool = False,
        order: int = 1,
        dialing_ratio: int = 1,
        sorting: Sorting = NATURAL,
    ) -> Bound:
        """Add a list to a campaign and get its instance's id; never repeated on a guess, which would bind it twice."""
        raise self._unsupported()

    def update_list(
        self,
        campaign_id: str,
        *,
        instance_id: str,
        instance_name: str | Keep | None = KEEP,
        enabled: bool | Keep | None = KEEP,
        order: int | Keep | None = KEEP,
        dialing_ratio: int | Keep | None = KEEP,
        sorting: Sorting | Keep | None = KEEP,
    ) -> Bound:
        """Change a list instance: KEEP leaves a property as it is, None resets it to the platform's default."""
        raise self._unsupported()

    def unbind_list(self, campaign_id: str, *, instance_id: str) -> None:
        """Remove a list instance from a campaign, which drops its live calls (in preview, those not yet picked up)."""
        raise self._unsupported()

    def get_all_records(
        self, campaign_id: str, *, instance_id: str, extract_attempts: bool = False, limit: int = 1000, cursor: str = ""
    ) -> Page[Record]:
        """Read one page of all records of an instance with their results; `limit` is 1 to 1000."""
        raise self._unsupported()

    def query_record(
        self, campaign_id: str, *, instance_id: str, fields: Mapping[str, Any], extract_attempts: bool = False
    ) -> Record:
        """Look up one record of an instance by its key fields; other fields are ignored by the platform."""
        raise self._unsupported()

    def walk_records(
        self,
        kind: RecordKind,
        campaign_id: str,
        *,
        instance_id: str,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        extract_attempts: bool = False,
        limit: int = 1000,
        cursor: str = "",
    ) -> Iterator[Page[Record]]:
        """Read the records of an instance page by page, from `cursor` on; the times apply to all kinds but ALL.

        The last page, and no other, comes without a cursor; pages before it may be short.
        """
        raise self._unsupported()

    def query_record_deprecated(
        self, list_id: str, campaign_id: str, *, fields: Mapping[str, Any]
    ) -> tuple[Record, ...]:
        """Look up a record by its key fields: one result per instance of the list in the campaign."""
        raise self._unsupported()

    def walk_lists(self, *, limit: int = 100) -> Iterator[CallingList]:
        """Read all calling lists, page by page as they are asked for."""
        raise self._unsupported()

    def get_lists(self, *, limit: int = 100, cursor: str = "") -> Page[CallingList]:
        """Read one page of the calling lists; a platform that does not page gives all of them at once."""
        return Page(tuple(self.walk_lists(limit=limit)))

    def get_list(self, list_id: str) -> CallingList:
        """Read a list with its format's name, its number of records and the campaigns it is bound to."""
        raise self._unsupported()

    def delete_list(self, list_id: str) -> None:
        """Delete a list, and its format with the last list of it; drops live calls as unbinding does."""
        raise self._unsupported()

    def create_list(self, *, name: str, format_id: str) -> CreatedList:
        """Create an empty list of an existing format."""
        raise self._unsupported()

    def create_list_with_new_format(
        self, *, format_name: str, fields: Sequence[FieldSpec], list_name: str = ""
    ) -> CreatedList:
        """Create an empty list and its format; without `list_name` the platform names it after the format."""
        raise self._unsupported()

    def add_many_records(self, list_id: str, body: bytes | Sequence[Mapping[str, Any]]) -> BatchResult:
        """Add records, given as such or as a ready JSON array in UTF-8, which is sent as it is."""
        raise self._unsupported()

    def add_record(self, list_id: str, record: Mapping[str, Any]) -> None:
        """Add one record."""
        raise self._unsupported()

    def update_many_records(self, list_id: str, body: bytes | Sequence[Mapping[str, Any]]) -> BatchResult:
        """Update records found by their key fields; given as such or as a ready JSON array, which is sent as it is."""
        raise self._unsupported()

    def upsert_many_records(
        self, list_id: str, body: bytes | Sequence[Mapping[str, Any]], *, reset: bool = False
    ) -> BatchResult:
        """Add records, or overwrite those of the same key; `reset` begins the dialling of those anew.

        `count` is how many were taken, since the platform does not tell which way. Twice is the same as once.
        """
        raise self._unsupported()

    def count_added(
        self, list_id: str, records: Sequence[Mapping[str, Any]], *, since: datetime | None = None
    ) -> tuple[int, ...]:
        """Count for each record that was sent how many like it are there now; `since` is when the first of them left.

        Of platforms whose terms say that records are looked up after a lost answer.
        """
        raise self._unsupported()

    def open_numbers(self, list_id: str) -> dict[str, str]:
        """Read which numbers wait to be called already: their digits, each with the id of what waits."""
        raise self._unsupported()

    def find_contacts(self, user_data: str) -> tuple[Record, ...]:
        """Read the contacts whose user data is `user_data`."""
        raise self._unsupported()

    def get_contact(self, contact_id: str) -> Record:
        """Read a contact."""
        raise self._unsupported()

    def delete_contact(self, contact_id: str) -> None:
        """Delete a contact with all its data."""
        raise self._unsupported()

    def delete_contact_by_user_data(self, user_data: str) -> None:
        """Delete a contact by its user data; of several that share it the platform takes any one."""
        raise self._unsupported()

    def update_record(self, list_id: str, record: Mapping[str, Any]) -> None:
        """Update one record, found by its key fields; fields not given stay as they are."""
        raise self._unsupported()

    def erase_record(self, list_id: str, *, fields: Mapping[str, Any], reason: str) -> None:
        """Erase a record, found by its key fields, with its results in all campaigns; `reason` goes into their log."""
        raise self._unsupported()

    def delete_many_records(
        self,
        list_id: str,
        *,
        fields: Mapping[str, Sequence[str]] | None = None,
        campaign_id: str = "",
        policy: DeletePolicy | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
    ) -> RemoteJob:
        """Delete the records that match all criteria given, of which there has to be one; a job of the platform's."""
        raise self._unsupported()

    def delete_all_records(self, list_id: str) -> RemoteJob:
        """Delete all records of a list; a job of the platform's. Drops live calls as unbinding does."""
        raise self._unsupported()

    def get_job_status(self, job_id: str) -> RemoteJob:
        """Read how far a deletion is, in percent, and when it has ended how many records it took or why it failed."""
        raise self._unsupported()

    def delete_all_dnc_records(self, dnc_list_id: str) -> int:
        """Empty a Do Not Call list and get the number of entries deleted: all its numbers may be dialled again."""
        raise self._unsupported()

    def delete_many_dnc_records(self, dnc_list_id: str, body: bytes | Sequence[str]) -> BatchResult:
        """Delete entries by key; given as keys or as a ready JSON array of objects, which is sent as it is."""
        raise self._unsupported()

    def add_many_dnc_records(self, dnc_list_id: str, body: bytes | Sequence[DncRecord]) -> BatchResult:
        """Add entries; given as such or as a ready JSON array of objects, which is sent as it is."""
        raise self._unsupported()

    def walk_dnc_records(self, dnc_list_id: str, *, limit: int = 1000, cursor: str = "") -> Iterator[Page[DncRecord]]:
        """Read all entries of a Do Not Call list, page by page as they are asked for."""
        raise self._unsupported()

    def get_dnc_lists(self, *, limit: int = 100, cursor: str = "") -> Page[DncListInfo]:
        """Read up to `limit` (1 to 100) Do Not Call lists; `campaigns` and the settings are told by `get_dnc_list`."""
        raise self._unsupported()

    def walk_dnc_lists(self, *, limit: int = 100) -> Iterator[DncListInfo]:
        """Read all Do Not Call lists, page by page as they are asked for."""
        raise self._unsupported()

    def get_dnc_list(self, dnc_list_id: str) -> DncListInfo:
        """Read a Do Not Call list with its settings, its number of entries and the campaigns it guards."""
        raise self._unsupported()

    def create_dnc_list(
        self,
        *,
        name: str,
        type: DncType,
        country: str = "",
        expire_records: bool | None = None,
        default_expiration_period: int | None = None,
        exclusion_field: str = "",
        reset_daily: bool | None = None,
        reset: DailyReset | None = None,
    ) -> CreatedList:
        """Create an empty Do Not Call list."""
        raise self._unsupported()

    def update_dnc_properties(
        self,
        dnc_list_id: str,
        *,
        name: str | Keep = KEEP,
        type: DncType | Keep = KEEP,
        country: str | Keep = KEEP,
        expire_records: bool | Keep = KEEP,
        default_expiration_period: int | Keep = KEEP,
        exclusion_field: str | Keep = KEEP,
        reset_daily: bool | Keep = KEEP,
        reset: DailyReset | Keep = KEEP,
    ) -> None:
        """Change a Do Not Call list: KEEP leaves a property as it is. For what belongs to which type see creating."""
        raise self._unsupported()

    def delete_dnc_list(self, dnc_list_id: str) -> None:
        """Delete a Do Not Call list: whatever it blocked may be dialled again in all campaigns."""
        raise self._unsupported()

    def bind_dnc_list(
        self,
        campaign_id: str,
        *,
        dnc_list_id: str,
        disposition: str,
        allow_append: bool | None = None,
        apply_to_link_group: bool | None = None,
    ) -> None:
        """Let a Do Not Call list guard a campaign; a match gets `disposition`."""
        raise self._unsupported()

    def unbind_dnc_list(self, campaign_id: str, *, dnc_list_id: str) -> None:
        """Take a Do Not Call list off a campaign: whatever it blocked may be dialled there."""
        raise self._unsupported()
