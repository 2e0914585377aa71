"""What platforms give and take, as frozen dataclasses: no Django, no dicts of dicts.

The platforms' own names stay recognisable (`instanceId` -> `instance_id`). Times are aware datetimes in UTC.
Attributes that a document shows only sometimes are None (absent) rather than invented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from bpadmin.platforms.names import is_addressable

T = TypeVar("T")

NOTHING: Mapping[str, Any] = MappingProxyType({})


class CampaignState(StrEnum):
    """Run state of a campaign; UNKNOWN keeps whatever else a newer platform may say."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    UNKNOWN = "UNKNOWN"


class SortingType(StrEnum):
    """How a list instance is sorted before dialling; UNKNOWN is what a newer platform may say, and is never sent."""

    NATURAL = "NATURAL"
    RANDOM = "RANDOM"
    CUSTOM = "CUSTOM"
    UNKNOWN = "UNKNOWN"


class SortOrder(StrEnum):
    """Direction of one sorting field."""

    ASC = "ASC"
    DESC = "DESC"


class DncType(StrEnum):
    """Do-Not-Call list types, under one spelling whichever method names them."""

    INTERNAL = "INTERNAL"
    GEOGRAPHIC_POSTAL = "GEOGRAPHIC_POSTAL"
    GEOGRAPHIC_STATE = "GEOGRAPHIC_STATE"
    GEOGRAPHIC_AREACODE = "GEOGRAPHIC_AREACODE"
    EXCLUSION = "EXCLUSION"
    UNKNOWN = "UNKNOWN"


class FieldType(StrEnum):
    """The 14 types of a list format's fields."""

    ACCOUNT = "ACCOUNT"
    AGENT_LOGIN_ID = "AGENT_LOGIN_ID"
    CALLING_NUMBER = "CALLING_NUMBER"
    COMPANY = "COMPANY"
    DATETIME = "DATETIME"
    DATETIME_CALL_AT = "DATETIME_CALL_AT"
    FIRST_NAME = "FIRST_NAME"
    INTEGER = "INTEGER"
    LAST_NAME = "LAST_NAME"
    OTHER = "OTHER"
    PHONE = "PHONE"
    ZIP_CODE = "ZIP_CODE"
    PRIORITY = "PRIORITY"
    STATE = "STATE"


class DeletePolicy(StrEnum):
    """Which records of a campaign a filtered deletion takes."""

    ALL = "ALL"
    ONLY_COMPLETED = "ONLY_COMPLETED"
    ONLY_NEVER_ATTEMPTED = "ONLY_NEVER_ATTEMPTED"


class RecordKind(StrEnum):
    """Which records of a list instance a walk reads."""

    ALL = "all"
    COMPLETED = "completed"
    UPDATED = "updated"


class Keep(Enum):
    """Marks a property that an update leaves as it is (None resets it to the platform's default)."""

    KEEP = "keep"


KEEP = Keep.KEEP


@dataclass(frozen=True, slots=True)
class Token:
    """An access token; `lifetime` in seconds, as the platform said. Its repr never shows the token."""

    value: str = field(repr=False)
    lifetime: float


@dataclass(frozen=True, slots=True)
class SortingField:
    """One field of a CUSTOM sorting."""

    field_name: str
    sort_order: SortOrder = SortOrder.ASC
    field_id: str = ""


@dataclass(frozen=True, slots=True)
class Sorting:
    """Sorting of a list instance."""

    type: SortingType = SortingType.NATURAL
    fields: tuple[SortingField, ...] = ()


@dataclass(frozen=True, slots=True)
class ListBinding:
    """A list instance: a calling list bound to a campaign. `dialing_ratio` and `order` are integers > 0.

    `enabled` is None where the platform does not tell; then it does not tell order, ratio and sorting either.
    """

    list_id: str
    list_name: str
    instance_id: str
    instance_name: str = ""
    enabled: bool | None = False
    order: int = 1
    dialing_ratio: int = 1
    sorting: Sorting = Sorting()
    total_records: int | None = None


@dataclass(frozen=True, slots=True)
class DncBinding:
    """A DNC list attached to a campaign, with the disposition a match gets."""

    id: str
    name: str
    type: DncType
    disposition: str = ""
    country: str = ""
    list_field: str = ""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign. `enabled`, `lists` and `dnc_lists` are None where the method does not tell them.

    `fields` are the platform's own members of it, where that is how the platform describes a campaign.
    """

    id: str
    name: str
    state: CampaignState
    enabled: bool | None = None
    lists: tuple[ListBinding, ...] | None = None
    dnc_lists: tuple[DncBinding, ...] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CampaignOutline:
    """What a platform's own members say of a campaign at a glance, each part empty where they say nothing.

    `hours` are the weekdays from Monday on with the times between which it dials, "" where it does not. `flags` are
    what is switched on or off, `weights` numbers by which it is preferred, all with their labels.
    """

    hours: tuple[tuple[str, str, str], ...] = ()
    flags: tuple[tuple[str, bool], ...] = ()
    weights: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ListUse:
    """One place where a list is bound: campaign and instance."""

    campaign_id: str
    campaign_name: str
    instance_id: str

    @property
    def campaign_has_page(self) -> bool:
        """Return whether a page can be named by the campaign's id."""
        return is_addressable(self.campaign_id)

    @property
    def has_page(self) -> bool:
        """Return whether a page can be named by the ids of both."""
        return self.campaign_has_page and is_addressable(self.instance_id)


@dataclass(frozen=True, slots=True)
class CallingList:
    """A calling list. `id` is "" where the method does not repeat it; `campaigns` is None where it does not tell."""

    id: str
    name: str
    format_id: str = ""
    format_name: str = ""
    created: datetime | None = None
    total_records: int | None = None
    campaigns: tuple[ListUse, ...] | None = None


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a list format, with the type's own properties (empty where they do not apply).

    `phone_type` is "OTHER" or "US_CANADA". `date_format` is one of the documented patterns, such as `MM/dd/yyyy`.
    `max_length` is in characters, 0 where there is no limit.
    """

    name: str
    type: FieldType = FieldType.OTHER
    required: bool = False
    searchable: bool = False
    skip: bool = False
    key: bool = False
    phone_type: str = "OTHER"
    remove_prefix: str = ""
    default_country_code: str = ""
    time_zone: str = ""
    date_format: str = ""
    priority_order: str = ""
    expires_after: str = ""
    max_length: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return a plain dict for storage; `from_json` takes it back."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FieldSpec:
        """Take a dict as `as_json` wrote it; unknown members are ignored, so that old rows stay readable."""
        known = {k: v for k, v in data.items() if k in cls.__slots__}
        if "type" in known:
            known["type"] = FieldType(known["type"])
        return cls(**known)


@dataclass(frozen=True, slots=True)
class CreatedList:
    """What creating a list answers; `format_id` only when a format was created with it."""

    id: str
    format_id: str = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """What binding or updating a list instance answers."""

    instance_id: str
    total_records: int | None = None


class Attempt(NamedTuple):
    """One attempt at a record. `durations` are seconds; `extra` keeps members the document does not name."""

    call_attempted: bool
    disposition: str = ""
    disposition_code: str = ""
    date: datetime | None = None
    phone: str = ""
    call_duration: float | None = None
    dialing_duration: float | None = None
    call_notes: str = ""
    agent: str = ""
    global_interaction_id: str = ""
    cpa_duration: float | None = None
    cpa_result: str = ""
    extra: Mapping[str, Any] = NOTHING


class RecordStatus(NamedTuple):
    """Campaign results of one record; members other than `completed` are absent for a record never called."""

    completed: bool = False
    total_attempts: int | None = None
    global_interaction_id: str = ""
    last_call_duration: float | None = None
    last_disposition: str = ""
    last_disposition_code: str = ""
    completed_time: datetime | None = None
    last_agent: str = ""
    last_phone: str = ""
    last_date: datetime | None = None
    extra: Mapping[str, Any] = NOTHING


class Record(NamedTuple):
    """A record: `entry` is what is stored (field name -> value); `status` is None outside a campaign.

    `id` is the platform's own, "" where it gives none.
    """

    entry: Mapping[str, Any]
    status: RecordStatus | None = None
    attempts: tuple[Attempt, ...] | None = None
    index: int | None = None  # type: ignore[assignment]  # the method of tuples of this name is not missed
    id: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a cursor walk; `next_cursor` is "" when the platform gave none."""

    items: tuple[T, ...]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """Answer to a bulk add, update or delete.

    `count` is what the platform says it added, updated or deleted. `errors` maps the platform's bucket name
    (duplicateKey, missingKey, … or one nobody documented) to the objects refused for it, as it echoed them.
    `passed_over` is how many were there already, of a platform that tells their number but not which.
    """

    count: int
    errors: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    passed_over: int = 0

    @property
    def error_count(self) -> int:
        """Count the refused objects over all buckets."""
        return sum(len(items) for items in self.errors.values())


class RemoteJobState(StrEnum):
    """How far a record deletion is."""

    PROCESSING = "processing"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RemoteJob:
    """A record deletion on the platform's side.

    Newer tenants answer the number deleted at once: then `job_id` is "" and `state` COMPLETE.
    `percentage` is 0-100; `estimated_seconds` as first promised; `deleted` None where the platform does not tell.
    """

    job_id: str
    state: RemoteJobState = RemoteJobState.PROCESSING
    percentage: float = 0.0
    estimated_seconds: float | None = None
    deleted: int | None = None
    error_message: str = ""


@dataclass(frozen=True, slots=True)
class DncRecord:
    """One entry of a DNC list; `comment` may be empty.

    The times are what a tenant with the newer methods reads back, None where it does not tell. `expiration_days` is
    sent to such a tenant only: the days after which the entry no longer blocks.
    """

    key: str
    comment: str = ""
    added: datetime | None = None
    set_on: datetime | None = None
    expire_at: datetime | None = None
    expiration_days: int | None = None


@dataclass(frozen=True, slots=True)
class DncUse:
    """One campaign that a DNC list guards; `allow_append`: its agents' "Add to DNC" adds to the list."""

    campaign_id: str
    campaign_name: str = ""
    disposition: str = ""
    allow_append: bool | None = None


@dataclass(frozen=True, slots=True)
class DncListInfo:
    """A DNC list as the newer methods tell of it. `campaigns` is None where the method does not tell.

    `default_expiration_period` is days; `reset_time` the platform's own text, such as "12:00:00 PM -08:00".
    `type_name` is the platform's word for the type, which `type` has under one spelling.
    """

    id: str
    name: str
    type: DncType
    type_name: str = ""
    created: datetime | None = None
    total_records: int | None = None
    expire_records: bool | None = None
    default_expiration_period: int | None = None
    reset_daily: bool | None = None
    reset_time: str = ""
    country: str = ""
    list_field: str = ""
    campaigns: tuple[DncUse, ...] | None = None


@dataclass(frozen=True, slots=True)
class DailyReset:
    """When a DNC list of type EXCLUSION is emptied every day: `time` as HH:mm:ss in `time_zone` (Area/Location)."""

    time: str = "00:00:00"
    time_zone: str = "UTC"
