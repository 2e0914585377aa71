"""What newer tenants tell of a campaign beyond its lists: how it dials, for whom, with which numbers and dispositions.

Attributes are None where the platform does not tell them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# What the document allows: integers of 32 bits, percentages, minutes.
LARGEST = 2_147_483_647
OVERDIAL_PERCENT = (100, 100_000)
RETRY_MINUTES = (0, 10)
WAIT_MINUTES = (2, LARGEST)
EXPIRY_DAYS = (0, 365)


class DialingMode(StrEnum):
    """How a campaign dials; UNKNOWN is what a newer platform may say, and is never sent."""

    PREVIEW = "PREVIEW"
    PROGRESSIVE = "PROGRESSIVE"
    PREDICTIVE = "PREDICTIVE"
    AUTOMATIC = "AUTOMATIC"
    UNKNOWN = "UNKNOWN"


class CallerIdMethod(StrEnum):
    """Which number a campaign shows to whom it calls; UNKNOWN is never sent."""

    DEFAULT = "DEFAULT"
    RND_WITHIN_LIST = "RND_WITHIN_LIST"
    RND_WITHIN_STATE_OW_DEFAULT = "RND_WITHIN_STATE_OW_DEFAULT"
    RND_WITHIN_STATE_OW_LIST = "RND_WITHIN_STATE_OW_LIST"
    RECORD_CALLING_NUMBER = "RECORD_CALLING_NUMBER"
    GEOGRAPHIC_PROXIMITY = "GEOGRAPHIC_PROXIMITY"
    DMAPPING_INT_NUMBERS = "DMAPPING_INT_NUMBERS"
    UNKNOWN = "UNKNOWN"


class DispositionType(StrEnum):
    """What a disposition counts as; UNKNOWN is never sent."""

    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    CONTINUE = "CONTINUE"
    DO_NOT_CALL = "DO_NOT_CALL"
    UNKNOWN = "UNKNOWN"


class DialAction(StrEnum):
    """What happens to a record after a disposition; UNKNOWN is never sent."""

    WAIT = "WAIT"
    RESCHEDULE = "RESCHEDULE"
    SCENARIO = "SCENARIO"
    STOP_NUMBER = "STOP_NUMBER"
    STOP_RECORD = "STOP_RECORD"
    STOP_NUMBER_ALL = "STOP_NUMBER_ALL"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class OutboundSettings:
    """How a campaign dials: percentages of overdialling, seconds without an answer, calls at a time."""

    mode: DialingMode = DialingMode.UNKNOWN
    no_answer_seconds: int | None = None
    overdial_percent: int | None = None
    adjusts_overdial: bool | None = None
    initial_overdial_percent: int | None = None
    concurrent_calls: int | None = None


@dataclass(frozen=True, slots=True)
class CallerIdSettings:
    """Which caller ID is shown, and which one where the method finds none."""

    method: CallerIdMethod = CallerIdMethod.UNKNOWN
    default: str = ""


@dataclass(frozen=True, slots=True)
class Team:
    """A team that works for a campaign."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class CallerId:
    """A number that a campaign may show; `state` is a state or province, "" where it is for all."""

    number: str
    state: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class DialRule:
    """What follows a disposition; `action` None does nothing. The times are minutes."""

    action: DialAction | None = DialAction.WAIT
    retries: bool = False
    max_retries: int | None = None
    retry_minutes: int | None = None
    wait_minutes: int | None = None
    reschedule_minutes: int | None = None
    scenario_id: str = ""


@dataclass(frozen=True, slots=True)
class Disposition:
    """What a call may end in; `id` is "" before it is added, `order` None puts it last, `rule` None is not told."""

    name: str
    folder: str = ""
    type: DispositionType = DispositionType.SUCCESS
    code: str = ""
    description: str = ""
    order: int | None = None
    is_system: bool = False
    for_outbound: bool = True
    for_inbound: bool = False
    for_preview: bool = False
    agent_selects: bool = True
    agent_reschedules: bool = False
    rule: DialRule | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class CampaignDetails:
    """What the platform told of a campaign when it was asked for some or all of its settings."""

    name: str = ""
    enabled: bool | None = None
    outbound: OutboundSettings | None = None
    caller_id_settings: CallerIdSettings | None = None
    teams: tuple[Team, ...] | None = None
    caller_ids: tuple[CallerId, ...] | None = None
    dispositions: tuple[Disposition, ...] | None = None


@dataclass(frozen=True, slots=True)
class PartlyDone:
    """How many of several were taken, and by the platform's word for the reason which were not."""

    count: int
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """Campaigns that follow one another; `campaigns` are ids and names in their order, None where not told."""

    id: str
    name: str
    campaigns_count: int | None = None
    campaigns: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class ListExpiry:
    """When records of a list are too old to be dialled: days after insertion, or after the date in a field."""

    expires: bool
    days: int = 90
    date_field: str = ""
