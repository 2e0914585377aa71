"""The demo's lists: formats as call centres have them, and their records, made up the same way every time."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bpadmin.sandbox.seeds import words
from bpadmin.sandbox.state.rows import Value

Column = Sequence[Value]
# Makes the stored columns of a format: source of chance, number of the first record, count of records.
Maker = Callable[[random.Random, int, int], list[Column]]
FIRST_DAY = date(2025, 1, 1)


@dataclass(frozen=True, slots=True)
class Kind:
    """A format of the demo with the way its records are made up. Columns come in the order of the stored fields."""

    name: str
    fields: list[dict[str, Any]]
    make: Maker


def _field(name: str, kind: str, *switches: str, **extras: str) -> dict[str, Any]:
    return {"name": name, "type": kind, **dict.fromkeys(switches, True), **extras}


def _us_phones(chance: random.Random, count: int) -> list[str]:
    codes = chance.choices(words.AREA_CODES, k=count)
    return [
        f"1{code}{number:07d}" for code, number in zip(codes, _numbers(chance, 2000000, 9999999, count), strict=True)
    ]


def _numbers(chance: random.Random, low: int, high: int, count: int) -> list[int]:
    span, roll = high - low + 1, chance.random
    return [low + int(roll() * span) for _ in range(count)]


def _days(chance: random.Random, pattern: str, count: int) -> list[str]:
    days = [f"{FIRST_DAY + timedelta(days=day):{pattern}}" for day in range(540)]
    return chance.choices(days, k=count)


def _now_and_then(chance: random.Random, values: Sequence[str], share: float) -> list[str]:
    roll = chance.random
    return [value if roll() < share else "" for value in values]


def _consumers(chance: random.Random, first: int, count: int) -> list[Column]:
    given, family = chance.choices(words.FIRST_NAMES, k=count), chance.choices(words.LAST_NAMES, k=count)
    hosts = chance.choices(words.MAIL_HOSTS, k=count)
    mails = [f"{g}.{f}@{host}".lower() for g, f, host in zip(given, family, hosts, strict=True)]
    return [
        [f"C{first + n:07d}" for n in range(count)],
        _us_phones(chance, count),
        _now_and_then(chance, _us_phones(chance, count), 0.4),
        given,
        family,
        chance.choices(words.STATES, k=count),
        [f"{number:05d}" for number in _numbers(chance, 10000, 99499, count)],
        _numbers(chance, 0, 4800, count),
        _days(chance, "%Y-%m-%d", count),
        mails,
    ]


def _leads(chance: random.Random, first: int, count: int) -> list[Column]:
    return [
        _us_phones(chance, count),
        chance.choices(words.FIRST_NAMES, k=count),
        chance.choices(words.LAST_NAMES, k=count),
        chance.choices(words.SOURCES, k=count),
        chance.choices(words.INTERESTS, k=count),
        _days(chance, "%m/%d/%Y 09:30 AM", count),
    ]


def _german(chance: random.Random, first: int, count: int) -> list[Column]:
    return [
        [f"K-{first + n:06d}" for n in range(count)],
        [f"49{number}" for number in _numbers(chance, 3010000000, 8999999999, count)],
        chance.choices(words.GERMAN_FIRST_NAMES, k=count),
        chance.choices(words.GERMAN_LAST_NAMES, k=count),
        [f"{number:05d}" for number in _numbers(chance, 1067, 99998, count)],
        chance.choices(words.GERMAN_TOWNS, k=count),
        _days(chance, "%d.%m.%Y 00:00", count),
    ]


def _british(chance: random.Random, first: int, count: int) -> list[Column]:
    landlines = [f"44{number}" for number in _numbers(chance, 1130000000, 2999999999, count)]
    return [
        [f"POL{first + n:06d}" for n in range(count)],
        [f"44{number}" for number in _numbers(chance, 7100000000, 7999999999, count)],
        _now_and_then(chance, landlines, 0.5),
        chance.choices(("Mr", "Mrs", "Ms", "Dr"), k=count),
        chance.choices(words.LAST_NAMES, k=count),
        _days(chance, "%d-%m-%Y", count),
        _numbers(chance, 120, 1900, count),
    ]


def _businesses(chance: random.Random, first: int, count: int) -> list[Column]:
    starts, ends = chance.choices(words.COMPANY_STARTS, k=count), chance.choices(words.COMPANY_ENDS, k=count)
    given, family = chance.choices(words.FIRST_NAMES, k=count), chance.choices(words.LAST_NAMES, k=count)
    return [
        [f"B{(first + n) // 2:05d}" for n in range(count)],
        _us_phones(chance, count),
        [f"{start} {end}" for start, end in zip(starts, ends, strict=True)],
        [f"{g} {f}" for g, f in zip(given, family, strict=True)],
        chance.choices(("elizabeth", "katie.kent", "omar.haddad", ""), k=count),
        chance.choices(("18005550100", "18005550111"), k=count),
        chance.choices(("1", "2", "3", ""), k=count),
    ]


def _respondents(chance: random.Random, first: int, count: int) -> list[Column]:
    # The phone is the key here, so it counts up instead of being drawn.
    return [
        [f"1{words.AREA_CODES[n % len(words.AREA_CODES)]}{3000000 + first + n:07d}" for n in range(count)],
        [f"R{first + n}" for n in range(count)],
        chance.choices(words.LANGUAGES, k=count),
        _numbers(chance, 1, 4, count),
    ]


def _callbacks(chance: random.Random, first: int, count: int) -> list[Column]:
    return [
        [f"CB-{first + n}" for n in range(count)],
        _us_phones(chance, count),
        chance.choices(words.FIRST_NAMES, k=count),
        _days(chance, "%m/%d/%Y 02:15 PM", count),
    ]


_US = {"phoneType": "US_CANADA"}
CONSUMERS = Kind(
    "US consumers",
    [
        _field("id", "ACCOUNT", "key"),
        _field("phone", "PHONE", "required", "searchable", **_US),
        _field("phone2", "PHONE", **_US),
        _field("firstname", "FIRST_NAME"),
        _field("lastname", "LAST_NAME", "searchable"),
        _field("state", "STATE"),
        _field("zip", "ZIP_CODE"),
        _field("balance", "INTEGER"),
        _field("due", "DATETIME", format="yyyy-MM-dd"),
        _field("email", "OTHER", "searchable"),
        _field("import note", "OTHER", "skip"),
    ],
    _consumers,
)
LEADS = Kind(
    "Web leads",
    [
        _field("Phone", "PHONE", "required", **_US),
        _field("First name", "FIRST_NAME"),
        _field("Last name", "LAST_NAME", "required"),
        _field("Source", "OTHER", "searchable"),
        _field("Interest", "OTHER"),
        _field("Received", "DATETIME"),
    ],
    _leads,
)
GERMAN = Kind(
    "Kunden DE",
    [
        _field("Kundennummer", "ACCOUNT", "key"),
        _field("Telefon", "PHONE", "required", phoneType="OTHER", removePrefix="0", defaultCountryCode="49"),
        _field("Vorname", "FIRST_NAME"),
        _field("Nachname", "LAST_NAME", "required", "searchable"),
        _field("PLZ", "ZIP_CODE"),
        _field("Ort", "OTHER"),
        _field("Vertragsende", "DATETIME", format="dd.MM.yyyy HH:mm"),
    ],
    _german,
)
BRITISH = Kind(
    "UK policies",
    [
        _field("policy", "ACCOUNT", "key"),
        _field("mobile", "PHONE", "searchable", phoneType="OTHER", removePrefix="0", defaultCountryCode="44"),
        _field("landline", "PHONE", phoneType="OTHER", removePrefix="0", defaultCountryCode="44"),
        _field("title", "OTHER"),
        _field("surname", "LAST_NAME", "required"),
        _field("renewal date", "DATETIME", format="dd-MM-yyyy"),
        _field("premium", "INTEGER"),
    ],
    _british,
)
BUSINESSES = Kind(
    "B2B accounts",
    [
        _field("account", "ACCOUNT", "key"),
        _field("phone", "PHONE", "key", **_US),
        _field("company", "COMPANY", "required", "searchable"),
        _field("contact", "OTHER"),
        _field("agent", "AGENT_LOGIN_ID"),
        _field("caller id", "CALLING_NUMBER"),
        _field("priority", "PRIORITY"),
    ],
    _businesses,
)
RESPONDENTS = Kind(
    "Survey sample",
    [
        _field("phone", "PHONE", "key", **_US),
        _field("respondent", "OTHER", "searchable"),
        _field("language", "OTHER"),
        _field("wave", "INTEGER"),
    ],
    _respondents,
)
CALLBACKS = Kind(
    "Callback requests",
    [
        _field("request", "OTHER", "key"),
        _field("phone", "PHONE", "required", **_US),
        _field("name", "FIRST_NAME"),
        _field("call at", "DATETIME_CALL_AT"),
    ],
    _callbacks,
)

# Name, format, number of records, days since it was made.
LISTS: tuple[tuple[str, Kind, int, int], ...] = (
    ("Past due 1-30 days.csv", CONSUMERS, 24_000, 40),
    ("Past due 31-60 days.csv", CONSUMERS, 16_500, 40),
    ("Past due 61-90 days.csv", CONSUMERS, 9_800, 40),
    ("Broken promises.csv", CONSUMERS, 3_100, 21),
    ("Card activation week 46.csv", CONSUMERS, 12_000, 9),
    ("Card activation week 47.csv", CONSUMERS, 11_200, 2),
    ("Win-back 2024 cancellations.csv", CONSUMERS, 18_000, 120),
    ("Loyalty upgrade.csv", CONSUMERS, 7_400, 33),
    ("Web leads November.csv", LEADS, 6_900, 20),
    ("Web leads October.csv", LEADS, 8_200, 50),
    ("Trade fair Chicago.csv", LEADS, 1_150, 64),
    ("Comparison site live feed", LEADS, 2_350, 5),
    ("Newsletter replies.csv", LEADS, 900, 12),
    ("Vertragsverlängerung Q4.csv", GERMAN, 14_000, 30),
    ("Vertragsverlängerung Q1.csv", GERMAN, 13_500, 6),
    ("Glasfaser Hamburg.csv", GERMAN, 5_200, 15),
    ("Rückgewinnung Süd.csv", GERMAN, 4_800, 75),
    ("UK motor renewals.csv", BRITISH, 9_600, 28),
    ("UK home renewals.csv", BRITISH, 7_700, 28),
    ("UK lapsed policies.csv", BRITISH, 4_100, 90),
    ("Key accounts West.csv", BUSINESSES, 1_200, 200),
    ("Key accounts East.csv", BUSINESSES, 1_300, 200),
    ("Suppliers mid-market.csv", BUSINESSES, 3_400, 45),
    ("Satisfaction survey wave 1.csv", RESPONDENTS, 5_000, 35),
    ("Satisfaction survey wave 2.csv", RESPONDENTS, 5_000, 10),
    ("Panel recruitment.csv", RESPONDENTS, 3_050, 17),
    ("Callback requests web.csv", CALLBACKS, 450, 3),
    ("Callback requests IVR.csv", CALLBACKS, 200, 3),
    ("Test list - do not dial", LEADS, 0, 300),
    ("Appointment reminders.csv", CALLBACKS, 0, 1),
)
