"""What the dialler holds: campaigns with their result codes, and contacts, ready to be sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple

import orjson

from bpadmin.sandbox.clock import stamp
from bpadmin.sandbox.errors import bad_request
from bpadmin.sandbox.jtel.fields import CAMPAIGN_FIELDS, CONTACT_FIELDS


class Language(IntEnum):
    """Languages by the ids that the API takes."""

    ENGLISH = 1
    GERMAN = 2


class ResultType(IntEnum):
    """What a result does to a contact: the last two leave it to be called again."""

    DONE = 1
    ABORT = 2
    DELAY = 3
    APPOINTMENT = 4


_TYPE_NAMES = {
    ResultType.DONE: ("Completion", "Abschluss"),
    ResultType.ABORT: ("Abort", "Abbruch"),
    ResultType.DELAY: ("Delay", "Wiedervorlage"),
    ResultType.APPOINTMENT: ("Appointment", "Termin"),
}


class CodePlan(NamedTuple):
    """A result code that new campaigns get; `minutes` until the next call of a delay."""

    export_key: str
    type: ResultType
    english: str
    german: str
    minutes: int | None = None
    is_agent_bound: bool | None = None


NO_NUMBER, INCOMING = "KEINENR", "EINGEHEND"
STANDARD_CODES = (
    CodePlan("ABG", ResultType.DONE, "Completed", "Abgeschlossen"),
    CodePlan("VERKAUF", ResultType.DONE, "Sold", "Verkauft"),
    CodePlan("KI", ResultType.ABORT, "Not interested", "Kein Interesse"),
    CodePlan("Aufleger", ResultType.ABORT, "Hung up", "Aufleger"),
    CodePlan(NO_NUMBER, ResultType.ABORT, "No phone number", "Keine Rufnummer"),
    CodePlan("WV", ResultType.DELAY, "Call again", "Wiedervorlage", 120),
    CodePlan("TERMIN", ResultType.APPOINTMENT, "Appointment", "Termin vereinbart", is_agent_bound=True),
    CodePlan(INCOMING, ResultType.DONE, "Called in", "Eingehender Anruf"),
)


@dataclass(frozen=True, slots=True)
class ResultCode:
    """A result code of one campaign."""

    id: int
    plan: CodePlan

    def as_json(self, campaign_id: int, language: Language) -> dict[str, Any]:
        """Return the code as the API shows it, in a language."""
        plan = self.plan
        place = 0 if language is Language.ENGLISH else 1
        return {
            "bDone": plan.type is ResultType.DONE,
            "DiallerResultCodesTypesContent": _TYPE_NAMES[plan.type][place],
            "bDelay": plan.type is ResultType.DELAY,
            "DiallerCampaignsID": campaign_id,
            "DiallerResultCodesTypesShortText": f"DiallerResultCodesTypes.{plan.type.value}",
            "bAllowDelete": plan.export_key not in {NO_NUMBER, INCOMING},
            "ExportKey": plan.export_key,
            "Content": (plan.english, plan.german)[place],
            "ShortText": f"DiallerCampaignsResultCodes.{self.id}",
            "bAborted": plan.type is ResultType.ABORT,
            "ID": self.id,
            "bAgentBound": plan.is_agent_bound,
            "TimeOffset": plan.minutes,
            "bAppointment": plan.type is ResultType.APPOINTMENT,
            "DiallerResultCodesTypesID": plan.type.value,
        }


@dataclass(slots=True)
class DiallerCampaign:
    """A campaign: its fields as the API shows them, and its result codes."""

    fields: dict[str, Any]
    codes: list[ResultCode]

    @property
    def id(self) -> int:
        """Return the campaign's id."""
        return int(self.fields["ID"])

    @property
    def name(self) -> str:
        """Return the campaign's name, which no other has."""
        return str(self.fields["Name"])


class Contact(NamedTuple):
    """A contact, first of all what it is sorted by. `own` and `rest` together are its JSON object.

    What hundreds of thousands of contacts have in common, most of it null, is there once: `rest` is shared.
    """

    name: str
    id: int
    campaign_id: int
    user_data: str
    own: bytes
    rest: bytes


@dataclass(slots=True)
class Dialler:
    """State of the simulated dialler; under the tenant's lock."""

    campaigns: dict[int, DiallerCampaign] = field(default_factory=dict)
    next_campaign: int = 501
    next_code: int = 2401
    next_contact: int = 1
    _contacts: list[Contact] = field(default_factory=list)
    _is_sorted: bool = True
    _rests: dict[frozenset[str], bytes] = field(default_factory=dict)

    def campaign_add(
        self, name: str, now: int, fields: Mapping[str, Any] | None = None, codes: Iterable[CodePlan] = STANDARD_CODES
    ) -> DiallerCampaign:
        """Make a campaign with result codes of its own; `fields` go before the usual ones."""
        if unknown := set(fields or ()) - CAMPAIGN_FIELDS.keys():
            raise bad_request(f"a campaign has no {sorted(unknown)[0]!r}")
        made_codes = []
        for plan in codes:
            made_codes.append(ResultCode(self.next_code, plan))
            self.next_code += 1
        by_key = {code.plan.export_key: code.id for code in made_codes}
        shown = {
            **CAMPAIGN_FIELDS,
            **(fields or {}),
            "ID": self.next_campaign,
            "Name": name,
            "dtCreated": stamp(now),
            "dtModified": stamp(now),
            "AbortOnNoTelNumberResultCodesID": by_key.get(NO_NUMBER),
            "IncomingCallResultCodesID": by_key.get(INCOMING),
        }
        self.next_campaign += 1
        made = self.campaigns[shown["ID"]] = DiallerCampaign(shown, made_codes)
        return made

    def campaign_named(self, name: str) -> DiallerCampaign | None:
        """Return the campaign with exactly this name."""
        return next((one for one in self.campaigns.values() if one.name == name), None)

    def campaign_drop(self, campaign_id: int) -> None:
        """Delete a campaign with its result codes and contacts."""
        del self.campaigns[campaign_id]
        self._contacts = [contact for contact in self._contacts if contact.campaign_id != campaign_id]

    def contacts_add(self, campaign_id: int, contacts: Iterable[Mapping[str, Any]]) -> list[int]:
        """Add contacts, given by the fields that are set; returns their ids."""
        dumps, fresh = orjson.dumps, []
        for given in contacts:
            own = {**given, "ID": self.next_contact, "DiallerCampaignsID": campaign_id}
            user_data = str(given.get("UserData") or "")
            # Without the closing brace: the rest goes on behind it.
            text = dumps(own)[:-1]
            fresh.append(
                Contact(str(given["Name"]), self.next_contact, campaign_id, user_data, text, self._rest(own.keys()))
            )
            self.next_contact += 1
        # A new list each time: an answer that is still being sent goes on with the old one.
        self._contacts = [*self._contacts, *fresh]
        self._is_sorted = False
        return [contact.id for contact in fresh]

    def contact(self, contact_id: int) -> Contact | None:
        """Return the contact with an id."""
        return next((one for one in self._contacts if one.id == contact_id), None)

    def contact_with(self, campaign_id: int, user_data: str) -> Contact | None:
        """Return the first contact of a campaign with this UserData."""
        return next(
            (one for one in self._contacts if one.user_data == user_data and one.campaign_id == campaign_id), None
        )

    def contact_replace(self, old: Contact, given: Mapping[str, Any]) -> int:
        """Put other fields into a contact, which keeps its id; returns that."""
        own = {**given, "ID": old.id, "DiallerCampaignsID": old.campaign_id}
        text = orjson.dumps(own)[:-1]
        user_data = str(given.get("UserData") or "")
        fresh = Contact(str(given["Name"]), old.id, old.campaign_id, user_data, text, self._rest(own.keys()))
        self._contacts = [fresh if one.id == old.id else one for one in self._contacts]
        self._is_sorted = False
        return old.id

    def contact_drop(self, contact_id: int) -> None:
        """Delete a contact."""
        self._contacts = [one for one in self._contacts if one.id != contact_id]

    def contacts(self, campaign_id: int | None = None) -> list[Contact]:
        """Return the contacts of a campaign, or all, by name. The list never changes afterwards."""
        if not self._is_sorted:
            self._contacts = sorted(self._contacts)
            self._is_sorted = True
        if campaign_id is None:
            return self._contacts
        return [contact for contact in self._contacts if contact.campaign_id == campaign_id]

    def _rest(self, own: Iterable[str]) -> bytes:
        names = frozenset(own)
        rest = self._rests.get(names)
        if rest is None:
            if unknown := names - CONTACT_FIELDS.keys():
                raise bad_request(f"a contact has no {sorted(unknown)[0]!r}")
            others = {name: value for name, value in CONTACT_FIELDS.items() if name not in names}
            rest = self._rests[names] = b"," + orjson.dumps(others)[1:]
        return rest
