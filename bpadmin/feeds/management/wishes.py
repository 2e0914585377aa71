"""What is said of a feed on a command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser

from bpadmin.feeds.models import Complete, Feed
from bpadmin.feeds.runs.guards import Limits
from bpadmin.feeds.services import FeedRefused, FeedWish
from bpadmin.feeds.sources import source_keys, source_of
from bpadmin.plans.models import HolidayCalendar
from bpadmin.tenants.management.base import secret_read
from bpadmin.tenants.models import Tenant


def wish_arguments(parser: CommandParser) -> None:
    """Add everything that can be said of a feed, besides its source, its name and its list."""
    add = parser.add_argument
    add("--address", action="append", default=[], metavar="SETTING=VALUE", help="such as host=sftp.example.com")
    add("--secret-file", action="append", default=[], metavar="SETTING=FILE", help="such as password=/run/secrets/sftp")
    add("--pattern", metavar="NAME", help="such as leads_{YYYY}-{MM}-{DD}*.csv")
    add("--day-offset", type=int, metavar="DAYS", help="-1: files are named by the day before")
    add("--complete", choices=Complete.values, help="how it is known that a file is all there")
    add("--marker", metavar="END", help="how a marker is named after its file, such as .done")
    add("--option", action="append", default=[], metavar="OPTION=VALUE", help="such as mode=upsert or recipe=CRM")
    add("--by", metavar="TIMES", help="when a file must be there, such as 06:00")
    add("--zone", metavar="ZONE", help="the clock of all times; the tenant's unless given")
    add("--on", metavar="DAYS", help="days of the week, such as MO,TU")
    add("--rule", metavar="RRULE", help="days by a rule of iCalendar")
    add("--calendar", metavar="NAME", help="holiday calendar on whose days no file is awaited")
    add("--before", type=int, metavar="MINUTES", help="looked for so long before that moment")
    add("--every", type=int, metavar="MINUTES", help="looked for so often")
    add("--late", type=int, metavar="MINUTES", help="taken by itself up to so long after that moment")
    add("--limit", action="append", default=[], metavar="GUARD=NUMBER", help=f"of {', '.join(Limits().as_json())}")
    add("--then", metavar="KIND", help="a kind of plan that follows, such as list.enable")
    add("--campaign", metavar="CAMPAIGN", help="the campaign that it is about")


def wish_new(tenant: Tenant, name: str, list_name: str, options: dict[str, Any]) -> FeedWish:
    """Return what is wanted of a new feed. Raises FeedRefused."""
    if options["source"] not in source_keys():
        raise FeedRefused(f"There is no source “{options['source']}”. There is {', '.join(source_keys())}.")
    wish = FeedWish(
        name=name,
        source=options["source"],
        pattern=options["pattern"] or "",
        target=options["into"],
        target_name=list_name,
        first_day=datetime.now(ZoneInfo(tenant.time_zone)).date(),
    )
    return _with(wish, tenant, options)


def wish_changed(feed: Feed, options: dict[str, Any]) -> FeedWish:
    """Return what is wanted of a feed that is there: what it is now, but for what is said. Raises FeedRefused."""
    names = ("name", "source", "address", "pattern", "day_offset", "complete", "marker", "target", "options")
    more = ("time_zone", "times", "rule", "first_day", "calendar", "before_minutes", "late_minutes", "every_minutes")
    now: dict[str, Any] = {name: getattr(feed, name) for name in (*names, *more, "limits")}
    then = {"then_kind": feed.then.get("kind", ""), "then_campaign": feed.then.get("campaign", "")}
    return _with(FeedWish(**now, **then, target_name=feed.target_id), feed.tenant, options)


def _with(wish: FeedWish, tenant: Tenant, options: dict[str, Any]) -> FeedWish:
    source = source_of(wish.source)
    known = {each.name: each for each in source.settings} if source else {}
    address, files = _pairs(options["address"], "--address"), _pairs(options["secret_file"], "--secret-file")
    for name in (*address, *files):
        if name not in known or known[name].is_secret != (name in files):
            plain = [each.name for each in known.values() if not each.is_secret]
            secret = [each.name for each in known.values() if each.is_secret]
            raise FeedRefused(
                f"“{name}” is none of the settings: --address takes {', '.join(plain)}; "
                f"--secret-file takes {', '.join(secret) or 'none'}."
            )
    said = {
        "pattern": options["pattern"],
        "day_offset": options["day_offset"],
        "complete": options["complete"],
        "marker": options["marker"],
        "times": options["by"],
        "time_zone": options["zone"],
        "rule": options["rule"] or (f"FREQ=WEEKLY;BYDAY={options['on'].upper()}" if options["on"] else None),
        "calendar": _calendar(tenant, options["calendar"]),
        "before_minutes": options["before"],
        "every_minutes": options["every"],
        "late_minutes": options["late"],
        "then_kind": options["then"],
        "then_campaign": options["campaign"],
    }
    return replace(
        wish,
        **{name: value for name, value in said.items() if value is not None},
        address={**wish.address, **address},
        secrets={name: secret_read(path, f"--secret-file {name}") for name, path in files.items()},
        options={**wish.options, **_pairs(options["option"], "--option")},
        limits={**wish.limits, **_numbers(options["limit"])},
    )


def _pairs(said: Sequence[str], flag: str) -> dict[str, str]:
    found = {}
    for each in said:
        name, sign, value = each.partition("=")
        if not sign or not name:
            raise FeedRefused(f"{flag} {each}: write it like NAME=VALUE.")
        found[name.strip()] = value
    return found


def _numbers(said: Sequence[str]) -> dict[str, int]:
    found = {}
    for name, value in _pairs(said, "--limit").items():
        if name not in Limits().as_json() or not value.isdecimal():
            raise FeedRefused(f"--limit {name}={value}: a whole number for one of {', '.join(Limits().as_json())}.")
        found[name] = int(value)
    return found


def _calendar(tenant: Tenant, name: str | None) -> HolidayCalendar | None:
    if not name:
        return None
    found = HolidayCalendar.objects.filter(tenant=tenant, name=name).first()
    if found is None:
        raise FeedRefused(f"There is no holiday calendar “{name}” in {tenant.name}.")
    return found
