"""Contents of the dialler: a few contacts for tests, six campaigns with 20,000 contacts for the demo."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bpadmin.sandbox.clock import stamp
from bpadmin.sandbox.jtel.state import DiallerCampaign, Language, ResultType
from bpadmin.sandbox.seeds import words
from bpadmin.sandbox.state.tenant import Tenant

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
HISTORY_DAYS = 5
TIMES = 500
# Causes a call can end with, as the telephone network numbers them.
BUSY, NO_ANSWER, UNALLOCATED, ANSWERED = 17, 19, 1, 16
_STREETS = ("Hauptstraße", "Bahnhofstraße", "Gartenweg", "Lindenallee", "Am Markt", "Schulstraße")


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign of the demo."""

    name: str
    contacts: int
    language: Language
    user_data: str
    fields: dict[str, Any]


CAMPAIGNS = (
    Plan("Vertragsverlängerung Strom", 7200, Language.GERMAN, "VV-STROM", {"CallerID": "+4989550100"}),
    Plan("Vertragsverlängerung Gas", 4100, Language.GERMAN, "VV-GAS", {"CallerID": "+4989550100"}),
    Plan("Zufriedenheitsumfrage Q4", 2600, Language.GERMAN, "UMFRAGE-Q4", {"bRandomSortOrder": True}),
    Plan("Rückgewinnung Süd", 1500, Language.GERMAN, "RG-SUED", {"bActive": False}),
    Plan("Welcome calls UK", 3400, Language.ENGLISH, "WELCOME-UK", {"bMailboxDetection": True, "DiallerModesID": 2}),
    Plan("Appointment reminders", 1200, Language.ENGLISH, "REMIND", {"DiallerModesID": 3, "nMaxParallelLines": 12}),
)


def seed_small(tenant: Tenant) -> None:
    """Make two campaigns and a few contacts, the same every time."""
    now = tenant.clock.now()
    chance = random.Random(11)  # noqa: S311
    for name, count in (("Campaign 1000", 12), ("Kampagne Süd", 5)):
        made = tenant.jtel.campaign_add(name, now)
        tenant.jtel.contacts_add(made.id, make_contacts(made, chance, count, now))


def seed_demo(tenant: Tenant) -> None:
    """Make the demo's campaigns; the same every time, but for the dates, which lead up to now."""
    now = tenant.clock.now()
    chance = random.Random(2025)  # noqa: S311
    for plan in CAMPAIGNS:
        own = {"LanguagesID": plan.language.value, "UserData": plan.user_data, "dtFrom": stamp(now - 30 * DAY_MS)}
        own |= {"bCallerIDActive": "CallerID" in plan.fields, "dtTo": stamp(now + 60 * DAY_MS)}
        made = tenant.jtel.campaign_add(plan.name, now - 30 * DAY_MS, {**own, **plan.fields})
        tenant.jtel.contacts_add(made.id, make_contacts(made, chance, plan.contacts, now))


def make_contacts(campaign: DiallerCampaign, chance: random.Random, count: int, now: int) -> Iterator[dict[str, Any]]:
    """Make contacts up; about half were called in the last days."""
    is_german = campaign.fields["LanguagesID"] == Language.GERMAN
    given = words.GERMAN_FIRST_NAMES if is_german else words.FIRST_NAMES
    family = words.GERMAN_LAST_NAMES if is_german else words.LAST_NAMES
    prefix = campaign.fields["UserData"] or f"C{campaign.id}"
    roll, created = chance.random, stamp(now - HISTORY_DAYS * DAY_MS)
    # Times are written once and dealt out: writing each would take most of the time.
    moments = [now - int(roll() * HISTORY_DAYS * DAY_MS) for _ in range(TIMES)]
    times = [(stamp(moment), stamp(moment + DAY_MS)) for moment in moments]
    for number in range(1, count + 1):
        contact: dict[str, Any] = {
            "Name": family[int(roll() * len(family))],
            "FirstName": given[int(roll() * len(given))],
            "UserData": f"{prefix}-{number:06d}",
            "ReferenceNumber": f"{int(roll() * 90_000_000) + 10_000_000}",
            "Address": f"{_STREETS[int(roll() * len(_STREETS))]} {int(roll() * 120) + 1}" if is_german else None,
            "PostalCode": f"{int(roll() * 98_000) + 1067:05d}" if is_german else None,
            "City": words.GERMAN_TOWNS[int(roll() * len(words.GERMAN_TOWNS))] if is_german else "London",
            "Country": "DE" if is_german else "GB",
            "Amount": round(roll() * 900, 2),
            "RandomSortOrder": int(roll() * 1_000_000),
            "PhoneNumber1": f"+49{int(roll() * 8_000_000_000) + 1_500_000_000}"
            if is_german
            else f"+447{int(roll() * 900_000_000) + 100_000_000}",
            "dtCreated": created,
        }
        if (luck := roll()) >= 0.5:
            contact |= _history(campaign, luck, times[int(roll() * TIMES)])
        yield contact


def _history(campaign: DiallerCampaign, luck: float, times: tuple[str, str]) -> dict[str, Any]:
    """Give what calls have left in a contact; `luck` decides what, `times` are those of the last call and the next."""
    last, following = times
    tries = 1 + int(luck * 100) % 3
    called = {"nTries": tries, "nTriesPhoneNumber1": tries, "dtLastTry": last}
    if luck < 0.75:
        cause = BUSY if luck < 0.6 else NO_ANSWER
        return {**called, "nPhoneNumber1LastCause": cause, "dtNextTry": following}
    code = campaign.codes[int((luck - 0.75) * 4 * len(campaign.codes)) % len(campaign.codes)]
    kind = code.plan.type
    return {
        **called,
        "nPhoneNumber1LastCause": UNALLOCATED if kind is ResultType.ABORT and luck < 0.86 else ANSWERED,
        "bPhoneNumber1Invalid": True if kind is ResultType.ABORT and luck < 0.86 else None,
        "DiallerCampaignsResultCodesID": code.id,
        "ResultCodesExportKey": code.plan.export_key,
        "bDone": kind is ResultType.DONE,
        "bAborted": kind is ResultType.ABORT,
        "dtNextTry": following if kind in {ResultType.DELAY, ResultType.APPOINTMENT} else None,
    }
