"""Contents of the server: a few requests for tests, three campaigns with 5,000 requests for the demo."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from bpadmin.sandbox.conpeek.state import USERS, USUAL_PRIORITY, VoiceCampaign, utc_text
from bpadmin.sandbox.state.tenant import Tenant

SECOND_MS = 1000
HOUR_MS = 3600 * SECOND_MS
HISTORY_DAYS = 6
CLOSED_SHARE, PROCESSING_SHARE, CALLED_SHARE = 0.55, 0.57, 0.8
CAMPAIGNS = (
    ("Oddzwonienia ze strony www", "Obsługa klienta", "PREVIEW", 1400),
    ("Przedłużenia umów Q4", "Sprzedaż", "PROGRESSIVE", 2300),
    ("Satisfaction calls", "Obsługa klienta", "PREDICTIVE", 1300),
)
_NAMES = (
    *("Agnieszka Wójcik", "Marek Lewandowski", "Łukasz Dąbrowski", "Zofia Jabłońska", "Krzysztof Woźniak"),
    *("Magdalena Król", "Paweł Szymański", "Joanna Górska", "Grażyna Pawlak", "Tomasz Świątek"),
)
# How requests end: the reason, and how the last call did.
_ENDS = (
    *(("CONSULTANT", "USER_HANGUP"), ("CONSULTANT", "CONTACT_HANGUP"), ("CONSULTANT", "USER_HANGUP")),
    *(("CONTACT_TRY_LIMIT", "NO_CONTACT_RESPONSE"), ("WRONG_NUMBER", "WRONG_NUMBER")),
)
_MISSES = ("NO_CONTACT_RESPONSE", "BUSY", "NO_USER_RESPONSE")
_TOWNS = ("Białystok", "Gdańsk", "Katowice", "Kraków", "Lublin", "Łódź", "Poznań", "Rzeszów", "Warszawa", "Wrocław")
_INTERESTS = ("Internet", "Telewizja", "Telefon", "Pakiet")


def seed_small(tenant: Tenant) -> None:
    """Make two campaigns and a few requests, the same every time but for the dates."""
    chance = random.Random(12)  # noqa: S311
    for name, method, count in (("Oddzwonienia", "PREVIEW", 10), ("Renewals", "PROGRESSIVE", 4)):
        _fill(tenant, chance, name, "Projekt", method, count)


def seed_demo(tenant: Tenant) -> None:
    """Make the demo's campaigns; the same every time, but for the dates, which lead up to now."""
    chance = random.Random(2026)  # noqa: S311
    for name, project, method, count in CAMPAIGNS:
        _fill(tenant, chance, name, project, method, count)


def make_requests(campaign: VoiceCampaign, chance: random.Random, count: int, now: int) -> Iterator[dict[str, Any]]:
    """Make requests up, of the last days and in order; most were called, more than half are closed."""
    roll = chance.random
    span = HISTORY_DAYS * 24 * HOUR_MS
    for number, moment in enumerate(sorted(now - int(roll() * span) for _ in range(count)), 1):
        phone = f"48{int(roll() * 400_000_000) + 500_000_000}"
        request: dict[str, Any] = {
            "name": _NAMES[int(roll() * len(_NAMES))],
            "contact_number": phone,
            "contact_identifier": f"K{campaign.id[:4]}-{number:06d}",
            "created_date": utc_text(moment),
            "case_id": f"{campaign.id[:6]}{number:018x}",
            "case_group": campaign.project_name,
            "priority": USUAL_PRIORITY + 50 * int(roll() * 3) if roll() < 0.2 else USUAL_PRIORITY,
            "custom": {
                "miasto": _TOWNS[int(roll() * len(_TOWNS))],
                "produkt": _INTERESTS[int(roll() * len(_INTERESTS))],
                "kwota": int(roll() * 300),
            },
        }
        luck = roll()
        if luck < CALLED_SHARE:
            request |= _called(chance, luck, phone, moment, now)
        created = {"date": request["created_date"], "event": "CREATED", "tenant_user_id": None}
        yield {**request, "history": [created, *request.get("history", [])]}


def _called(chance: random.Random, luck: float, phone: str, moment: int, now: int) -> dict[str, Any]:
    """Give what calls have left in a request; `luck` decides whether it is closed, under way, or to be called again."""
    roll = chance.random
    user = list(USERS)[int(roll() * len(USERS))]
    tries = 1 + int(roll() * 3)
    is_closed, is_under_way = luck < CLOSED_SHARE, CLOSED_SHARE <= luck < PROCESSING_SHARE
    reason, end = _ENDS[int(roll() * len(_ENDS))] if is_closed else (None, _MISSES[int(roll() * len(_MISSES))])
    step = max(SECOND_MS, (now - moment) // (tries + 1))
    calls = [
        {
            "date": utc_text(moment + step * place),
            "contact_number": phone,
            "call_state": "CALL_ENDED",
            "call_state_reason": end if place == tries else _MISSES[place % len(_MISSES)],
            "tenant_user_id": user,
            "talk_time": 20 + int(roll() * 400) if reason == "CONSULTANT" and place == tries else 0,
            "recording_url": None,
        }
        for place in range(1, tries + 1)
    ]
    last = calls[-1]["date"]
    events = [{"date": call["date"], "event": "CALL", "tenant_user_id": user} for call in calls]
    changes: dict[str, Any] = {
        "contact_try": tries,
        "consultant_try": 1 if reason == "CONSULTANT" else 0,
        "user_reservation_try": tries,
        "tenant_user_id": user,
        "call_state": "CALL_ENDED",
        "call_state_reason": end,
        "call_history": calls,
    }
    if is_closed:
        changes |= {"state": "CLOSED", "application_state": "CLOSED", "closed_date": last, "close_reason": reason}
        events.append({"date": last, "event": "CLOSED", "tenant_user_id": user})
        if reason == "CONSULTANT":
            changes["dialogs"] = [{"date": last, "name": "Ankieta", "answers": {"ocena": 1 + int(roll() * 5)}}]
            changes["call_info"] = {"wynik": {"value": "zgoda", "tenant_user_id": user, "date": last}}
    elif is_under_way:
        changes |= {"state": "PROCESSING", "application_state": "RETRY", "call_state": "WAITING"}
    else:
        is_recall = roll() < 0.4
        later = utc_text(now + int(roll() * 24 * HOUR_MS))
        changes |= {"application_state": "RECALL" if is_recall else "RETRY", "process_not_before": later}
        if is_recall:
            changes |= {"assigned_tenant_user_id": user, "assigned_tenant_user_name": USERS[user]}
            changes |= {"process_time": "RANGE", "process_from_time": 36_000, "process_to_time": 64_800}
    return {**changes, "history": events}


def _fill(tenant: Tenant, chance: random.Random, name: str, project: str, method: str, count: int) -> None:
    made = tenant.conpeek.campaign_add(name, project, method)
    now = tenant.clock.now()
    for given in make_requests(made, chance, count, now):
        tenant.conpeek.request_add(made, given, now)
