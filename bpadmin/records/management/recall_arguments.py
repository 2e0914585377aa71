"""What somebody says on the command line about the terms on which requests go back into dialling."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser

from bpadmin.records.requests.services import PRIORITY_CHANGES, recall_days, recall_terms
from bpadmin.tenants.management.base import CommandRefused
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.times.local_times import TimeUnclear, moment_said


def terms_add(parser: CommandParser) -> None:
    """Add the arguments."""
    parser.add_argument("--not-before", default="", metavar="T", help="tenant's time unless it has an offset")
    parser.add_argument("--days", default="", metavar="FROM..TO", help="such as 2026-03-02..2026-03-06")
    parser.add_argument("--times", default="", metavar="FROM..TO", help="times of day, such as 10:00..18:00")
    parser.add_argument("--weekdays", default="", metavar="DAYS", help="as the platform writes them, commas between")
    parser.add_argument("--assign-to", default="", metavar="USER", help="id or name of a user")
    changes = "|".join(change for change, _ in PRIORITY_CHANGES)
    parser.add_argument("--priority", default="", metavar=f"{changes}:N", help="such as SET:200")


def terms_said(options: dict[str, Any], tenant: Tenant) -> dict[str, Any]:
    """Return the terms that these arguments say. CommandRefused."""
    change, priority = _priority(options["priority"])
    days = _span(options["days"], "--days")
    times = _span(options["times"], "--times")
    try:
        return recall_terms(
            not_before=_moment(options["not_before"], tenant),
            from_date=date.fromisoformat(days[0]) if days else None,
            to_date=date.fromisoformat(days[1]) if days else None,
            from_time=time.fromisoformat(times[0]) if times else None,
            to_time=time.fromisoformat(times[1]) if times else None,
            days=recall_days(options["weekdays"]),
            assign_to=options["assign_to"],
            priority_change=change,
            priority=priority,
        )
    except ValueError as error:
        raise CommandRefused(f"A day or time cannot be read: {error}.") from error


def _span(given: str, option: str) -> tuple[str, str] | None:
    if not given:
        return None
    begin, _, end = given.partition("..")
    if not begin or not end or begin > end:
        raise CommandRefused(f"{option} {given}: write the first and the last with two dots between, in this order.")
    return begin, end


def _moment(given: str, tenant: Tenant) -> datetime | None:
    if not given:
        return None
    try:
        return moment_said(given, ZoneInfo(tenant.time_zone))
    except TimeUnclear as unclear:
        raise CommandRefused(str(unclear)) from unclear
    except ValueError as error:
        raise CommandRefused(f"{given!r} is no time; write one such as 2026-03-01T08:00.") from error


def _priority(given: str) -> tuple[str, int | None]:
    if not given:
        return "", None
    change, _, value = given.partition(":")
    if change.upper() not in dict(PRIORITY_CHANGES) or not value.isdecimal():
        raise CommandRefused(f"{given!r} is no priority; write one such as SET:200, ADD:10 or MINUS:10.")
    return change.upper(), int(value)
