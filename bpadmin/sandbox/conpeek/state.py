"""What the server holds: voice campaigns and their requests, which are people to be called."""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bpadmin.sandbox.clock import EPOCH
from bpadmin.sandbox.errors import bad_request

STATES = ("OPEN", "PROCESSING", "CLOSED")
APPLICATION_STATES = ("NEW", "RECALL", "RETRY", "CLOSED")
DIALING_METHODS = ("PREVIEW", "PROGRESSIVE", "PREDICTIVE")
USUAL_PRIORITY = 200
# People who work on the campaigns: id and name.
USERS = {4101: "anna.nowak", 4102: "piotr.zielinski", 4103: "ewa.kaczmarek", 4104: "tom.baker"}

REQUEST_FIELDS: dict[str, Any] = {
    "id": "",
    "name": "",
    "created_date": None,
    "closed_date": None,
    "contact_number": "",
    "current_contact_number": None,
    "current_contact_name": None,
    "contact_info": None,
    "contact_identifier": None,
    "note": None,
    "case_id": None,
    "case_group": None,
    "case_state": None,
    "state": "OPEN",
    "application_state": "NEW",
    "call_state": "WAITING",
    "call_state_reason": None,
    "close_reason": None,
    "consultant_try": 0,
    "contact_try": 0,
    "user_reservation_try": 0,
    "priority": USUAL_PRIORITY,
    "process_not_before": None,
    "process_date": "ANY",
    "process_from_date": None,
    "process_to_date": None,
    "process_days": [],
    "process_time": "ANY",
    "process_from_time": None,
    "process_to_time": None,
    "process_hours": [],
    "dialing_method": "",
    "project_id": "",
    "project_name": "",
    "voice_campaign_id": "",
    "voice_campaign_name": "",
    "tenant_user_id": None,
    "assigned_tenant_user_id": None,
    "assigned_tenant_user_name": None,
    "trigger_code": None,
    "call_info": {},
    "custom": {},
    "history": [],
    "call_history": [],
    "dialogs": [],
}
# What the server sets, and nobody gives.
_OWN = {"id", "voice_campaign_id", "voice_campaign_name", "project_id", "project_name", "dialing_method"}
_SUMMARY = (
    *("id", "voice_campaign_id", "voice_campaign_name", "project_id", "project_name", "contact_number"),
    *("contact_identifier", "created_date", "closed_date", "state", "close_reason", "contact_try", "consultant_try"),
)


@dataclass(slots=True)
class VoiceRequest:
    """A request; `custom` is an object here, which the API shows as a text."""

    fields: dict[str, Any]

    def as_json(self, excluded: Collection[str] = ()) -> dict[str, Any]:
        """Return the request as the API shows it, without the excluded fields."""
        shown = {name: value for name, value in self.fields.items() if name not in excluded}
        if "custom" in shown:
            shown["custom"] = json.dumps(shown["custom"], ensure_ascii=False)
        return shown

    def as_summary(self) -> dict[str, Any]:
        """Return the request in short, with its calls added up."""
        calls = self.fields["call_history"]
        added = {"call_count": len(calls), "talk_time": sum(call["talk_time"] for call in calls)}
        return {**{name: self.fields[name] for name in _SUMMARY}, **added}


@dataclass(slots=True)
class VoiceCampaign:
    """A voice campaign with its requests, in the order they came in."""

    id: str
    name: str
    project_id: str
    project_name: str
    dialing_method: str = "PROGRESSIVE"
    requests: dict[str, VoiceRequest] = field(default_factory=dict)


@dataclass(slots=True)
class VoiceServer:
    """State of the simulated server; under the tenant's lock.

    Events named `hook_events` are sent to `hook_url`; `hooks_held` are those that a fault holds back.
    """

    campaigns: dict[str, VoiceCampaign] = field(default_factory=dict)
    hook_url: str = ""
    hook_events: list[str] = field(default_factory=list)
    hooks_held: list[bytes] = field(default_factory=list)
    _random: random.Random = field(default_factory=lambda: random.Random(44), repr=False)  # noqa: S311

    def new_id(self) -> str:
        """Make an identifier of 24 hexadecimal digits. Same order, same ids."""
        return f"{self._random.getrandbits(96):024x}"

    def campaign_add(self, name: str, project: str, dialing_method: str) -> VoiceCampaign:
        """Make a campaign without requests; campaigns of one project share its id."""
        if dialing_method not in DIALING_METHODS:
            raise bad_request(f"'dialing_method' has to be one of {', '.join(DIALING_METHODS)}")
        known = next((one.project_id for one in self.campaigns.values() if one.project_name == project), None)
        made = VoiceCampaign(self.new_id(), name, known or self.new_id(), project, dialing_method)
        self.campaigns[made.id] = made
        return made

    def request_add(self, campaign: VoiceCampaign, given: Mapping[str, Any], now: int) -> VoiceRequest:
        """Make a request out of the fields that are given."""
        if unknown := given.keys() - (REQUEST_FIELDS.keys() - _OWN):
            raise bad_request(f"a request has no field '{sorted(unknown)[0]}' to be given")
        made = VoiceRequest(
            {
                **REQUEST_FIELDS,
                "created_date": utc_text(now),
                "current_contact_number": given.get("contact_number"),
                "current_contact_name": given.get("name"),
                **given,
                "id": self.new_id(),
                "dialing_method": campaign.dialing_method,
                "project_id": campaign.project_id,
                "project_name": campaign.project_name,
                "voice_campaign_id": campaign.id,
                "voice_campaign_name": campaign.name,
            }
        )
        campaign.requests[made.fields["id"]] = made
        return made


def utc_text(moment: int) -> str:
    """Write milliseconds as the server writes times: UTC, whole seconds, no zone."""
    return f"{EPOCH + timedelta(milliseconds=moment):%Y-%m-%d %H:%M:%S}"
